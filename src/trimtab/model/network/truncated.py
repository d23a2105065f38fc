"""Draws of a number inside ranges, from what a network says of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtri, softmax

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.errors import RefusedError
from trimtab.model.grid.intervals import Truncation
from trimtab.model.neural.encoding import FARTHEST, ColumnEncoding


class Uniforms(NamedTuple):
    """Five uniforms a row: for the element, the mixture's component, the place on the scale, and
    the code inside the element.
    """

    outcome: Float
    component: Float
    place: Float
    share: Float
    grain: Float


def draw_within(
    encoding: ColumnEncoding,
    inside: Truncation,
    outcomes: Float,
    mixture: Float,
    uniforms: Uniforms,
) -> tuple[Int, Float]:
    """A code inside the ranges for each row, and where on the scale it lies (0: nowhere).

    outcomes  [rows, slots] probabilities
    mixture   [rows, 3, components] of logistics, where the column has a scale

    The probability of each element is that of its outcome, or the mass that the mixture puts on its
    piece of the scale; it counts with the share of the element's draws that land in the ranges.
    """
    weights = weights_within(encoding, inside, outcomes, mixture)
    if not (weights.sum(axis=1) > 0).all():
        raise RefusedError(
            "the given values leave a range no probability: widen it, or leave out a value."
        )
    element = elements_drawn(weights, uniforms.outcome)
    codes, places = np.full(len(element), MISSING, np.int64), np.zeros(len(element))
    known = np.flatnonzero(element >= 0)
    codes[known] = inside.inside(element[known], uniforms.share[known], uniforms.grain[known])
    some = known[~encoding.apart[element[known]]]
    if len(some):
        low, high = _ends(encoding)
        ends = low[element[some]], high[element[some]]
        uniform = uniforms.component[some], uniforms.place[some]
        places[some] = _placed(mixture[some], *ends, *uniform)
    return codes, places


def weights_within(
    encoding: ColumnEncoding, inside: Truncation, outcomes: Float, mixture: Float
) -> Float:
    """How probable each row's missing value and draws of each element inside the ranges are, shape
    (rows, 1 + elements); the rest as in `draw_within`."""
    grid, shares = inside.grid, inside.element_shares
    mass = np.zeros((len(outcomes), len(grid.low)))
    mass[:, encoding.apart] = outcomes[:, int(encoding.nullable) : encoding.outcomes]
    scaled = np.flatnonzero((shares > 0) & ~encoding.apart)
    low, high = _ends(encoding)
    if encoding.continuous:
        on_scale = sum(_masses(mixture, low[scaled], high[scaled]))
        mass[:, scaled] = outcomes[:, -1:] * on_scale
    missing = (
        outcomes[:, :1] if encoding.nullable and inside.missing else np.zeros_like(mass[:, :1])
    )
    return np.concatenate([missing, mass * shares], axis=1)


def elements_drawn(weights: Float, uniforms: Float) -> Int:
    """An element for each row of `weights_within`, never one without any; -1 for missing."""
    upto = np.cumsum(weights, axis=1)
    last, every = weights.shape[1] - 1, np.arange(len(upto))
    chosen = (upto <= (uniforms * upto[:, -1])[:, None]).sum(axis=1)
    empty = (chosen > last) | (upto[every, chosen.clip(0, last)] <= 0)
    return np.where(empty, np.argmax(weights, axis=1), chosen) - 1


def _ends(encoding: ColumnEncoding) -> tuple[Float, Float]:
    """[E] where elements begin and end on the scale."""
    on_scale = np.where(encoding.apart, 0, encoding.grid.rows)
    upto = np.concatenate([[0.0], np.cumsum(on_scale)])
    ends = ndtri(upto / max(upto[-1], 1.0))
    return ends[:-1], ends[1:]


def _masses(mixture: Float, low: Float, high: Float) -> list[Float]:
    """The mass of each component on intervals, [rows, intervals] each."""
    weight = softmax(mixture[:, 0], axis=1)
    masses = []
    for k in range(mixture.shape[2]):
        mean, rate = mixture[:, 1, k, None], np.exp(-mixture[:, 2, k, None])
        part = expit((high - mean) * rate) - expit((low - mean) * rate)
        masses.append(weight[:, k, None] * part)
    return masses


def _placed(mixture: Float, low: Float, high: Float, component: Float, share: Float) -> Float:
    """One place a row from mixtures of logistics, between its ends."""
    mean, rate = mixture[:, 1], np.exp(-mixture[:, 2])
    below = expit((low[:, None] - mean) * rate)
    above = expit((high[:, None] - mean) * rate)
    upto = np.cumsum(softmax(mixture[:, 0], axis=1) * (above - below), axis=1)
    chosen = (upto <= (component * upto[:, -1])[:, None]).sum(axis=1)
    pick = np.arange(len(low)), chosen.clip(0, mixture.shape[2] - 1)
    wanted = below[pick] + share * (above[pick] - below[pick])
    place = mean[pick] + logit(wanted.clip(1e-15, 1 - 1e-15)) / rate[pick]
    return np.clip(place, np.maximum(low, -FARTHEST), np.minimum(high, FARTHEST))
