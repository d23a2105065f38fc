"""Figures as texts."""

from __future__ import annotations

from trimtab.study.inference import Difference


def said(difference: Difference, digits: int = 3) -> str:
    """A difference and its interval: "-.045 [-.068, -.022]"."""
    one, low, high = (
        signed(x, digits) for x in (difference.value, difference.low, difference.high)
    )
    return f"{one} [{low}, {high}]"


def signed(value: float, digits: int = 3) -> str:
    """A number with its sign and without a leading zero."""
    text = f"{round(value, digits) + 0.0:+.{digits}f}"
    return text.replace("0.", ".", 1) if text[1:].startswith("0.") else text


def plain(value: float | None, digits: int = 3) -> str:
    """A number without a leading zero; a dash for none."""
    if value is None:
        return "–"
    text = f"{round(value, digits) + 0.0:.{digits}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
