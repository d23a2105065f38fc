"""Learning a table: the codec, the choice of a model, and the model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab._validate import above_zero, one_of, whole
from trimtab.codec.codec import Codec, fit_codec, persons, rare_labels
from trimtab.codec.domain import Codes
from trimtab.errors import InputError, RefusedError
from trimtab.model.gan.fit import fit_gan
from trimtab.model.gan.gan import range_refusal
from trimtab.model.gan.settings import GANS, GanOptions, design_of
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.table import fit_grids
from trimtab.model.network.fit import estimated_minutes, fit_network
from trimtab.model.network.network import Network
from trimtab.model.neural.extras import check_installed
from trimtab.model.neural.loop import Ending, Trained
from trimtab.model.neural.split import held_out_rows
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.model.trees.trees import Trees
from trimtab.plan.balance.bins import binned
from trimtab.plan.balance.row_weights import row_weights
from trimtab.plan.plan import Plan
from trimtab.synthesis import notes
from trimtab.synthesis.choose import MODELS, Asked, Choice, Effort, Patterns, choose, measure
from trimtab.synthesis.execute import coded
from trimtab.synthesis.learned import Learned, Model, Provenance
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.frames import without
from trimtab.table.prepare import check_modelled
from trimtab.table.table import Table

MIN_COUNT = 5
NO_GAN_OPTIONS = GanOptions()
_MIN_ROWS = 2


@dataclass(frozen=True)
class Settings:
    """How to learn: the model asked for, value protection, randomness, the minutes that a neural
    model may be trained, and what is asked of a GAN.
    """

    model: str
    min_count: int
    key: Key
    minutes: float | None = None
    gan_options: GanOptions = NO_GAN_OPTIONS


@dataclass(frozen=True)
class _Task:
    """Coded rows and how to learn them. `grids` are those of all rows of the table, so that models
    of its parts and samples agree on what they are models of, and compile the same programs.
    `row_weights` are for a chain of trees, if the rows are not to count alike.
    """

    codes: Codes
    codec: Codec
    grids: Mapping[str, Grid]
    persons: Int | None
    outcomes: tuple[str, ...]
    settings: Settings
    row_weights: Float | None = None

    def part(self, rows: Int) -> _Task:
        """The task with some of the rows."""
        who = None if self.persons is None else self.persons[rows]
        weights = None if self.row_weights is None else self.row_weights[rows]
        return replace(self, codes=self.codes.take(rows), persons=who, row_weights=weights)


def settings_of(
    model: str,
    min_count: int,
    seed: int,
    minutes: float | None = None,
    gan_options: GanOptions = NO_GAN_OPTIONS,
) -> Settings:
    """What a caller asked for, checked. Raises InputError."""
    one_of(MODELS, model=model)
    gan_options.check(model)
    above_zero(5, minutes=minutes)
    return Settings(
        model, whole(0, min_count=min_count), Key(whole(0, seed=seed)), minutes, gan_options
    )


def learn(
    table: Table,
    settings: Settings,
    run: Run | None = None,
    *,
    first: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
    patterns: Patterns = (),
    last: tuple[str, ...] | None = None,
    rows: Int | None = None,
    plan: Plan | None = None,
) -> Synthesizer:
    """Learn a prepared table.

    first     columns to lead the chain, if it becomes one
    public    columns whose values may all show
    patterns  the sets of columns that rows to complete will give
    last      columns that a chain draws last, in this order; the outcomes if not said
    rows      positions of the rows to learn from, some of them several times (a bootstrap sample);
              what values there are and which are rare is still told by the whole table
    plan      what will be drawn: where that is known to fail, it is refused before it is learned,
              and rows weigh in a chain of trees by how often their like will be drawn

    Raises InputError for bad input, RefusedError for a table too small to learn from or patterns
    that no model at hand conditions on exactly.
    """
    run = run or Run()
    who = persons(table)
    people = table.rows if who is None else len(set(who.tolist()))
    _check_size(table, people, settings.min_count, who is not None)
    for name in first:
        check_modelled(name, table.schema, "first")
    task = _task(table, settings, public, who, last, rows)
    asked: Asked = ()
    if plan is not None:
        task, asked = _for_plan(task, table, plan, rows)
    choice = _chosen(task, first, patterns, asked, run.resume)
    if choice.model in GANS:
        model, choice, training_notes = _fit_gan(task, choice, table, patterns, asked, run)
    else:
        model, choice, training_notes = _fit(task, choice, run)
    rare = rare_labels(table, task.codec)
    provenance = Provenance(
        trimtab=version("trimtab"),
        model=choice.model,
        choice=choice.reason,
        rows=table.rows,
        persons=None if table.schema.entity is None else people,
        min_count=settings.min_count,
        seed=settings.key.seed,
        first=choice.first,
        outcomes=task.outcomes,
        public=public,
        protected=settings.gan_options.protected,
        warnings=(*notes.of_fit(table, task.codec, rare, model, choice.first), *training_notes),
    )
    origin = without(table.origin, rare)
    return Synthesizer(Learned(table.schema, task.codec, model, provenance, origin))


def _for_plan(task: _Task, table: Table, plan: Plan, rows: Int | None) -> tuple[_Task, Asked]:
    """The task with weights for what a plan will draw, and what its rows will give."""
    weights = row_weights(plan, binned(table, plan.bins))
    if weights is not None and rows is not None:
        weights = weights[rows]
    request = coded(plan, table.schema, task.codec, task.grids)
    return replace(task, row_weights=weights), tuple(request.patterns())


def _chosen(
    task: _Task, first: tuple[str, ...], patterns: Patterns, asked: Asked, resume: bool
) -> Choice:
    settings, rows = task.settings, task.codes.rows
    minutes = estimated_minutes(rows, len(task.codec.modelled))
    choice = choose(
        settings.model,
        tuple(dict.fromkeys(first)),
        patterns,
        partial(_sizes, task),
        network_missing(),
        Effort(rows, minutes, settings.minutes),
        asked,
    )
    if choice.model == "trees" and resume:
        raise InputError(
            "resume goes on with the training of a network, and here a chain of trees is learned "
            f"({choice.reason}): leave it out, or give --model network."
        )
    return choice


def _task(
    table: Table,
    settings: Settings,
    public: tuple[str, ...],
    who: Int | None,
    last: tuple[str, ...] | None,
    rows: Int | None,
) -> _Task:
    codec = fit_codec(table, settings.min_count, public)
    if not codec.modelled:
        raise InputError(
            "every column is left out or an identifier: there is nothing to learn. Change kinds or "
            "roles in the schema (trimtab inspect DATA -o schema.toml)."
        )
    codes = codec.encode(table)
    grids = fit_grids(codes, codec, who)
    outcomes = table.schema.outcomes if last is None else last
    if rows is None:
        return _Task(codes, codec, grids, who, outcomes, settings)
    # A row drawn twice is still one row: its copies stay on one side of a split.
    who = (np.arange(table.rows) if who is None else who)[rows]
    return _Task(codes.take(rows), codec, grids, who, outcomes, settings)


def network_missing() -> str | None:
    """Why no network can be learned here; None if it can."""
    try:
        check_installed()
    except InputError as error:
        return str(error)
    return None


def _sizes(task: _Task) -> Mapping[str, int]:
    return {name: len(grid.sizes) for name, grid in task.grids.items()}


def _fit(task: _Task, choice: Choice, run: Run) -> tuple[Model, Choice, tuple[str, ...]]:
    """The model that was chosen, the choice as it was carried out, and notes on its training."""
    if choice.model == "measure":
        return _fit_better(task, choice, run)
    if choice.model == "trees":
        return _fit_trees(task, choice, run), choice, ()
    network, trained = _fit_network(task, run.within(task.settings.minutes))
    return network, choice, _of_training(trained)


def _fit_trees(task: _Task, choice: Choice, run: Run) -> Trees:
    order = Order(choice.first, task.outcomes, task.row_weights)
    key = task.settings.key.child("fit")
    return fit_trees(task.codes, task.codec, order, task.persons, key, run.tell, task.grids)


def _fit_network(task: _Task, run: Run) -> tuple[Network, Trained]:
    key = task.settings.key.child("fit")
    return fit_network(task.codes, task.codec, task.persons, key, run, grids=task.grids)


def _fit_gan(
    task: _Task,
    choice: Choice,
    table: Table,
    patterns: Patterns,
    asked: Asked,
    run: Run,
) -> tuple[Model, Choice, tuple[str, ...]]:
    """A GAN, the choice, and notes on its training. Refuses at once what it would not condition
    on.
    """
    check_installed("a GAN")
    settings = task.settings
    design, recipe = design_of(
        choice.model, table, task.codec, task.grids, task.codes, choice.first, settings.gan_options
    )
    given = {(pattern, frozenset[str]()) for pattern in (*patterns, frozenset(choice.first))}
    for by_value, ranges in (*asked, *given):
        reason = design.refusal(by_value, ranges) or range_refusal(task.grids, ranges)
        if reason is not None:
            raise RefusedError(reason)
    key = settings.key.child("fit")
    gan, trained, lost = fit_gan(
        task.codes, task.grids, design, task.persons, key, run.within(settings.minutes), recipe
    )
    if settings.gan_options.recipe:
        text = ", ".join(f"{name} = {value}" for name, value in settings.gan_options.recipe.items())
        choice = replace(choice, reason=f"{choice.reason}, with {text}")
    return gan, choice, (*notes.of_gan(design, lost), *_of_training(trained))


def _fit_better(task: _Task, choice: Choice, run: Run) -> tuple[Model, Choice, tuple[str, ...]]:
    """Both models, compared on rows that neither learned from; a chain is then learned anew."""
    began = time.monotonic()
    held_out, rest = held_out_rows(
        task.codes.rows, task.persons, task.settings.key.child("fit", "held out")
    )
    trees = _fit_trees(task.part(rest), choice, run)
    minutes = task.settings.minutes
    if minutes is not None:
        spent = 2 * (time.monotonic() - began) / 60  # the chain may have to be learned again
        minutes = max(minutes - spent, minutes / 10)
    network, trained = _fit_network(task, run.within(minutes))
    unseen = task.codes.take(held_out)
    measured = measure(
        trees.log_prob(unseen), network.log_prob(unseen), task.part(held_out).row_weights
    )
    chosen = Choice(measured.winner, measured.reason, choice.first)
    if measured.winner == "network":
        return network, chosen, _of_training(trained)
    return _fit_trees(task, choice, run), chosen, ()


def _of_training(trained: Trained) -> tuple[str, ...]:
    """What a careful user should know of how a training ended."""
    if trained.ending is Ending.FINISHED:
        return ()
    return (
        f"Training ended early after {trained.schedule.done:,} steps ({trained.reason}): what is "
        "kept is the best state until then.",
    )


def _check_size(table: Table, people: int, min_count: int, entity: bool) -> None:
    least = max(min_count, _MIN_ROWS)
    if people < least:
        what = "person" if entity else "row"
        raise RefusedError(
            f"the table has {people} {what}{'s' * (people > 1)}: expected at least {least}, "
            f"because nothing that fewer than {least} hold may be learned. Give more rows, or "
            f"lower --min-count (at least 2 {what}s are always needed: one row is never copied "
            "out)."
        )
