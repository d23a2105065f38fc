"""Tiny tables as cells and as views, and what is most frequent in them, in plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from trimtab.table.rules.statement import Outcome
from trimtab.table.rules.view import View, labels, numbers

Cell = str | float | None
Rows = dict[str, list[Cell]]
Verdict = bool | None  # None where nothing is said of the row
POOLED = "(rare)"
SEEDS = st.integers(0, 2**32 - 1)
SIMPLE_LABELS = ("u", "v", "w")


def cells_of(draw: np.random.Generator, name: str, rows: int, *, new: bool) -> list[Cell]:
    """Cells of a column: labels for a, b, c, numbers for x, y, z, flags for p, q, r."""
    if name in "abc":
        choice: list[Cell] = [*SIMPLE_LABELS, POOLED, None] + ["new"] * new
    elif name in "xyz":
        choice = [0.0, 1.0, 2.0, -1.5, None] + [7.0] * new
    else:
        choice = ["no", "yes", None] if name == "r" else [0.0, 1.0, 0.0, 1.0, None]
    return [choice[i] for i in draw.integers(0, len(choice), rows)]


def view_of(rows: Rows, draw: np.random.Generator, people: list[int] | None = None) -> View:
    """The rows as a view; labels have codes in any order."""
    columns = {}
    for name, cells in rows.items():
        if all(isinstance(c, float) or c is None for c in cells) and name not in "abcr":
            columns[name] = numbers(name, np.array(cells, float))
        else:
            texts = draw.permutation(sorted({str(c) for c in cells if c is not None})).tolist()
            codes = np.array([-1 if c is None else texts.index(str(c)) for c in cells], np.int64)
            columns[name] = labels(name, codes, texts)
    of = None if people is None else np.array(people)
    return View(columns, len(next(iter(rows.values()))), of)


def two_tables(seed: int, names: str, most: int = 14) -> tuple[Rows, Rows, View, View]:
    """A real table and one to judge, as cells and as views."""
    draw = np.random.default_rng(seed)
    real, judged = (
        {n: cells_of(draw, n, int(rows), new=new) for n in names}
        for rows, new in ((draw.integers(1, most), False), (draw.integers(1, 14), True))
    )
    return real, judged, view_of(real, draw), view_of(judged, draw)


def row(rows: Rows, i: int) -> dict[str, Cell]:
    return {name: cells[i] for name, cells in rows.items()}


def told(cell: Cell) -> bool:
    return cell is not None and cell != POOLED


def assert_judged(
    found: Outcome, judged: Rows, check: Callable[[dict[str, Cell]], Verdict]
) -> None:
    for i, (covered, broken) in enumerate(zip(found.covered, found.broken, strict=True)):
        verdict = check(row(judged, i))
        assert (bool(covered), bool(broken)) == (verdict is not None, verdict is True), row(
            judged, i
        )


def most_frequent(real: Rows, view: View, decided: str, by: str) -> dict[tuple[Cell, ...], Cell]:
    """The value of each combination; of as frequent ones the one whose code comes first."""
    seen: dict[tuple[Cell, ...], Counter[Cell]] = {}
    for i in range(len(real[decided])):
        key = tuple(real[n][i] for n in by)
        if all(map(told, key)) and told(real[decided][i]):
            seen.setdefault(key, Counter())[real[decided][i]] += 1
    order = view[decided].values.tolist()
    return {k: min(c, key=lambda v: (-c[v], order.index(v))) for k, c in seen.items()}
