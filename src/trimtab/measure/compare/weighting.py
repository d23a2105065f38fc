"""Real rows weighted to a synthetic table's shares, for tables that differ on purpose.

A balanced table must differ from the real one in the columns that were balanced. What can be judged
is the rest: whether its rows are as real rows of the same groups are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.errors import ColumnError
from trimtab.measure.compare.comparison import Comparison
from trimtab.predict.sample import MISSING, Feature, Sample

_FEW_VALUES = 20  # a number with more is cut into tenths
_CUTS = 10
_EXACT = 2.0**53  # up to here every whole number is a float64


@dataclass(frozen=True)
class Groups:
    """The combinations of some columns, over all tables of a comparison.

    `names` gives each group as a text in the order of its codes, `codes` the rows of each sample.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    codes: dict[str, Int]

    def counts(self, sample: str) -> Int:
        """Rows in each group, shape (groups,)."""
        return np.bincount(self.codes[sample], minlength=len(self.names)).astype(np.int64)


def groups(comparison: Comparison, columns: Sequence[str], delivered: bool = False) -> Groups:
    """The combinations that occur. Numbers of more than 20 values are cut into tenths, and others
    count as the nearest value that the real table holds.

    `delivered` adds the codes of all delivered rows. Raises ColumnError for an unknown column.
    """
    samples = {"real": comparison.real, "synthetic": comparison.synthetic}
    if comparison.holdout is not None:
        samples["holdout"] = comparison.holdout
    if delivered:
        samples["delivered"] = comparison.delivered
    return grouped(comparison, columns, samples)


def grouped(
    comparison: Comparison, columns: Sequence[str], samples: Mapping[str, Sample]
) -> Groups:
    """The combinations that occur in some samples, cut as `groups` cuts them; codes by their names.

    Raises ColumnError for an unknown column.
    """
    features = [comparison[name] for name in columns]
    if not features:
        raise ColumnError("no column to group by: expected the name of at least one.")
    words = [_cells(f, comparison.real, comparison.real)[1] for f in features]
    rows = {
        name: np.stack([_cells(f, comparison.real, sample)[0] for f in features], axis=1)
        for name, sample in samples.items()
    }
    combinations, inverse = np.unique(
        np.concatenate(list(rows.values())), axis=0, return_inverse=True
    )
    names = tuple(
        _name(columns, [w[int(k)] for w, k in zip(words, cell, strict=True)])
        for cell in combinations
    )
    ends = np.cumsum([len(r) for r in rows.values()])[:-1]
    parts = np.split(np.asarray(inverse).reshape(-1), ends)
    split = dict(zip(rows, parts, strict=True))
    return Groups(tuple(columns), names, split)


def cut_at(
    comparison: Comparison, bins: Mapping[str, tuple[Sequence[Any], Sequence[str]]]
) -> Comparison:
    """The comparison with numbers that are cut into named bins where groups are made of them.

    bins   column -> (ascending cuts, names of the bins): a cut is in the bin above it
    """
    features = list(comparison.features)
    for at, feature in enumerate(features):
        if feature.is_number and feature.name in bins:
            cuts, names = bins[feature.name]
            inner = tuple(_as_numbers(feature, cuts).tolist())
            features[at] = replace(feature, cuts=inner, bins=tuple(names))
    return replace(comparison, features=tuple(features))


def names_of(
    comparison: Comparison, columns: Sequence[str], cells: Sequence[Sequence[Any]]
) -> tuple[str, ...]:
    """The names of the groups that cells fall into, as `groups` gives them.

    cells   one value for each column, None for missing; a number falls into its tenth, and of one
            that is cut into bins the cells hold the bins' names

    Raises ColumnError for an unknown column and for a value that is none of its kind.
    """
    features = [comparison[name] for name in columns]
    parts = []
    for k, feature in enumerate(features):
        values = [cell[k] for cell in cells]
        if not feature.is_number or feature.bins:
            parts.append(["(missing)" if v is None else str(v) for v in values])
            continue
        sample = Sample("cells", {feature.name: _as_numbers(feature, values)}, np.ones(len(cells)))
        codes, words = _cells(feature, comparison.real, sample)
        parts.append([words[int(c)] for c in codes])
    return tuple(_name(columns, words) for words in zip(*parts, strict=True))


def _as_numbers(feature: Feature, values: Sequence[Any]) -> Float:
    """Values as a feature's numbers, or its seconds since 1970; None as nan."""
    try:
        if not feature.moment:
            return np.array([np.nan if v is None else float(v) for v in values])
        # A moment with a zone counts from 1970 in UTC, one without as it stands.
        utc = [v.astimezone(UTC).replace(tzinfo=None) if _zoned(v) else v for v in values]
        micros = np.array(utc, "datetime64[us]")
        return np.where(np.isnat(micros), np.nan, micros.astype(np.int64) / 1e6)
    except (TypeError, ValueError) as error:
        kind = "moments" if feature.moment else "numbers"
        raise ColumnError(
            f"column {feature.name!r} holds {kind}, which a cell's value is not: {error}."
        ) from None


