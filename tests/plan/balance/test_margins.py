"""Margins: exact in whole numbers, decided before any fit, and as near to the real joint as can be.

Brute force stands beside the programs: enumeration of whole tables on tiny domains, and a convex
solver for the cells.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import linprog, minimize

from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError
from trimtab.plan.balance import balance as balancing
from trimtab.plan.balance.expectation import expectations
from trimtab.plan.balance.feasibility import conflict, incidence, least_total, nearest, positive
from trimtab.plan.balance.observed import observed
from trimtab.plan.balance.raking import raked, residual
from trimtab.plan.balance.rounding import apportion, controlled, other_margins
from trimtab.plan.plan import Plan, Support
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table
from trimtab.verbs import balance
from trimtab.verbs.balance import plan_balance

NAMES = "ghij"
Cells = dict[tuple[str, ...], int]


def table_of(cells: Cells) -> Table:
    """A table of labels g, h, ... with so many rows of each cell."""
    width = len(next(iter(cells)))
    rows = [cell for cell, n in cells.items() for _ in range(n)]
    data = {NAMES[k]: pa.array([r[k] for r in rows], pa.string()) for k in range(width)}
    columns = tuple(Column(name=n, kind=Kind.LABEL, storage="string") for n in data)
    return read(pa.table(data), Schema(locked=True, columns=columns))


def margin(cells: Cells, column: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, n in cells.items():
        found[cell[column]] += n
    return found


def targets(plan: Plan) -> Cells:
    return {c.values: c.target_rows for c in plan.cells}


def domain(g: np.random.Generator, columns: int, most: int) -> list[tuple[str, ...]]:
    """Some of the combinations of some values; every value is in one of them."""
    sizes = g.integers(2, most + 1, columns)
    every = list(itertools.product(*([f"{NAMES[k]}{v}" for v in range(s)] for k, s in
                                     enumerate(sizes))))  # fmt: skip
    kept = [c for c in every if g.random() < 0.6]
    for k, size in enumerate(sizes):
        for v in range(size):
            if not any(c[k] == f"{NAMES[k]}{v}" for c in kept):
                kept.append(next(c for c in every if c[k] == f"{NAMES[k]}{v}"))
    return kept


def random_request(g: np.random.Generator) -> tuple[Cells, Cells, str, int]:
    """Real rows, a table that can be had (all of it on real cells), a mode and the least support.

    With augment the table holds the real rows.
    """
    cells = domain(g, int(g.integers(2, 5)), 4)
    real = {c: int(n) for c, n in zip(cells, 1 + g.geometric(0.2, len(cells)), strict=True)}
    least = int(g.choice([1, 1, 3]))
    possible = [c for c in cells if real[c] >= least] or cells[:1]
    real[possible[0]] = max(real[possible[0]], least)
    some = [c for c in possible if g.random() < 0.8] or possible
    wanted = {c: int(g.integers(0, 9)) for c in some}
    wanted[some[0]] = wanted.get(some[0], 0) + 1
    mode = str(g.choice(["replace", "augment"]))
    if mode == "augment":
        wanted = {c: wanted.get(c, 0) + real[c] for c in cells}
    return real, wanted, mode, least


def check_margins(plan: Plan, wanted: Cells, real: Cells, least: int, exact: bool) -> None:
    made = targets(plan)
    total, asked = sum(made.values()), sum(wanted.values())
    for k in range(len(plan.by)):
        found, should = margin(made, k), margin(wanted, k)
        for value in {c[k] for c in real}:
            share = should[value] / asked * total
            assert found[value] == should[value] if exact else abs(found[value] - share) < 1
    for cell in plan.cells:
        kept = cell.real_rows if plan.mode == "augment" else 0
        assert cell.real_rows == real[cell.values]
        assert cell.generated_rows == cell.target_rows - kept >= 0
        assert cell.generated_rows == 0 or cell.real_rows >= least
    assert plan.rows == sum(c.generated_rows for c in plan.cells) == plan.counts.sum()


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(k, marks=pytest.mark.stress) for k in (1, 2, 3))]
)
def test_margins_are_exact(part: int) -> None:
    """Counts are met to the row, and shares to the nearest whole numbers there are."""
    g = Key(40 + part).generator()
    for _ in range(110):
        real, wanted, mode, least = random_request(g)
        by = list(NAMES[: len(next(iter(real)))])
        asked = {}
        total = sum(wanted.values())
        counted = g.random() < 0.5
        for k, name in enumerate(by):
            held = margin(wanted, k)
            values = {c[k] for c in real}
            asked[name] = {v: held[v] if counted else held[v] / total for v in values}
        rows = None if counted else total
        options: dict[str, Any] = {"mode": mode, "min_support": least, "rows": rows}
        plan = plan_balance(table_of(real), by, asked, **options)
        check_margins(plan, wanted, real, least, exact=True)
        assert sum(targets(plan).values()) == total
        if mode == "replace" and not counted:  # another total: rounded, each within one row
            many = int(g.integers(1, 3 * total + 2))
            try:
                plan = plan_balance(table_of(real), by, asked, **{**options, "rows": many})
            except RefusedError as error:
                # Three columns and more: whole numbers may not exist.
                assert "whole numbers" in str(error)
                assert len(by) > 2
                continue
            check_margins(plan, wanted, real, least, exact=False)
            assert sum(targets(plan).values()) == many


@pytest.mark.stress
def test_combinations_are_exact() -> None:
    """The plans of the other target: counts to the row, shares by largest remainder."""
    g = Key(50).generator()
    for _ in range(560):
        real, wanted, mode, _ = random_request(g)
        by = list(NAMES[: len(next(iter(real)))])
        total = sum(wanted.values())
        asked: dict[Any, Any] = dict(wanted)
        rows = None
        if counted := g.random() < 0.5:
            rows = total if mode == "replace" else None
        else:
            rows = total + (int(g.integers(0, 50)) if mode == "replace" else 0)
            asked = {c: n / total for c, n in wanted.items()}
        plan = plan_balance(table_of(real), by, asked, mode=mode, rows=rows)
        found = targets(plan)
        if counted or rows == total:
            assert found == wanted
        else:
            assert sum(found.values()) == rows
            assert all(abs(found[c] - asked[c] * (rows or 0)) < 1 for c in found)


def whole_tables(cells: list[tuple[str, ...]], asked: list[Counter[str]]) -> bool:
    """Whether any whole table on the cells has these margins: by trying them all."""
    if not cells:
        return not any(any(m.values()) for m in asked)
    cell, rest = cells[0], cells[1:]
    for n in range(min(m[v] for m, v in zip(asked, cell, strict=True)) + 1):
        left = [m.copy() for m in asked]
        for m, v in zip(left, cell, strict=True):
            m[v] -= n
        if whole_tables(rest, left):
            return True
    return False


@pytest.mark.parametrize("columns", [2, 3])
def test_the_verdict_is_that_of_trying_all_tables(columns: int) -> None:
    g = Key(60 + columns).generator()
    verdicts = []
    for _ in range(90):
        cells = domain(g, columns, 3 if columns == 2 else 2)
        by = list(NAMES[:columns])
        total = int(g.integers(1, 8))
        asked = []
        for k in range(columns):
            values = sorted({c[k] for c in cells})
            parts = g.multinomial(total, g.dirichlet(np.ones(len(values))))
            asked.append(Counter(dict(zip(values, map(int, parts), strict=True))))
        possible = whole_tables(cells, asked)
        to = {n: dict(m) for n, m in zip(by, asked, strict=True)}
        try:
            plan = plan_balance(table_of(dict.fromkeys(cells, 2)), by, to)
        except RefusedError:
            assert not possible
        else:
            assert possible
            for k, m in enumerate(asked):
                assert all(margin(targets(plan), k)[v] == n for v, n in m.items())
        verdicts.append(possible)
    assert 15 < sum(verdicts) < 80


def random_margins(
    g: np.random.Generator, columns: int, most: int, hard: bool
) -> tuple[np.ndarray, tuple[int, ...], np.ndarray]:
    """Cells in codes, the sizes of the columns, and margins that the cells can have.

    Where it is `hard`, some cells have to be empty, and others are nearly so.
    """
    cells = domain(g, columns, most)
    codes = np.array([[int(v[1:]) for v in c] for c in cells])
    sizes = tuple(int(n) + 1 for n in codes.max(0))
    weights = g.gamma(0.5, 1, len(codes)) + 1e-3
    if hard:
        weights *= g.choice([0, 1e-5, 1], len(codes))
    weights[0] += 1e-3
    margins = incidence(codes, sizes) @ weights
    return codes, sizes, margins / weights.sum()


@pytest.mark.parametrize("hard", [False, True])
def test_shares_are_met_to_a_billionth(hard: bool) -> None:
    g = Key(70 + hard).generator()
    for _ in range(150):
        codes, sizes, shares = random_margins(g, int(g.integers(2, 5)), 5, hard)
        matrix = incidence(codes, sizes)
        reached, distance, _ = nearest(matrix, shares)
        assert distance < 1e-7
        assert np.abs(reached - shares).max() < 1e-7
        filled = positive(matrix, shares)
        assert filled is not None
        start = g.geometric(0.1, int(filled.sum())).astype(float)
        x = raked(codes[filled], sizes, start, shares)
        assert residual(codes[filled], sizes, x, shares) < 1e-9


def test_cells_are_the_nearest_to_the_real_ones() -> None:
    """Against a general convex solver, on tiny tables."""
    g = Key(80).generator()
    for _ in range(25):
        codes, sizes, shares = random_margins(g, int(g.integers(2, 4)), 3, hard=False)
        matrix = incidence(codes, sizes).toarray()
        real = g.geometric(0.2, len(codes)).astype(float)
        real /= real.sum()

        def divergence(x: np.ndarray, real: np.ndarray = real) -> float:
            return float(np.sum(x * np.log(np.maximum(x, 1e-300) / real)))

        def slope(x: np.ndarray, real: np.ndarray = real) -> np.ndarray:
            return np.log(np.maximum(x, 1e-300) / real) + 1

        found = raked(codes, sizes, real, shares)
        other = minimize(
            divergence,
            np.full(len(codes), 1 / len(codes)),
            jac=slope,
            method="SLSQP",
            bounds=[(1e-12, 1)] * len(codes),
            constraints={
                "type": "eq",
                "fun": lambda x, a=matrix, b=shares: (a @ x - b)[_independent(a)],
                "jac": lambda x, a=matrix: a[_independent(a)],
            },
            options={"maxiter": 500, "ftol": 1e-14},
        )
        assert other.success
        assert divergence(found) <= divergence(other.x) + 1e-7
        assert np.abs(found - other.x).max() < 1e-3


def _independent(matrix: np.ndarray) -> list[int]:
    """Rows of a matrix that span the others."""
    kept: list[int] = []
    for k in range(len(matrix)):
        if np.linalg.matrix_rank(matrix[[*kept, k]]) > len(kept):
            kept.append(k)
    return kept


def test_two_columns_are_rounded_within_one() -> None:
    g = Key(90).generator()
    for _ in range(120):
        codes, sizes, shares = random_margins(g, 2, 6, hard=False)
        total = int(g.integers(1, 400))
        parts = np.split(shares, np.cumsum(sizes)[:-1])
        margins = np.concatenate([apportion(p, total) for p in parts])
        matrix = incidence(codes, sizes)
        filled = positive(matrix, margins / total)
        if filled is None:
            # The nearest whole margins may be impossible; others within one row are not.
            other = other_margins(matrix, shares * total, np.zeros_like(margins))
            assert other is not None
            margins, filled = other, positive(matrix, other / total)
            assert filled is not None
        start = g.geometric(0.2, int(filled.sum())).astype(float)
        x = raked(codes[filled], sizes, start, margins.astype(float))
        cells = controlled(matrix[:, filled], x, margins)
        assert cells is not None
        assert (np.abs(cells - x) < 1).all()
        assert np.array_equal(matrix[:, filled] @ cells, margins)


def test_a_conflict_is_irreducible_and_what_it_says_is_so() -> None:
    """No demand can be spared, and each reaches what is said of it and no more."""
    g = Key(100).generator()
    seen = 0
    while seen < 40:
        cells = domain(g, int(g.integers(2, 4)), 4)
        codes = np.array([[int(v[1:]) for v in c] for c in cells])
        sizes = tuple(int(n) + 1 for n in codes.max(0))
        shares = np.concatenate([g.dirichlet(np.ones(s)) for s in sizes])
        matrix = incidence(codes, sizes)
        if nearest(matrix, shares)[1] < 1e-6:
            continue
        seen += 1
        demands = conflict(matrix, shares, sizes)
        assert demands
        signed = [(-1.0 if d.least else 1.0, d.row) for d in demands]
        dense = matrix.toarray()
        for k, demand in enumerate(demands):
            others = [s for j, s in enumerate(signed) if j != k]
            found = linprog(
                signed[k][0] * dense[demand.row],
                A_ub=np.array([s * dense[r] for s, r in others]) if others else None,
                b_ub=np.array([s * shares[r] for s, r in others]) if others else None,
                A_eq=np.ones((1, len(cells))),
                b_eq=[1.0],
            )
            assert found.success, "the others can be met"
            assert abs(found.fun) == pytest.approx(demand.reach, abs=1e-6)
            short = shares[demand.row] - demand.reach
            assert short > 1e-9 if demand.least else short < -1e-9, "and this one then cannot"


SQUARE: Cells = {("a", "x"): 20, ("a", "y"): 10, ("b", "y"): 30, ("c", "y"): 5, ("c", "z"): 5}


def test_a_conflict_in_words() -> None:
    asked = {"g": {"a": 0.5, "b": 0.25, "c": 0.25}, "h": {"x": 0.6, "y": 0.2, "z": 0.2}}
    with pytest.raises(RefusedError) as caught:
        plan_balance(table_of(SQUARE), ["g", "h"], asked)
    said = str(caught.value)
    assert "contradict each other on the combinations that the real table holds" in said
    assert "h = x should be 60 % and can be 50 % at most, while g = a is 50 % or less." in said
    assert "Leave g or h out of `by`" in said
    with pytest.raises(
        RefusedError, match=r"h = z should be 33\.33 % and can be 0 % at most \(no "
    ):
        plan_balance(table_of(SQUARE), ["g", "h"], target="margins", min_support=6)
    with pytest.raises(RefusedError, match="has 31 real rows: nothing can be balanced"):
        plan_balance(table_of(SQUARE), ["g", "h"], target="margins", min_support=31)


def test_a_conflict_is_refused_before_any_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "learn", lambda *_, **__: pytest.fail("a model was fitted"))
    asked = {"g": "equal", "h": {"x": 0.6, "y": 0.2, "z": 0.2}}
    with pytest.raises(RefusedError, match="contradict each other"):
        balance.balance(table_of(SQUARE), ["g", "h"], asked)


def test_equal_parts_of_each_column_where_combinations_are_never_seen() -> None:
    table = table_of({**SQUARE, ("a", "y"): 9})
    plan = plan_balance(table, ["g", "h"])
    assert margin(targets(plan), 0) == {"a": 23, "b": 23, "c": 23}
    assert margin(targets(plan), 1) == {"x": 23, "y": 23, "z": 23}
    assert plan.reason == (
        "equal shares of the values of g, h, each column by itself, in 3 cells: 69 rows to "
        "generate, 69 in the result (replace)"
    )
    said = " ".join(plan.warnings)
    assert "4 of 9 cells are never seen in the real table and get no rows: g = " in said
    assert "So each of g, h is balanced by itself (`target='margins'`), instead of" in said
    # These shares force g = a into h = x and so on.
    assert "2 cells that the real table holds get no rows" in said
    assert len(plan_balance(table, ["g", "h"], unseen="skip").cells) == 5
    whole = dict.fromkeys(itertools.product("ab", "xy"), 6)
    assert "each of 4 cells" in plan_balance(table_of(whole), ["g", "h"]).reason
    assert "each of 3 cells" in plan_balance(table, ["g"]).reason


def test_common_cells_are_not_emptied_unasked() -> None:
    """What nobody asked for by name must not make a column tell another one."""
    with pytest.raises(RefusedError, match=r"no room for 1 cell that 10 real rows are in: g = a, "):
        plan_balance(table_of(SQUARE), ["g", "h"])
    assert "2 cells" in " ".join(
        plan_balance(table_of(SQUARE), ["g", "h"], target="margins").warnings
    )


def test_nothing_that_can_be_done_is_refused_with_both_reasons() -> None:
    cells = {("a", "x"): 9, ("b", "x"): 9, ("b", "y"): 9, ("b", "z"): 9}
    with pytest.raises(RefusedError) as caught:
        plan_balance(table_of(cells), ["g", "h"])
    assert "2 of 6 cells are never seen" in str(caught.value)
    assert "Nor can each column be balanced by itself: margins contradict" in str(caught.value)


def test_margins_to_augment() -> None:
    table = table_of(SQUARE)
    shares = {"g": {"a": 0.4, "b": 0.4, "c": 0.2}, "h": {"x": 0.2, "y": 0.6, "z": 0.2}}
    with pytest.raises(RefusedError, match=r"whatever the number of rows \(g = c, h = y\)"):
        plan_balance(table, ["g", "h"], shares, mode="augment")
    shares["h"] = {"x": 0.25, "y": 0.6, "z": 0.15}
    plan = plan_balance(table, ["g", "h"], shares, mode="augment")
    total = sum(targets(plan).values())
    assert total == 100  # z has to be c, and c - z keeps 5 rows: .05 * total >= 5
    assert all(c.target_rows >= c.real_rows for c in plan.cells)
    with pytest.raises(RefusedError, match=r"cannot be had at rows = 75\. Ask for at least 100"):
        plan_balance(table, ["g", "h"], shares, mode="augment", rows=75)
    assert plan_balance(table, ["g", "h"], shares, mode="augment", rows=160).rows == 90
    counts = {"g": {"a": 40, "b": 30, "c": 30}, "h": {"x": 25, "y": 60, "z": 15}}
    assert plan_balance(table, ["g", "h"], counts, mode="augment").rows == 30
    counts["g"] = {"a": 45, "b": 29, "c": 26}
    with pytest.raises(RefusedError, match="g = b holds 30 real rows, more than the 29 asked for"):
        plan_balance(table, ["g", "h"], counts, mode="augment")
    counts["g"] = {"a": 30, "b": 35, "c": 35}
    with pytest.raises(RefusedError, match=r"h = x should be .* \(of the 30 rows to add\)"):
        plan_balance(table, ["g", "h"], counts, mode="augment")


@pytest.mark.parametrize("columns", [2, 3])
def test_augmenting_takes_the_fewest_rows(columns: int) -> None:
    """One row fewer cannot be had: tried by enumeration over all margins within one row."""
    g = Key(110 + columns).generator()
    for _ in range(15):
        cells = domain(g, columns, 2)
        real = {c: int(n) for c, n in zip(cells, g.integers(1, 4, len(cells)), strict=True)}
        by = list(NAMES[:columns])
        try:
            plan = plan_balance(table_of(real), by, target="margins", mode="augment")
        except RefusedError:
            continue
        total = sum(targets(plan).values())
        matrix = incidence(np.array([[int(v[1:]) for v in c] for c in cells]), (2,) * columns)
        held = matrix @ np.array([real[c] for c in cells], float)
        least = least_total(matrix, np.full(2 * columns, 0.5), held)
        assert least is not None
        # The shares themselves need that many; what comes on top is for the sake of whole numbers.
        for fewer in range(math.ceil(least - 1e-6), total):
            assert not _within_one(real, fewer), (real, fewer, total)
        assert _within_one(real, total)


def _within_one(real: Cells, total: int) -> bool:
    """Whether rows can be added to the real ones so that each margin is its equal part +- 1."""
    width = len(next(iter(real)))
    options = []
    for k in range(width):
        values = sorted({c[k] for c in real})
        exact = total / len(values)
        each = sorted({math.floor(exact), math.ceil(exact)})
        options.append(
            [
                Counter({v: n - margin(real, k)[v] for v, n in zip(values, parts, strict=True)})
                for parts in itertools.product(each, repeat=len(values))
                if sum(parts) == total
            ]
        )
    return any(
        whole_tables(list(real), list(asked))
        for asked in itertools.product(*options)
        if all(n >= 0 for m in asked for n in m.values())
    )


def test_what_can_be_asked_of_margins(tmp_path: Path) -> None:
    table = table_of(SQUARE)
    shares = {"h": {"x": 0.3, "y": 0.5, "z": 0.2}}
    plan = plan_balance(table, ["g", "h"], {**shares, "g": "equal"}, rows=300)
    assert margin(targets(plan), 0) == {"a": 100, "b": 100, "c": 100}
    assert margin(targets(plan), 1) == {"x": 90, "y": 150, "z": 60}
    assert "equal shares of the values of g and what was asked for of h" in plan.reason
    assert targets(plan_balance(table, ["g", "h"], shares, rows=300)) == targets(plan)
    counted = plan_balance(table, ["g", "h"], {"h": {"x": 90, "y": 150, "z": 60}})
    assert targets(counted) == targets(plan)
    path = tmp_path / "margins.csv"
    path.write_text("column,value,share\nh,x,0.3\nh,y,0.5\nh,z,0.2\n")
    assert targets(plan_balance(table, ["g", "h"], path, rows=300)) == targets(plan)
    path.write_text(
        "column,value,count,share\nh,x,90,\nh,y,150,\nh,z,60,\ng,a,,0.4\ng,b,,0.3\ng,c,,0.3\n"
    )
    both = targets(plan_balance(table, ["g", "h"], path))
    assert margin(both, 0) == {"a": 120, "b": 90, "c": 90}
    assert margin(both, 1) == {"x": 90, "y": 150, "z": 60}
    frame = pa.table({"column": ["h"] * 3, "value": ["x", "y", "z"], "n": [90, 150, 60]})
    assert targets(plan_balance(table, ["g", "h"], frame, target="margins")) == targets(plan)
    assert targets(plan_balance(table, ["g", "h"], {"g": "equal"})) == targets(
        plan_balance(table, ["g", "h"], target="margins")
    )


def test_values_that_are_not_named_get_nothing() -> None:
    table = table_of(SQUARE)
    plan = plan_balance(table, ["g", "h"], {"g": {"a": 0.6, "b": 0.4}, "h": {"x": 0.5, "y": 0.5}})
    assert set(targets(plan)) == {("a", "x"), ("a", "y"), ("b", "y")}
    kept = plan_balance(
        table, ["g", "h"], {"g": {"a": 40, "b": 40}, "h": {"x": 25, "y": 55}}, mode="augment"
    )
    assert "10 real rows of cells that are not balanced are kept" in " ".join(kept.warnings)
    assert kept.rows == 20
    assert "90 in the result" in kept.reason
    one = plan_balance(
        table_of({("a", "x"): 20, ("a", "y"): 10, ("b", "y"): 30, ("c", "y"): 1}),
        ["g", "h"],
        {"g": {"a": 40, "b": 40}, "h": {"x": 25, "y": 55}},
        mode="augment",
    )
    assert "1 real row of cells that are not balanced is kept as it is." in one.warnings


def test_missing_values_have_a_margin_of_their_own(tmp_path: Path) -> None:
    rows = [("a", "x")] * 8 + [(None, "y")] * 4 + [(None, "x")] * 2 + [("a", "y")] * 3
    names = ("g", "h")
    columns = tuple(Column(name=n, kind=Kind.LABEL, storage="string") for n in names)
    data = {n: pa.array([r[k] for r in rows], pa.string()) for k, n in enumerate(names)}
    table = read(pa.table(data), Schema(locked=True, columns=columns))
    asked = {"g": {None: 6, "a": 4}, "h": "equal"}
    assert margin(targets(plan_balance(table, names, asked)), 0) == {None: 6, "a": 4}
    path = tmp_path / "margins.csv"
    path.write_text("column,value,count\ng,,6\ng,a,4\n")
    assert margin(targets(plan_balance(table, names, path)), 0) == {None: 6, "a": 4}
    left = plan_balance(table, names, target="margins", missing="exclude", mode="augment")
    assert all(c.values[0] == "a" for c in left.cells)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"to": {"g": {"a": 1.0}}, "target": "product"}, PlanError, "'product', but .* each column by"),
    ({"to": {("a", "x"): 3}, "target": "margins"}, PlanError, "'margins', but .* combinations of"),
    ({"target": "margins", "unseen": "generate"}, PlanError, "combinations that are seen only"),
    ({"to": {"g": {"a": 3}, "h": {"x": 4}}}, PlanError, r"different totals \(g 3, h 4\)"),
    ({"to": {"g": {"a": 3}}, "rows": 4}, PlanError, "rows = 4 but the counts sum to 3"),
    ({"to": {"g": {"q": 3}}}, PlanError, "g = q never occurs in the table"),
    ({"to": {"q": {"a": 3}}}, ColumnError, "to: there is no column 'q'"),
    ({"to": {"g": {"a": 0.5}}}, PlanError, "sum to 0.5"),
    ({"to": {"g": {"a": 0, "b": 0}}}, PlanError, "counts of g are all 0"),
    ({"to": {"g": {"a": -1, "b": 2}}}, PlanError, "-1 under 'count'"),
    ({"to": {"g": {"a": "many"}}}, PlanError, r"to\['g'\] asks for \['many'\]"),
    ({"to": {"g": {"a": None}}}, PlanError, r"to\['g'\] asks for"),
    ({"to": {"g": {}}}, PlanError, r"to\['g'\] = \{\}: expected"),
    ({"to": {"g": {"a": 3}, "h": 3}}, PlanError, r"to\['h'\] = 3: expected"),
    ({"to": pa.table({"column": ["g"], "value": ["a"]})}, PlanError, "'count' or 'share'"),
    (
        {"to": pa.table({"column": ["g", "g"], "value": ["a", "a"], "n": [1, 2]})},
        PlanError,
        "g = a twice",
    ),
    (
        {"to": pa.table({"column": ["q"], "value": ["a"], "n": [1]})},
        ColumnError,
        "margins, column: there is no column 'q'",
    ),
    (
        {"to": pa.table({"column": ["g"], "value": ["a"], "n": [1], "share": [1.0]})},
        PlanError,
        "gives g counts and shares",
    ),
    ({"to": {"g": {"a": 10**10}}}, PlanError, "at most"),
    ({"target": "margins", "rows": 0}, InputError, "rows = 0"),
]


@pytest.mark.parametrize(("asked", "error", "message"), BAD, ids=[b[2] for b in BAD])
def test_bad_margins(asked: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        plan_balance(table_of(SQUARE), ["g", "h"], **asked)


def test_columns_named_as_a_table_of_margins_is() -> None:
    """A table with columns `column` and `value` is about combinations where they are balanced."""
    data = pa.table({"column": ["a", "b"] * 6, "value": ["x", "x", "y", "y"] * 3})
    asked = pa.table({"column": ["a"], "value": ["x"], "count": [3]})
    assert targets(plan_balance(data, ["column", "value"], asked)) == {("a", "x"): 3}


def test_empty_cells_that_were_to_be_expected() -> None:
    """A pair that never meets although both are common; one that is merely rare; a triple."""
    cells = {("a", "x"): 40, ("a", "y"): 30, ("b", "x"): 30, ("c", "x"): 2, ("c", "y"): 1}
    made = plan_balance(table_of(cells), ["g", "h"], target="product", unseen="generate")
    (unseen,) = [c for c in made.cells if not c.real_rows]
    assert unseen.values == ("b", "y")
    assert unseen.expected_rows == pytest.approx(30 * 31 / 103)
    assert unseen.support is Support.STRUCTURAL
    assert "1 of these cells may be impossible" in " ".join(made.warnings)
    with pytest.raises(RefusedError, match=r"g = b never with h = y \(9 rows expected\)"):
        plan_balance(table_of(cells), ["g", "h"], target="product")
    assert "g = b never with h = y" in " ".join(plan_balance(table_of(cells), ["g", "h"]).warnings)
    rare = {("a", "x"): 40, ("a", "y"): 30, ("b", "x"): 3}
    made = plan_balance(table_of(rare), ["g", "h"], target="product", unseen="generate")
    assert [c.support for c in made.cells if not c.real_rows] == [Support.UNSEEN]


def test_an_empty_triple_is_explained_by_the_pairs_in_it() -> None:
    cells = dict.fromkeys(itertools.product("ab", "xy", "st"), 20)
    del cells[("b", "y", "t")]
    real = observed(table_of(cells), ("g", "h", "i"), "group")
    (found,) = expectations(real, [("b", "y", "t")])
    assert found.part == (0, 1, 2)
    # b and y meet in 20 rows, and t is in 60 of 140.
    assert found.rows == pytest.approx(20 * 60 / 140)
    del cells[("b", "y", "s")]
    real = observed(table_of(cells), ("g", "h", "i"), "group")
    for found in expectations(real, [("b", "y", "t"), ("b", "y", "s")]):
        assert found.part == (0, 1)
        assert found.rows == pytest.approx(40 * 40 / 120)


def test_persons_are_counted_for_what_is_to_be_expected() -> None:
    """Thirty rows of one person say no more of an empty cell than one does."""
    table = read(
        pa.table(
            {
                "who": [0] * 30 + list(range(1, 31)) + list(range(31, 41)),
                "g": ["b"] * 30 + ["a"] * 40,
                "h": ["x"] * 60 + ["y"] * 10,
            }
        ),
        Schema(
            locked=True,
            columns=(
                Column(name="who", kind=Kind.ENTITY, storage="int64"),
                Column(name="g", kind=Kind.LABEL, storage="string"),
                Column(name="h", kind=Kind.LABEL, storage="string"),
            ),
        ),
    )
    plan = plan_balance(table, ["g", "h"], unseen="generate")
    (empty,) = [c for c in plan.cells if not c.real_rows]
    assert empty.expected_rows == pytest.approx(1 * 10 / 41)
    assert empty.support is Support.UNSEEN
    assert any("rest on 30 real rows of 1 person." in w for w in plan.warnings)


def test_whole_numbers_that_three_columns_do_not_have() -> None:
    """Half a row in each cell has the margins, and one row in two of them never has."""
    even = [("a", "x", "s"), ("a", "y", "t"), ("b", "x", "t"), ("b", "y", "s")]
    cells = dict.fromkeys(even, 5)
    four = plan_balance(table_of(cells), ["g", "h", "i"], target="margins", rows=4)
    assert set(targets(four).values()) == {1}
    with pytest.raises(RefusedError, match="no whole numbers of rows that sum to 2 were found"):
        plan_balance(table_of(cells), ["g", "h", "i"], target="margins", rows=2)


def test_many_cells_are_planned_in_seconds() -> None:
    g = Key(120).generator()
    every = np.array(list(itertools.product(range(10), repeat=4)))
    codes = every[g.permutation(len(every))[:3000]]
    cells = {tuple(f"{NAMES[k]}{v}" for k, v in enumerate(c)): 1 for c in codes.tolist()}
    for cell in list(cells)[::7]:
        cells[cell] = 9
    table = table_of(cells)
    plan = balancing.plan_balance(table, list(NAMES))
    assert len(plan.cells) == 3000
    for k in range(4):
        assert (
            max(Counter(margin(targets(plan), k)).values()) - min(margin(targets(plan), k).values())
            <= 1
        )
    assert re.search(r"7000 of 10,000 cells", plan.warnings[0])
