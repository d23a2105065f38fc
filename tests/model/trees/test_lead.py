"""Which columns lead a chain, by patterns and by ranges, against what exactness asks for."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.model.kind import Asked, Patterns, Refusal
from trimtab.model.trees.block import MAX_CELLS
from trimtab.model.trees.lead import for_patterns, for_ranges

SIZES = {"a": 2, "b": 3, "c": 10, "x": 400, "y": 500, "z": 600}
WIDE = {"age": 70, "sex": 2, "zip": 5000, "pay": 120, "day": 100}


def patterns_of(*texts: str) -> Patterns:
    return {frozenset(text) for text in texts}


def never() -> Mapping[str, int]:
    pytest.fail("nobody has to know the sizes here")


def sizes() -> Mapping[str, int]:
    return SIZES


def rows(given: str, ranges: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(given.split()), frozenset(ranges.split())


@pytest.mark.parametrize(
    ("first", "patterns", "order"),
    [
        ("", (), ""),
        ("ba", (), "ba"),
        ("zyx", (), "zyx"),  # only asked to lead: nothing is given in patterns
        ("", ("xyz",), "xyz"),  # one pattern for all rows: a prefix, however large
        ("z", ("xyz",), "zxy"),
        ("zx", ("xyz", ""), "zxy"),
        ("", ("",), ""),
    ],
)
def test_one_pattern_leads_the_chain(first: str, patterns: tuple[str, ...], order: str) -> None:
    assert for_patterns(tuple(first), patterns_of(*patterns), never) == tuple(order)


@pytest.mark.parametrize(
    ("first", "patterns", "order"),
    [
        ("", ("a", "b"), "ab"),  # 2 x 3 cells: any combination, by enumeration
        ("c", ("a", "b"), "cab"),
        ("", ("a", "bc", "ac"), "abc"),
        ("", ("a", "x"), "ax"),
        ("", ("x", "xy"), "xy"),  # each holds the one before
        ("", ("", "y", "yz", "xyz"), "yzx"),
        ("", ("bz", "abxyz"), "bzaxy"),
    ],
)
def test_blocks_and_nested_patterns(first: str, patterns: tuple[str, ...], order: str) -> None:
    assert for_patterns(tuple(first), patterns_of(*patterns), sizes) == tuple(order)


@pytest.mark.parametrize(
    ("first", "patterns"),
    [
        ("", ("x", "y")),
        ("", ("xy", "yz")),
        ("", ("x", "xy", "xz")),
        ("y", ("x",)),
        ("y", ("x", "xz")),
    ],
)
def test_no_chain_does_it(first: str, patterns: tuple[str, ...]) -> None:
    assert isinstance(for_patterns(tuple(first), patterns_of(*patterns), sizes), Refusal)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.sets(st.sampled_from("abcxyz")).map(frozenset), max_size=4),
    st.lists(st.sampled_from("abcxyz"), unique=True, max_size=3),
)
def test_an_order_is_exact_for_all_its_patterns(
    patterns: list[frozenset[str]], first: list[str]
) -> None:
    """The oracle: all fit into one block, or each pattern is a prefix of the chain."""
    order = for_patterns(tuple(first), set(patterns), sizes)
    wanted = set(first).union(*patterns)
    cells = np.prod([SIZES[n] for n in wanted])
    nested = all(a <= b or b <= a for a, b in combinations(patterns, 2))
    if isinstance(order, Refusal):
        assert cells > MAX_CELLS
        assert first or not nested, "without first, nested patterns always have a chain"
        return
    assert set(order) == wanted and len(order) == len(wanted)
    prefixes = all(set(order[: len(p)]) == p for p in patterns)
    assert cells <= MAX_CELLS or prefixes
    assert list(order[: len(first)]) == first


ORDERS: list[tuple[str, list[tuple[frozenset[str], frozenset[str]]], str | None]] = [
    ("age sex", [rows("sex", "age")], "age sex"),
    ("age pay", [rows("", "age pay")], "age pay"),
    ("age zip", [rows("zip", "age")], "zip age"),
    ("age zip sex", [rows("zip sex", "age"), rows("zip sex age", "")], "zip sex age"),
    ("age zip", [rows("", "age zip")], None),
    ("age pay zip", [rows("zip", "age pay")], None),
    ("age pay day", [rows("", "age pay day")], None),
    ("age pay sex", [rows("sex", "age pay")], "age pay sex"),  # 16,800 cells
]


@pytest.mark.parametrize(("first", "asked", "order"), ORDERS, ids=range(len(ORDERS)))
def test_an_order_that_is_exact(first: str, asked: Asked, order: str | None) -> None:
    wanted = None if order is None else tuple(order.split())
    found = for_ranges(tuple(first.split()), asked, WIDE)
    assert (None if isinstance(found, Refusal) else found) == wanted


def test_a_refusal_names_the_patterns() -> None:
    refusal = for_patterns((), patterns_of("x", "y", "abcxy", "z", ""), sizes)
    assert "(nothing; x; y; and 2 more)" in str(refusal)
    assert "a, b, c, x and 1 more" in str(for_patterns((), patterns_of("abcxy", "z"), sizes))
