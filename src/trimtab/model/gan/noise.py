"""What rows are made of."""

from __future__ import annotations

from typing import NamedTuple

import jax
from jax import Array

from trimtab.model.gan.layout import Layout


class Noise(NamedTuple):
    """Numbers of each row: normal ones, [rows, noise] and [rows, scaled]; Gumbel, [rows, slots]."""

    shared: Array
    own: Array
    choice: Array


def noise(layout: Layout, numbers: int, rows: int, key: Array) -> Noise:
    """The noise of a step of training, with `numbers` shared ones a row."""
    first, second, third = jax.random.split(key, 3)
    return Noise(
        jax.random.normal(first, (rows, numbers)),
        jax.random.normal(second, (rows, layout.scaled)),
        jax.random.gumbel(third, (rows, layout.slots)),
    )
