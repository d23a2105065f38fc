"""Learning the rows of persons: what each column is given the past, and whether it stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab._run import Progress
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.fit import recipe_of
from trimtab.model.trees.fit_conditional import Recipe, fit_conditional
from trimtab.model.trees.fit_location import fit_location
from trimtab.model.trees.parents import best_parents
from trimtab.model.trees.persons.chain import RowChain
from trimtab.model.trees.persons.columns import Habit, RowColumn
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.features import Told, side_by_side
from trimtab.model.trees.persons.history import KIND_FEATURES, past_of_kinds, past_of_rows
from trimtab.model.trees.persons.lesson import Lesson, is_located
from trimtab.model.trees.persons.shrinkage import Shrinkage, shrinkage_of
from trimtab.model.trees.persons.standing import STEP
from trimtab.model.trees.sample import Sample

_ENOUGH = 0.05  # of the variance of standings: their residual is drawn from here on
_STEP = 0.2  # of boosting, at least: half the trees do, and are asked in each turn of a draw
_STAYS = 0.02  # of the rows: a column that is as before more rarely is drawn anew each time


def fit_rows(lesson: Lesson, progress: Progress) -> RowChain:
    """Learn the rows of persons."""
    learning, columns = _Learning(lesson), {}
    progress("learning rows", 0, len(lesson.counting))
    for j, name in enumerate(lesson.counting):
        columns[name] = learning.column(name)
        progress("learning rows", j + 1, len(lesson.counting))
    constants = {n: lesson.grids[n] for n in lesson.known.constants}
    return RowChain(constants, columns, lesson.known.moment, lesson.bounds)


@dataclass(frozen=True, eq=False)
class _Learning:
    """What is learned of rows, and what is told of each by those before it."""

    lesson: Lesson

    @cached_property
    def habits(self) -> dict[str, tuple[Habit, Float]]:
        """Of numbers, what is expected by all but the past, and how far rows lie beyond."""
        lesson = self.lesson
        return {
            n: self._habit(n)
            for n, counting in lesson.counting.items()
            if counting.by is not By.BEFORE and is_located(lesson.grids[n])
        }

    def _habit(self, name: str) -> tuple[Habit, Float]:
        lesson = self.lesson
        grid, key = lesson.grids[name], lesson.key.child(name, "habit")
        assert isinstance(grid, NumberGrid)
        at = np.flatnonzero(lesson.elements[name] >= 0)
        features, scores = side_by_side([lesson.present, *lesson.upto(name)])
        if name in lesson.kinds:
            target = np.asarray(lesson.steps[name][at] * STEP, np.float64)
            now = lesson.standings[name].scores[at]
        else:
            elements = lesson.elements[name][at]
            target = grid.scores(elements, key.child("jitter").uniforms(0, len(at)))
            now = grid.scores(elements)
        recipe = self._recipe(at, key)
        sample, folds = Sample(features[at]), recipe.location_folds
        locations, held_out = fit_location(sample, scores[at], target, folds, recipe.location)
        residual = np.zeros(lesson.known.rows.rows)
        residual[at] = now - held_out
        return locations, residual

    @cached_property
    def shrunk(self) -> dict[str, Shrinkage]:
        """How far the means of numbers are."""
        lesson, found = self.lesson, {}
        for name in lesson.counting:
            grid, standing = lesson.grids[name], lesson.standings.get(name)
            if not isinstance(grid, NumberGrid):
                continue
            at = np.flatnonzero(lesson.elements[name] >= 0)
            who = lesson.known.rows.person[at]
            scores = grid.scores(lesson.elements[name]) if standing is None else standing.scores
            own = {"mean": shrinkage_of(scores[at], who)}
            if name in self.habits:
                residual = self.habits[name][1][at]
                own["habit"] = shrinkage_of(residual, who)
                if standing is not None:
                    many = int(standing.kind.max(initial=0)) + 1
                    own["kind"] = shrinkage_of(residual, who * many + standing.kind[at])
            found[name] = Shrinkage(**own)
        return found

    @cached_property
    def past(self) -> Told:
        """What is told of each row by the rows before it."""
        lesson = self.lesson
        grids = {n: lesson.grids[n] for n in lesson.counting}
        residuals = {n: residual for n, (_, residual) in self.habits.items()}
        told = lesson.elements, residuals, lesson.standings, self.shrunk
        return past_of_rows(grids, lesson.known.rows, *told)

    def _of_kind(self, name: str) -> list[Told]:
        """What is told of a number by what the person had of its kind."""
        lesson = self.lesson
        if name not in lesson.kinds:
            return []
        known, residual = lesson.elements[name] >= 0, self.habits[name][1]
        own = lesson.standings[name], residual, known, self.shrunk[name]
        return [past_of_kinds(lesson.known.rows, *own)]

    def column(self, name: str) -> RowColumn:
        """Learn one column."""
        lesson = self.lesson
        counting, drawn, grid = lesson.counting[name], lesson.drawn(name), lesson.grids[name]
        told = side_by_side([lesson.present, self.past, *lesson.upto(name), *self._of_kind(name)])
        stay, may = None, drawn & (lesson.before[name] != MISSING)
        if counting.by is By.ITSELF and may.any() and lesson.stayed[name][may].mean() > _STAYS:
            flags = lesson.stayed[name].astype(np.int64)
            stay = self._learned(fit_label_grid(flags[may], 2), flags, may, told, name, "stay")
            drawn = drawn & ~lesson.stayed[name]
        steps = lesson.steps[name]
        change = self._learned(lesson.step_grids[name], steps, drawn, told, name, "change")
        habit = self.habits.get(name)
        locations = () if habit is None else habit[0]
        least = 0
        if counting.by is By.BEFORE and drawn.any():
            least = int(steps[drawn].min() >= 1)
        kinds, shrunk = lesson.kinds.get(name), self.shrunk.get(name)
        return RowColumn(counting, grid, change, stay, locations, least, kinds, shrunk)

    def _learned(
        self, grid: Grid, codes: Int, rows: Bool, told: Told, name: str, part: str
    ) -> Conditional:
        """What codes are in some of the rows."""
        at, key = np.flatnonzero(rows), self.lesson.key.child(name, part)
        features, elements = told[0][at], grid.encode(codes[at])
        of_kind = name in self.lesson.kinds
        parents = key.child("parents")
        return fit_conditional(
            best_parents(features, elements, parents, KIND_FEATURES if of_kind else 0),
            grid,
            elements,
            features,
            told[1][at],
            self._recipe(at, key),
            key.child("jitter").uniforms(0, len(at)),
            *((_ENOUGH,) if of_kind else ()),
        )

    def _recipe(self, at: Int, key: Key) -> Recipe:
        """How columns are learned of some rows."""
        lesson = self.lesson
        usual = recipe_of(len(at), lesson.known.rows.person[at], lesson.codec.min_count, key)
        group, location = (replace(g, eta=max(g.eta, _STEP)) for g in (usual.group, usual.location))
        return replace(usual, group=group, location=location)
