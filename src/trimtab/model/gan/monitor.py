"""How good a GAN is on rows that it was not trained on, and how fair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.codec.domain import Codes
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.marginals import Marginals
from trimtab.model.interface import GIVEN, Condition, Request
from trimtab.model.neural.loop import Validation

VALIDATION_ROWS = 4096  # that are drawn, and at most so many real ones to compare with
_SAMPLE_ROWS = 500  # of these that are kept
_BLIND = 0.95  # of the error of guessing: from there on a group counts as hidden
_SHRINKAGE = 10.0  # rows by which each coefficient of the linear classifier is held back


@dataclass(frozen=True)
class Monitor:
    """Validates what a GAN would draw. `held` and `others` are real rows: see `Marginals`.

    The same random numbers are used in all validations, so that they differ by what was learned.
    """

    gan: Gan
    held: Codes
    others: Codes
    key: Key

    @cached_property
    def marginals(self) -> Marginals:
        """What drawn rows are held against: pairs of columns, but for those to be fair to."""
        design = self.gan.design
        hidden = design.protected if isinstance(design, FairDesign) else ()
        grids = {n: g for n, g in self.gan.grids.items() if n not in hidden}
        return Marginals(grids or self.gan.grids, self.held, self.others)

    def validate(self, gan: Gan) -> Validation:
        """How far drawn rows are from held-out ones; for a fair GAN how fair they are, too."""
        alike = self._alike(gan)
        distance, lost = self.marginals.distance(alike), self.marginals.lost(alike)
        figure = -distance
        drawn = alike
        words = f"pairs {100 * distance:.1f} % off (real {100 * self.marginals.floor:.1f})"
        if isinstance(gan.design, FairDesign):
            drawn = gan.generator.fill(Request(VALIDATION_ROWS, {}), 0, self.key)
            error, chance = self._error(gan), 1 - 1 / len(gan.design.groups)
            figure -= max(0.0, _BLIND - error / chance) / 2
            words += f", group error {error:.2f}"
        if lost:
            words += f", {len(lost)} collapsed"
        sample = {name: codes[:_SAMPLE_ROWS] for name, codes in drawn.columns.items()}
        return Validation(figure, words, sample)

    def lost(self, gan: Gan) -> dict[str, float]:
        """The columns that have collapsed: see `Marginals.lost`."""
        return self.marginals.lost(self._alike(gan))

    def _alike(self, gan: Gan) -> Codes:
        """Rows to compare with held-out ones: of a fair GAN, with their groups and classes."""
        request = Request(VALIDATION_ROWS, {})
        if isinstance(gan.design, FairDesign):
            rows = np.arange(VALIDATION_ROWS) % self.held.rows
            request = _given({name: self.held[name][rows] for name in gan.design.given_columns})
        return gan.generator.fill(request, 0, self.key)

    def _error(self, gan: Gan) -> float:
        """How often groups are told wrong from the other columns, the mean over the groups.

        By a linear classifier (ridge regression of the groups on classes of the columns), trained
        on one half of rows that have all groups equally often, and tested on the other.
        """
        assert isinstance(gan.design, FairDesign)
        group = np.arange(VALIDATION_ROWS) % len(gan.design.groups)
        request = self._with_groups(gan, group)
        drawn = gan.generator.fill(request, 0, self.key.child("groups"))
        hidden = gan.design.given_columns
        marks = self.marginals.marks(drawn, [n for n in self.marginals.grids if n not in hidden])
        return _linear_error(marks.astype(np.float64), group, len(gan.design.groups))

    def _with_groups(self, gan: Gan, group: Int) -> Request:
        """Rows of these groups, and of classes by their shares."""
        design = gan.design
        assert isinstance(design, FairDesign)
        codes = {}
        for j, name in enumerate(design.protected):
            outcome = np.array([cell[j] for cell in design.groups])[group]
            nothing = np.zeros(len(group))
            codes[name] = gan.encodings[name].decode(outcome, nothing, nothing, nothing)
        return _given(codes)


def _given(codes: dict[str, Int]) -> Request:
    rows = len(next(iter(codes.values())))
    return Request(rows, {n: Condition(c, np.full(rows, GIVEN)) for n, c in codes.items()})


def _linear_error(marks: Float, group: Int, groups: int) -> float:
    """The balanced error of a linear classifier on the second half of the rows."""
    half = len(marks) // 2
    x = np.c_[marks, np.ones(len(marks))]
    y = np.eye(groups)[group]
    train, test = x[:half], x[half:]
    inner = train.T @ train + _SHRINKAGE * np.eye(x.shape[1])
    predicted = (test @ np.linalg.solve(inner, train.T @ y[:half])).argmax(axis=1)
    rows = np.bincount(group[half:], minlength=groups)
    wrong = np.bincount(group[half:], predicted != group[half:], groups)
    return float((wrong[rows > 0] / rows[rows > 0]).mean())
