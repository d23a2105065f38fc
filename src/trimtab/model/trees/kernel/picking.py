"""Picking classes in numpy, bit for bit as the kernel does: the oracle of pick.c, and what draws
where there is no kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Single

_LOG2_E = np.float32(1.44269504)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)  # n * _LN2_HIGH is exact
_LEAST = np.float32(-87)  # from here down to it, 2^n is a normal number
_SERIES = tuple(np.float32(1) / np.float32(d) for d in (5040, 720, 120, 24, 6, 2, 1, 1))


def pick(margins: Single, prior: Single, uniforms: Float) -> NDArray[np.uint8]:
    """A class a row by inverse distribution function: P(class) is the softmax of prior + margins.

    margins [rows, classes], prior [classes], uniforms [rows] in [0, 1). At most 256 classes.
    """
    classes = len(prior)
    with np.errstate(invalid="ignore", over="ignore"):  # of margins that are not finite
        logits = np.ascontiguousarray((prior + margins).T)
        top = logits[0]
        for c in range(1, classes):
            top = np.where(logits[c] > top, logits[c], top)
        upto = exponential(logits - top)
        last = ((upto > 0) * np.arange(classes)[:, None]).max(axis=0)
        for c in range(1, classes):
            upto[c] += upto[c - 1]
        target = uniforms.astype(np.float32) * upto[-1]
    return np.minimum((upto <= target).sum(axis=0), last).astype(np.uint8)


def exponential(x: Single) -> Single:
    """exp(x) for x <= 0 in 32-bit floats, 0 from -87 down; the relative error is below 2e-7."""
    above = x > _LEAST
    inside: Single = np.where(above, x, _LEAST)
    n = np.rint(inside * _LOG2_E)
    r: Single = inside - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    total = np.full_like(r, _SERIES[0])
    for coefficient in _SERIES[1:]:
        total = total * r + coefficient
    bits = np.where(above, (n.astype(np.int32) + 127) << 23, 0).astype(np.int32)
    return np.asarray(total * bits.view(np.float32))
