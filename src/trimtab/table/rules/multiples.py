"""Rules of steps: `price multiple of 0.05`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.table.rules.statement import Check, Edges, Outcome, Statement
from trimtab.table.rules.view import View
from trimtab.table.rules.words import Words, literal, named

_NEAR = 1e-6  # of a step: as far as a multiple of it may be off by rounding

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class MultipleOf(Statement):
    """That a number is a whole multiple of a step."""

    number: str
    step: float

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.number,)

    @property
    def text(self) -> str:
        return f"{named(self.number)} multiple of {literal(self.step)}"

    def edges(self, column: str, real: View) -> Edges | None:
        return None

    def learned(self, real: View) -> Check:
        return self._judged

    def _judged(self, view: View) -> Outcome:
        steps = view[self.number].amounts / self.step
        covered = ~np.isnan(steps)
        slack = _NEAR + 4 * _EPS * np.abs(steps)
        return Outcome(covered, covered & (np.abs(steps - np.rint(steps)) > slack))


def read(words: Words) -> MultipleOf | None:
    """`A multiple of 5`; None where another kind of rule comes next."""
    number = words.column_then("multiple", "of")
    if number is None:
        return None
    step = words.value()
    if isinstance(step, str) or step <= 0:
        raise words.wrong_before("expected a step above 0")
    return MultipleOf(number, step)