def _zoned(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _name(columns: Sequence[str], words: Sequence[str]) -> str:
    return ", ".join(f"{c} = {w}" for c, w in zip(columns, words, strict=True))


def _cells(feature: Feature, real: Sample, sample: Sample) -> tuple[Int, list[str]]:
    """Codes of one column, and the text of each code; missing comes last."""
    values = sample.values[feature.name]
    if not feature.is_number:
        size = len(feature.labels)
        return np.where(values == MISSING, size, values), [*feature.labels, "(missing)"]
    if feature.bins:
        codes = np.searchsorted(np.array(feature.cuts), values, side="right")
        words = [*feature.bins, "(missing)"]
        return np.where(np.isnan(values), len(feature.bins), codes).astype(np.int64), words
    mine = real.values[feature.name]
    distinct = np.unique(mine[~np.isnan(mine)])
    if len(distinct) <= _FEW_VALUES:
        inner = (distinct[1:] + distinct[:-1]) / 2
        words = distinct_texts(distinct, feature.moment)
    else:
        inner = np.unique(np.nanquantile(mine, np.arange(1, _CUTS) / _CUTS))
        texts = distinct_texts(inner, feature.moment)
        words = [f"below {texts[0]}", *(f"{a} to {b}" for a, b in pairwise(texts))]
        words += [f"{texts[-1]} and more"]
    words = words or ["any"]
    codes = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), len(words), codes).astype(np.int64), [*words, "(missing)"]


def distinct_texts(values: Float, moment: bool) -> list[str]:
    """Distinct numbers as texts that tell them apart, in as few digits as that takes."""
    if moment:
        times = np.round(values * 1e6).astype(np.int64).astype("datetime64[us]")
        for unit in ("D", "m", "s", "us"):
            coarse = times.astype(f"datetime64[{unit}]")
            if (coarse == times).all():
                return [str(t) for t in coarse]
    if (values == np.round(values)).all() and (np.abs(values) < _EXACT).all():
        return [str(int(v)) for v in values]
    for digits in range(6, 17):
        texts = [f"{v:.{digits}g}" for v in values]
        if len(set(texts)) == len(texts):
            return texts
    return [repr(float(v)) for v in values]


def weighted(comparison: Comparison, by: Sequence[str]) -> Comparison:
    """The comparison with real (and held-out) rows weighted to the synthetic shares of `by`.

    Synthetic rows of groups that no real row is in are left out, and so is the weight of real rows
    whose group the synthetic table does not have, and the holdout if it has no row in a shared
    group; the notes say so, and how many rows the weighted ones are worth.
    Raises ColumnError where no group is in both tables.
    """
    grouping = groups(comparison, by)
    wanted = grouping.counts("synthetic").astype(float)
    shared = (grouping.counts("real") > 0) & (wanted > 0)
    if not shared.any():
        raise ColumnError(
            f"by {', '.join(by)}: no combination is in both tables, so the real rows cannot be "
            "weighted to the synthetic shares: expected columns whose values are alike."
        )
    kept = shared[grouping.codes["synthetic"]]
    wanted[~shared] = 0.0
    real = _reweighted(comparison.real, grouping.codes["real"], wanted)
    holdout = comparison.holdout
    if holdout is not None:
        codes = grouping.codes["holdout"]
        holdout = _reweighted(holdout, codes, wanted) if shared[codes].any() else None
    lost = comparison.holdout is not None and holdout is None
    return replace(
        comparison,
        real=real,
        holdout=holdout,
        synthetic=comparison.synthetic if kept.all() else comparison.synthetic.take(kept),
        notes=(*comparison.notes, *_notes(grouping, shared, real, int((~kept).sum()), lost)),
    )


def _notes(
    grouping: Groups, shared: Bool, real: Sample, strange_rows: int, lost: bool
) -> Iterator[str]:
    """What was weighted, and what could not be."""
    columns = ", ".join(grouping.columns)
    yield (
        f"Real rows are weighted to the synthetic table's shares of {columns} before likeness is "
        f"judged: its {real.rows:,} rows are then worth {real.effective_rows:,.0f}."
    )
    if lost:
        yield (
            f"No held-out row is in a combination of {columns} that both tables have, so there is "
            "nothing to weight, and likeness is judged without held-out rows."
        )
    if strange_rows:
        strange = [
            grouping.names[g] for g in np.flatnonzero(~shared & (grouping.counts("synthetic") > 0))
        ]
        yield (
            f"{strange_rows:,} synthetic rows are in combinations that no real row has, so "
            f"there is nothing to judge their likeness by: {_few(strange)}."
        )
    absent = [grouping.names[g] for g in np.flatnonzero((grouping.counts("real") > 0) & ~shared)]
    if absent:
        yield f"Combinations that only the real table has count for nothing: {_few(absent)}."


def _reweighted(sample: Sample, codes: Int, wanted: Float) -> Sample:
    have = np.bincount(codes, sample.weights, minlength=len(wanted))
    ratio = np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
    raw = sample.weights * ratio[codes]
    # Rows that count for nothing are taken out, so that no measure needs to know of them.
    return replace(sample.take(raw > 0), weights=raw[raw > 0] / raw[raw > 0].mean())


def _few(names: list[str], most: int = 5) -> str:
    more = f"; and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(names[:most]) + more
