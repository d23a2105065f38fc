"""What of a table persons have once, by the real rows, and in which order their rows come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab.predict.sample import Feature, Sample
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
    schema     of the real table, which says what orders rows
    """
    assert real.people is not None
    order = np.argsort(real.people, kind="stable")
    rows = real.take(order)
    people = np.asarray(real.people[order])
    again = np.flatnonzero(people[1:] == people[:-1]) + 1
    varying = tuple(f.name for f in features if _changes(rows.values[f.name], again))
    constants = tuple(f.name for f in features if f.name not in varying)
    named = None if schema is None or schema.order is None else schema.order.name
    ordered = [f for f in features if f.name == named and f.name in varying]
    full = [f.name for f in ordered if not np.isnan(places(f, rows.values[f.name])).any()]
    return Understood(next(iter(full), None), constants, varying)


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
