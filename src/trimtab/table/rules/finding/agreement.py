"""How nearly columns decide one another, in a sample of the rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.table.rules.view import View


def stacked(view: View, names: Sequence[str]) -> NDArray[np.int32]:
    """The codes of some columns side by side, shape (rows, columns)."""
    return np.stack([view[n].codes for n in names], axis=1).astype(np.int32)


def deciding(targets: NDArray[np.int32], key: Int, looks: int = 1) -> tuple[Float, int]:
    """For each target the share of rows that differ from the first of their group; how many rows.

    targets  codes of columns, negative where unknown; shape (rows, columns)
    key      codes of the groups, negative where unknown; shape (rows,)
    looks    how many orders of the rows are tried for the least share: a first row that is an
             exception leads its whole group

    Rows that stand alone in their group tell nothing and do not count. Where a target follows from
    the groups, all rows agree. nan where no two rows of a group have a value.
    """
    best, repeats = _deciding(targets, key, np.arange(len(key)))
    for look in range(1, looks):
        rows = Key(look).child("order").generator().permutation(len(key))
        best = np.fmin(best, _deciding(targets, key, rows)[0])
    return best, repeats


def _deciding(targets: NDArray[np.int32], key: Int, rows: Int) -> tuple[Float, int]:
    """The same with the rows in one order."""
    told = rows[key[rows] >= 0]
    order = told[np.argsort(key[told], kind="stable")]
    begins = np.ones(len(order), bool)
    begins[1:] = key[order][1:] != key[order][:-1]
    lead = order[np.flatnonzero(begins)[np.cumsum(begins) - 1]] if len(order) else order
    mine, first = targets[order[~begins]], targets[lead[~begins]]
    both = (mine >= 0) & (first >= 0)
    count = both.sum(axis=0)
    differ = ((mine != first) & both).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return differ / np.where(count, count, np.nan), int((~begins).sum())


def differing(view: View, name: str) -> float:
    """The share of pairs of rows whose values of a column differ, by chance."""
    codes = view[name].codes
    counts = np.bincount(codes[codes >= 0]).astype(float)
    return float(1 - np.square(counts / max(counts.sum(), 1)).sum())
