"""Comparisons of tables that are given as plain columns: floats are numbers, texts are labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.places import DATA
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.predict.sample import Feature, Form, Sample

Columns = Mapping[str, Sequence[Any]]


def compared(
    real: Columns,
    synthetic: Columns,
    holdout: Columns | None = None,
    weights: Float | None = None,
) -> Comparison:
    """Two tables (and held-out rows) as they are; None and nan are missing."""
    tables = {"real": real, "synthetic": synthetic} | ({"holdout": holdout} if holdout else {})
    features = []
    values: dict[str, dict[str, Any]] = {which: {} for which in tables}
    for name, column in real.items():
        texts = any(isinstance(v, str) for t in tables.values() for v in t[name])
        if not texts:
            features.append(Feature(name, Form.NUMBER))
            for which, table in tables.items():
                values[which][name] = np.array(
                    [np.nan if v is None else v for v in table[name]], float
                )
            continue
        mine = Counter(v for v in column if v is not None)
        labels = sorted(mine, key=lambda v: (-mine[v], v))
        every = {v for t in tables.values() for v in t[name] if v is not None}
        known = len(labels)
        labels += sorted(every - set(labels))
        features.append(Feature(name, Form.LABEL, tuple(labels), known))
        place = {v: k for k, v in enumerate(labels)} | {None: -1}
        for which, table in tables.items():
            values[which][name] = np.array([place[v] for v in table[name]], np.int64)
    samples = {n: Sample(n, v, np.ones(len(next(iter(v.values()))))) for n, v in values.items()}
    if weights is not None:
        samples["real"] = replace(samples["real"], weights=weights / weights.mean())
    drawn = samples["synthetic"]
    return Comparison(
        tuple(features), samples["real"], drawn, drawn, samples.get("holdout"), {}, ()
    )


def split(comparison: Comparison, seed: int, share: float = 0.5) -> Comparison:
    """Two random parts of the real table, the second in place of the synthetic one."""
    real = comparison.real
    order = Key(seed).child("split").generator().permutation(real.rows)
    cut = int(share * real.rows)
    second = replace(real.take(order[cut:]), name="synthetic")
    return replace(comparison, real=real.take(order[:cut]), synthetic=second, delivered=second)


def simulated(rows: int, seed: int = 0, shift: float = 0.0) -> dict[str, list[Any]]:
    """A table of all that columns can be, whose columns depend on each other.

    A number, one with a spike and missing values, one of few values; labels of two, of some that
    may be missing, and of many. `shift` moves all of them.
    """
    draw = Key(seed).child("simulated").generator()
    size = draw.normal(shift, 1, rows)
    spiked = np.where(
        draw.random(rows) < 0.4 + shift / 10, 0.0, np.exp(size + draw.normal(size=rows))
    )
    spiked[draw.random(rows) < 0.1 + shift / 10] = np.nan
    steps = draw.poisson(np.exp(size / 2)).astype(float)
    flag = np.where(draw.random(rows) < 1 / (1 + np.exp(-size)), "yes", "no")
    some = [None if g == 0 else f"g{g}" for g in np.clip(draw.poisson(1.5 + (size > 0)), 0, 5)]
    many = [f"m{g}" for g in draw.geometric(0.05 + shift / 50, rows)]
    return {
        "size": [*size],
        "spiked": [*spiked],
        "steps": [*steps],
        "flag": [str(v) for v in flag],
        "some": some,
        "many": many,
    }


def shuffled(table: Columns, seed: int = 0) -> dict[str, list[Any]]:
    """The same columns, each in an order of its own."""
    made = {}
    for name, column in table.items():
        order = Key(seed).child("shuffled", name).generator().permutation(len(column))
        made[name] = [column[k] for k in order]
    return made


def taken(table: Columns, rows: Sequence[int]) -> dict[str, list[Any]]:
    """Some rows of a table, by number."""
    return {name: [column[k] for k in rows] for name, column in table.items()}


def real_table(name: str) -> Comparison:
    """A real table compared with itself; the test is skipped where the table is not at hand."""
    path = DATA / name / "train.csv"
    if not path.exists():
        pytest.skip(f"the real table {name} is not at hand")
    return compare(path, path)


def as_arrow(table: Columns) -> pa.Table:
    """The columns as an Arrow table."""
    return pa.table(
        {
            n: [None if isinstance(v, float) and np.isnan(v) else v for v in column]
            for n, column in table.items()
        }
    )
