"""A document as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from trimtab.measure.score import Direction, Score, Verdict
from trimtab.measure.scorecard import about
from trimtab.report.blocks import CellTable, Figure, Panel, ScoreTable
from trimtab.report.document import Document
from trimtab.report.exhibits.draw import pictures
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.words import subject, tabled
from trimtab.report.formatting import ORDER, fit
from trimtab.report.gauge import gauge
from trimtab.report.summary import Recommendation
from trimtab.report.wording import (
    ALONE,
    DEFINITIONS_LEAD,
    FOOT,
    HELD_OUT,
    OTHERS,
    TABLES,
    counted,
    decimal,
    explained,
    in_words,
    interval,
    scale,
)

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
    anchors = {name: f"figure-{k}" for k, name in enumerate(document.measures)}
    drawer = _Drawer(document.digits, anchors)
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
        headlines=[_headlines(p.headlines, anchors, document) for p in document.answer.points],
        others=_headlines(_others(document), anchors, document),
        keys=_keys(document),
        definitions=[
            {"anchor": anchors[name], "title": m.title, "meaning": m.meaning, "scale": scale(m)}
            for name, m in document.measures.items()
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


def _headlines(
    scores: Iterable[Score], anchors: Mapping[str, str], document: Document
) -> list[dict[str, Any]]:
    """Scores to look at first, each as one line with a small picture."""
    lines = []
    for score in scores:
        line = _line(score, document.digits)
        words = fit(in_words(score, document.digits))
        picture = gauge(score, line["name"], words, _limits(document, score))
        said = {"anchor": anchors.get(score.measure, ""), "gauge": Markup(picture)}
        lines.append(line | said)
    return lines


def _others(document: Document) -> Iterator[Score]:
    """Scores to look at first that no use is judged by."""
    told = [s for point in document.answer.points for s in point.headlines]
    return (s for s in document.headlines if s not in told)


def _keys(document: Document) -> list[tuple[str, str]]:
    """What the small pictures show, by the class of each mark."""
    if not document.headlines:
        return []
    heads = document.headlines
    shown = {
        ("value", "the figure, with its 95 % interval"): True,
        ("band", "good"): any(_limits(document, s) for s in heads),
        ("ideal", "the best there is"): True,
        ("held", HELD_OUT): any(s.heldout is not None for s in heads),
        ("other", OTHERS): any(s.heldout is None and s.ceiling is not None for s in heads),
        ("alone", ALONE): any(s.columns_alone is not None for s in heads),
    }
    return [key for key, there in shown.items() if there]


def _limits(document: Document, score: Score) -> tuple[float, float] | None:
    """The last good figure and the last that is not poor, where there are such."""
    measure = document.measures.get(score.measure)
    if measure is None or measure.tolerance is None or measure.alarm is None:
        return None
    sign = -1 if measure.direction is Direction.HIGHER else 1
    start = measure.ideal if score.ceiling is None else score.ceiling
    if start is None or measure.direction is Direction.NONE:
        return None
    return start + sign * measure.tolerance, start + sign * measure.alarm


def _line(score: Score, digits: int) -> dict[str, Any]:
    """A score as a line of a table."""
    return {
        "title": score.title,
        "about": about(score),
        "value": decimal(score.value, digits),
        "interval": interval(score, digits),
        "ceiling": decimal(score.real_rows, digits),
        "verdict": str(score.verdict),
        "name": _VERDICTS.get(score.verdict, str(score.verdict)),
        "why": explained(score, digits),
    }


class _Drawer:
    """Turns blocks into what the templates show; counts the pictures, so that each has a name."""

    def __init__(self, digits: int, anchors: Mapping[str, str]) -> None:
        self._digits, self._anchors, self._count = digits, anchors, 0

    def block(self, block: Any) -> Any:
        if isinstance(block, ScoreTable):
            return _scores(block, self._digits, self._anchors)
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
    names = _ARMS if kind_of(block.panels[0].exhibit).arms else TABLES
    sides = {s for panel in block.panels for s in kind_of(panel.exhibit).sides(panel.exhibit)}
    weighted = {s for panel in block.panels for s in panel.exhibit.weighted}
    # One side alone needs no key.
    for name in ORDER if len(sides) > 1 else ():
        if name in sides:
            said = names.get(name, name)
            yield _Key(name, f"{said}, weighted" if name in weighted else said)


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


def _scores(block: ScoreTable, digits: int, anchors: Mapping[str, str]) -> dict[str, Any]:
    named = not block.meaning
    lines = [_line(s, digits) | {"place": k} for k, s in enumerate(block.scores)]
    first, rest = lines[: block.shown], lines[block.shown :]
    over = max(0, len(lines) - _MAX_LINES)
    return {
        "kind": "scores",
        "title": block.title,
        "counts": f"{counted(block.scores)} The worst come first.",
        "anchor": anchors.get(block.scores[0].measure, ""),
        "meaning": block.meaning,
        "named": named,
        "first": first,
        "rest": rest[: _MAX_LINES - block.shown],
        "more": f"{len(rest):,} more",
        "left_out": f"{over:,} more lines are in the JSON form of this report." if over else "",
    }
