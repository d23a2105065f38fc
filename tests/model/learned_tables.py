"""Small tables of every kind, learned, for several tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.codec.domain import Codes
from trimtab.model.interface import Request
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.table.files import read
from trimtab.table.persons import persons
from trimtab.table.table import Table


def mixed(rows: int = 400) -> pa.Table:
    """Visits of patients: numbers with spikes and gaps, labels, a flag, moments, ids."""
    g = Key(7).generator()
    age = g.integers(18, 90, rows)
    cost = np.round(np.where(g.random(rows) < 0.3, 0.0, g.gamma(2.0, 100.0, rows) + 40 * age), 2)
    rounded = Key(8).generator().random(rows) < 0.5
    cost = np.where(rounded, np.round(cost, -1), cost)
    city = np.array(["Oslo", "Ürümqi", "São Paulo", "Bergen", "Lyon"])[g.integers(0, 5, rows)]
    city[:3] = ["rare-1", "rare-2", "rare-2"]
    day = np.datetime64("2020-01-01") + g.integers(0, 900, rows).astype("timedelta64[D]")
    seen = day.astype("datetime64[s]") + g.integers(0, 86_400, rows).astype("timedelta64[s]")
    gap = g.random(rows) < 0.1
    columns: dict[str, Any] = {
        "PatientID": pa.array([f"P{i:05d}" for i in g.integers(0, rows // 3, rows)]),
        "age": pa.array(age),
        "cost": pa.array(cost, mask=gap),
        "city": pa.array(city.tolist(), mask=g.random(rows) < 0.05),
        "smokes": pa.array(g.random(rows) < 0.3),
        "stage": pa.array(g.integers(1, 5, rows)),
        "day": pa.array(day, mask=gap[::-1]),
        "seen": pa.array(seen).cast(pa.timestamp("us", "UTC")),
        "country": pa.array(["NO"] * rows),
        "score": pa.array(np.round(age * 2.5 + g.normal(0, 3, rows), 3)),
    }
    return pa.table(columns)


def learn(source: Any, min_count: int = 5, **kinds: Mapping[str, Any]) -> Learned:
    """Learn a table; `kinds` changes fields of columns of its schema first."""
    table: Table = read(source)
    if kinds:
        schema = table.schema
        for name, changes in kinds.items():
            schema = schema.change(name, **changes)
        table = read(source, schema.model_copy(update={"locked": True}))
    codec, who = fit_codec(table, min_count), persons(table)
    order = Order((), table.schema.outcomes)
    model = fit_trees(codec.encode(table), codec, order, who, Key(3))
    provenance = Provenance(
        trimtab="0.1.0",
        model="trees",
        rows=table.rows,
        persons=None if who is None else int(who.max()) + 1,
        min_count=min_count,
        seed=3,
        first=(),
        outcomes=order.outcomes,
        public=(),
        warnings=("a remark",),
    )
    return Learned(table.schema, codec, model.grids, model, provenance, table.origin)


def drawn(learned: Learned, rows: int = 300) -> tuple[Codes, pa.Table]:
    """Some rows of a model, as codes and decoded."""
    codes = learned.model.fill(Request(rows, {}), 11, Key(5))
    return codes, learned.codec.decode(codes, 11, Key(5))


def _numbers(rows: int = 500) -> pa.Table:
    table = mixed(rows)
    return table.select(["age", "cost", "score"])


def _single(name: str) -> pa.Table:
    return mixed().select([name])


def _sparse(rows: int = 200) -> pa.Table:
    """A label with too few values to keep any, and a column without values."""
    empty = pa.nulls(rows, pa.float64())
    kinds = mixed(rows).select(["age", "smokes"])
    words = pa.array(["a", "b", "c"] + [None] * (rows - 3))
    return kinds.append_column("empty", empty).append_column("words", words)


LEARNED: dict[str, Callable[[], Learned]] = {
    "mixed": lambda: learn(mixed()),
    "all values": lambda: learn(mixed(), min_count=0),
    "outcome": lambda: learn(mixed(), city={"role": "outcome"}, day={"role": "drop"}),
    "numbers": lambda: learn(_numbers(), min_count=0),
    "one label": lambda: learn(_single("city")),
    "one number": lambda: learn(_single("cost")),
    "one moment": lambda: learn(_single("seen")),
    "sparse": lambda: learn(_sparse()),
    "one constant": lambda: learn(_single("country")),
}


@cache
def learned(name: str) -> Learned:
    """One of LEARNED, learned once."""
    return LEARNED[name]()
