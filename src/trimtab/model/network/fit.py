"""Learning a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.table import fit_grids
from trimtab.model.network.gaussian import fit_gaussian, traits_of
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe, recipe_for
from trimtab.model.neural.encoding import arranged, stacked
from trimtab.model.neural.extras import check_installed
from trimtab.model.neural.loop import Trained, train
from trimtab.model.neural.rate_schedule import RateSchedule
from trimtab.model.neural.split import held_out_rows

if TYPE_CHECKING:
    from trimtab.model.network.training import NetworkTraining

_VALIDATIONS = 25
_MIN_GAIN = 1e-3  # nats a row


def fit_network(
    codes: Codes,
    codec: Codec,
    persons: Int | None,
    key: Key,
    run: Run | None = None,
    recipe: Recipe | None = None,
    grids: Mapping[str, Grid] | None = None,
) -> tuple[Network, Trained]:
    """Learn a network; (the network, how its training went).

    `persons` groups the rows that must not be split between training and held-out rows; `grids` are
    fitted to the codes if there are none. Raises InputError where JAX is missing, RefusedError
    where training reached nothing.
    """
    check_installed()
    from trimtab.model.network.training import NetworkTraining

    run = run or Run()
    run.tell("cutting columns", 0, 1)
    grids = fit_grids(codes, codec, persons) if grids is None else grids
    encodings = arranged(grids)
    cells = stacked(encodings, codes.columns)
    held_out, rest = held_out_rows(codes.rows, persons, key.child("held out"))
    recipe = recipe_for(codes.rows) if recipe is None else recipe
    gaussian = fit_gaussian(traits_of(encodings), cells, rest, key.child("gaussian"))
    task = NetworkTraining(encodings, recipe, gaussian, cells, held_out, rest, key)
    trained = _train(task, run)
    return Network(grids, recipe.shape, gaussian, task.average(trained.best)), trained


def _train(task: NetworkTraining, run: Run) -> Trained:
    recipe = task.recipe
    steps = max(1, round(recipe.epochs * len(task.rest) / recipe.batch))
    steps = -(-steps // task.steps_at_once) * task.steps_at_once
    schedule = RateSchedule(steps, recipe.warm, recipe.rate, _MIN_GAIN)
    run.tell(f"compiling for {task.device}", 0, 1)
    phase = f"training on {task.device}"
    return train(task, task.start(), schedule, run, _VALIDATIONS, phase)
