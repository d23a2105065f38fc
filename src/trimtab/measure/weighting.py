"""Real rows weighted to a synthetic table's shares, for tables that differ on purpose.

A balanced table must differ from the real one in the columns that were balanced. What can be judged
is the rest: whether its rows are as real rows of the same groups are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from trimtab.errors import ColumnError
from trimtab.measure.comparison import Comparison
from trimtab.measure.side import MISSING, Feature, Float, Int, Side

_FEW_VALUES = 20  # a number with more is cut into tenths
_CUTS = 10


@dataclass(frozen=True)
class Groups:
    """The combinations of some columns, over all tables of a comparison.

    `names` gives each group as a text in the order of its codes, the rows of each side as `codes`.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    codes: dict[str, Int]

    def counts(self, side: str) -> Int:
        """Rows in each group, shape (groups,)."""
        return np.bincount(self.codes[side], minlength=len(self.names)).astype(np.int64)


def groups(comparison: Comparison, columns: Sequence[str], delivered: bool = False) -> Groups:
    """The combinations that occur. Numbers of more than 20 values are cut into tenths.

    `delivered` adds the codes of all delivered rows. Raises ColumnError for an unknown column.
    """
    sides = {"real": comparison.real, "synthetic": comparison.synthetic}
    if comparison.holdout is not None:
        sides["holdout"] = comparison.holdout
    if delivered:
        sides["delivered"] = comparison.delivered
    features = [comparison[name] for name in columns]
    if not features:
        raise ColumnError("no column to group by: expected the name of at least one.")
    words = [_cells(f, comparison.real, comparison.real)[1] for f in features]
    rows = {
        name: np.stack([_cells(f, comparison.real, side)[0] for f in features], axis=1)
        for name, side in sides.items()
    }
    found, inverse = np.unique(np.concatenate(list(rows.values())), axis=0, return_inverse=True)
    names = tuple(
        ", ".join(f"{c}={w[int(k)]}" for c, w, k in zip(columns, words, cell, strict=True))
        for cell in found
    )
    ends = np.cumsum([len(r) for r in rows.values()])[:-1]
    parts = np.split(np.asarray(inverse).reshape(-1), ends)
    split = dict(zip(rows, parts, strict=True))
    return Groups(tuple(columns), names, split)


def _cells(feature: Feature, real: Side, side: Side) -> tuple[Int, list[str]]:
    """Codes of one column, and the text of each code; missing comes last."""
    values = side.values[feature.name]
    if not feature.is_number:
        size = len(feature.labels)
        return np.where(values == MISSING, size, values), [*feature.labels, "(missing)"]
    mine = real.values[feature.name]
    distinct = np.unique(mine[~np.isnan(mine)])
    if len(distinct) <= _FEW_VALUES:
        inner = (distinct[1:] + distinct[:-1]) / 2
        words = [f"{v:g}" for v in distinct]
    else:
        inner = np.unique(np.nanquantile(mine, np.arange(1, _CUTS) / _CUTS))
        words = [f"below {inner[0]:g}"]
        words += [f"{a:g} to {b:g}" for a, b in pairwise(inner)]
        words += [f"{inner[-1]:g} and more"]
    words = words or ["any"]
    codes = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), len(words), codes).astype(np.int64), [*words, "(missing)"]


def weighted(comparison: Comparison, by: Sequence[str]) -> Comparison:
    """The comparison with real (and held-out) rows weighted to the synthetic shares of `by`.

    Synthetic rows of groups that no real row is in are left out, and so is the weight of real rows
    whose group the synthetic table does not have; the notes say both, and how many rows the
    weighted ones are worth. Raises ColumnError where no group is in both tables.
    """
    found = groups(comparison, by)
    wanted = found.counts("synthetic").astype(float)
    real = found.counts("real")
    shared = (real > 0) & (wanted > 0)
    if not shared.any():
        raise ColumnError(
            f"by {', '.join(by)}: no combination is in both tables, so the real rows cannot be "
            "weighted to the synthetic shares: expected columns whose values are alike."
        )
    kept = shared[found.codes["synthetic"]]
    wanted[~shared] = 0.0
    sides = {"real": comparison.real} | (
        {} if comparison.holdout is None else {"holdout": comparison.holdout}
    )
    made = {n: _reweighted(s, found.codes[n], wanted) for n, s in sides.items()}
    notes = [
        f"Real rows are weighted to the synthetic table's shares of {', '.join(by)} before "
        f"likeness is judged: its {made['real'].rows:,} rows are then worth "
        f"{made['real'].effective_rows:,.0f}."
    ]
    if not kept.all():
        strange = [
            found.names[g] for g in np.flatnonzero(~shared & (found.counts("synthetic") > 0))
        ]
        notes.append(
            f"{int((~kept).sum()):,} synthetic rows are in combinations that no real row has, so "
            f"there is nothing to judge their likeness by: {_few(strange)}."
        )
    absent = [found.names[g] for g in np.flatnonzero((real > 0) & ~shared)]
    if absent:
        notes.append(
            f"Combinations that only the real table has count for nothing: {_few(absent)}."
        )
    return replace(
        comparison,
        real=made["real"],
        holdout=made.get("holdout"),
        synthetic=comparison.synthetic.take(kept),
        notes=(*comparison.notes, *notes),
    )


def _reweighted(side: Side, codes: Int, wanted: Float) -> Side:
    have = np.bincount(codes, side.weights, minlength=len(wanted))
    ratio = np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
    raw = side.weights * ratio[codes]
    if not raw.any():
        return replace(side, weights=np.ones(side.rows))
    # Rows that count for nothing are taken out, so that no measure needs to know of them.
    return replace(side.take(raw > 0), weights=raw[raw > 0] / raw[raw > 0].mean())


def _few(names: list[str], most: int = 5) -> str:
    more = f"; and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more
