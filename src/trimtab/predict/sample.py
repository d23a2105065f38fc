"""One table as arrays, seen through features that it shares with the table it is compared to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key

MISSING = -1  # the code of a missing label; a missing number is nan


class Form(StrEnum):
    """How the values of a feature are held."""

    NUMBER = "number"
    LABEL = "label"


@dataclass(frozen=True)
class Feature:
    """A column that is compared.

    `labels` are the texts that the codes of a label stand for: the `known` that the real table
    holds first, the most frequent first, then those that only the others hold. `moment` says that
    the numbers are seconds since 1970. `storage` is the Arrow type of the real column. Where groups
    are made of a number, `bins` names them as it is cut at `cuts`; else it is cut by its ranks.
    """

    name: str
    form: Form
    labels: tuple[str, ...] = ()
    known: int = 0
    moment: bool = False
    storage: str = ""
    cuts: tuple[float, ...] = ()
    bins: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, not labels."""
        return self.form is Form.NUMBER


@dataclass(frozen=True)
class Sample:
    """One of the tables that are compared.

    name      "real", "synthetic" or "holdout"
    values    numbers as float64 with nan for missing; labels as int64 codes, MISSING for missing;
              shape (rows,)
    weights   of the rows, mean 1: not all 1 where rows stand for more or fewer than themselves
    people    codes of the persons that rows belong to, if the table says; shape (rows,)
    places    where rows stand in their table, the first at 1, if that is known; shape (rows,)
    """

    name: str
    values: Mapping[str, NDArray[Any]]
    weights: Float
    people: Int | None = None
    places: Int | None = None

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.weights)

    @property
    def weighted(self) -> bool:
        """Whether rows count unequally."""
        return bool((self.weights != self.weights[0]).any()) if self.rows else False

    @property
    def effective_rows(self) -> float:
        """Rows of equal weight that would be worth as much (Kish 1965)."""
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    def take(self, rows: NDArray[Any]) -> Sample:
        """Some of the rows, by number or by a boolean mask."""
        return replace(
            self,
            values={n: v[rows] for n, v in self.values.items()},
            weights=self.weights[rows],
            people=None if self.people is None else self.people[rows],
            places=None if self.places is None else self.places[rows],
        )

    def first_of_persons(self) -> Sample:
        """The first row of each person; all rows where none belongs to one."""
        if self.people is None:
            return self
        return self.take(np.sort(np.unique(self.people, return_index=True)[1]))

    def sampled(self, most: int, key: Key) -> Sample:
        """At most so many rows, chosen at random, in their order."""
        if self.rows <= most:
            return self
        chosen = key.child(self.name).generator().choice(self.rows, most, replace=False)
        return self.take(np.sort(chosen))

    def missing(self, feature: Feature) -> Bool:
        """Where a feature is missing, shape (rows,)."""
        values = self.values[feature.name]
        return np.isnan(values) if feature.is_number else values == MISSING


def concat(name: str, one: Sample, other: Sample) -> Sample:
    """The rows of two samples, one after the other. Persons are forgotten."""
    values = {n: np.concatenate([v, other.values[n]]) for n, v in one.values.items()}
    return Sample(name, values, np.concatenate([one.weights, other.weights]))
