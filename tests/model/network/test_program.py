"""Draws have the frequencies that the network's own probabilities say, whatever a row gives.

The oracle multiplies conditionals over all rows of a tiny domain. A draw is one from a mixture over
orders of the columns, one order a block of 512 rows, so blocks of the same order are compared
together.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from tests.model.network.small_networks import (
    KEY,
    at_random,
    coded,
    conditionals,
    domain,
    every_element,
    log_probs,
    random_labels,
)
from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.interface import FIRST_SET, GIVEN, PRESENT, Condition, Request
from trimtab.model.network.network import Network
from trimtab.model.network.sampler import _ORDER_KEY, _orders
from trimtab.model.network.shape import BLOCK_ROWS

BLOCKS = 60
ROWS = BLOCKS * BLOCK_ROWS
Asked = dict[str, int | str | tuple[int, ...]]  # a value, "present", or a set


def request(asked: Asked, rows: int = ROWS) -> Request:
    """The same for all rows: a code, a set of codes, or "present"."""
    conditions = {}
    for name, what in asked.items():
        state = FIRST_SET if isinstance(what, tuple) else PRESENT if what == "present" else GIVEN
        value = what if isinstance(what, int) else MISSING
        sets = (np.array(what, np.int64),) if isinstance(what, tuple) else ()
        conditions[name] = Condition(np.full(rows, value), np.full(rows, state), sets)
    return Request(rows, conditions)


def expected(network: Network, asked: Asked, order: Int) -> Float:
    """The probability of each row of `domain` for holes that are drawn in that order.

    What is given comes first, then a column with a set, then the rest.
    """
    names = list(network.encodings)
    rank = {j: (0 if isinstance(asked.get(names[j]), int) else 1, k) for k, j in enumerate(order)}
    rank |= {j: (0.5, 0) for j in order if isinstance(asked.get(names[j]), tuple)}
    made = conditionals(network, sorted(order, key=rank.__getitem__))
    joint = np.ones(made.shape[1:])
    for j, name in enumerate(names):
        codes, what = every_element(network.encodings[name]), asked.get(name)
        allowed = np.ones(len(codes), bool)
        if what is not None:
            allowed = codes != MISSING if what == "present" else np.isin(codes, what)
        shape = np.where(np.arange(len(names)) == j, -1, 1)
        found = made[j] * allowed.reshape(shape)
        if isinstance(what, int):  # it is given, however likely it is
            joint = joint * allowed.reshape(shape)
        else:
            joint = joint * found / found.sum(axis=j, keepdims=True)
    return joint.ravel()


def cells_of(network: Network, codes: Codes) -> Int:
    """The row of `domain` of each drawn row."""
    every = {
        n: every_element(encoding) for n, encoding in network.encodings.items()
    }  # ascending, MISSING first
    places = [np.searchsorted(found, codes[n]) for n, found in every.items()]
    return np.ravel_multi_index(places, [len(found) for found in every.values()])


def surprise(counts: Int, probabilities: Float) -> tuple[float, int]:
    """Pearson's statistic and its degrees of freedom, rare cells pooled; inf for the impossible."""
    if counts[probabilities <= 0].any():
        return np.inf, 1
    wanted = counts.sum() * probabilities
    few = wanted < 5
    if few.any():
        counts = np.r_[counts[~few], counts[few].sum()]
        wanted = np.r_[wanted[~few], wanted[few].sum()]
    kept = wanted > 0
    statistic = ((counts - wanted)[kept] ** 2 / wanted[kept]).sum()
    return float(statistic), int(kept.sum()) - 1


def p_value(network: Network, asked: Asked, oracle: Asked | None = None, turn: int = 0) -> float:
    """How well draws under `asked` agree with the oracle, all orders together."""
    key = KEY.child("draw", *map(str, asked))
    drawn = cells_of(network, network.fill(request(asked), 0, key))
    drawn = drawn.reshape(BLOCKS, BLOCK_ROWS)
    orders = _orders(key, 0, BLOCKS, len(network.columns))
    statistic, freedom = 0.0, 0
    for order in permutations(range(len(network.columns))):
        chosen = (orders == order).all(axis=1)
        if chosen.any():
            probabilities = expected(
                network, asked if oracle is None else oracle, np.roll(order, turn)
            )
            counts = np.bincount(drawn[chosen].ravel(), minlength=len(probabilities))
            found, more = surprise(counts, probabilities)
            statistic, freedom = statistic + found, freedom + more
    return float(stats.chi2.sf(statistic, freedom)) if freedom else float(statistic == 0)


PATTERNS: dict[str, Asked] = {
    "nothing": {},
    "one value": {"a": 1},
    "another value": {"b": 0},
    "missing": {"a": MISSING},
    "two values": {"a": 0, "c": 1},
    "all but a": {"b": 2, "c": 0},
    "a set": {"b": (0, 2)},
    "a set of one": {"b": (3,)},
    "a set and a value": {"b": (1, 2, 3), "c": 1},
    "a hole that is not missing": {"b": "present"},
    "two holes that are not missing": {"a": "present", "b": "present", "c": 1},
    "a set and a hole that is not missing": {"a": "present", "b": (0, 1)},
}


