"""Picking classes: the kernel and numpy agree to the bit, and with the distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab._arrays import Float, Single
from trimtab._random import Key
from trimtab.model.trees.kernel.library import Kernel
from trimtab.model.trees.kernel.picking import exponential, pick

law = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def logits_of(rows: int, classes: int, spread: float, seed: int) -> tuple[Single, Single]:
    g = Key(seed, ("logits",)).generator()
    prior = np.log(g.dirichlet(np.full(classes, 0.3)) + 1e-9).astype(np.float32)
    return (spread * g.normal(size=(rows, classes))).astype(np.float32), prior


def at_ends(margins: Single, prior: Single, seed: int) -> Float:
    """Uniforms as near as can be to where one class ends and another begins."""
    logits = prior + margins
    upto = np.cumsum(exponential(logits - logits.max(axis=1, keepdims=True)), axis=1)
    g = Key(seed, ("ends",)).generator()
    rows = np.arange(len(upto))
    end = upto[rows, g.integers(0, upto.shape[1], len(upto))] / upto[:, -1]
    beside = np.nextafter(end, g.choice([-1, 2], len(end)).astype(np.float32))
    moved = np.where(g.random(len(end)) < 0.5, end, beside).astype(np.float64)
    return np.where(moved < 1, moved, np.nextafter(1.0, 0.0))


@law
@given(
    rows=st.sampled_from([0, 1, 63, 64, 65, 500]),
    classes=st.sampled_from([1, 2, 3, 10, 32, 255, 256]),
    spread=st.sampled_from([0.0, 0.1, 3.0, 60.0, 1e30]),
    seed=st.integers(0, 2**32),
)
def test_the_kernel_and_numpy_agree(
    built: Kernel, rows: int, classes: int, spread: float, seed: int
) -> None:
    margins, prior = logits_of(rows, classes, spread, seed)
    uniforms = Key(seed, ("uniforms",)).uniforms(0, rows)
    ends = at_ends(margins, prior, seed)
    for some in (uniforms, ends, np.zeros(rows), np.full(rows, np.nextafter(1.0, 0.0))):
        chosen = built.pick(margins, prior, some)
        assert chosen.dtype == np.uint8
        assert chosen.tobytes() == pick(margins, prior, some).tobytes()


@law
@given(
    margins=st.lists(st.lists(st.floats(width=32), min_size=3, max_size=3), min_size=1, max_size=5),
    uniform=st.floats(0, 1, exclude_max=True),
)
def test_numbers_that_are_none(built: Kernel, margins: list[list[float]], uniform: float) -> None:
    unsound, prior = np.array(margins, np.float32), np.zeros(3, np.float32)
    uniforms = np.full(len(unsound), uniform)
    chosen = pick(unsound, prior, uniforms)
    assert chosen.max() < 3
    assert built.pick(unsound, prior, uniforms).tobytes() == chosen.tobytes()


@law
@given(x=st.floats(-87, 0, width=32, exclude_min=True))
def test_the_exponential_of_any_number(x: float) -> None:
    got = float(exponential(np.array([x], np.float32))[0])
    assert abs(got / math.exp(x) - 1) <= 2e-7


def test_the_exponential() -> None:
    x = -np.linspace(0, 86.9999, 500_001).astype(np.float32)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(exponential(x) / exact - 1).max() <= 2e-7
    assert exponential(np.zeros(1, np.float32)).tolist() == [1.0]
    none = np.array([-87, -88, -1e30, -np.inf, np.nan], np.float32)
    assert exponential(none).tolist() == [0.0] * 5


@law
@given(classes=st.integers(1, 40), spread=st.sampled_from([0.5, 3.0]), seed=st.integers(0, 2**32))
def test_classes_follow_the_distribution(classes: int, spread: float, seed: int) -> None:
    """Evenly spaced uniforms draw each class as often as its probability says."""
    margins, prior = logits_of(1, classes, spread, seed)
    rows = 4000
    uniforms = (np.arange(rows) + 0.5) / rows
    counts = np.bincount(pick(np.repeat(margins, rows, 0), prior, uniforms), minlength=classes)
    logits = (prior + margins[0]).astype(np.float64)
    exact = np.exp(logits - logits.max())
    assert np.abs(counts - rows * exact / exact.sum()).max() <= 1.01


def test_no_class_without_weight(built: Kernel) -> None:
    """Not even where rounding makes a uniform as large as all weights together."""
    margins = np.array([[0.0, -1.0, -200.0]], np.float32)
    nearly = np.array([np.nextafter(1.0, 0.0)])
    for picked in (pick, built.pick):
        assert picked(margins, np.zeros(3, np.float32), nearly).tolist() == [1]


def test_what_c_must_not_see(built: Kernel) -> None:
    margins, prior, uniforms = np.zeros((4, 3), np.float32), np.zeros(3, np.float32), np.zeros(4)
    with pytest.raises(ValueError, match="1 to 256 classes, not 0"):
        built.pick(margins[:, :0], prior[:0], uniforms)
    with pytest.raises(ValueError, match="1 to 256 classes, not 257"):
        built.pick(np.zeros((4, 257), np.float32), np.zeros(257, np.float32), uniforms)
    for given_margins, given_uniforms in (
        (margins[:3], uniforms),
        (margins.astype(np.float64), uniforms),
        (margins.T.copy().T, uniforms),
        (margins, uniforms[:3]),
        (margins, uniforms.astype(np.float32)),
    ):
        with pytest.raises(ValueError, match="expected float"):
            built.pick(given_margins, prior, given_uniforms)
