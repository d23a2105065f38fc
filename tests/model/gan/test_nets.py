"""Parts of nets against NumPy, and losses against what they estimate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy import stats

from tests.model.gan.small_gans import KEY
from trimtab.model.gan.layout import count, dense, layers

pytest.importorskip("jax", reason="GANs need the extra `deep`")

import jax
import jax.numpy as jnp
from jax import Array

from trimtab.model.gan import nets

HEADS, WIDTH, TOKENS, ROWS = 3, 12, 5, 4


def normal(name: str, *size: int) -> np.ndarray:
    return KEY.child("nets", name).generator().standard_normal(size).astype(np.float32)


def named(weights: tuple, name: str) -> dict[str, np.ndarray]:
    """Weights of every size, biases too: at the start these are 0."""
    return {w.name: 0.5 * normal(f"{name}{w.name}", *w.shape) for w in weights}


def leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0.2 * x)


def normed(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6)


# --- weights --------------------------------------------------------------------------------------


def test_weights_are_taken_apart_as_they_were_put_together() -> None:
    weights = dense("one", 300, 200) + dense("two", 200, 1, gain=0.1)
    flat = nets.initial(weights, KEY)
    assert flat.shape == (count(weights),) == (300 * 200 + 200 + 200 + 1,)
    found = nets.unpack(weights, flat)
    assert {n: a.shape for n, a in found.items()} == {w.name: w.shape for w in weights}
    np.testing.assert_array_equal(np.concatenate([np.ravel(a) for a in found.values()]), flat)
    # Each layer begins with outputs about as large as its inputs; biases begin at nothing.
    assert np.std(found["one.w"]) == pytest.approx(300**-0.5, rel=0.02)
    assert np.std(found["two.w"]) == pytest.approx(0.1 * 200**-0.5, rel=0.2)
    assert not np.any(found["one.b"]) and not np.any(found["two.b"])
    np.testing.assert_array_equal(nets.initial(weights, KEY), flat)
    assert not np.array_equal(nets.initial(weights, KEY.child("x")), flat)


def test_layers_count_all_weights_once() -> None:
    weights = dense("in", 3, 4) + dense("block0", 4, 4) + dense("out", 4, 2)
    assert [tuple(layer) for layer in layers(weights)] == [
        ("in", (4,), 16),
        ("block0", (4,), 20),
        ("out", (2,), 10),
    ]


# --- nets -----------------------------------------------------------------------------------------


def test_a_critic_is_two_hidden_layers_and_an_output() -> None:
    weights = dense("a.in", 6, 8) + dense("a.block", 8, 8) + dense("a.out", 8, 2)
    w, x = named(weights, "judge"), normal("x", ROWS, 6)
    h = leaky(x @ w["a.in.w"] + w["a.in.b"])
    h = h + leaky(normed(h) @ w["a.block.w"] + w["a.block.b"])
    wanted = h @ w["a.out.w"] + w["a.out.b"]
    np.testing.assert_allclose(jax.jit(nets.judged, static_argnums=1)(w, "a.", x), wanted, 1e-4)


def attention_weights() -> dict[str, np.ndarray]:
    found = dense("attention0.all", WIDTH, 3 * WIDTH) + dense("attention0.out", WIDTH, WIDTH)
    return named(
        found + dense("mixing0.in", WIDTH, 2 * WIDTH) + dense("mixing0.out", 2 * WIDTH, WIDTH), "at"
    )


@jax.jit
def _attended(weights: dict[str, Array], tokens: Array) -> Array:
    return nets.attended(weights, "0", HEADS, tokens)


def attended(tokens: np.ndarray) -> np.ndarray:
    return np.asarray(_attended(attention_weights(), tokens))


def attended_by_loops(tokens: np.ndarray) -> np.ndarray:
    """Head by head and token by token."""
    w, size = attention_weights(), WIDTH // HEADS
    found = np.zeros_like(tokens)
    for r in range(len(tokens)):
        parts = normed(tokens[r]) @ w["attention0.all.w"] + w["attention0.all.b"]
        # For each head: its queries, keys and values, side by side.
        parts = parts.reshape(TOKENS, HEADS, 3, size)
        heads = []
        for h in range(HEADS):
            query, key, value = (parts[:, h, k] for k in range(3))
            scores = np.array([[q @ k for k in key] for q in query]) / np.sqrt(size)
            weight = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            heads.append(weight @ value)
        mixed = np.concatenate(heads, axis=1) @ w["attention0.out.w"] + w["attention0.out.b"]
        x = tokens[r] + mixed
        inner = normed(x) @ w["mixing0.in.w"] + w["mixing0.in.b"]
        inner = inner / (1 + np.exp(-inner))
        found[r] = x + inner @ w["mixing0.out.w"] + w["mixing0.out.b"]
    return found


def test_self_attention_is_that_of_the_definition() -> None:
    tokens = normal("tokens", ROWS, TOKENS, WIDTH)
    np.testing.assert_allclose(attended(tokens), attended_by_loops(tokens), atol=1e-4)


def test_self_attention_knows_no_order_of_tokens_and_no_other_rows() -> None:
    tokens = normal("tokens", ROWS, TOKENS, WIDTH)
    whole = attended(tokens)
    for seed in range(3):
        turned = KEY.child("turn", seed).generator().permutation(TOKENS)
        np.testing.assert_allclose(attended(tokens[:, turned]), whole[:, turned], atol=1e-5)
    other = tokens.copy()
    other[0, 2] += 1.0
    changed = attended(other)
    np.testing.assert_allclose(changed[1:], whole[1:], atol=1e-6)
    # Two-sided: each token of the row sees the one that was changed.
    assert (np.abs(changed[0] - whole[0]).max(axis=1) > 1e-3).all()


def test_rows_are_packed_side_by_side() -> None:
    x = np.arange(24.0).reshape(6, 4)
    found = nets.packed(jnp.asarray(x), 3)
    np.testing.assert_array_equal(found, np.stack([x[:3].ravel(), x[3:].ravel()]))


# --- losses ---------------------------------------------------------------------------------------


def test_the_loss_of_moments_is_unbiased() -> None:
    """Its mean over many small batches is the squared distance of the second moments."""
    rows, numbers, draws = 8, 3, 20_000
    mixing = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, -0.5], [0.3, 0.0, 0.8]])
    real = normal("real", draws, rows, numbers)
    alike = normal("alike", draws, rows, numbers)
    other = normal("other", draws, rows, numbers) @ mixing.astype(np.float32)
    truth = ((mixing.T @ mixing - np.eye(3)) ** 2).sum()
    loss = jax.jit(jax.vmap(nets.moments_loss))
    for fake, wanted in ((alike, 0.0), (other, truth)):
        found = np.asarray(loss(real, fake), float)
        error = found.std() / np.sqrt(draws)
        assert abs(found.mean() - wanted) < 4 * error
        assert error < 0.1 * truth
    # Two-sided: the squared distance of a batch's moments is too large by far.
    biased = ((np.einsum("dri,drj->dij", real, real) / rows
               - np.einsum("dri,drj->dij", alike, alike) / rows) ** 2).sum(axis=(1, 2))  # fmt: skip
    assert biased.mean() > 40 * biased.std() / np.sqrt(draws)


def test_the_slope_of_the_loss_of_moments_is_unbiased_too() -> None:
    """What a generator learns from: nothing in the mean where it is right."""
    rows, draws = 8, 20_000
    real, alike = normal("real", draws, rows, 2), normal("alike", draws, rows, 2)

    def stretched(by: Array, one: Array, other: Array) -> Array:
        return nets.moments_loss(one, by * other)

    slopes = jax.jit(jax.vmap(jax.grad(stretched), in_axes=(None, 0, 0)))
    right, wrong = (np.asarray(slopes(jnp.float32(by), real, alike), float) for by in (1.0, 1.2))
    assert abs(right.mean()) < 4 * right.std() / np.sqrt(draws)
    # d/ds of (s^2 - 1)^2 times the two squares: 2 * 4 s (s^2 - 1).
    assert abs(wrong.mean() - 8 * 1.2 * 0.44) < 4 * wrong.std() / np.sqrt(draws)


@pytest.mark.parametrize("groups", [2, 3])
def test_the_loss_of_dependence_is_unbiased(groups: int) -> None:
    """Its mean is the mean squared distance of the groups' means to the mean of all."""
    rows, draws = 8, 20_000
    g = KEY.child("dependence", groups).generator()
    member = np.eye(groups, dtype=np.float32)[g.integers(0, groups, (draws, rows))]
    alike = normal(f"x{groups}", draws, rows, 2)
    means = np.array([[1.0, 0.0], [0.0, 0.5], [-1.0, 2.0]])[:groups].astype(np.float32)
    truth = ((means - means.mean(axis=0)) ** 2).sum(axis=1).mean()
    loss = jax.jit(jax.vmap(nets.dependence_loss))
    for x, wanted in ((alike, 0.0), (alike + member @ means, truth)):
        found = np.asarray(loss(member, x), float)
        error = found.std() / np.sqrt(draws)
        assert abs(found.mean() - wanted) < 4 * error
        assert error < 0.05 * truth