@pytest.mark.parametrize("asked", PATTERNS.values(), ids=PATTERNS.keys())
def test_draws_have_the_frequencies_that_the_network_says(asked: Asked) -> None:
    network = random_labels()
    assert 1e-4 < p_value(network, asked) < 1 - 1e-4
    if sum(asked.get(n, "present") == "present" for n in network.columns) > 1:
        # Two-sided: other orders, with which a network that learned nothing disagrees, are refused.
        assert p_value(network, asked, turn=1) < 1e-6


@pytest.mark.parametrize(
    ("asked", "oracle"),
    [
        ({"a": 1}, {}),
        ({"b": (0, 2)}, {"b": (0, 1, 2)}),
        ({"b": "present"}, {}),
        ({}, {"b": "present"}),
        ({"a": 0, "c": 1}, {"a": 0}),
    ],
)
def test_draws_under_another_condition_are_told_apart(asked: Asked, oracle: Asked) -> None:
    assert p_value(random_labels(), asked, oracle) < 1e-6


def test_every_given_cell_and_set_is_kept() -> None:
    network = random_labels()
    for asked in PATTERNS.values():
        codes = network.fill(request(asked, 700), 100, KEY)
        for name, what in asked.items():
            if what == "present":
                assert (codes[name] != MISSING).all()
            else:
                assert np.isin(codes[name], what).all()
        free = network.fill(request({}, 700), 100, KEY)
        assert all(
            len(np.unique(free[n])) == network.encodings[n].outcomes for n in network.columns
        )


@cache
def with_a_number() -> Network:
    """A label, and a number with gaps, a spike below all other values, and many intervals."""
    g = KEY.child("one number").generator()
    x = np.where(g.random(3000) < 0.1, -50.0, np.round(g.gamma(2, 4000, 3000)))
    label = np.array(["p", "q"])[g.integers(0, 2, 3000)]
    table = {"x": pa.array(x, mask=g.random(3000) < 0.1), "label": pa.array(label.tolist())}
    return at_random(*coded(pa.table(table)))


@pytest.mark.parametrize("given_", [None, 0, 1])
def test_a_number_is_drawn_from_its_masses(given_: int | None) -> None:
    """How often each outcome and each interval comes, given the label or drawn first."""
    network, key = with_a_number(), KEY.child("number", str(given_))
    encoding = network.encodings["x"]
    drawn = network.fill(request({} if given_ is None else {"label": given_}), 0, key)["x"]
    names = list(network.encodings)
    order = [names.index("label"), names.index("x")]
    if given_ is None:
        order = order[::-1]
        first = (_orders(key, 0, BLOCKS, 2) == order).all(axis=1)
        drawn = drawn.reshape(BLOCKS, BLOCK_ROWS)[first].ravel()
    every = every_element(encoding)
    rows = {"x": every, "label": np.full(len(every), given_ or 0)}
    masses = np.exp(log_probs(network, Codes(rows, len(every)), order)[names.index("x")])
    assert masses.sum() == pytest.approx(1, abs=1e-3)
    elements = encoding.grid.encode(drawn)
    counts = np.bincount(elements + encoding.nullable, minlength=len(every))
    statistic, freedom = surprise(counts, masses / masses.sum())
    assert freedom > 50
    assert 1e-4 < stats.chi2.sf(statistic, freedom) < 1 - 1e-4
    tilted = masses * np.linspace(0.8, 1.2, len(masses))  # two-sided: a fifth more or less shows
    assert stats.chi2.sf(*surprise(counts, tilted / tilted.sum())) < 1e-4


def test_the_likelihood_is_the_mean_over_orders() -> None:
    network = random_labels()
    every = domain(network)
    logs = [np.log(expected(network, {}, o)) for o in _orders(_ORDER_KEY, 0, 4, 3)]
    np.testing.assert_allclose(network.log_prob(every), np.mean(logs, axis=0), atol=1e-4)
    assert not np.allclose(network.log_prob(every), logs[0], atol=1e-2)
    # A lower bound: exponentials of a mean of logs are less than the mean of probabilities.
    assert 0.5 < np.exp(network.log_prob(every)).sum() < 1
    twice = every.take(np.arange(700) % every.rows)
    np.testing.assert_array_equal(network.log_prob(twice), np.resize(network.log_prob(every), 700))


def test_the_likelihood_of_a_number_adds_up_to_one() -> None:
    """Over every label and every code: an interval's mass is shared by all its codes."""
    network = with_a_number()
    encoding, every = network.encodings["x"], every_element(network.encodings["x"])
    grid, n = encoding.grid, len(every)
    assert list(grid.atom[:2]) == [1, 0] and grid.atom.sum() == 1
    codes = np.r_[MISSING, grid.low[0], np.arange(grid.low[1], grid.high[-1])]
    kept = np.bincount(
        grid.encode(codes) + 1, weights=np.exp(encoding.log_inside(codes)), minlength=n
    )
    rows = Codes({"x": np.tile(every, 2), "label": np.repeat([0, 1], n)}, 2 * n)
    for order in ([0, 1], [1, 0]):
        masses = np.exp(log_probs(network, rows, order).sum(axis=0))
        assert (masses * np.tile(kept, 2)).sum() == pytest.approx(1, abs=1e-3)
    some = rows.take(np.arange(0, 2 * n, 3))
    orders = _orders(_ORDER_KEY, 0, 4, 2)
    wanted = np.mean([log_probs(network, some, o).sum(axis=0) for o in orders], axis=0)
    np.testing.assert_allclose(
        network.log_prob(some), wanted + encoding.log_inside(some["x"]), atol=1e-3
    )
