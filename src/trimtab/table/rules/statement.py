"""What a rule says of the rows of a table, and how that is checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from trimtab._arrays import Bool
from trimtab.table.rules.view import View


@dataclass(frozen=True)
class Outcome:
    """What a check of some rows found.

    covered  the rows that the statement says something about; shape (rows,)
    broken   those of them that break it; the same shape
    """

    covered: Bool
    broken: Bool


Check = Callable[[View], Outcome]
Edges = tuple[tuple[float, float], ...]
MOST_EDGES = 64


def single(values: Iterable[float]) -> Edges:
    """Ranges of one number each."""
    return tuple((float(v), float(v)) for v in values)


class Statement(ABC):
    """What a rule says. Statements are frozen, and equal where they say the same.

    fits    whether what is allowed is taken from the real rows, and not from the text alone
    learns  whether besides now and then a fresh real row is outside of it, as of the pairs that
            occur and of the range of a group
    """

    learns: ClassVar[bool] = False
    fits: ClassVar[bool] = False

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """The columns that it is about, each once, what is decided first."""

    @property
    @abstractmethod
    def text(self) -> str:
        """What it says, in the form that `parse` reads."""

    @abstractmethod
    def learned(self, real: View) -> Check:
        """The check of any table's rows, with what the real rows say: pairs, ranges.

        The view has all of `columns`. A check may be given a view of another table, whose values
        have other codes (`Vector.codes_among`).
        """

    def edges(self, column: str, real: View) -> Edges | None:
        """The ranges of a column of numbers, both ends included, outside and inside of which the
        check says the same of all numbers; None where there are too many.
        """
        values = real[column].values
        return single(values) if len(values) <= MOST_EDGES else None

    @property
    def decides(self) -> str | None:
        """The column that follows from the others, if there is one."""
        return None

    def __str__(self) -> str:
        return self.text
