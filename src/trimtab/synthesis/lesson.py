"""Learning what was chosen: one kind of model, or the best of several on rows held out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from trimtab._arrays import Int
from trimtab._run import Run
from trimtab.model.coded import Coded
from trimtab.model.interface import Likelihood
from trimtab.model.kind import Fitted, ModelKind, Needs, part
from trimtab.model.neural.split import held_out_rows
from trimtab.synthesis.choose import Choice, refused
from trimtab.synthesis.compare import measure
from trimtab.synthesis.settings import Settings


@dataclass(frozen=True)
class Lesson:
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

    def part(self, rows: Int) -> Lesson:
        """The same with some of the rows."""
        return replace(self, coded=self.coded.part(rows), needs=part(self.needs, rows))


def learned(lesson: Lesson, choice: Choice) -> tuple[ModelKind, Fitted, Choice]:
    """The kind that was chosen, what it made, and the choice as it was carried out.

    Raises RefusedError for what the kind cannot do with this table, and what its learning raises.
    """
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


def _best(lesson: Lesson, choice: Choice) -> tuple[ModelKind, Fitted, Choice]:
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


def _without(lesson: Lesson, rest: Int, kind: ModelKind, run: Run) -> Fitted:
    """What a kind learns without the rows held out."""
    return (lesson if kind.holds_out else lesson.part(rest)).learn(kind, run)


def _log_prob(fitted: Fitted, rows: Any) -> Any:
    assert isinstance(fitted.model, Likelihood), "a kind that is chosen tells how likely rows are"
    return fitted.model.log_prob(rows)
