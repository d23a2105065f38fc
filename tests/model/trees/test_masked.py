"""Masked chains: what comes out is what is told, against enumeration of tiny domains."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tests.model.trees.masked_chains import Held, at_most, code, held, labels, numbers, order
from tests.model.trees.test_trees import MIN_P, p_value
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.grid import LabelGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction

KEY = Key(14)
DRAWS = 4000
NA = int(MISSING)


def _and(lower: str, upper: str, strict: bool = False) -> Callable[..., bool]:
    def keeps(row: dict[str, int]) -> bool:
        low, high = row[lower], row[upper]
        return NA in (low, high) or (low < high if strict else low <= high)

    return keeps


def _block() -> Held:
    return held(labels(), [(("a", "b"), lambda a, b: a != b), (("b",), lambda b: b != 1)])


def _across() -> Held:
    """From the block to behind it: the block has to look ahead."""
    fitted = labels()
    return held(
        fitted,
        [
            (("a", "y"), lambda a, y: a == NA or y == NA or (a + y) % 3 != 0),
            (("b", "y", "z"), lambda b, y, z: b != 2 or (y in (0, 1) and z == 2)),
        ],
    )


def _behind() -> Held:
    return held(labels(), [(("y", "z"), lambda y, z: NA in (y, z) or abs(y - z) < 2)])


def _missing_together() -> Held:
    return held(labels(), [(("y", "z"), lambda y, z: (y == NA) == (z == NA))])


def _present() -> Held:
    return held(labels(), [(("b", "y"), lambda b, y: b != 1 or y != NA)])


def _no_values() -> Held:
    """Values have nowhere to go but to missing and to the pooled label."""
    fitted = labels()
    rare = code(fitted, "y", "(rare)")
    return held(fitted, [(("b", "y"), lambda b, y: b != 0 or y in (NA, rare))])


def _no_pooled() -> Held:
    """The pooled label is not allowed where missing is, and the other way around."""
    fitted = labels()
    rare = code(fitted, "y", "(rare)")
    return held(fitted, [(("b", "y"), lambda b, y: y != rare if b == 0 else y not in (NA, 0, 2))])


def _ranges(form: str) -> Held:
    """Ranges of groups, and missing exactly where."""
    top = {"atoms": 15, "wide": 90, "residual": 25}[form]
    return held(
        numbers(form),
        [
            (("k", "y"), lambda k, y: (y == NA) if k == 1 else y == NA or 3 <= y < top),
            (("k", "x"), lambda k, x: k == 0 or x == NA or x >= 4),
        ],
        {"y": (3, top), "x": (4,)},
    )


def _leading(form: str) -> Held:
    """A number in the block, cut where a table tells ranges of it apart, and x behind it."""
    top = {"atoms": 15, "wide": 93}[form]
    return held(
        numbers(form, first=("k", "y")),
        [
            (("k", "y"), lambda k, y: (y == NA or y >= 4) if k == 1 else y == NA or 3 <= y < top),
            (("y", "x"), lambda y, x: y == NA or y < 15 or x >= 2),
        ],
        {"y": (3, 4, 15, top) if top != 15 else (3, 4, 15), "x": (2,)},
    )


def _order(form: str, lower: str = "x", upper: str = "y", strict: bool = False) -> Held:
    fitted = numbers(form)
    relations = order(fitted, lower, upper)
    if strict:
        relations = [at_most("y", "x", above=upper == "y", strict=True), *relations[1:]]
        end = fitted.model.grids["y"].reach[int(upper == "y")]
        above = upper != "y"
        relations[1] = Relation("x", (), np.zeros(0), float(end), above, not above, -1e-6)
    return held(fitted, [], relations=relations, also=_and(lower, upper, strict))


def _order_and_range(form: str) -> Held:
    """Both on one column, in such a way that each start can be completed."""
    fitted = numbers(form)
    return held(
        fitted,
        [(("k", "y"), lambda k, y: (y == NA or y >= 6) if k == 0 else y != NA)],
        {"y": (6,)},
        order(fitted, "x", "y"),
        _and("x", "y"),
    )


def _equal(form: str) -> Held:
    fitted = numbers(form)
    same = Relation("y", ("x",), np.ones(1), 0.0, True, True, 1e-6)
    return held(
        fitted, [], relations=[same], also=lambda row: NA in (row["x"], row["y"], row["x"])
        or row["x"] == row["y"]
    )  # fmt: skip


def _equal_and_present() -> Held:
    fitted = numbers("atoms")
    same = Relation("y", ("x",), np.ones(1), 1.0, True, True, 1e-6)
    return held(
        fitted,
        [(("y",), lambda y: y != NA)],
        relations=[same],
        also=lambda row: row["x"] == NA or row["y"] == row["x"] + 1,
    )


def _order_where(form: str) -> Held:
    """An order in some rows only."""
    fitted = numbers(form)
    where = Restriction(("k",), np.arange(len(fitted.model.grids["k"].sizes)) == 1)
    above = Relation("y", ("x",), np.ones(1), 0.0, True, False, 1e-6, where)
    return held(
        fitted,
        [(("k", "x"), lambda k, x: k == 0 or x == NA or x <= 15)],
        {"x": (16,)},
        [above],
        lambda row: row["k"] == 0 or _and("x", "y")(row),
    )


CASES: dict[str, Callable[[], Held]] = {
    "block": _block,
    "across": _across,
    "behind": _behind,
    "missing together": _missing_together,
    "present": _present,
    "no values": _no_values,
    "no pooled": _no_pooled,
    "equal and present": _equal_and_present,
    "leading atoms": lambda: _leading("atoms"),
    "leading wide": lambda: _leading("wide"),
    **{
        f"{name} {form}": (lambda make=make, form=form: make(form))
        for form in ("atoms", "wide", "residual")
        for name, make in {
            "ranges": _ranges,
            "x <= y": _order,
            "y <= x": lambda form: _order(form, "y", "x"),
            "x < y": lambda form: _order(form, strict=True),
            "order and range": _order_and_range,
            "equal": _equal,
            "order where": _order_where,
        }.items()
    },
}
NUMBERS = [n for n in CASES if n.split()[-1] in ("atoms", "wide", "residual")]


@cache
def case(name: str) -> Held:
    return CASES[name]()


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_is_the_masked_distribution(name: str) -> None:
    """All of it: nothing on rows that break a rule, and the rest in its shares."""
    made = case(name)
    told = np.exp(made.model.log_prob(made.domain))
    assert told.sum() == pytest.approx(1, abs=1e-4)
    assert (told[made.kept == 0] == 0).all()
    assert np.abs(told - made.expected).max() < 1e-5
    # Two-sided: the rules forbid something that is drawn without them.
    assert made.free[made.kept == 0].sum() > 0.01


@pytest.mark.parametrize("name", CASES)
def test_draws_have_the_masked_distribution(name: str) -> None:
    made = case(name)
    drawn = made.model.fill(Request(DRAWS, {}), 0, KEY.child("draws", name))
    assert p_value(drawn, made.domain, tuple(made.values), made.expected) > MIN_P


def test_masked_draws_are_no_rejected_draws() -> None:
    """Two-sided: draws without masks of which those that break rules are left out are others."""
    for name in ("across", "behind", "ranges atoms", "y <= x atoms"):
        made = case(name)
        drawn = made.model.fill(Request(DRAWS, {}), 0, KEY.child("draws", name))
        assert p_value(drawn, made.domain, tuple(made.values), made.free * made.kept) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_rows_do_not_hang_on_their_batch(name: str) -> None:
    made = case(name)
    whole = made.model.fill(Request(300, {}), 0, KEY)
    for start, stop in ((0, 1), (1, 120), (120, 300)):
        part = made.model.fill(Request(stop - start, {}), start, KEY)
        assert all((part[n] == whole[n][start:stop]).all() for n in made.values)


def _starts(made: Held, column: str, most: int) -> Codes:
    """Starts of the chain before a column that occur, some of them."""
    names = list(made.values)[: list(made.values).index(column)]
    rows = np.stack([made.domain[n][made.expected > 1e-6] for n in names], axis=1)
    distinct = np.unique(rows, axis=0)
    some = distinct[:: max(1, len(distinct) // most)]
    return Codes({n: some[:, j] for j, n in enumerate(names)}, len(some))


def _weights(made: Held, given: dict[str, int], column: str) -> np.ndarray:
    """The probability of each code of a column given cells, by enumeration."""
    agrees = np.ones(made.domain.rows, bool)
    for name, value in given.items():
        agrees &= made.domain[name] == value
    found = made.expected * agrees
    return np.array([found[made.domain[column] == v].sum() for v in made.values[column]])


@pytest.mark.stress
@pytest.mark.parametrize("name", CASES)
def test_conditionals_agree(name: str) -> None:
    """`conditional`, for each column behind the block, and each of the block given the others."""
    made = case(name)
    block = made.model.block_columns
    for column in made.values:
        if column in block:
            others = [n for n in block if n != column]
            rows = np.unique(
                np.stack([made.domain[n] for n in (*others, column)])[:, made.expected > 0], axis=1
            )
            given = Codes({n: rows[j] for j, n in enumerate(others)}, rows.shape[1])
        else:
            given = _starts(made, column, 15)
        found = made.model.conditional(given, column)
        for row in range(given.rows):
            cells = {n: int(given[n][row]) for n in given.columns}
            expected = _weights(made, cells, column)
            expected = expected / expected.sum()
            told = found.row(row)
            masses = np.array([
                told.missing if v == NA else sum(
                    m / ((b - a) // told.unit + 1)
                    for a, b, m in zip(told.first, told.last, told.mass, strict=True)
                    if a <= v <= b and (v - a) % told.unit == 0
                )
                for v in made.values[column]
            ])  # fmt: skip
            assert masses.sum() == pytest.approx(1, abs=1e-4)
            # A residual's masses are told by element, so that an atom inside an interval shares.
            assert np.abs(masses - expected).max() < 2e-4, (column, cells)


def _sets(made: Held, column: str) -> list[Allowed | None]:
    """Sets of a column's codes: None stands for a value that is present."""
    values, grid = made.values[column], made.model.grids[column]
    if isinstance(grid, LabelGrid):
        found = [np.array(values[::2]), np.array([values[0], values[-1]]), np.array(values[-2:])]
        return [None, *found]
    low, high = grid.reach
    middle = (low + high) // 2
    spans = [((low, middle), True), ((middle, high), False), ((low + 2, low + 9), True)]
    nullable = grid.nullable
    made_of = [
        Intervals(np.array([a]), np.array([b]), missing and nullable) for (a, b), missing in spans
    ]
    return [None, *made_of]


