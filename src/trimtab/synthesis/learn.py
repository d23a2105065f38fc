"""Learning a table: the codec, the choice of a model, and the model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab._validate import above_zero, whole
from trimtab.codec.codec import rare_labels
from trimtab.errors import InputError, RefusedError
from trimtab.model.coded import Coded
from trimtab.model.interface import Likelihood
from trimtab.model.kind import Fitted, ModelKind, Needs, Options, Patterns, part
from trimtab.model.neural.split import held_out_rows
from trimtab.plan.balance.bins import binned
from trimtab.plan.balance.row_weights import row_weights
from trimtab.plan.plan import Plan
from trimtab.synthesis import notes
from trimtab.synthesis.choose import Choice, Effort, choose, options_of, refused, resumable
from trimtab.synthesis.compare import measure
from trimtab.synthesis.execute import coded_plan
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.frames import without
from trimtab.table.prepare import check_modelled
from trimtab.table.table import Table

MIN_COUNT = 5
_MIN_ROWS = 2


@dataclass(frozen=True)
class Settings:
    """How to learn: the model asked for and its options, value protection, randomness, and the
    minutes that a training may take.
    """

    model: str
    min_count: int
    key: Key
    minutes: float | None = None
    options: Options = field(default_factory=Options)


def settings_of(
    model: str,
    min_count: int,
    seed: int,
    minutes: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """What a caller asked for, checked. Raises InputError."""
    chosen = options_of(model, options or {})
    above_zero(5, minutes=minutes)
    key = Key(whole(0, seed=seed))
    return Settings(model, whole(0, min_count=min_count), key, minutes, chosen)


def in_codes(table: Table, settings: Settings, public: tuple[str, ...] = ()) -> Coded:
    """A prepared table as models will see it; `public` columns may show all of their values."""
    return Coded(table, settings.min_count, public)


def learn(
    table: Table | Coded,
    settings: Settings,
    run: Run | None = None,
    *,
    first: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
    patterns: Patterns = (),
    last: tuple[str, ...] | None = None,
    rows: Int | None = None,
    plan: Plan | None = None,
    binding: bool = True,
) -> Synthesizer:
    """Learn a prepared table, or one that is in codes already.

    first     columns to lead the chain, if it becomes one
    public    columns whose values may all show
    patterns  the sets of columns that rows to complete will give
    last      columns that a chain draws last, in this order; the outcomes if not said
    rows      positions of the rows to learn from, some of them several times (a bootstrap sample);
              what values there are and which are rare is still told by the whole table
    plan      what will be drawn: where that is known to fail, it is refused before it is learned,
              and rows weigh in a chain of trees by how often their like will be drawn
    binding   whether a model that was asked for by its name is refused where it cannot take all
              patterns; else it refuses the rows that it cannot complete

    Raises InputError for bad input, RefusedError for a table too small to learn from or patterns
    that no model at hand conditions on exactly.
    """
    run = run or Run()
    whole = table if isinstance(table, Coded) else in_codes(table, settings, public)
    _check_size(whole, settings.min_count)
    for name in first:
        check_modelled(name, whole.table.schema, "first")
    needs = Needs(
        tuple(dict.fromkeys(first)),
        whole.table.schema.outcomes if last is None else last,
        patterns,
        binding=binding,
    )
    if plan is not None:
        needs = _for_plan(needs, whole, plan, rows)
    coded = whole if rows is None else whole.part(rows)
    effort = Effort(coded.codes.rows, len(coded.codec.modelled), settings.minutes)
    choice = choose(settings.model, needs, lambda: coded.sizes, effort)
    _check_resumable(choice, run)
    lesson = _Lesson(coded, replace(needs, first=choice.first), settings, run)
    kind, fitted, choice = _learned(lesson, choice)
    return Synthesizer(_told(lesson, kind, fitted, choice))


def _for_plan(needs: Needs, coded: Coded, plan: Plan, rows: Int | None) -> Needs:
    """The needs with weights for what a plan will draw, and what its rows will give."""
    weights = row_weights(plan, binned(coded.table, plan.bins))
    if weights is not None and rows is not None:
        weights = weights[rows]
    request = coded_plan(plan, coded.table.schema, coded.codec, coded.grids)
    return replace(needs, row_weights=weights, asked=tuple(request.patterns()))


def _check_resumable(choice: Choice, run: Run) -> None:
    if not run.resume or any(kind.resumable for kind in choice.kinds):
        return
    raise InputError(
        f"resume goes on with a training, and here a {choice.kinds[0].noun} is learned "
        f"({choice.reason}): leave it out, or give --model {' or '.join(resumable())}."
    )


@dataclass(frozen=True)
class _Lesson:
    """What is learned, what for, and how."""

    coded: Coded
    needs: Needs
    settings: Settings
    run: Run

    def learn(self, kind: ModelKind, run: Run | None = None) -> Fitted:
        """What a kind makes of it, within the minutes that a training may take."""
        run = self.run.within(self.settings.minutes) if run is None else run
        key = self.settings.key.child("fit")
        return kind.learn(self.coded, self.needs, self.settings.options, key, run)

    def part(self, rows: Int) -> _Lesson:
        """The same with some of the rows."""
        return replace(self, coded=self.coded.part(rows), needs=part(self.needs, rows))


def _learned(lesson: _Lesson, choice: Choice) -> tuple[ModelKind, Fitted, Choice]:
    """The kind that was chosen, what it made, and the choice as it was carried out."""
    if len(choice.kinds) > 1:
        return _best(lesson, choice)
    (kind,) = choice.kinds
    coded, needs, options = lesson.coded, lesson.needs, lesson.settings.options
    if (reason := kind.refusal(coded, needs, options)) is not None:
        asked = [*needs.asked, *((p, frozenset[str]()) for p in needs.patterns)]
        given = frozenset(needs.first).union(*(by_value for by_value, _ in asked))
        ranges = frozenset[str]().union(*(under for _, under in asked))
        raise refused(reason, kind.name, given - ranges, ranges, coded.sizes)
    fitted = lesson.learn(kind)
    if fitted.recipe:
        choice = replace(choice, reason=f"{choice.reason}, with {fitted.recipe}")
    return kind, fitted, choice


def _best(lesson: _Lesson, choice: Choice) -> tuple[ModelKind, Fitted, Choice]:
    """All kinds, compared one after the other on rows that none of them learned from.

    One that holds no rows out by itself learns from the rest of them, and is learned anew where it
    wins.
    """
    began, settings, coded = time.monotonic(), lesson.settings, lesson.coded
    fit_key = settings.key.child("fit", "held out")
    held_out, rest = held_out_rows(coded.codes.rows, coded.persons, fit_key)
    unseen, apart = coded.codes.take(held_out), lesson.part(held_out).needs.row_weights
    kind, reason = choice.kinds[0], ""
    fitted = _without(lesson, rest, kind, lesson.run)
    for rival in choice.kinds[1:]:
        minutes = settings.minutes
        if minutes is not None:
            spent = 2 * (time.monotonic() - began) / 60  # the winner may have to be learned again
            minutes = max(minutes - spent, minutes / 10)
        other = _without(lesson, rest, rival, lesson.run.within(minutes))
        measured = measure(_log_prob(fitted, unseen), _log_prob(other, unseen), apart)
        reason = measured.reason(kind.noun, rival.noun)
        if measured.rival_wins:
            kind, fitted = rival, other
    if not kind.holds_out:
        fitted = lesson.learn(kind, lesson.run)
    return kind, fitted, replace(choice, kinds=(kind,), reason=reason)


def _without(lesson: _Lesson, rest: Int, kind: ModelKind, run: Run) -> Fitted:
    """What a kind learns without the rows held out."""
    return (lesson if kind.holds_out else lesson.part(rest)).learn(kind, run)


def _log_prob(fitted: Fitted, rows: Any) -> Any:
    assert isinstance(fitted.model, Likelihood), "a kind that is chosen tells how likely rows are"
    return fitted.model.log_prob(rows)


def _told(lesson: _Lesson, kind: ModelKind, fitted: Fitted, choice: Choice) -> Learned:
    """All that was learned, and how."""
    coded, settings = lesson.coded, lesson.settings
    table, rare = coded.table, rare_labels(coded.table, coded.codec)
    provenance = Provenance(
        trimtab=version("trimtab"),
        model=kind.name,
        choice=choice.reason,
        rows=table.rows,
        persons=None if table.schema.entity is None else _people(coded.whole or coded),
        min_count=settings.min_count,
        seed=settings.key.seed,
        first=choice.first,
        outcomes=lesson.needs.outcomes,
        public=coded.public,
        protected=settings.options.fair_to,
        warnings=(*notes.of_fit(table, coded.codec, coded.grids, rare), *fitted.notes),
    )
    origin = without(table.origin, rare)
    return Learned(table.schema, coded.codec, coded.grids, fitted.model, provenance, origin)


def _people(coded: Coded) -> int:
    who = coded.persons
    return coded.table.rows if who is None else len(set(who.tolist()))


def _check_size(coded: Coded, min_count: int) -> None:
    people, least = _people(coded), max(min_count, _MIN_ROWS)
    if people < least:
        what = "row" if coded.table.schema.entity is None else "person"
        raise RefusedError(
            f"the table has {people} {what}{'s' * (people > 1)}: expected at least {least}, "
            f"because nothing that fewer than {least} hold may be learned. Give more rows, or "
            f"lower --min-count (at least 2 {what}s are always needed: one row is never copied "
            "out)."
        )
