"""Learning a GAN."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import Codes
from trimtab.model.gan.gan import Design, Gan
from trimtab.model.gan.recipe import Recipe, recipe_of
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Drawn
from trimtab.model.neural.extras import check_installed
from trimtab.model.neural.loop import Trained, train
from trimtab.model.neural.rate_schedule import RateSchedule
from trimtab.model.neural.split import held_out_rows

_STAGES = 12  # that are kept
_MIN_GAIN = 1e-3  # of the mean distance of held-out pairs
_WARM = 50


def fit_gan(
    codes: Codes,
    grids: Mapping[str, Grid],
    design: Design,
    persons: Int | None,
    key: Key,
    run: Run | None = None,
    recipe: Recipe | None = None,
) -> tuple[Gan, Trained, Mapping[str, float]]:
    """Learn a GAN: (it, how its training went, columns that collapsed -> share they miss).

    `persons` groups the rows that must not be split between training and held-out rows. Raises
    InputError where JAX is missing, RefusedError where training reached nothing.
    """
    check_installed("a GAN")
    from trimtab.model.gan.training import GanTraining

    recipe, run = recipe or recipe_of(design.kind), run or Run()
    held_out, rest = held_out_rows(codes.rows, persons, key.child("held out"))
    start = Gan(grids, design, np.zeros(0, np.float32))
    task = GanTraining(start, recipe, codes, held_out, rest, key)
    at_once = task.steps_at_once
    steps = -(-recipe.steps // at_once) * at_once
    schedule = RateSchedule(steps, _WARM, recipe.rate, _MIN_GAIN, 0.0, recipe.patience)
    run.tell(f"compiling for {task.device}", 0, 1)
    phase = f"training on {task.device}"
    validations = max(1, round(steps / recipe.every))
    trained = train(task, task.start(), schedule, run, validations, phase)
    weights = task.average(trained.best)
    gan = Gan(grids, design, weights, _stages(trained))
    return gan, trained, task.monitor.lost(gan)


def _stages(trained: Trained) -> tuple[Drawn, ...]:
    """Some of the stages, the first and the last among them."""
    last = len(trained.stages) - 1
    chosen = np.unique(np.linspace(0, last, min(_STAGES, last + 1)).round().astype(int))
    stages = []
    for i in chosen:
        stage = trained.stages[i]
        columns = {name: np.asarray(codes, np.int64) for name, codes in stage.sample.items()}
        rows = len(next(iter(columns.values())))
        stages.append(Drawn(stage.step, stage.figure, Codes(columns, rows)))
    return tuple(stages)
