"""Exhibits of persons with several rows, as an evaluation would make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab.measure.score import Exhibit

BOTH = ("real", "synthetic")


def of_persons(labels: Sequence[str] = ("a", "b", "c")) -> list[Exhibit]:
    """One of each kind.

    labels   of what follows on what
    """
    return [
        _outline("rows_per_person", ""),
        _outline("time_between_rows", "in days"),
        _courses(),
        _transitions(labels),
        Exhibit(
            name="persons_telltales",
            title="Telling persons apart",
            within="Telling persons apart",
            columns={"column": ["rows", "age, mean"], "gain": [0.7, 0.3]},
        ),
    ]


def _outline(name: str, within: str) -> Exhibit:
    edges = list(range(12))
    columns: dict[str, list[Any]] = {n: [] for n in ("side", "value", "low", "high", "share")}
    for side in BOTH:
        columns["side"] += [side] * 11
        columns["value"] += [None] * 11
        columns["low"] += edges[:-1]
        columns["high"] += edges[1:]
        columns["share"] += [1 / 11] * 11
    return Exhibit(name=name, title=name, within=within, columns=columns)


def _courses() -> Exhibit:
    lines = [(s, g, w, 10.0 * g + w, 20) for s in BOTH for g in (1, 2, 3) for w in range(4)]
    names = ("side", "group", "when", "value", "persons")
    columns: dict[str, list[Any]] = dict(
        zip(names, map(list, zip(*lines, strict=True)), strict=True)
    )
    columns["after"] = ["time since the first row, in years"] * len(lines)
    return Exhibit(name="courses", title="age", about=("age",), columns=columns)


def _transitions(labels: Sequence[str]) -> Exhibit:
    size = len(labels)
    cells = [
        (side, labels[x], x, labels[y], y, (0.6 if x == y else 0.4 / max(1, size - 1)))
        for side in BOTH
        for y in range(size)
        for x in range(size)
    ]
    names = ("side", "x_value", "x_order", "y_value", "y_order", "share")
    columns: dict[str, list[Any]] = dict(
        zip(names, map(list, zip(*cells, strict=True)), strict=True)
    )
    return Exhibit(name="transitions", title="state", about=("state",), columns=columns)
