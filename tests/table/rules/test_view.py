"""A table as rules look at it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.table.files import read
from trimtab.table.rules.view import MISSING, POOLED, View, combined, labels, numbers, view
from trimtab.table.schema import Kind
from trimtab.table.table import Table

LABELS = st.lists(st.sampled_from(["a", "b", "c", "(rare)", None]), min_size=1, max_size=8)
AMOUNTS = st.lists(st.sampled_from([0.0, 1.5, -2.0, 3.0, np.nan]), min_size=1, max_size=8)


def of_labels(name: str, cells: list[str | None], order: str = "cab") -> View:
    texts = [t for t in (*order, "(rare)") if t in cells]
    codes = np.array([-1 if c is None else texts.index(c) for c in cells])
    return View({name: labels(name, codes, texts)}, len(cells))


@given(LABELS, LABELS, st.permutations("abc").map("".join))
def test_codes_among_the_values_of_another_label(
    mine: list[str | None], theirs: list[str | None], order: str
) -> None:
    one, other = of_labels("x", mine, order)["x"], of_labels("x", theirs)["x"]
    found = one.codes_among(other.values)
    for cell, code in zip(mine, found.tolist(), strict=True):
        if cell is None:
            assert code == MISSING
        elif cell == "(rare)":
            assert code == POOLED
        elif cell in theirs:
            assert other.values[code] == cell
        else:
            assert code == other.size


@given(AMOUNTS, AMOUNTS)
def test_codes_among_the_values_of_another_number(mine: list[float], theirs: list[float]) -> None:
    one, other = numbers("x", np.array(mine)), numbers("x", np.array(theirs))
    for cell, code in zip(mine, one.codes_among(other.values).tolist(), strict=True):
        if np.isnan(cell):
            assert code == MISSING
        elif cell in theirs:
            assert other.values[code] == cell
        else:
            assert code == other.size


def test_a_number_and_a_label_share_no_value() -> None:
    number = numbers("x", np.array([1.0, np.nan]))
    label = labels("x", np.array([0, -1]), ["1"])
    assert number.codes_among(label.values).tolist() == [1, MISSING]
    assert label.codes_among(number.values).tolist() == [1, MISSING]


@given(st.integers(0, 10_000))
def test_combined_codes_tell_combinations_apart_and_nothing_else(seed: int) -> None:
    draw = np.random.default_rng(seed)
    cells = draw.integers(-1, 3, (3, 12))
    like = View(
        {n: numbers(n, np.where(c < 0, np.nan, c)) for n, c in zip("abc", cells, strict=True)}, 12
    )
    theirs = draw.integers(-1, 4, (3, 12))
    seen = View(
        {n: numbers(n, np.where(c < 0, np.nan, c)) for n, c in zip("abc", theirs, strict=True)}, 12
    )
    mine, other = combined(like, like, "abc"), combined(seen, like, "abc")
    known = [set(c[c >= 0].tolist()) for c in cells]
    for i, row in enumerate(cells.T.tolist()):
        assert (mine[i] < 0) == (min(row) < 0)
    for j, row in enumerate(theirs.T.tolist()):
        away = any(v not in k for v, k in zip(row, known, strict=True))
        assert (other[j] < 0) == away
        if not away:
            same = [r == row for r in cells.T.tolist()]
            assert (mine == other[j]).tolist() == same


def test_combined_codes_of_many_values_do_not_run_over() -> None:
    rows = 100_000
    whole = np.arange(rows, dtype=float)
    like = View({f"c{i}": numbers(f"c{i}", whole) for i in range(6)}, rows)
    key = combined(like, like, like.columns)
    assert (key >= 0).all()
    assert len(np.unique(key)) == rows
    moved = {n: numbers(n, np.roll(whole, int(n == "c5"))) for n in like.columns}
    other = combined(View(moved, rows), like, like.columns)
    assert not np.isin(other, key).any(), "a combination that is not there has the code of one"


def table_of(**columns: list[object]) -> Table:
    return read(pa.table({n: pa.array(c) for n, c in columns.items()}))


def test_a_view_leaves_out_identifiers_and_counts_persons() -> None:
    given_table = table_of(
        patient_id=[1, 1, 2, 2, 3, 3, 4, 4, None, None, *(n // 2 for n in range(10, 20))],
        site=["a", "b", None, "(rare)", "a", "a", "b", "b", "a", "b"] * 2,
        when=["2020-02-29", None, "1969-12-31", "1600-01-01"] * 5,
        many=[1.5, 2.25, None, 4.0, 5.5] * 4,
    )
    assert given_table.schema["patient_id"].kind is Kind.ENTITY
    seen = view(given_table)
    assert set(seen.columns) == {"site", "when", "many"}
    assert seen.counted == "persons"
    # A row without a person is one of its own.
    assert seen.count(np.ones(20, bool)) == 9 + 2
    assert seen.count(np.arange(20) < 4) == 2
    site = seen["site"]
    assert (site.codes == POOLED).sum() == 2
    assert (site.codes == MISSING).sum() == 2
    assert site.known.sum() == 16
    assert seen["when"].moment and seen["when"].unit == 86400
    assert seen["when"].amounts[2] == -86400
    assert seen["many"].unit == 0.01
    part = seen.take(np.arange(20) < 4)
    assert part.rows == 4 and part.count(np.ones(4, bool)) == 2
    assert set(seen.only(["site"]).columns) == {"site"}


@pytest.mark.parametrize(
    ("texts", "on"),
    [
        (["0", "1"], "1"), (["yes", "no"], "yes"), (["N", "Y"], "Y"), (["True", "False"], "True"),
        (["f", "t"], "t"), (["a", "b"], None), (["yes", "n"], None), (["1"], None),
        (["0", "1", "2"], None),
    ],
)  # fmt: skip
def test_which_of_two_values_says_yes(texts: list[str], on: str | None) -> None:
    vector = labels("x", np.arange(len(texts)), texts)
    assert (None if vector.on is None else vector.texts[vector.on]) == on


def test_which_of_two_numbers_says_yes() -> None:
    assert numbers("x", np.array([0.0, 1.0, np.nan])).on == 1
    assert numbers("x", np.array([0.0, 2.0])).on is None
    assert numbers("x", np.array([np.nan])).on is None


def test_amounts_of_labels_are_the_numbers_they_say() -> None:
    vector = labels("x", np.array([0, 1, 2, 3, 4, -1]), ["07", "-1.5", "x7", "1e3", "(rare)"])
    expected = [7, -1.5, np.nan, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(vector.amounts, expected)
