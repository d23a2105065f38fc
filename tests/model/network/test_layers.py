"""The parts of the network against oracles: plain loops, scipy, and sums that must be 1."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.model.network.small_networks import (
    KEY,
    SHAPE,
    coded,
    every_element,
    log_probs,
    random_labels,
    random_visits,
    three_labels,
    visits,
)
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.table import fit_grids
from trimtab.model.network import layers, steps
from trimtab.model.network.compiled import layout_of
from trimtab.model.network.shape import Shape, weight_count
from trimtab.model.neural.encoding import arranged

quick = settings(max_examples=30, deadline=None, derandomize=True)


def noise(name: str, *shape: int) -> np.ndarray:
    return KEY.child(name).generator().standard_normal(shape).astype(np.float32)


def mixtures(spread: float) -> tuple[np.ndarray, ...]:
    """Shares, means and log scales of mixtures, [columns 2, rows 5, components 4]."""
    logits, means, scales = (noise(n, 2, 5, 4) for n in ("logits", "means", "scales"))
    return logits, 1.5 * means, spread * scales - 1


def mass(logits: np.ndarray, means: np.ndarray, scales: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Masses of tiles between sorted `at`, [tiles, 2, 5], in doubles."""
    shares = np.exp(logits.astype(float))
    shares /= shares.sum(axis=-1, keepdims=True)
    made = stats.logistic(means.astype(float), np.exp(scales.astype(float)))
    below, above = (ends[:, None, None, None].astype(float) for ends in (at[:-1], at[1:]))
    # The smaller of two tails is the exact one.
    right = made.sf(below) - made.sf(above)
    found = np.where(below > means, right, made.cdf(above) - made.cdf(below))
    return (found * shares).sum(axis=-1)


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_the_mass_of_an_interval_is_that_of_the_mixture(spread: float) -> None:
    logits, means, scales = mixtures(spread)
    at = np.sort(np.r_[-1e4, noise("ends", 40) * 2, 3.0, 3.0001, 9.0, 1e4]).astype(np.float32)
    mixture = jnp.stack([logits, means, scales], axis=2)
    found = [
        np.asarray(layers._log_interval(mixture, np.full((2, 5), a), np.full((2, 5), b)), float)
        for a, b in pairwise(at)
    ]
    wanted = mass(logits, means, scales, at)
    kept = wanted > 1e-30
    np.testing.assert_allclose(np.exp(found)[kept], wanted[kept], rtol=2e-3)
    np.testing.assert_allclose(np.exp(found).sum(axis=0), 1, atol=1e-4)
    # Two-sided: other scales have other masses.
    assert not np.allclose(np.exp(found), mass(logits, means, scales + 0.1, at), rtol=2e-3)


def test_the_masses_of_the_intervals_of_a_column_add_up_to_one() -> None:
    """However wide a mixture is: its tails belong to the first and the last interval."""
    encoding = random_visits().encodings["cost"]
    below, above = (ends[:-1][encoding.grid.atom == 0] for ends in encoding._ends)
    logits, means, scales = (part[:1, :1] for part in mixtures(1.0))

    def logs(mixture: jax.Array) -> jax.Array:
        every = jnp.repeat(mixture, len(below), axis=1)
        return layers._log_interval(every, below[None], above[None])

    for wide in (-7.0, 0.0, 3.0):
        mixture = jnp.stack([logits, means, scales * 0 + wide], axis=2)
        assert float(jnp.exp(logs(mixture)).sum()) == pytest.approx(1, abs=1e-4)
        # Training needs slopes, however unlikely an interval is.
        slope = jax.grad(lambda mixture: logs(mixture).sum())(mixture)
        assert np.isfinite(slope).all() and np.abs(slope).max() > 1e-3


@pytest.mark.parametrize("last", [False, True])
def test_the_probabilities_of_a_column_add_up_to_one(last: bool) -> None:
    """Over its outcomes and its intervals, given no other cell or all of them."""
    network, row = random_visits(), coded(visits())[0].take(np.zeros(1, np.int64))
    places = range(len(network.columns))
    for j, (name, encoding) in enumerate(network.encodings.items()):
        codes = every_element(encoding)
        every = row.take(np.zeros(len(codes), np.int64))
        every = Codes({**every.columns, name: codes}, every.rows)
        others = [i for i in places if i != j]
        logs = log_probs(network, every, [*others, j] if last else [j, *others])
        assert np.exp(logs[j]).sum() == pytest.approx(1, abs=1e-3), name


