"""Rows held out: a random share, whole persons, and no combination left without a row."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab import datasets, read
from trimtab._random import Key
from trimtab.errors import InputError, RefusedError
from trimtab.synthesis.holdout import hold_out
from trimtab.table.table import Table

KEY = Key(0)


def numbered(groups: list[str], people: list[str | None] | None = None) -> Table:
    """A table whose column `row` says which row it was."""
    columns = {"row": [f"{k}" for k in range(len(groups))], "group": groups}
    if people is not None:
        columns["PatientID"] = people
    return read(pa.table(columns))


@settings(max_examples=40, deadline=None)
@given(
    groups=st.lists(st.sampled_from("abcde"), min_size=30, max_size=120),
    share=st.floats(0.1, 0.5),
    seed=st.integers(0, 1000),
)
def test_the_parts_make_the_table_and_every_group_is_learned_from(
    groups: list[str], share: float, seed: int
) -> None:
    table = numbered(groups)
    try:
        parts = hold_out(table, share, ["group"], Key(seed))
    except RefusedError:
        return  # fewer than two rows were drawn
    rest, held = (set(t.column("row").to_pylist()) for t in (parts.rest, parts.held))
    assert rest | held == set(table.column("row").to_pylist())
    assert not rest & held
    assert set(parts.rest.column("group").to_pylist()) == set(groups)


def test_the_share_is_about_right_and_the_key_decides() -> None:
    table = read(datasets.strokes(4000))
    first = hold_out(table, 0.2, [], KEY)
    assert 700 < first.held.rows < 900
    assert first.spared == 0
    again, other = hold_out(table, 0.2, [], KEY), hold_out(table, 0.2, [], Key(1))
    assert again.held.data.equals(first.held.data)
    assert not other.held.data.equals(first.held.data)


def test_persons_stay_together() -> None:
    people = [f"P{k // 4:03d}" for k in range(400)]
    table = numbered(["a", "b"] * 200, people)
    assert table.schema.entity is not None
    parts = hold_out(table, 0.25, ["group"], KEY)
    rest, held = (set(t.column("PatientID").to_pylist()) for t in (parts.rest, parts.held))
    assert not rest & held
    assert held


def test_rows_of_nobody_are_held_out_by_themselves() -> None:
    people = [f"P{k // 4:03d}" if k < 200 else None for k in range(400)]
    table = numbered(["a", "b"] * 200, people)
    assert table.schema.entity is not None
    held = hold_out(table, 0.3, [], KEY).held
    nobody = held.column("PatientID").null_count
    assert 30 < nobody < 90  # of 200: neither all nor none


def test_the_only_row_of_a_group_is_learned_from_and_counted() -> None:
    groups = ["common"] * 60 + [f"rare {k}" for k in range(40)]
    parts = hold_out(numbered(groups), 0.5, ["group"], KEY)
    assert parts.spared > 5
    assert all(g == "common" for g in parts.held.column("group").to_pylist())


@pytest.mark.parametrize("share", [0, -0.1, 0.6, 1, "x", None, float("nan")])
def test_a_share_that_is_none_is_refused(share: object) -> None:
    with pytest.raises(InputError, match="holdout"):
        hold_out(numbered(["a"] * 50), share, [], KEY)  # type: ignore[arg-type]


def test_a_table_too_small_to_part_is_refused() -> None:
    with pytest.raises(RefusedError, match="held out"):
        hold_out(numbered(["a", "b", "c"]), 0.1, [], KEY)
