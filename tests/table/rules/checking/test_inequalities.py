"""Which inequalities no numbers satisfy, against the shortest ways between columns."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.table.rules.checking.inequalities import Inequality, impossible

NAMES = "abcd"
EDGES = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(-3, 3), st.booleans()
).filter(lambda edge: edge[0] != edge[1])


def inequality(edge: tuple[str, str, float, bool], scale: float = 1.0) -> Inequality:
    """That one column is at most another one and a bound."""
    low, high, bound, strict = edge
    return Inequality(((low, 1.0), (high, -1.0)), bound * scale, strict)


def cannot_be(edges: list[tuple[str, str, int, bool]]) -> bool:
    """Whether some way round comes out below where it began, by the shortest ways between all."""
    far = (10**6, 0)
    ways = dict.fromkeys(product(NAMES, repeat=2), far)
    for low, high, bound, strict in edges:
        ways[low, high] = min(ways[low, high], (bound, -strict))
    for k, i, j in product(NAMES, repeat=3):
        through = (ways[i, k][0] + ways[k, j][0], ways[i, k][1] + ways[k, j][1])
        ways[i, j] = min(ways[i, j], through)
    return any(ways[name, name] < (0, 0) for name in NAMES)


@settings(max_examples=150, deadline=None)
@given(st.lists(EDGES, max_size=9), st.sampled_from([1.0, 1e-3, 1e9]))
def test_the_fewest_that_cannot_be_are_named(
    edges: list[tuple[str, str, int, bool]], scale: float
) -> None:
    guilty = impossible([[inequality(edge, scale)] for edge in edges])
    assert bool(guilty) is cannot_be(edges)
    if guilty:
        assert cannot_be([edges[k] for k in guilty])
        for spared in guilty:
            assert not cannot_be([edges[k] for k in guilty if k != spared])


def test_a_bound_of_nothing() -> None:
    assert impossible([]) == ()
    assert impossible([[], [Inequality((), 0.0)]]) == ()
    assert impossible([[], [Inequality((), -1.0)]]) == (1,)
    assert impossible([[Inequality((), 0.0, strict=True)]]) == (0,)


@pytest.mark.parametrize("factor", [0.4536, 1e-3, 86_400.0])
def test_other_units(factor: float) -> None:
    same = [
        Inequality((("kg", 1.0), ("lb", -factor)), 0.0),
        Inequality((("kg", -1.0), ("lb", factor)), 0.0),
    ]
    low, high = Inequality((("kg", -1.0),), -70.0), Inequality((("lb", 1.0),), 60 / factor)
    assert impossible([same, [low], [high]]) == (0, 1, 2)
    assert impossible([same, [low], [Inequality((("lb", 1.0),), 80 / factor)]]) == ()