def test_running_sums_are_those_of_a_loop() -> None:
    embedded = noise("embedded", 5, 8, 3)
    ranks = np.array([KEY.child(o).generator().permutation(5) for o in range(4)])
    found = np.asarray(layers.running_sums(embedded, ranks))
    wanted = np.zeros_like(embedded)
    for row in range(8):
        rank = ranks[row // 2]  # four orders, shared by two rows each
        for j in range(5):
            for i in range(5):
                if rank[i] < rank[j]:
                    wanted[j, row] += embedded[i, row]
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert not np.allclose(found, wanted[:, ::-1], atol=1e-2)


def test_a_cell_is_predicted_from_those_before_it_and_from_no_other() -> None:
    network = random_visits()
    codes = coded(visits())[0]
    one, other = codes.take(np.arange(8)), codes.take(np.arange(40, 48))
    names = list(network.encodings)
    order = KEY.child("order").generator().permutation(len(names))
    before = log_probs(network, one, order)
    for k, c in enumerate(order):
        changed = {**one.columns, names[c]: other[names[c]]}
        after = log_probs(network, Codes(changed, one.rows), order)
        np.testing.assert_array_equal(after[order[:k]], before[order[:k]])
        if (one[names[c]] != other[names[c]]).any() and k + 1 < len(order):
            assert not np.allclose(after[order[k + 1 :]], before[order[k + 1 :]], atol=1e-3)


@pytest.mark.parametrize("network", [random_labels, random_visits])
def test_the_net_of_one_column_is_that_of_all(network: object) -> None:
    made = network().compiled  # type: ignore[operator]
    sums = noise("sums", made.layout.columns, 6, SHAPE.width)
    weights = {  # gains and shifts start at 0, which would hide a mistake
        n: w + noise(n, *w.shape) / 4 if n.startswith(("gain", "shift", "start")) else w
        for n, w in made.weights.items()
    }
    every = np.asarray(layers.hidden(made.layout, weights, sums))
    for c in range(made.layout.columns):
        alone = layers.hidden_of(made.layout, weights, jnp.int32(c), sums[c])
        np.testing.assert_allclose(alone, every[c], atol=1e-5)
        assert not np.allclose(every[c], every[c - 1], atol=1e-2)


def test_the_net_without_what_is_dropped() -> None:
    """A block whose units are all dropped adds nothing."""
    made = random_labels().compiled
    sums, rows = noise("sums", 3, 6, SHAPE.width), (1, 6, SHAPE.width)
    drop = np.stack([np.ones(rows), np.zeros(rows)])
    layout = replace(made.layout, own=0)
    np.testing.assert_allclose(
        layers.hidden(made.layout, made.weights, sums, drop),
        layers.hidden(layout, made.weights, sums),
        atol=1e-6,
    )


grids = st.lists(
    st.one_of(
        st.integers(1, 70).map(lambda size: fit_label_grid(np.arange(size), size)),
        st.tuples(st.integers(2, 400), st.integers(0, 3)).map(
            lambda t: fit_number_grid(
                np.r_[np.arange(t[0]) * 3 % 997, np.full(t[1], MISSING)], 5 * (t[1] > 1)
            )
        ),
    ),
    min_size=1,
    max_size=7,
).map(lambda made: {f"c{i}": grid for i, grid in enumerate(made)})
some_shapes = st.builds(
    Shape, st.integers(1, 20), st.integers(0, 2), st.integers(0, 2), st.integers(1, 5)
)


@quick
@given(grids, some_shapes)
def test_the_number_of_weights(found: dict, shape: Shape) -> None:
    """A file is checked against it without JAX, so it must be what the layers add up to."""
    layout = layout_of(arranged(found), shape)
    weights = layers.initial(layout, KEY)
    assert sum(w.size for w in weights.values()) == weight_count(found, shape)
    assert {n: w.shape for n, w in weights.items()} == {n: s for n, s, _ in layers.shapes(layout)}
    ends = [b for _, b, _ in layout.bundles]
    assert ends == sorted(set(ends)) and ends[-1] == layout.columns
    for a, b, size in layout.bundles:
        assert set(layout.sizes[a:b]) == {size}
        assert not a < layout.first_scaled < b


def test_unpacking_undoes_flattening() -> None:
    codes, codec = coded(three_labels(100))
    layout = layout_of(arranged(fit_grids(codes, codec, None)), SHAPE)
    weights = layers.initial(layout, KEY)
    state = steps.begin(weights)
    for flat in (state.weights, state.average):
        unpacked = steps.unpack(layout, flat)
        assert set(unpacked) == set(weights)
        for name, values in weights.items():
            np.testing.assert_array_equal(unpacked[name], values, name)
    assert len({float(w.std()) for w in weights.values()}) > 5


def test_orders_are_permutations_and_differ() -> None:
    ranks = np.asarray(steps.random_ranks(jnp.array([0, 7], jnp.uint32), 600, 4))
    assert (np.sort(ranks, axis=1) == np.arange(4)).all()
    counts = np.unique(ranks, axis=0, return_counts=True)[1]
    assert len(counts) == 24 and stats.chisquare(counts).pvalue > 1e-4