def _in(value: int, allowed: Allowed | None) -> bool:
    if allowed is None:
        return value != NA
    if isinstance(allowed, Intervals):
        spans = zip(allowed.low, allowed.high, strict=True)
        return allowed.missing if value == NA else any(a <= value <= b for a, b in spans)
    return value in allowed.tolist()


@pytest.mark.stress
@pytest.mark.parametrize("name", CASES)
def test_sets_and_present_have_the_masked_conditional(name: str) -> None:
    """Behind given values, for each column behind the block."""
    made = case(name)
    for column in list(made.values)[len(made.model.block_columns) :]:
        starts = _starts(made, column, 4)
        for row in range(starts.rows):
            cells = {n: int(starts[n][row]) for n in starts.columns}
            weights = _weights(made, cells, column)
            for i, allowed in enumerate(_sets(made, column)):
                inside = np.array([_in(v, allowed) for v in made.values[column]])
                if (weights * inside).sum() < 1e-3 * weights.sum():
                    continue
                conditions = {
                    n: Condition(np.full(DRAWS, v), np.full(DRAWS, GIVEN)) for n, v in cells.items()
                }
                state = PRESENT if allowed is None else FIRST_SET
                sets = () if allowed is None else (allowed,)
                conditions[column] = Condition(np.full(DRAWS, NA), np.full(DRAWS, state), sets)
                key = KEY.child("sets", name, column, str(row), str(i))
                drawn = made.model.fill(Request(DRAWS, conditions), 0, key)
                assert all((drawn[n] == v).all() for n, v in cells.items())
                own = Codes({column: np.array(made.values[column])}, len(weights))
                p = p_value(drawn, own, (column,), weights * inside)
                assert p > MIN_P, (column, cells, allowed)


