"""How GANs are trained, and what of it can be changed."""

from __future__ import annotations

from dataclasses import dataclass

_CGAN_STEPS, _FAIR_STEPS, _PLAIN_STEPS = 2_500, 2_000, 5_000


@dataclass(frozen=True)
class Recipe:
    """How a GAN is trained.

    steps   at most
    batch   rows of a step
    rate    of learning, of both sides
    memory  of the moving average of the generator
    every   how many steps lie between two validations
    patience  validations without a gain until training ends
    """

    steps: int
    batch: int
    rate: float
    memory: float
    every: int
    patience: int = 10


def recipe_of(kind: str) -> Recipe:
    """The recipe of a kind of GAN."""
    if kind == "gan":  # the tutorial's GAN
        return Recipe(_PLAIN_STEPS, 32, 5e-4, 0.99, 200)
    if kind == "cgan":
        return Recipe(_CGAN_STEPS, 256, 5e-4, 0.999, 250)
    return Recipe(_FAIR_STEPS, 128, 5e-4, 0.999, 200)
