"""Tables of classes and what looking ahead makes of them, against enumeration of all rows."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.model.masks import restriction as module
from trimtab.model.masks.restriction import Restriction, joined, looking_ahead, ordered

Row = tuple[int, ...]


def _random(seed: int) -> tuple[list[Restriction], list[str], dict[str, np.ndarray]]:
    """Restrictions of up to three columns of up to four classes, some of which nothing draws."""
    g = Key(seed).child("restrictions").generator()
    order = [f"c{i}" for i in range(int(g.integers(2, 6)))]
    sizes = {n: int(g.integers(2, 5)) for n in order}
    possible = {n: g.random(sizes[n]) < 0.85 for n in order}
    made = []
    for _ in range(int(g.integers(1, 6))):
        names = g.permutation(order)[: int(g.integers(1, min(3, len(order)) + 1))].tolist()
        made.append(Restriction(tuple(names), g.random([sizes[n] for n in names]) < 0.7))
    return made, order, possible


def _keeps(row: Row, restrictions: list[Restriction], order: list[str]) -> bool:
    """Whether a row, or the start of one, breaks nothing that is about its columns."""
    at = dict(zip(order, row, strict=False))
    return all(
        bool(r.allowed[tuple(at[n] for n in r.columns)])
        for r in restrictions
        if all(n in at for n in r.columns)
    )


def _every(order: list[str], possible: dict[str, np.ndarray], upto: int) -> list[Row]:
    return list(product(*(np.flatnonzero(possible[n]).tolist() for n in order[:upto])))


@pytest.mark.parametrize("seed", range(60))
def test_what_is_allowed_is_what_can_be_completed(seed: int) -> None:
    made, order, possible = _random(seed)
    ahead = looking_ahead(made, order, possible)
    assert ahead is not None
    whole = {r for r in _every(order, possible, len(order)) if _keeps(r, made, order)}
    if not whole:  # nothing keeps all of them: some table is empty of what can be drawn
        reached = [r for r in _every(order, possible, len(order)) if _keeps(r, list(ahead), order)]
        assert reached == []
        return
    for upto in range(1, len(order) + 1):
        completed = {row[:upto] for row in whole}
        for prefix in _every(order, possible, upto):
            assert _keeps(prefix, list(ahead), order) == (prefix in completed), (seed, prefix)


def test_the_random_tables_do_look_ahead() -> None:
    """That the test above is about something: many need tables that were not given."""
    more = [len(looking_ahead(m, o, p) or ()) > len(m) for m, o, p in map(_random, range(60))]
    assert 15 < sum(more) < 60


def test_restrictions_come_in_drawing_order() -> None:
    allowed = np.arange(6).reshape(2, 3) % 4 > 0
    turned = ordered(Restriction(("b", "a"), allowed), ["a", "x", "b"])
    assert turned.columns == ("a", "b") and turned.last == "b"
    assert (turned.allowed == allowed.T).all() and turned.allowed.flags["C_CONTIGUOUS"]
    both = [turned, Restriction(("x",), np.array([True, False]))]
    table = joined(both, ("a", "x", "b"), {"a": 3, "x": 2, "b": 2})
    for a, x, b in product(range(3), range(2), range(2)):
        assert table[a, x, b] == (allowed[b, a] and x == 0)


def test_too_large_tables_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = [Restriction(("a", "c"), np.eye(4, dtype=bool)), Restriction(("b", "c"), np.eye(4) > 0)]
    possible = {n: np.ones(4, bool) for n in "abc"}
    assert looking_ahead(wide, "abc", possible) is not None
    monkeypatch.setattr(module, "MAX_CELLS", 63)
    assert looking_ahead(wide, "abc", possible) is None
