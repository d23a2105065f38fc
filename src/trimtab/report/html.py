"""A document as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trimtab.measure.score import Measure, Score, Verdict
from trimtab.measure.scorecard import about
from trimtab.report.blocks import CellTable, Figure, Panel, ScoreTable
from trimtab.report.document import Document
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.words import subject, tabled
from trimtab.report.formatting import ORDER, fit
from trimtab.report.summary import Recommendation
from trimtab.report.wording import DEFINITIONS_LEAD, FOOT, counted, decimal, interval, reason, scale

_FIGURE = re.compile(r"[-+]?\.?\d|–|none")  # of a cell, with its sign and no leading zero
_MAX_LINES = 200  # of a table of scores; the JSON form has all
_STANCES = {
    Recommendation.YES: "good",
    Recommendation.CARE: "middling",
    Recommendation.NO: "poor",
    Recommendation.EVEN: "even",
    Recommendation.UNKNOWN: "unknown",
}
_TONES = {
    "helps": "good",
    "sound": "good",
    "harms": "poor",
    "alarm": "poor",
    "no difference": "even",
}
_VERDICTS = {Verdict.UNKNOWN: "unknown", Verdict.NONE: "none"}
_SAID = {"real": "real", "synthetic": "synthetic", "holdout": "real, held out"}
_ARMS = {"real": "trained on real rows", "synthetic": "trained on synthetic rows"}


def render_html(document: Document) -> str:
    """The document as one HTML page. The same document gives the same text."""
    environment = Environment(
        loader=PackageLoader("trimtab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit,
    )
    drawer = _Drawer(document.digits)
    chapters = [
        {
            "identity": c.identity,
            "title": c.title,
            "lead": c.lead,
            "parts": [
                {
                    "identity": p.identity,
                    "title": p.title,
                    "blocks": [drawer.block(b) for b in p.blocks],
                }
                for p in c.parts
            ],
        }
        for c in document.chapters
    ]
    style = files("trimtab.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    page = environment.get_template("page.html")
    return page.render(
        d=document,
        chapters=chapters,
        headlines=[
            _line(s, document.digits) | {"meaning": _meaning(document.measures.get(s.measure))}
            for s in document.headlines
        ],
        definitions=[
            {"title": m.title, "meaning": m.meaning, "scale": scale(m)}
            for m in document.measures.values()
        ],
        stances=_STANCES,
        tones=_TONES,
        definitions_lead=DEFINITIONS_LEAD,
        foot=FOOT,
        beside=document.beside.replace("-", "\u2011"),
        style=Markup(style),
    )


def _fit(value: Any) -> Any:
    """Texts without characters that HTML cannot hold, and with each sign held to its number."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return fit(value).replace(" %", "\u00a0%")


def _meaning(measure: Measure | None) -> str:
    return "" if measure is None else measure.meaning


def _line(score: Score, digits: int) -> dict[str, Any]:
    """A score as a line of a table."""
    return {
        "title": score.title,
        "about": about(score),
        "value": decimal(score.value, digits),
        "interval": interval(score, digits),
        "ceiling": decimal(score.ceiling, digits),
        "verdict": str(score.verdict),
        "name": _VERDICTS.get(score.verdict, str(score.verdict)),
        "why": reason(score),
    }


class _Drawer:
    """Turns blocks into what the templates show; counts the pictures, so that each has a name."""

    def __init__(self, digits: int) -> None:
        self._digits, self._count = digits, 0

    def block(self, block: Any) -> Any:
        if isinstance(block, ScoreTable):
            return _scores(block, self._digits)
        if isinstance(block, CellTable):
            return _cells(block)
        return self._figure(block) if isinstance(block, Figure) else block

    def _figure(self, block: Figure) -> dict[str, Any]:
        panels = [self._panel(p, block.title) for p in block.panels]
        has_pictures = any(p["pictures"] for p in panels)
        kind = kind_of(block.panels[0].exhibit)
        rest = panels[block.shown :]
        return {
            "kind": "figure",
            "title": block.title,
            "reading": block.reading,
            "legend": (block.keys or list(_legend(block))) if has_pictures else [],
            "mark": kind.mark,
            "first": panels[: block.shown],
            "rest": rest,
            "more": f"{len(rest):,} more",
        }

    def _panel(self, panel: Panel, title: str) -> dict[str, Any]:
        self._count += 1
        about, own = subject(panel.exhibit), panel.exhibit.title
        unsaid = (about, title, panel.exhibit.name.capitalize(), *panel.exhibit.about)
        return {
            "subject": about,
            "title": "" if own in unsaid else own,
            "remark": panel.remark,
            "label": f"{title}: {about}" if about else title,
            "pictures": [
                {"title": p.title, "wide": p.wide, "svg": Markup(p.svg)}
                for p in pictures(panel.exhibit, f"p{self._count}")
            ],
            "table": tabled(panel.exhibit),
            "small": kind_of(panel.exhibit).small,
        }


@dataclass(frozen=True)
class _Key:
    name: str
    said: str


def _legend(block: Figure) -> Iterator[_Key]:
    """The sides that pictures tell apart by colour."""
    names = _ARMS if kind_of(block.panels[0].exhibit).arms else _SAID
    sides = {s for panel in block.panels for s in kind_of(panel.exhibit).sides(panel.exhibit)}
    # One side alone needs no key.
    for name in ORDER if len(sides) > 1 else ():
        if name in sides:
            yield _Key(name, names.get(name, name))


def _cells(block: CellTable) -> dict[str, Any]:
    columns = zip(*(line.cells for g in block.groups for line in g.lines), strict=True)
    return {
        **dict(block),
        "is_figure": [all(_FIGURE.match(c.text) for c in cells) for cells in columns],
        "groups": [
            {
                "title": g.title,
                "lines": [
                    {
                        **dict(line),
                        "cells": [
                            {**dict(c), "tone": _TONES.get(c.word, "unknown")} for c in line.cells
                        ],
                    }
                    for line in g.lines
                ],
            }
            for g in block.groups
        ],
    }


def _scores(block: ScoreTable, digits: int) -> dict[str, Any]:
    named = not block.meaning
    lines = [_line(s, digits) | {"place": k} for k, s in enumerate(block.scores)]
    first, rest = lines[: block.shown], lines[block.shown :]
    over = max(0, len(lines) - _MAX_LINES)
    return {
        "kind": "scores",
        "title": block.title,
        "counts": f"{counted(block.scores)} The worst come first.",
        "meaning": block.meaning,
        "named": named,
        "first": first,
        "rest": rest[: _MAX_LINES - block.shown],
        "more": f"{len(rest):,} more",
        "left_out": f"{over:,} more lines are in the JSON form of this report." if over else "",
    }
