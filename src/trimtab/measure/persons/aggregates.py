"""Persons as rows of a table, and rows beside those before them: what learners see of persons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab.measure.persons.histories import Histories, Persons
from trimtab.measure.persons.understanding import differs
from trimtab.predict.sample import MISSING, Feature, Form, Sample

_MOST = 6  # labels of a column whose shares of a person's rows are told
Told = tuple[Feature, NDArray[Any]]


@dataclass
class Columns:
    """Columns of a sample in the making; a name that is taken gets a mark."""

    features: list[Feature] = field(default_factory=list)
    values: dict[str, NDArray[Any]] = field(default_factory=dict)

    def add(self, feature: Feature, values: NDArray[Any]) -> None:
        """One column more."""
        name = feature.name
        while name in self.values:
            name += "*"
        self.features.append(Feature(name, feature.form, feature.labels, feature.known))
        self.values[name] = values


def as_rows(persons: Persons, histories: Histories) -> tuple[tuple[Feature, ...], Sample]:
    """Each person as one row: what they have once, how many rows, and what their rows are like.

    Of a number the mean, the spread, both ends, the first and the last, how many values there are;
    of a label the first, the last, the usual one, how often it stays, and the shares of the most
    frequent; of the moments the times between rows. The features are the same for all histories.
    """
    made = Columns()
    rows = histories.sample
    made.add(_number("number of rows"), histories.counts.astype(np.float64))
    for feature in persons.constants:
        made.add(feature, rows.values[feature.name][histories.starts])
    for feature in persons.varying:
        values = rows.values[feature.name]
        told = _of_number if feature.is_number else _of_label
        for one, column in told(feature, values, histories):
            made.add(one, column)
    if persons.moment is not None:
        for one, column in _of_times(persons.moment, histories):
            made.add(one, column)
    return tuple(made.features), Sample(rows.name, made.values, histories.weights)


def with_rows_before(
    persons: Persons, histories: Histories, *, now: bool = True
) -> tuple[tuple[Feature, ...], Sample]:
    """Rows that have one before them, beside what that one holds; people are those of the rows.

    now   whether the row's own values are there, and how many rows are left; without them there is
          what the row before tells, and the time since it
    """
    made = Columns()
    rows, again = histories.sample, histories.again
    for feature in persons.constants:
        made.add(feature, rows.values[feature.name][again])
    for feature in persons.varying:
        values = rows.values[feature.name]
        if now:
            made.add(feature, values[again])
        before = Feature(f"{feature.name}, row before", feature.form, feature.labels, feature.known)
        made.add(before, values[again - 1])
    made.add(_number("rows before"), histories.turns[again].astype(np.float64))
    if now:
        left = np.repeat(histories.counts, histories.counts) - 1 - histories.turns
        made.add(_number("rows left"), left[again].astype(np.float64))
        if persons.moment is not None:
            made.add(_number("time since the row before"), gaps(persons.moment, histories))
    sample = Sample(rows.name, made.values, rows.weights[again], histories.person[again])
    return tuple(made.features), sample


def gaps(moment: Feature, histories: Histories) -> Float:
    """The times between rows and those before them, shape (rows that have one before,)."""
    when = histories.sample.values[moment.name]
    return np.asarray(when[histories.again] - when[histories.again - 1], np.float64)


def distinct_values(values: NDArray[Any], histories: Histories) -> Float:
    """How many values each person has, shape (persons,); missing is one."""
    codes = np.unique(values, return_inverse=True)[1]
    pairs = np.unique(np.stack([histories.person, codes]), axis=1)[0]
    return np.bincount(pairs, minlength=histories.persons).astype(np.float64)


def _number(name: str) -> Feature:
    return Feature(name, Form.NUMBER)


def _of_number(feature: Feature, values: Float, histories: Histories) -> Iterator[Told]:
    name, starts = feature.name, histories.starts
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    # Centred first: the spread of large numbers drowns in rounding otherwise.
    centre = float(filled.sum() / max(1, known.sum()))
    filled = np.where(known, values - centre, 0.0)
    count = np.add.reduceat(known.astype(np.float64), starts)
    mean = _over(np.add.reduceat(filled, starts), count)
    square = _over(np.add.reduceat(np.square(filled), starts), count)
    spread = np.sqrt(np.maximum(square - np.square(mean), 0.0))
    yield _number(f"{name}, mean"), mean + centre
    yield _number(f"{name}, spread"), np.where(count > 1, spread, np.nan)
    yield _number(f"{name}, least"), np.fmin.reduceat(values, starts)
    yield _number(f"{name}, most"), np.fmax.reduceat(values, starts)
    yield _number(f"{name}, first"), values[starts]
    yield _number(f"{name}, last"), values[starts + histories.counts - 1]
    yield _number(f"{name}, values"), distinct_values(values, histories)
    if not known.all():
        yield _number(f"{name}, missing"), 1 - count / histories.counts


def _of_label(feature: Feature, values: Int, histories: Histories) -> Iterator[Told]:
    name, starts, counts = feature.name, histories.starts, histories.counts
    yield Feature(f"{name}, first", Form.LABEL, feature.labels, feature.known), values[starts]
    last = values[starts + counts - 1]
    yield Feature(f"{name}, last", Form.LABEL, feature.labels, feature.known), last
    usual = Feature(f"{name}, usual", Form.LABEL, feature.labels, feature.known)
    yield usual, _usual(values, len(feature.labels), histories)
    yield _number(f"{name}, values"), distinct_values(values, histories)
    stays = np.add.reduceat(~differs(values) & (histories.turns > 0), starts, dtype=np.float64)
    yield _number(f"{name}, stays"), _over(stays, (counts - 1).astype(np.float64))
    # Codes are in the order of the real table's frequencies.
    for code, label in enumerate(feature.labels[: min(_MOST, feature.known)]):
        share = np.add.reduceat((values == code).astype(np.float64), starts) / counts
        yield _number(f"{name} = {label}"), share
    yield _number(f"{name}, missing"), np.add.reduceat(values == MISSING, starts) / counts


def _usual(values: Int, labels: int, histories: Histories) -> Int:
    """The most frequent code of each person, of several the first in order."""
    cells, counts = np.unique(histories.person * (labels + 1) + values + 1, return_counts=True)
    order = np.lexsort((cells, -counts, cells // (labels + 1)))
    owners = cells[order] // (labels + 1)
    first = order[np.flatnonzero(np.diff(owners, prepend=-1))]
    return np.asarray(cells[first] % (labels + 1) - 1)


def _of_times(moment: Feature, histories: Histories) -> Iterator[Told]:
    """The times between a person's rows; nan for those who have one row."""
    own = np.full(histories.sample.rows, np.nan)
    own[histories.again] = gaps(moment, histories)
    for feature, column in _of_number(_number("time between rows"), own, histories):
        if feature.name.rpartition(", ")[2] in ("mean", "spread", "least", "most"):
            yield feature, column


def _over(above: Float, below: Float) -> Float:
    """nan where nothing is counted."""
    quotient = np.full(len(above), np.nan)
    return np.divide(above, below, out=quotient, where=below > 0)
