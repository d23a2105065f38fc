"""One column of the rows of persons: how it is counted, and what is learned of it."""

from __future__ import annotations

from dataclasses import dataclass

from trimtab.model.grid.grid import Grid
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.location import Location
from trimtab.model.trees.persons.counting import Counting
from trimtab.model.trees.persons.shrinkage import Shrinkage
from trimtab.model.trees.persons.standing import Kinds

Habit = tuple[Location, ...]  # where a number is expected to be; a member a fold, averaged


@dataclass(frozen=True, eq=False)
class RowColumn:
    """One column of rows.

    counting  what it is counted from
    grid      of its codes
    change    what it is, as it is counted, where it is not as in the row before
    stay      whether it is as in the row before, where that has a value; None where it never is
    habit     where a number is expected to be by all but its past; none of other columns. How far
              a person's rows lie beyond that is their habit
    least     of moments and totals: how far they move at least
    kinds     of a number that is counted among those of its kind
    shrunk    of a number: how far its means are
    """

    counting: Counting
    grid: Grid
    change: Conditional
    stay: Conditional | None = None
    habit: Habit = ()
    least: int = 0
    kinds: Kinds | None = None
    shrunk: Shrinkage | None = None
