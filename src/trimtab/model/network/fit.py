"""Learning a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trimtab._progress import Progress, silent
from trimtab._random import Key
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes, Int
from trimtab.model.fields import arranged, stacked
from trimtab.model.grid import Grid
from trimtab.model.grids import fit_grids
from trimtab.model.network.gaussian import fit_gaussian, traits_of
from trimtab.model.network.network import Network, Shape
from trimtab.model.training.course import Course
from trimtab.model.training.holding import held_out_rows
from trimtab.model.training.loop import Limits, Trained, train
from trimtab.model.training.needs import check_installed

if TYPE_CHECKING:
    from trimtab.model.network.trainee import NetworkTrainee

_FEW_ROWS = 10_000
_LOOKS = 25
_STEPS, _MANY_ROWS = 1_900, 30_000  # with more rows steps grow like their root
_LEAST_GAIN = 1e-3  # nats a row
_SECONDS_PER_CELL = 7e-6  # of training, on one core


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    batch  rows of a step; `epochs` passes over the rows at most; `rate` of learning at its peak
    dropout, decay  how much is forgotten on purpose, of units and of weights
    memory of the moving average of the weights
    """

    shape: Shape
    batch: int
    epochs: float
    rate: float
    dropout: float
    decay: float
    memory: float
    warm: int = 100


def recipe_for(rows: int) -> Recipe:
    """The recipe for a table of that many rows."""
    if rows < _FEW_ROWS:
        shape = Shape(width=64, shared=1, own=1, components=12)
        return Recipe(shape, 64, 60, 8e-3, 0.15, 0.15, 0.997)
    shape = Shape(width=96, shared=1, own=1, components=12)
    batch = 256
    epochs = min(40, _STEPS * max(1, rows / _MANY_ROWS) ** 0.5 * batch / rows)
    return Recipe(shape, batch, epochs, 1.2e-2, 0.1, 0.05, 0.998)


def estimated_minutes(rows: int, columns: int) -> float:
    """About how long one core trains a network for a table of that size."""
    return recipe_for(rows).epochs * rows * columns * _SECONDS_PER_CELL / 60


def fit_network(
    codes: Codes,
    codec: Codec,
    persons: Int | None,
    key: Key,
    limits: Limits | None = None,
    progress: Progress = silent,
    recipe: Recipe | None = None,
    grids: Mapping[str, Grid] | None = None,
) -> tuple[Network, Trained]:
    """Learn a network; (the network, how its training went).

    `persons` groups the rows that must not be split between training and held-out rows; `grids` are
    fitted to the codes if there are none. Raises InputError where JAX is missing, RefusedError
    where training reached nothing.
    """
    check_installed()
    from trimtab.model.network.trainee import NetworkTrainee

    progress("cutting columns", 0, 1)
    grids = fit_grids(codes, codec, persons) if grids is None else grids
    fields = arranged(grids)
    cells = stacked(fields, codes.columns)
    held, rest = held_out_rows(codes.rows, persons, key.child("held out"))
    recipe = recipe_for(codes.rows) if recipe is None else recipe
    gaussian = fit_gaussian(traits_of(fields), cells, rest, key.child("gaussian"))
    trainee = NetworkTrainee(fields, recipe, gaussian, cells, held, rest, key)
    trained = _train(trainee, limits or Limits(), progress)
    return Network(grids, recipe.shape, gaussian, trainee.average(trained.best)), trained


def _train(trainee: NetworkTrainee, limits: Limits, progress: Progress) -> Trained:
    recipe = trainee.recipe
    steps = max(1, round(recipe.epochs * len(trainee.rest) / recipe.batch))
    steps = -(-steps // trainee.steps_at_once) * trainee.steps_at_once
    course = Course(steps, recipe.warm, recipe.rate, _LEAST_GAIN)
    progress(f"compiling for {trainee.device}", 0, 1)
    phase = f"training on {trainee.device}"
    return train(trainee, trainee.start(), course, limits, _LOOKS, progress, phase)
