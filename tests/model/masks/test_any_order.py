"""What is left to a column given any others: against every row of a tiny domain."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.network.small_networks import coded, three_labels
from trimtab._random import Key
from trimtab.model.grid.table import fit_grids
from trimtab.model.masks.any_order import AnyOrder, joint
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.restriction import MAX_CELLS, Restriction

NAMES = ("a", "b", "c")
CLASSES = {
    name: Classes(grid, np.zeros(0, np.int64))
    for name, grid in fit_grids(*coded(three_labels(2000)), None).items()
}


def _tables(seed: int, pairs: list[tuple[str, ...]]) -> list[Restriction]:
    g = Key(seed).child("tables").generator()
    return [
        Restriction(names, g.random([CLASSES[n].size for n in names]) < 0.6, f"rule {i}")
        for i, names in enumerate(pairs)
    ]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    pairs=st.lists(
        st.sampled_from([("a", "b"), ("c", "b"), ("a", "c"), ("b",), ("c", "a", "b")]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    name=st.sampled_from(NAMES),
    known=st.sets(st.sampled_from(NAMES)),
)
def test_what_is_left_is_what_can_be_completed(
    seed: int, pairs: list[tuple[str, ...]], name: str, known: set[str]
) -> None:
    tables = _tables(seed, pairs)
    held = AnyOrder(Masks(CLASSES, tuple(tables)), NAMES)
    if name not in held.columns:
        assert not any(name in names for names in pairs)
        return
    known = (known - {name}) & {*held.tables[name].columns}
    found = held.after(name, known)
    group = [t for t in tables if set(t.columns) <= {*held.tables[name].columns}]
    sizes = {n: range(CLASSES[n].size) for n in NAMES}
    alive = [
        dict(zip(NAMES, cell, strict=True))
        for cell in product(*(sizes[n] for n in NAMES))
        if all(
            t.allowed[tuple(dict(zip(NAMES, cell, strict=True))[n] for n in t.columns)]
            for t in group
        )
    ]
    before = [n for n in NAMES if n in known]
    for cell in product(*(sizes[n] for n in (*before, name))):
        wanted = any([row[n] for n in (*before, name)] == [*cell] for row in alive)
        if found is None:
            assert wanted
        else:
            (table,) = found.restrictions
            assert table.columns == (*before, name)
            assert table.allowed[cell] == wanted


def test_columns_that_do_not_hang_together_have_tables_of_their_own() -> None:
    one, other = _tables(1, [("a", "b"), ("c",)])
    tables = joint([one, other], NAMES)
    assert tables is not None
    assert {t.columns: t.rule for t in tables} == {("a", "b"): "rule 0", ("c",): "rule 1"}
    (together,) = joint([one, *_tables(2, [("c", "b")])], NAMES) or ()
    assert together.columns == NAMES and together.allowed.shape == (3, 5, 2)


def test_what_takes_too_much_is_no_table() -> None:
    side = int(MAX_CELLS**0.5) + 1
    square = Restriction(("a", "b"), np.ones((side, 2), bool))
    assert joint([square], NAMES) is not None
    assert joint([square, Restriction(("b", "c"), np.ones((2, side), bool))], NAMES) is None
