"""How far drawn rows are from held-out ones, against counting by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.gan.small_gans import KEY, coded
from trimtab._arrays import Int
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.gan.marginals import Marginals, classes_of
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid, LabelGrid, NumberGrid

quick = settings(max_examples=40, deadline=None, derandomize=True)


def table(rows: list[tuple[int, int, int]]) -> Codes:
    """A label of three values, a number of a few values, a number of many; -1 is missing."""
    found = np.array(rows, np.int64).reshape(-1, 3)
    found = np.where(found < 0, MISSING, found * np.array([1, 1, 1000]))
    return Codes(dict(zip("abc", found.T, strict=True)), len(rows))


tables = st.lists(
    st.tuples(st.integers(-1, 2), st.integers(-1, 4), st.integers(-1, 60)), min_size=1, max_size=40
).map(table)
EVERY = table([(k % 4 - 1, k % 6 - 1, k % 62 - 1) for k in range(744)])
GRIDS: dict[str, Grid] = {
    "a": fit_label_grid(EVERY["a"], 3),
    "b": fit_number_grid(EVERY["b"], 1),
    "c": fit_number_grid(EVERY["c"], 40),
}


def classes(name: str, codes: Int) -> list[int]:
    grid = GRIDS[name]
    return [int(classes_of(grid)[grid.encode(np.array([code]))[0]]) for code in codes]


def by_hand(one: Codes, other: Codes, grids: Mapping[str, Grid] = GRIDS) -> float:
    """The mean over pairs of columns of half the sum of differences of shares of pairs."""
    found = []
    for names in combinations(grids, 2):
        shares = [
            Counter(zip(*(classes(n, codes[n]) for n in names), strict=True))
            for codes in (one, other)
        ]
        cells = set(shares[0]) | set(shares[1])
        gaps = [abs(shares[0][c] / one.rows - shares[1][c] / other.rows) for c in cells]
        found.append(sum(gaps) / 2)
    return float(np.mean(found))


def test_the_oracle_tells_columns_apart() -> None:
    assert len(set(classes("c", EVERY["c"]))) > 5 and len(set(classes("b", EVERY["b"]))) == 6
    assert isinstance(GRIDS["c"], NumberGrid) and not GRIDS["c"].atom.all()


@quick
@given(tables, tables)
def test_the_distance_is_the_one_counted_by_hand(one: Codes, other: Codes) -> None:
    there = Marginals(GRIDS, one, other)
    assert there.distance(other) == pytest.approx(by_hand(one, other), abs=1e-6)
    assert there.floor == there.distance(other)
    back = Marginals(GRIDS, other, one)
    assert back.distance(one) == pytest.approx(there.distance(other), abs=1e-6)
    assert there.distance(one) == pytest.approx(0, abs=1e-9)
    assert -1e-9 <= there.distance(other) <= 1 + 1e-6


@quick
@given(tables, tables, tables)
def test_the_distance_keeps_the_triangle(one: Codes, two: Codes, three: Codes) -> None:
    direct = Marginals(GRIDS, one, one).distance(three)
    detour = Marginals(GRIDS, one, one).distance(two) + Marginals(GRIDS, two, two).distance(three)
    assert direct <= detour + 1e-6


@quick
@given(tables, st.integers(2, 5))
def test_it_is_of_shares_and_not_of_rows(one: Codes, times: int) -> None:
    again = one.take(np.tile(np.arange(one.rows), times))
    turned = again.take(KEY.child("turn").generator().permutation(again.rows))
    assert Marginals(GRIDS, one, one).distance(turned) == pytest.approx(0, abs=1e-6)


def test_disjoint_rows_are_as_far_apart_as_can_be() -> None:
    one, other = table([(0, 0, 0)] * 9), table([(1, 4, 60)] * 7)
    assert Marginals(GRIDS, one, one).distance(other) == pytest.approx(1)
    # Every pair has one column of two in common: still disjoint but for the pair (a, b).
    half = table([(0, 0, 60)] * 7)
    assert Marginals(GRIDS, one, one).distance(half) == pytest.approx(2 / 3)


def test_dependence_counts_and_not_only_single_columns() -> None:
    one = table([(0, 0, 0), (1, 4, 60)] * 20)
    other = table([(0, 4, 0), (1, 0, 60)] * 20)
    measured = Marginals(GRIDS, one, one).distance(other)
    assert measured == pytest.approx(2 / 3) == by_hand(one, other)


@quick
@given(tables, tables)
def test_a_single_column_is_compared_by_itself(one: Codes, other: Codes) -> None:
    for name in "abc":
        found = Marginals({name: GRIDS[name]}, one, one).distance(other)
        counts = [Counter(classes(name, codes[name])) for codes in (one, other)]
        gaps = [
            abs(counts[0][c] / one.rows - counts[1][c] / other.rows)
            for c in set(counts[0]) | set(counts[1])
        ]
        assert found == pytest.approx(sum(gaps) / 2, abs=1e-6)


# --- columns that collapsed -----------------------------------------------------------------------


def some(rows: int, seed: int) -> Codes:
    """Rows of `clinic`, drawn again."""
    at = KEY.child("again", seed).generator().integers(0, coded()[0].rows, rows)
    return coded()[0].take(at)


@pytest.mark.parametrize("rows", [60, 200, 1000])
def test_real_rows_have_not_collapsed(rows: int) -> None:
    for seed in range(20):
        assert Marginals(coded()[2], some(rows, seed), some(rows, -1)).lost(some(4096, 99)) == {}


@pytest.mark.parametrize("name", ["age", "cost", "town", "dose", "sex", "ill"])
def test_a_column_stuck_at_one_value_has_collapsed(name: str) -> None:
    held, drawn = some(300, 1), some(4096, 2)
    measured = Marginals(coded()[2], held, held)
    at = int(np.flatnonzero(held[name] != MISSING)[0])
    stuck = np.full(4096, held[name][at])
    lost = measured.lost(Codes({**drawn.columns, name: stuck}, 4096))
    assert set(lost) == {name}
    grid = coded()[2][name]
    mine = classes_of(grid)[grid.encode(held[name])]
    counts = np.bincount(mine[mine != mine[at]])
    assert lost[name] == pytest.approx(counts[counts >= 10].sum() / 300)
    # The other value of a flag is common enough to be missed, and a mixture is not stuck.
    half = np.where(np.arange(4096) % 2, stuck, drawn[name])
    assert measured.lost(Codes({**drawn.columns, name: half}, 4096)) == {}


def test_rare_values_are_not_missed() -> None:
    """Those of nine held-out rows may be chance; of many rows they are not."""
    codes = np.r_[np.zeros(41), np.ones(9)].astype(np.int64)
    grids = {"a": fit_label_grid(codes, 2)}
    stuck = Codes({"a": np.zeros(500, np.int64)}, 500)
    for times, lost in ((1, {}), (2, {"a": pytest.approx(9 / 50)})):
        held = Codes({"a": np.tile(codes, times)}, 50 * times)
        assert Marginals(grids, held, held).lost(stuck) == lost


def test_a_rare_outcome_that_never_comes_is_lost_but_not_one_label_of_several() -> None:
    rare = np.r_[np.zeros(380), np.ones(20)].astype(np.int64)
    several = np.r_[np.arange(380) % 4, np.full(20, 4)].astype(np.int64)
    grids: dict[str, Grid] = {"two": fit_label_grid(rare, 2), "five": fit_label_grid(several, 5)}
    held = Codes({"two": rare, "five": several}, 400)
    drawn = Codes({"two": np.zeros(400, np.int64), "five": np.arange(400) % 4}, 400)
    assert Marginals(grids, held, held).lost(drawn) == {"two": pytest.approx(0.05)}
    assert Marginals(grids, held, held).lost(held) == {}


def test_missing_values_that_never_come_are_lost() -> None:
    held, drawn = some(400, 1), some(4096, 2)
    measured = Marginals(coded()[2], held, held)
    town = drawn["town"]
    filled = np.where(town == MISSING, town[town != MISSING][0], town)
    lost = measured.lost(Codes({**drawn.columns, "town": filled}, 4096))
    share = (held["town"] == MISSING).mean()
    assert share >= 0.1 and lost == {"town": pytest.approx(share)}


# --- classes --------------------------------------------------------------------------------------


@quick
@given(
    st.lists(st.integers(-1, 300), min_size=1, max_size=300),
    st.sampled_from([1, 5]),
)
def test_classes_of_a_number_are_of_about_equal_rows_and_in_order(
    values: list[int], least: int
) -> None:
    codes = np.where(np.array(values) < 0, MISSING, values).astype(np.int64)
    grid = fit_number_grid(codes, least)
    found = classes_of(grid)
    elements, missing = found[:-1], found[-1]
    assert len(found) == len(grid.low) + 1 and missing not in elements
    assert set(found) == set(range(int(found.max()) + 1)), "no number is left out"
    assert len(set(elements)) <= 8 and (np.diff(elements) >= 0).all()
    rows = np.bincount(elements, grid.rows) if len(elements) else np.zeros(0)
    # An eighth, and what the last element brings beyond it.
    assert (rows <= grid.rows.sum() / 8 + grid.rows.max(initial=0)).all()


@quick
@given(st.lists(st.integers(-1, 14), min_size=1, max_size=200), st.permutations(range(15)))
def test_common_labels_have_a_class_each(values: list[int], order: list[int]) -> None:
    codes = np.where(np.array(values) < 0, MISSING, values).astype(np.int64)
    grid = fit_label_grid(codes, 15, np.array(order))
    assert isinstance(grid, LabelGrid)
    found, rows = classes_of(grid), grid.sizes
    assert len(found) == len(rows) + 1
    mine = found[grid.encode(codes)]
    counts = Counter(found[:-1].tolist())
    assert all(counts[k] == 1 for k in range(7)) and counts[7] == len(rows) - 7
    alone = rows[found[:-1] < 7]
    assert alone.min() >= rows[found[:-1] == 7].max(initial=0)
    if grid.nullable:
        assert set(mine[codes == MISSING]) == {found[0]} == {found[-1]}


def test_marks_say_the_class_of_each_row() -> None:
    measured = Marginals(GRIDS, EVERY, EVERY)
    marks = measured.marks(EVERY, ["c", "a"])
    width = max(classes("c", EVERY["c"])) + 1
    assert (marks.sum(axis=1) == 2).all() and set(np.unique(marks)) == {0, 1}
    assert marks[:, :width].argmax(axis=1).tolist() == classes("c", EVERY["c"])
    assert marks[:, width:].argmax(axis=1).tolist() == classes("a", EVERY["a"])
    assert measured.marks(EVERY, []).shape == (EVERY.rows, 0)