@partial(jax.jit, static_argnums=0)
def realism(
    critic: Callable[..., Array], w: Array, real: Array, fake: Array, key: Array
) -> tuple[Array, Array]:
    return nets.realism_loss(lambda x: critic(w, x), real, fake, key)


def linear(w: Array, x: Array) -> Array:
    return x @ w


def square(w: Array, x: Array) -> Array:
    return w * (x**2).sum(axis=1)


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_the_loss_of_realism_pays_for_distance_and_for_slopes_that_are_not_1(
    length: float,
) -> None:
    """Of a linear critic, whose slope is its weights everywhere."""
    w = normal("w", 4)
    w = w / np.linalg.norm(w) * length
    real, fake = normal("real", 30, 4), normal("fake", 30, 4) + 1
    found, right = realism(linear, w, real, fake, jax.random.key(3))
    wanted = (fake @ w).mean() - (real @ w).mean() + 10 * (length - 1) ** 2
    assert float(found) == pytest.approx(wanted, abs=1e-4)
    pairs = stats.mannwhitneyu(real @ w, fake @ w).statistic / (len(real) * len(fake))
    assert float(right) == pytest.approx(pairs, abs=1e-6) and 0 < pairs < 1


def test_slopes_are_taken_between_real_and_made_rows() -> None:
    """Of a critic whose slope is the place itself: at the ends it is known, between it lies."""
    real, fake = np.full((4000, 1), 2.0, np.float32), np.full((4000, 1), 4.0, np.float32)

    keys = [jax.random.key(k) for k in range(3)]
    found = [realism(square, np.float32(0.5), real, fake, key)[0] for key in keys]
    penalty = np.array(found, float) - (8 - 2)
    # Places between 2 and 4 are uniform: the mean of 10 (x - 1)^2 is 10 * 26 / 6.
    spread = 10 * stats.uniform(2, 2).expect(lambda x: (x - 1) ** 4) ** 0.5
    assert np.abs(penalty - 10 * 26 / 6).max() < 4 * spread / np.sqrt(4000)
