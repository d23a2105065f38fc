"""Argument checks that name the argument: `whole(1, rows=rows)`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from trimtab.errors import InputError


def _single(kwargs: dict[str, Any]) -> tuple[str, Any]:
    ((name, value),) = kwargs.items()
    return name, value


def whole(minimum: int, **kwargs: Any) -> int:
    """Check that the one keyword argument is a whole number >= `minimum`, and return it."""
    name, value = _single(kwargs)
    try:
        number = int(value)
        exact = not isinstance(value, bool) and number == value
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact or number < minimum:
        raise InputError(f"{name} = {value!r}: expected a whole number of at least {minimum}.")
    return number


def above_zero(example: float, **kwargs: Any) -> float | None:
    """Check that the one keyword argument is a finite number above 0, or None, and return it."""
    name, value = _single(kwargs)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not None and not (number and 0 < value < float("inf")):
        raise InputError(f"{name} = {value!r}: expected a number above 0, such as {example:g}.")
    return value


def one_of(choices: Collection[str], **kwargs: Any) -> str:
    """Check that the one keyword argument is among `choices`, and return it."""
    name, value = _single(kwargs)
    if value not in choices:
        raise InputError(f"{name} = {value!r}: expected one of {', '.join(sorted(choices))}.")
    return str(value)


def several(names: str | Sequence[str]) -> tuple[str, ...]:
    """Names as a tuple; one name may stand alone."""
    return (names,) if isinstance(names, str) else tuple(names)
