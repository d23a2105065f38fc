"""A table that keeps a rule of every kind by which a column is computed, and how to fit it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import trimtab
from trimtab._random import Key
from trimtab.table.prepare import prepare
from trimtab.table.schema import Schema

ROWS = 600
COUNTY = {"Aa": "x", "Bb": "x", "Cc": "y", "Dd": "z", "Ee": "y", "Ff": None}
LEVEL = {"none": 1, "school": 9, "college": 13, "master": 14}
RULES = (
    "county from city",
    "level matches degree",
    "total = net + tax",
    "pounds = 2.2046 * kilos",
    "copied = kilos",
    "starts = visit",
    "year = year(visit)",
    "seen = date(moment)",
    "hour = hour(moment)",
)


def frame(rows: int = ROWS, seed: int = 3) -> pd.DataFrame:
    g = Key(seed).child("ruled").generator()
    city = g.choice([*COUNTY], rows)
    degree = g.choice([*LEVEL], rows)
    net = np.round(g.gamma(2.0, 30.0, rows), 2)
    tax = np.round(net * g.choice([0.0, 0.1, 0.25], rows), 2)
    kilos = np.round(g.normal(70, 12, rows) + 4 * (degree == "none"), 1)
    kilos[g.random(rows) < 0.1] = np.nan
    visit = np.datetime64("2019-03-01") + g.integers(0, 900, rows).astype("timedelta64[D]")
    moment = visit.astype("datetime64[s]") + g.integers(0, 86_400, rows).astype("timedelta64[s]")
    years = visit.astype("datetime64[Y]").astype(int) + 1970
    return pd.DataFrame(
        {
            "city": city,
            "county": pd.Series(city).map(COUNTY),
            "degree": degree,
            "level": pd.Series(degree).map(LEVEL),
            "net": net,
            "tax": tax,
            "total": np.round(net + tax, 2),
            "kilos": kilos,
            "pounds": np.round(2.2046 * kilos, 4),
            "copied": kilos,
            "visit": visit.astype("datetime64[s]"),
            "starts": visit.astype("datetime64[s]"),
            "year": years,
            "moment": moment,
            "seen": moment.astype("datetime64[D]").astype("datetime64[s]"),
            "hour": moment.astype("datetime64[h]").astype(int) % 24,
            "ill": g.random(rows) < 0.2 + 0.3 * (city == "Aa"),
        }
    )


def schema(data: Any = None, rules: tuple[str, ...] = RULES, **wanted: Any) -> Schema:
    """The schema of the table with rules by hand."""
    ruled = prepare(frame() if data is None else data, **wanted).schema
    for text in rules:
        ruled = ruled.add_rule(text)
    return ruled


def fitted(**wanted: Any) -> trimtab.Synthesizer:
    """The table learned with its rules."""
    return trimtab.fit(frame(), schema=schema(outcome="ill"), **wanted)


def _missing(value: Any) -> bool:
    return bool(pd.isna(value))


def _same(one: Any, other: Any) -> bool:
    return _missing(one) or _missing(other) or one == other


def _near(one: float, other: float, slack: float) -> bool:
    return _missing(one) or _missing(other) or abs(one - other) <= slack


def _hand(row: Any) -> dict[str, bool]:
    """Whether one row keeps each rule, by plain Python."""
    visit, moment = pd.Timestamp(row["visit"]), pd.Timestamp(row["moment"])
    given = COUNTY[row["city"]]
    return {
        "county from city": given is None or _same(row["county"], given),
        "level matches degree": _same(row["level"], LEVEL[row["degree"]]),
        "total = net + tax": _near(row["total"], row["net"] + row["tax"], 1e-6),
        "pounds = 2.2046 * kilos": _near(row["pounds"], 2.2046 * row["kilos"], 5.1e-5),
        "copied = kilos": _same(row["copied"], row["kilos"]),
        "starts = visit": _same(row["starts"], row["visit"]),
        "year = year(visit)": _same(row["year"], visit.year),
        "seen = date(moment)": _same(pd.Timestamp(row["seen"]), moment.normalize()),
        "hour = hour(moment)": _same(row["hour"], moment.hour),
    }


def breaches(drawn: pd.DataFrame, keeps: Callable[[Any], dict[str, bool]] = _hand) -> set[str]:
    """The rules that some row breaks, row by row, without any code of the package."""
    rows = drawn.to_dict("records")
    return {text for row in rows for text, kept in keeps(row).items() if not kept}