@pytest.mark.parametrize("name", ["leading atoms", "leading wide"])
@pytest.mark.parametrize("asked", ["range", "label", "present"])
def test_parts_of_a_block_that_is_cut(name: str, asked: str) -> None:
    made = case(name)
    value, state = np.full(DRAWS, NA), np.full(DRAWS, FIRST_SET)
    conditions, agrees = {}, np.ones(made.domain.rows, bool)
    if asked == "range":
        ranges = Intervals(np.array([2, 12]), np.array([3, 40]))
        conditions["y"] = Condition(value, state, (ranges,))
        y = made.domain["y"]
        agrees = (y != NA) & (((y >= 2) & (y <= 3)) | ((y >= 12) & (y <= 40)))
    elif asked == "label":
        conditions["k"] = Condition(np.ones(DRAWS, np.int64), np.full(DRAWS, GIVEN))
        agrees = made.domain["k"] == 1
    else:
        conditions["y"] = Condition(value, np.full(DRAWS, PRESENT))
        agrees = made.domain["y"] != NA
    drawn = made.model.fill(Request(DRAWS, conditions), 0, KEY.child(name, asked))
    weights = made.expected * agrees
    assert p_value(drawn, made.domain, tuple(made.values), weights) > MIN_P


@pytest.mark.parametrize("name", ["block", "across"])
def test_parts_of_the_block_by_value_and_by_set(name: str) -> None:
    made = case(name)
    for asked in ({"a": 0}, {"b": 2}, {"a": (1, NA)}, {"b": (0, 2), "a": "present"}):
        conditions, agrees = {}, np.ones(made.domain.rows, bool)
        for n, v in asked.items():
            if v == "present":
                conditions[n] = Condition(np.full(DRAWS, NA), np.full(DRAWS, PRESENT))
                agrees &= made.domain[n] != NA
            elif isinstance(v, tuple):
                sets = (np.array(v),)
                conditions[n] = Condition(np.full(DRAWS, NA), np.full(DRAWS, FIRST_SET), sets)
                agrees &= np.isin(made.domain[n], v)
            else:
                conditions[n] = Condition(np.full(DRAWS, v), np.full(DRAWS, GIVEN))
                agrees &= made.domain[n] == v
        drawn = made.model.fill(Request(DRAWS, conditions), 0, KEY.child(name, str(asked)))
        weights = made.expected * agrees
        assert p_value(drawn, made.domain, tuple(made.values), weights) > MIN_P, asked


@pytest.mark.parametrize("name", CASES)
def test_given_cells_that_break_a_rule_come_back_as_given(name: str) -> None:
    """Whole starts of the chain that break rules, in rows among others; the rest is drawn."""
    made = case(name)
    names = list(made.values)
    lost = made.domain.take(np.flatnonzero((made.kept == 0) & (made.free > 1e-9))[::7])
    assert lost.rows
    for upto in range(1, len(names) + 1):
        given = {n: Condition(lost[n], np.full(lost.rows, GIVEN)) for n in names[:upto]}
        if len(names) - upto:
            state = np.where(np.arange(lost.rows) % 2, PRESENT, HOLE)
            given[names[upto]] = Condition(np.full(lost.rows, NA), state)
        drawn = made.model.fill(Request(lost.rows, given), 0, KEY)
        for n in names[:upto]:
            assert (drawn[n] == lost[n]).all()
        for n in names[upto:]:
            assert np.isin(drawn[n], made.values[n]).all()
        if upto < len(names):
            assert (drawn[names[upto]][1::2] != NA).all()
            start = lost.without(names[upto:])
            told = made.model.conditional(start, names[upto])
            assert told.mass.sum(axis=1) + told.missing == pytest.approx(1, abs=1e-6)
