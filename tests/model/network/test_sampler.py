"""Row i of a draw depends on the key, on i and on what row i gives, and on nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.network.small_networks import KEY, coded, random_visits, visits
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.model.network import sampler

START, ROWS = 700, 1400  # in four blocks of 512, of which the first and the last are cut
SETS = {"city": (np.array([0, 2]), np.array([1])), "smokes": (np.array([0]),)}
quick = settings(max_examples=25, deadline=None, derandomize=True)


def mixed_request(seed: int, present: bool = True) -> Request:
    """Rows of every pattern side by side: values, missing values, sets (one a row), and holes."""
    g = KEY.child("request", seed).generator()
    network, codes = random_visits(), coded(visits())[0]
    conditions = {}
    set_of = g.choice(["city", "smokes", ""], ROWS)
    for name in network.columns:
        state = g.choice([HOLE, GIVEN, PRESENT] if present else [HOLE, GIVEN], ROWS)
        sets = SETS.get(name, ())
        if sets:
            chosen = FIRST_SET + g.integers(0, len(sets), ROWS)
            state = np.where(set_of == name, chosen, state)
        value = codes[name][g.integers(0, codes.rows, ROWS)]
        conditions[name] = Condition(np.where(state == GIVEN, value, MISSING), state, sets)
    return Request(ROWS, conditions)


@cache
def whole(seed: int = 0) -> tuple[Request, Codes]:
    asked = mixed_request(seed)
    return asked, random_visits().fill(asked, START, KEY)


def same(one: Codes, other: Codes) -> bool:
    return all(np.array_equal(one[n], other[n]) for n in random_visits().columns)


def test_what_is_given_comes_back() -> None:
    asked, drawn = whole()
    assert list(drawn.columns) == list(random_visits().columns) and drawn.rows == ROWS
    for name, condition in asked.conditions.items():
        given_ = condition.state == GIVEN
        np.testing.assert_array_equal(drawn[name][given_], condition.value[given_])
        assert (drawn[name][condition.state == PRESENT] != MISSING).all()
        for i, among in enumerate(condition.sets):
            chosen = condition.state == FIRST_SET + i
            assert chosen.sum() > 50 and np.isin(drawn[name][chosen], among).all()
    holes = asked.conditions["city"].state == HOLE
    assert (drawn["city"][holes] == MISSING).any()


@quick
@given(st.integers(0, ROWS), st.integers(0, ROWS))
def test_rows_of_any_range_are_those_of_the_whole(a: int, b: int) -> None:
    a, b = min(a, b), max(a, b)
    asked, drawn = whole()
    part = random_visits().fill(asked.part(a, b), START + a, KEY)
    assert same(part, drawn.take(np.arange(a, b)))
    if b - a > 20:  # two-sided: in another place of the whole they are other rows
        moved = random_visits().fill(asked.part(a, b), START + a + 1, KEY)
        assert not same(moved, part)


@quick
@given(st.lists(st.integers(1, ROWS - 1), max_size=5))
def test_rows_of_any_split_are_those_of_the_whole(cuts: list[int]) -> None:
    asked, drawn = whole()
    for a, b in pairwise(sorted({0, *cuts, ROWS})):
        part = random_visits().fill(asked.part(a, b), START + a, KEY)
        assert same(part, drawn.take(np.arange(a, b)))


@quick
@given(st.integers(1, 5), st.sets(st.integers(0, ROWS - 1), min_size=1, max_size=40))
def test_what_other_rows_give_does_not_matter(seed: int, kept: set[int]) -> None:
    asked, drawn = whole()
    other, chosen = mixed_request(seed), np.isin(np.arange(ROWS), list(kept))
    conditions = {
        n: Condition(
            np.where(chosen, c.value, other.conditions[n].value),
            np.where(chosen, c.state, other.conditions[n].state),
            c.sets,
        )
        for n, c in asked.conditions.items()
    }
    found = random_visits().fill(Request(ROWS, conditions), START, KEY)
    assert same(found.take(np.flatnonzero(chosen)), drawn.take(np.flatnonzero(chosen)))
    assert not same(found, drawn)


def test_a_row_alone_is_the_row_among_others() -> None:
    """No pattern beside it, and so another compiled program: the same draws."""
    asked, drawn = whole()
    for i in (0, 321, ROWS - 1):
        alone = random_visits().fill(asked.part(i, i + 1), START + i, KEY)
        assert same(alone, drawn.take(np.array([i])))


def test_columns_without_a_condition_are_holes() -> None:
    network = random_visits()
    nothing = network.fill(Request(600, {}), 0, KEY)
    holes = {n: Condition(np.full(600, MISSING), np.full(600, HOLE)) for n in network.columns}
    assert same(nothing, network.fill(Request(600, holes), 0, KEY))
    assert not same(nothing, network.fill(Request(600, {}), 0, KEY.child("other")))
    assert network.fill(Request(0, {}), 5, KEY).rows == 0


def test_rows_with_nothing_missing_come_back() -> None:
    codes = coded(visits())[0].take(np.arange(700))
    conditions = {n: Condition(c, np.full(700, GIVEN)) for n, c in codes.columns.items()}
    assert same(random_visits().fill(Request(700, conditions), 100, KEY), codes)


def test_a_loaded_network_is_the_saved_one() -> None:
    """All that a file keeps are its grids, shape and weights: see also test_store."""
    asked, drawn = whole()
    copy = replace(random_visits(), weights=random_visits().weights.copy())
    assert same(copy.fill(asked, START, KEY), drawn)
    other = replace(random_visits(), weights=random_visits().weights * 1.5)
    assert not same(other.fill(asked, START, KEY), drawn)


def test_orders_of_blocks_do_not_depend_on_where_a_draw_begins() -> None:
    every = sampler._orders(KEY, 0, 50, 6)
    np.testing.assert_array_equal(sampler._orders(KEY, 17, 20, 6), every[17:37])
    assert (np.sort(every, axis=1) == np.arange(6)).all()
    assert len(np.unique(every, axis=0)) > 40


@pytest.mark.parametrize(
    ("sets", "names"), [((), None), (("city",), None), (("city", "smokes"), "city, smokes")]
)
def test_what_is_refused(sets: tuple[str, ...], names: str | None) -> None:
    found = random_visits().refusal(frozenset({"age", "cost"}), frozenset(sets))
    assert (found is None) == (names is None)
    assert found is None or (names in found and "values of all but one" in found)


def test_how_likely_a_cell_is_given_the_others() -> None:
    """What is missing beside it is not seen; its own masses sum to 1 over all values."""
    network, codes = random_visits(), coded(visits())[0]
    held = np.flatnonzero((codes["city"] != MISSING) & (codes["cost"] != MISSING))[:40]
    rows = codes.take(held)
    labels = [Codes({**rows.columns, "city": np.full(40, c)}, 40) for c in range(4)]
    total = sum(np.exp(network.log_cell(other, "city", KEY)) for other in labels)
    np.testing.assert_allclose(total, 1, rtol=1e-6)
    unseen = Codes({**rows.columns, "cost": np.full(40, MISSING)}, 40)
    known = network.conditional(unseen.without(["cost", "city"]), "city")
    share = known.mass[np.arange(40), rows["city"]] / (1 - known.missing)
    np.testing.assert_allclose(network.log_cell(unseen, "city", KEY), np.log(share), rtol=1e-6)
    assert not np.allclose(
        network.log_cell(unseen, "city", KEY), network.log_cell(rows, "city", KEY)
    )
    grid, cost = network.grids["cost"], network.conditional(rows.without(["cost"]), "cost")
    at = grid.encode(rows["cost"])
    mass = cost.mass[np.arange(40), at] / (1 - cost.missing) * grid.spread(rows["cost"], at)
    np.testing.assert_allclose(network.log_cell(rows, "cost", KEY), np.log(mass), rtol=1e-6)
