"""What of a table persons have once, and in which order their rows come: found in the real rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab.predict.sample import Feature, Sample
from trimtab.table.persons import moment_like
from trimtab.table.schema import Schema

_WHOLE = ("int", "uint")  # Arrow types whose labels may be places in an order


@dataclass(frozen=True)
class Understood:
    """How a table of persons is judged.

    moment     the column that says in which order the rows of a person come; None where none does
    constants  columns that are the same in all rows of each real person
    varying    the others, with the moment
    """

    moment: str | None
    constants: tuple[str, ...]
    varying: tuple[str, ...]


def understood(features: Sequence[Feature], real: Sample, schema: Schema | None) -> Understood:
    """How a table is judged whose rows belong to persons.

    features   the columns compared, at least one
    real       the real rows, as they stand in their table; their people are known
    schema     of the real table
    """
    assert real.people is not None
    order = np.argsort(real.people, kind="stable")
    rows = real.take(order)
    people = np.asarray(real.people[order])
    again = np.flatnonzero(people[1:] == people[:-1]) + 1
    varying = tuple(f.name for f in features if _changes(rows.values[f.name], again))
    constants = tuple(f.name for f in features if f.name not in varying)
    known = [f for f in features if f.name in varying]
    return Understood(moment_of(known, rows, people, again, schema), constants, varying)


def moment_of(
    varying: Sequence[Feature], rows: Sample, people: Int, again: Int, schema: Schema | None
) -> str | None:
    """The column that tells the order of a person's rows, if there is one.

    A date or time without gaps: one that is called like a moment, else the first. Or a number
    without gaps that is called like one and that no two rows of a person share or in whose order
    rows stand; else one of which both hold.

    varying   the columns that change within persons
    rows      real rows, person by person, else in the order of their table
    again     the places of rows that are not the first of their person
    schema    of the real table: what it says of the order goes before what is found
    """
    del schema  # which says nothing of the order yet
    full = [f for f in varying if not np.isnan(places(f, rows.values[f.name])).any()]
    dates = [f.name for f in full if f.moment]
    if dates:
        return next((n for n in dates if moment_like(n)), dates[0])
    found = [(f.name, places(f, rows.values[f.name])) for f in full]
    rising = {name for name, values in found if (values[again] >= values[again - 1]).all()}
    alone = {name for name, values in found if _tells_apart(people, values)}
    named = [n for n, _ in found if moment_like(n) and (n in rising or n in alone)]
    return next(iter([*named, *(n for n, _ in found if n in rising and n in alone)]), None)


def places(feature: Feature, values: NDArray[np.generic]) -> Float:
    """Values as numbers in their order, shape (rows,): those of a number, and whole numbers that
    are labels; nan for what is missing or has no place.
    """
    if feature.is_number:
        return np.asarray(values, np.float64)
    known = np.full(len(feature.labels) + 1, np.nan)
    if feature.storage.startswith(_WHOLE):
        known[:-1] = [_whole(label) for label in feature.labels]
    return np.asarray(known[values.astype(np.int64)])  # the code of a missing one is the last


def _whole(label: str) -> float:
    try:
        return float(int(label))
    except ValueError:
        return np.nan


def _changes(values: NDArray[np.generic], again: Int) -> bool:
    """Whether any row differs from the one before it of the same person; gaps are alike."""
    return bool(differs(values)[again].any())


def differs(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether values differ from the one before, shape (rows,); the first never does."""
    apart = np.zeros(len(values), bool)
    apart[1:] = values[1:] != values[:-1]
    if np.issubdtype(values.dtype, np.floating):
        empty = np.isnan(values.astype(np.float64))
        apart[1:] &= ~(empty[1:] & empty[:-1])
    return apart


def _tells_apart(people: Int, values: Float) -> bool:
    """Whether no two rows of a person share a value."""
    _, codes = np.unique(values, return_inverse=True)
    return len(np.unique(np.stack([people, codes]), axis=1).T) == len(people)
