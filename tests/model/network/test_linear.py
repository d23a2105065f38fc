"""The linear part of a network against the conditionals of a Gaussian, and what it is fitted to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, ndtri
from scipy.stats import rankdata

from tests.model.network.small_networks import KEY, at_random, coded, random_visits
from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.table import fit_grids
from trimtab.model.interface import GIVEN, Condition, Request
from trimtab.model.network import linear
from trimtab.model.network.gaussian import Gaussian, Traits, fit_gaussian, traits_of
from trimtab.model.network.network import Network
from trimtab.model.neural.encoding import Cells, arranged, stacked

CORRELATION = np.array([[1.0, 0.8, -0.5], [0.8, 1.0, -0.3], [-0.5, -0.3, 1.0]])


@cache
def normal_rows(rows: int = 20_000) -> Float:
    """Rows of three correlated standard normals."""
    return KEY.child("normal").generator().multivariate_normal(np.zeros(3), CORRELATION, rows)


def numbers(values: Float) -> pa.Table:
    """Three numbers; what is not a number is missing."""
    return pa.table(
        {n: pa.array(c, mask=np.isnan(c)) for n, c in zip("xyz", values.T.round(4), strict=True)}
    )


def fitted(table: pa.Table) -> tuple[Gaussian, Traits, Cells, list[str]]:
    """The Gaussian of a table, its traits, the cells, and the columns in their order."""
    codes, codec = coded(table)
    encodings = arranged(fit_grids(codes, codec, None))
    traits, cells = traits_of(encodings), stacked(encodings, codes.columns)
    return fit_gaussian(traits, cells, np.arange(codes.rows), KEY), traits, cells, list(encodings)


def some_cells(network: Network, seed: int) -> tuple[jnp.ndarray, jnp.ndarray]:
    """Outcomes and places of a few rows that the network draws."""
    codes = network.fill(Request(40, {}), seed * 512, KEY)
    cells = stacked(network.encodings, codes.columns)
    return jnp.asarray(cells.outcome), jnp.asarray(cells.place)


def conditional(gaussian: Gaussian, z: Float, known: Int, trait: int) -> tuple[Float, float]:
    """Mean and deviation of a trait given others, as the textbook has it."""
    r = gaussian.correlation.astype(float)
    slopes = np.linalg.solve(r[np.ix_(known, known)], r[known, trait])
    mean = slopes @ z[known]
    deviation = np.sqrt(1 - slopes @ r[known, trait])
    return (
        gaussian.middle[trait] + gaussian.spread[trait] * mean,
        float(gaussian.spread[trait] * deviation),
    )


def lines(made: linear.Linear, outcome: Any, place: Any, ranks: Any, seen: Any) -> linear.Lines:
    """The line of every scale given the cells before it that are seen."""
    factors, z = linear.factors(made, ranks), linear.scores(made, outcome, place)
    told = linear.told_by(made, factors, z, seen, ranks.shape[1])
    each = [linear.line_of(made, factors, told, trait) for trait in made.target]
    return linear.Lines(*(jnp.stack(part) for part in zip(*each, strict=True)))


@pytest.mark.stress
@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_lines_are_the_conditionals_of_the_gaussian(data: st.DataObject) -> None:
    network = random_visits()
    made, n = network.compiled, len(network.columns)
    order = np.array(data.draw(st.permutations(range(n))))
    outcome, place = some_cells(network, data.draw(st.integers(0, 50)))
    seen = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    shown = jnp.asarray(np.repeat(seen[:, None], outcome.shape[1], axis=1))
    ranks = jnp.asarray(np.argsort(np.where(seen[order], 0, 1), kind="stable")[None])
    order = order[np.asarray(ranks[0])]  # what is seen comes first
    ranks = jnp.asarray(np.argsort(order)[None])
    found = lines(made.linear, outcome, place, ranks, shown)
    z = np.asarray(linear.scores(made.linear, outcome, place), float)
    next_one = order[seen.sum() :][:1]
    for s, trait in enumerate(np.asarray(made.linear.target)):
        if network.traits.column[trait] in next_one:
            known = np.flatnonzero(seen[network.traits.column])
            mean, deviation = conditional(network.gaussian, z, known, int(trait))
            np.testing.assert_allclose(found.mean[s], mean, atol=2e-4)
            np.testing.assert_allclose(found.deviation[s], deviation, rtol=1e-3)


def test_the_order_of_what_is_seen_does_not_matter() -> None:
    network = random_visits()
    made, n = network.compiled, len(network.columns)
    outcome, place = some_cells(network, 3)
    everything = jnp.ones(outcome.shape, bool)
    last, found = n - 1, []
    for seed in range(3):
        order = np.r_[KEY.child("orders", seed).generator().permutation(n - 1), last]
        ranks = jnp.asarray(np.argsort(order)[None])
        line = lines(made.linear, outcome, place, ranks, everything)
        found.append((line.mean[-1], line.deviation[-1]))
    for other in found[1:]:
        np.testing.assert_allclose(np.stack(other), np.stack(found[0]), atol=2e-4)


def test_all_at_once_they_are_the_same() -> None:
    network = random_visits()
    made, n = network.compiled, len(network.columns)
    outcome, place = some_cells(network, 5)
    ranks = jnp.asarray(np.stack([KEY.child("r", i).generator().permutation(n) for i in range(8)]))
    everything = jnp.ones(outcome.shape, bool)
    slow = lines(made.linear, outcome, place, ranks, everything)
    fast = linear.lines_of_rows(made.linear, outcome, place, ranks)
    np.testing.assert_allclose(fast.mean, slow.mean, atol=2e-4)
    np.testing.assert_allclose(fast.deviation, slow.deviation, rtol=1e-4)
    assert np.ptp(np.asarray(fast.deviation), axis=1).max() > 0.01, "orders differ"


def test_the_gaussian_of_rows_is_theirs() -> None:
    gaussian, _, _, names = fitted(numbers(normal_rows()))
    place = ["xyz".index(n) for n in names]
    np.testing.assert_allclose(gaussian.correlation, CORRELATION[np.ix_(place, place)], atol=0.02)
    np.testing.assert_allclose(gaussian.middle, 0, atol=0.02)
    np.testing.assert_allclose(gaussian.spread, 1, atol=0.02)


def test_what_is_missing_by_what_is_seen_bends_nothing() -> None:
    """Where x is high, y and z are missing: what is left of them is less correlated."""
    values, g = normal_rows().copy(), KEY.child("gaps").generator()
    for j in (1, 2):
        values[g.random(len(values)) < expit(-1 + 2 * values[:, 0]), j] = np.nan
    left = values[~np.isnan(values).any(axis=1)]
    assert np.corrcoef(left.T)[0, 1] < 0.72  # of .8
    gaussian, _, _, names = fitted(numbers(values))
    x, y, z = (names.index(n) for n in "xyz")
    # Places of y and z are normal scores of what is left of them, a little narrower.
    assert gaussian.correlation[x, y] == pytest.approx(0.8, abs=0.03)
    assert gaussian.correlation[x, z] == pytest.approx(-0.5, abs=0.03)
    assert gaussian.correlation[y, z] == pytest.approx(-0.3, abs=0.04)
    assert gaussian.middle[y] > 0.2  # the missing ones are the high ones
    assert abs(gaussian.middle[x]) < 0.02


def test_labels_are_told_by_their_commoner_tokens() -> None:
    g = KEY.child("labels").generator()
    shares = np.array([0.4, 0.25, 0.2, 0.1, 0.045, 0.005])
    town = np.array(["a", "b", "c", "d", "e", "f"])[g.choice(6, 4000, p=shares)]
    x = g.normal(size=4000) + 3.0 * (town == "b")
    table = pa.table({"town": town.tolist(), "x": pa.array(x.round(3))})
    gaussian, traits, cells, names = fitted(table)
    of_town = np.flatnonzero(traits.column == names.index("town"))
    assert len(of_town) == 4  # "a" is what all else is held against, "f" too rare
    values, known = traits.of(cells.outcome, cells.place)
    assert known.all()
    np.testing.assert_allclose(
        np.sort(values[:, of_town].mean(axis=0)), np.sort(shares)[1:5], atol=0.03
    )
    (number,) = np.flatnonzero(traits.column == names.index("x"))
    b = of_town[np.argmax(gaussian.correlation[number, of_town])]
    assert abs(values[:, b].mean() - 0.25) < 0.03
    normal = ndtri(rankdata(x) / (len(x) + 1))
    wanted = np.corrcoef(normal, town == "b")[0, 1]
    assert gaussian.correlation[number, b] == pytest.approx(wanted, abs=0.02)


def test_many_labels_have_few_traits_each() -> None:
    g = KEY.child("many labels").generator()
    labels = {f"l{i}": pa.array(g.choice(list("abcdef"), 200).tolist()) for i in range(90)}
    for columns, count in ((40, 160), (90, 180)):
        names = list(labels)[:columns]
        codes, codec = coded(pa.table({n: labels[n] for n in names}))
        assert len(traits_of(arranged(fit_grids(codes, codec, None))).column) == count


def test_without_training_it_is_the_gaussian_that_is_drawn() -> None:
    """Weights that say nothing, but for where the mixtures lie: what is linear is there already."""
    codes, codec = coded(numbers(normal_rows()[:4000]))
    network = at_random(codes, codec)
    cells = stacked(network.encodings, codes.columns)
    gaussian = fit_gaussian(network.traits, cells, np.arange(codes.rows), KEY)
    network = replace(network, gaussian=gaussian, weights=silent_weights(network))
    drawn = network.fill(Request(20_000, {}), 0, KEY)
    scores = np.stack([drawn[n] for n in "xyz"])
    np.testing.assert_allclose(np.corrcoef(scores), CORRELATION, atol=0.04)
    given_x = Condition(codes["x"].repeat(5), np.full(20_000, GIVEN))
    mixed = np.where(np.arange(20_000) % 3, GIVEN, 0)  # rows of a block that know different cells
    given_some = {
        "x": replace(given_x, state=mixed),
        "z": Condition(codes["z"].repeat(5), 1 - mixed),
    }
    for asked in ({"x": given_x}, given_some):
        drawn = network.fill(Request(20_000, asked), 0, KEY)
        for name, condition in asked.items():
            given_ = condition.state == GIVEN
            np.testing.assert_array_equal(drawn[name][given_], condition.value[given_])
        found = np.corrcoef(np.stack([drawn[n] for n in "xyz"]))
        np.testing.assert_allclose(found, CORRELATION, atol=0.04)


def silent_weights(network: Network) -> np.ndarray:
    """Zeros, but for the middles and widths of mixtures that look like one normal."""
    from trimtab.model.network import layers, steps

    weights = {n: w * 0 for n, w in network.compiled.weights.items()}
    first = layers.initial(network.compiled.layout, KEY)
    count = network.shape.components
    bias = np.array(first["mixture.bias"])
    bias[..., count : 2 * count] = 0
    bias[..., 2 * count : -1] = np.log(np.sqrt(3) / np.pi)  # a logistic of deviation 1
    bias[..., -1] = 30  # the line is trusted
    return np.asarray(steps.begin(weights | {"mixture.bias": jnp.asarray(bias)}).weights)


def test_a_gap_counts_as_the_mean() -> None:
    network = random_visits()
    codes = {n: np.array([MISSING if n == "cost" else 1]) for n in network.encodings}
    cells = stacked(network.encodings, codes)
    made = network.compiled.linear
    z = np.asarray(linear.scores(made, jnp.asarray(cells.outcome), jnp.asarray(cells.place)))
    cost = network.traits.column == list(network.encodings).index("cost")
    np.testing.assert_array_equal(z[cost], 0)
    assert (np.abs(z[~cost]) > 1e-3).any()
