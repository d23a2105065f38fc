"""Learning what was chosen: one kind of model, or the best of several on rows held out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._run import Run
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.coded import Coded
from trimtab.model.interface import CellLikelihood, Likelihood
from trimtab.model.kind import Fitted, ModelKind, Needs, Options, part
from trimtab.model.neural.split import held_out_rows
from trimtab.synthesis.choose import Choice, refused
from trimtab.synthesis.compare import measure
from trimtab.synthesis.settings import Settings

_MAX_ROWS_OF_CELLS = 1000  # held out to compare how gaps are filled


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
        return kind.learn(self.coded, self.needs, self._options(kind), key, run)

    def refusal(self, kind: ModelKind) -> str | None:
        """Why a kind cannot do it, as far as only the table tells; None if it can."""
        return kind.refusal(self.coded, self.needs, self._options(kind))

    def _options(self, kind: ModelKind) -> Options:
        """What was asked of the kind; what it takes unasked, where it was not named."""
        options = self.settings.options
        return options if isinstance(options, kind.options) else kind.options()

    def part(self, rows: Int) -> Lesson:
        """The same with some of the rows."""
        return replace(self, coded=self.coded.part(rows), needs=part(self.needs, rows))


def learned(lesson: Lesson, choice: Choice) -> tuple[ModelKind, Fitted, Choice]:
    """The kind that was chosen, what it made, and the choice as it was carried out.

    Raises RefusedError for what the kind cannot do with this table, and what its learning raises.
    """
    refusals = {kind: lesson.refusal(kind) for kind in choice.kinds}
    able = tuple(kind for kind in choice.kinds if refusals[kind] is None)
    if not able:
        kind = choice.kinds[0]
        raise refused(str(refusals[kind]), kind.name, lesson.needs, lesson.coded.sizes)
    if len(able) > 1:
        kind, fitted, reason = _best(lesson, able)
    else:
        kind, reason = able[0], choice.reason
        fitted = lesson.learn(kind)
    if fitted.recipe:
        reason = f"{reason}, with {fitted.recipe}"
    return kind, fitted, replace(choice, kinds=(kind,), reason=reason)


def _best(lesson: Lesson, kinds: Sequence[ModelKind]) -> tuple[ModelKind, Fitted, str]:
    """The best of some kinds, what it made, and why: compared one after the other on rows that
    none of them learned from.

    One that holds no rows out by itself learns from the rest of them, and is learned anew where it
    wins, unless the work was asked to stop.
    """
    began, settings, coded = time.monotonic(), lesson.settings, lesson.coded
    fit_key = settings.key.child("fit", "held out")
    held_out, rest = held_out_rows(coded.codes.rows, coded.persons, fit_key)
    if lesson.needs.scattered:
        held_out = held_out[:_MAX_ROWS_OF_CELLS]
    unseen, apart = coded.codes.take(held_out), lesson.part(held_out).needs.row_weights
    held = "the cells of one, each given the others," if lesson.needs.scattered else "one"
    kind, reasons = kinds[0], []
    fitted = _without(lesson, rest, kind, lesson.run.within(settings.minutes))
    for rival in kinds[1:]:
        minutes = settings.minutes
        if minutes is not None:
            spent = 2 * (time.monotonic() - began) / 60  # the winner may have to be learned again
            minutes = max(minutes - spent, minutes / 10)
        other = _without(lesson, rest, rival, lesson.run.within(minutes))
        mine, its = (_log_prob(made, unseen, lesson) for made in (fitted, other))
        measured = measure(mine, its, apart)
        reasons.append(measured.reason(kind.noun, rival.noun, held))
        if measured.rival_wins:
            kind, fitted = rival, other
    if not kind.holds_out and lesson.run.stop.asked:
        note = "The work was stopped: what is kept learned from fewer rows than there are."
        fitted = replace(fitted, notes=(*fitted.notes, note))
    elif not kind.holds_out:
        fitted = lesson.learn(kind, lesson.run)
    return kind, fitted, "; ".join(reasons)


def _without(lesson: Lesson, rest: Int, kind: ModelKind, run: Run) -> Fitted:
    """What a kind learns without the rows held out."""
    return (lesson if kind.holds_out else lesson.part(rest)).learn(kind, run)


def _log_prob(fitted: Fitted, rows: Codes, lesson: Lesson) -> Float:
    """How likely a model holds rows; or, where it is to fill their gaps, the cells that others like
    them lack, each given the others of its row: the sum over these, shape (rows,)."""
    model, needs = fitted.model, lesson.needs
    if not needs.scattered:
        assert isinstance(model, Likelihood), "a kind that is chosen tells how likely rows are"
        return model.log_prob(rows)
    assert isinstance(model, CellLikelihood), "a kind that fills any gap tells how likely cells are"
    logs = np.zeros(rows.rows)
    for name, codes in rows.columns.items():
        at = np.flatnonzero(codes != MISSING)
        if len(at) and not (needs.patterns and all(name in given for given in needs.patterns)):
            key = lesson.settings.key.child("cells", name)
            logs[at] += model.log_cell(rows.take(at), name, key)
    return logs
