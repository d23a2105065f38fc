"""What rules say, held against the same said row by row in plain Python.

The tables are tiny, with missing values, pooled labels, and, in the table that is judged, values
that the real one does not have.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.table.rules.tiny_tables import (
    POOLED,
    SEEDS,
    SIMPLE_LABELS,
    Cell,
    Rows,
    Verdict,
    assert_judged,
    cells_of,
    most_frequent,
    told,
    two_tables,
    view_of,
)
from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear, Term
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.multiples import MultipleOf
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Order
from trimtab.table.rules.parse import parse
from trimtab.table.rules.ranges import LEAST, MARGIN, Within
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together
from trimtab.table.rules.view import View, labels, numbers


@given(SEEDS, st.sampled_from(["ab", "abc", "ax", "xy", "xab", "axc"]))
def test_a_value_follows_from_others(seed: int, names: str) -> None:
    real, judged, view, other = two_tables(seed, names)
    expected = most_frequent(real, view, names[0], names[1:])

    def check(cells: dict[str, Cell]) -> Verdict:
        key = tuple(cells[n] for n in names[1:])
        if key not in expected or not told(cells[names[0]]):
            return None
        return cells[names[0]] != expected[key]

    statement = From(names[0], tuple(names[1:]))
    assert_judged(statement.learned(view)(other), judged, check)
    # In the real rows themselves it breaks those that are in the minority, and no others.
    assert_judged(statement.learned(view)(view), real, check)


@given(SEEDS, st.sampled_from(["ab", "ax", "xy"]))
def test_values_match_one_another(seed: int, names: str) -> None:
    real, judged, view, other = two_tables(seed, names)
    one, two = names
    there = most_frequent(real, view, one, two)
    back = most_frequent(real, view, two, one)

    def check(cells: dict[str, Cell]) -> Verdict:
        verdicts = [
            cells[a] != expected[(cells[b],)]
            for a, b, expected in ((one, two, there), (two, one, back))
            if (cells[b],) in expected and told(cells[a])
        ]
        return any(verdicts) if verdicts else None

    assert_judged(Matches(one, two).learned(view)(other), judged, check)


@given(SEEDS, st.sampled_from(["ab", "abc", "ax", "xyz"]))
def test_values_occur_together(seed: int, names: str) -> None:
    real, judged, view, other = two_tables(seed, names)
    pairs = set(zip(*(real[n] for n in names), strict=True))

    def check(cells: dict[str, Cell]) -> Verdict:
        key = tuple(cells[n] for n in names)
        if not all(told(c) and c in real[n] for n, c in zip(names, key, strict=True)):
            return None
        return key not in pairs

    statement = Together(tuple(names))
    assert_judged(statement.learned(view)(other), judged, check)
    assert not statement.learned(view)(view).broken.any()
    assert statement.learns


@given(SEEDS, st.booleans())
def test_a_number_is_in_the_range_of_its_group(seed: int, persons: bool) -> None:
    draw = np.random.default_rng(seed)
    count, judged_count = int(draw.integers(1, 120)), 30
    real: Rows = {"a": cells_of(draw, "a", count, new=False)}
    judged: Rows = {"a": cells_of(draw, "a", judged_count, new=True)}
    for rows, size in ((real, count), (judged, judged_count)):
        values = np.round(draw.normal(0, 4, size), 1).tolist()
        rows["x"] = [None if draw.random() < 0.1 else v for v in values]
    people = draw.integers(0, max(count // 2, 1), count).tolist() if persons else None
    view, other = view_of(real, draw, people), view_of(judged, draw)
    ranges = {}
    every = [x for a, x in zip(real["a"], real["x"], strict=True) if told(a) and x is not None]
    for group in SIMPLE_LABELS:
        mine = [i for i, a in enumerate(real["a"]) if a == group and real["x"][i] is not None]
        if len({people[i] if people else i for i in mine}) >= LEAST:
            values = [float(real["x"][i] or 0.0) for i in mine]
            margin = MARGIN * (max(values) - min(values))
            low, high = max(min(values) - margin, min(every)), min(max(values) + margin, max(every))
            ranges[group] = low, high

    def check(cells: dict[str, Cell]) -> Verdict:
        if cells["a"] not in ranges or cells["x"] is None:
            return None
        low, high = ranges[cells["a"]]
        return not low <= float(cells["x"]) <= high

    statement = Within("x", ("a",))
    assert_judged(statement.learned(view)(other), judged, check)
    assert not statement.learned(view)(view).broken.any()


@given(SEEDS, st.sampled_from(["ab", "xy", "ax"]))
def test_columns_are_equal(seed: int, names: str) -> None:
    _, judged, view, other = two_tables(seed, names)
    one, two = names

    def check(cells: dict[str, Cell]) -> Verdict:
        return cells[one] != cells[two] if told(cells[one]) and told(cells[two]) else None

    assert_judged(Equal(one, two).learned(view)(other), judged, check)


@given(SEEDS, st.lists(st.booleans(), min_size=2, max_size=2), st.sampled_from(["xy", "xyz"]))
def test_columns_stand_in_order(seed: int, strict: list[bool], names: str) -> None:
    _, judged, view, other = two_tables(seed, names)
    statement = Order(Order.of(*names).sides, tuple(strict[: len(names) - 1]))

    def check(cells: dict[str, Cell]) -> Verdict:
        there = [i for i, n in enumerate(names) if cells[n] is not None]
        if len(there) < 2:
            return None
        for i in there:
            for j in (k for k in there if k > i):
                low, high = float(cells[names[i]] or 0), float(cells[names[j]] or 0)
                if low > high or (low == high and any(strict[i:j])):
                    return True
        return False

    assert_judged(statement.learned(view)(other), judged, check)


@given(SEEDS, st.sampled_from([(1, 1), (0, 1), (1, None)]))
def test_how_many_say_yes(seed: int, ends: tuple[int, int | None]) -> None:
    draw = np.random.default_rng(seed)
    real: Rows = {"p": [0.0, 1.0, None], "q": [1.0, 0.0, 0.0], "r": ["no", "yes", None]}
    judged = {n: cells_of(draw, n, 12, new=False) for n in real}
    statement = OneOf(("p", "q", "r"), *ends)

    def check(cells: dict[str, Cell]) -> Verdict:
        if None in cells.values():
            return None
        count = sum(c in (1.0, "yes") for c in cells.values())
        return count < ends[0] or (ends[1] is not None and count > ends[1])

    assert_judged(statement.learned(view_of(real, draw))(view_of(judged, draw)), judged, check)


SHARED: list[Statement] = [
    From("a", ("b",)), Matches("a", "b"), Together(("a", "b")), Within("x", ("a",)),
    Equal("a", "b"), Equal("x", "y"), Order.of("x", "y"), Linear("x", (Term(1.0, "y"),), 1.0),
    MultipleOf("x", 0.5), OneOf(("p", "q")), MakeDate(("x", "y")), Holds(Atom("a", "=", ("u",))),
    Holds(Atom("x", "present")), Where(Equal("x", "y"), (Atom("a", "=", ("u",)),)),
]  # fmt: skip


@pytest.mark.parametrize("statement", SHARED, ids=str)
@given(SEEDS)
def test_only_what_is_covered_is_broken_and_rows_are_judged_by_themselves(
    statement: Statement, seed: int
) -> None:
    _, _, view, other = two_tables(seed, "abxypq", 60)
    check = statement.learned(view)
    whole = check(other)
    assert not (whole.broken & ~whole.covered).any()
    draw = np.random.default_rng(seed)
    rows = draw.integers(0, other.rows, 9)
    part = check(other.take(rows))
    assert part.covered.tolist() == whole.covered[rows].tolist()
    assert part.broken.tolist() == whole.broken[rows].tolist()
    # A missing value breaks no rule but those of missing ones; neither does a pooled label.
    if statement != Holds(Atom("x", "present")):
        columns = {n: v.take(np.zeros(0, int)) for n, v in other.columns.items()}
        assert not check(View(columns, 0)).broken.size
        gone = {
            n: numbers(n, np.full(3, np.nan)) if v.numbers is not None
            else labels(n, np.array([-1, 0, 0]), [POOLED])
            for n, v in other.columns.items()
        }  # fmt: skip
        assert not check(View(gone, 3)).broken.any()


def test_persons_are_counted_once() -> None:
    view = View({"x": numbers("x", np.arange(6.0))}, 6, np.array([4, 4, 9, 9, 9, 1]))
    outcome = parse("x >= 4").learned(view)(view)
    assert (view.count(outcome.covered), view.count(outcome.broken)) == (3, 2)
    assert [a <= b for a, b in pairwise(view.holders.tolist())] == [True, True, True, True, False]
