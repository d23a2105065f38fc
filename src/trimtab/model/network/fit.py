"""Learning a network."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trimtab._progress import Progress, silent
from trimtab._random import Key
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes, Int
from trimtab.model.grid import Grid
from trimtab.model.grids import fit_grids
from trimtab.model.network.needs import check_installed
from trimtab.model.network.network import Network, Shape, arranged, stacked
from trimtab.model.training.checkpoint import fingerprint_in
from trimtab.model.training.course import Course
from trimtab.model.training.loop import Ending, Limits, Trained, train

if TYPE_CHECKING:
    from trimtab.model.network.trainee import NetworkTrainee

_HELD_OUT_SHARE, _HELD_OUT_MOST = 0.05, 2048  # units (rows or persons), rows
_HELD_OUT_FEW_SHARE, _FEW_ROWS = 0.1, 10_000
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
        return Recipe(shape, 64, 60, 3e-3, 0.4, 0.5, 0.99)
    shape = Shape(width=96, shared=1, own=1, components=12)
    batch = 256
    epochs = min(40, _STEPS * max(1, rows / _MANY_ROWS) ** 0.5 * batch / rows)
    return Recipe(shape, batch, epochs, 1.2e-2, 0.1, 0.05, 0.998)


def recipes_for(rows: int) -> tuple[Recipe, ...]:
    """The recipes to try: of few rows nobody can tell beforehand how much must be forgotten.

    Where columns follow each other closely, a careful recipe flattens what they have in common;
    where they hardly do, a bold one learns noise by heart. Held-out rows decide.
    """
    careful = recipe_for(rows)
    if rows >= _FEW_ROWS:
        return (careful,)
    return careful, replace(careful, rate=8e-3, dropout=0.1, decay=0.1)


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
    recipes = recipes_for(codes.rows) if recipe is None else (recipe,)
    every = [NetworkTrainee(fields, tried, cells, held, rest, key) for tried in recipes]
    best, trained = _best(every, limits or Limits(), progress)
    return Network(grids, best.recipe.shape, best.average(trained.best)), trained


def _best(
    every: Sequence[NetworkTrainee], limits: Limits, progress: Progress
) -> tuple[NetworkTrainee, Trained]:
    """The one that holds unseen rows likeliest, of all that can be trained within the limits."""
    began = time.monotonic()
    resumed = _resumed(every, limits)
    best: tuple[NetworkTrainee, Trained] | None = None
    for i, trainee in enumerate(every):
        part = replace(limits, resume=limits.resume and i == resumed)
        if i < resumed:  # trained again, beside the file of the one that was broken off
            part = replace(part, checkpoint=None)
        if limits.minutes is not None:
            left = max(limits.minutes - (time.monotonic() - began) / 60, limits.minutes / 10)
            part = replace(part, minutes=left / (len(every) - i))
        which = f" ({i + 1} of {len(every)})" if len(every) > 1 else ""
        found = _trained(trainee, part, progress, which)
        if best is None or found.course.best > best[1].course.best:
            best = trainee, found
        if found.ending is Ending.INTERRUPTED:
            return best[0], replace(best[1], ending=found.ending, reason=found.reason)
    assert best is not None
    return best


def _trained(trainee: NetworkTrainee, limits: Limits, progress: Progress, which: str) -> Trained:
    """Train one network; `which` says in words which of several it is."""
    recipe = trainee.recipe
    steps = max(1, round(recipe.epochs * len(trainee.rest) / recipe.batch))
    steps = -(-steps // trainee.steps_at_once) * trainee.steps_at_once
    course = Course(steps, recipe.warm, recipe.rate, _LEAST_GAIN)
    progress(f"compiling for {trainee.device}{which}", 0, 1)
    phase = f"training on {trainee.device}{which}"
    return train(trainee, trainee.start(), course, limits, _LOOKS, progress, phase)


def _resumed(every: Sequence[NetworkTrainee], limits: Limits) -> int:
    """Which of several trainings was broken off: the first, if none of them was."""
    if not limits.resume or limits.checkpoint is None:
        return 0
    stored = fingerprint_in(limits.checkpoint)
    return next((i for i, one in enumerate(every) if one.fingerprint == stored), 0)


def held_out_rows(rows: int, persons: Int | None, key: Key) -> tuple[Int, Int]:
    """(held-out rows, the rest): a share of the persons, all rows of each on one side."""
    who = np.arange(rows) if persons is None else np.unique(persons, return_inverse=True)[1]
    people = int(who.max(initial=-1)) + 1
    share = _HELD_OUT_FEW_SHARE if rows < _FEW_ROWS else _HELD_OUT_SHARE
    share = min(share, _HELD_OUT_MOST / max(rows, 1))
    place = np.empty(people, np.int64)
    place[key.generator().permutation(people)] = np.arange(people)
    held = place[who] < max(1, round(people * share))
    return np.flatnonzero(held), np.flatnonzero(~held)
