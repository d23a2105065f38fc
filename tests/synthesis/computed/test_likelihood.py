"""Masses and conditionals of a model with computed columns, against brute force."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.synthesis.computed.ruled_tables import frame, schema
from trimtab._random import Key
from trimtab.errors import RefusedError
from trimtab.synthesis.likelihood import log_prob
from trimtab.table.files import read

ROWS = 400
VALUES: dict[str, list[Any]] = {
    "city": ["a", "b", "c"],
    "county": ["x", "y"],
    "small": [0, 1, None],
    "double": [0, 2, None],
    "flag": [False, True],
}


def tiny() -> pd.DataFrame:
    g = Key(8).generator()
    city = g.choice(["a", "b", "c"], ROWS)
    small = np.where(g.random(ROWS) < 0.2, np.nan, g.random(ROWS) < 0.3 + 0.3 * (city == "a"))
    return pd.DataFrame(
        {
            "city": city,
            "county": np.where(city == "c", "y", "x"),
            "small": pd.array(small, "Int64"),
            "double": pd.array(2 * small, "Int64"),
            "flag": g.random(ROWS) < 0.2 + 0.4 * (city == "b"),
        }
    )


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    ruled = schema(tiny(), ("county from city", "double = 2 * small"), outcome="flag")
    return trimtab.fit(tiny(), schema=ruled, model="trees")


@pytest.fixture(scope="module")
def masses(made: trimtab.Synthesizer) -> pd.DataFrame:
    """Every row that there can be, and how probable it is."""
    rows = pd.DataFrame(list(product(*VALUES.values())), columns=list(VALUES))
    rows = rows.astype({"small": "Int64", "double": "Int64"})
    table = read(rows, made.schema.model_copy(update={"locked": True, "rules": None}))
    return rows.assign(mass=np.exp(log_prob(made.learned, table)))


def test_masses_sum_to_one(made: trimtab.Synthesizer, masses: pd.DataFrame) -> None:
    assert set(made.learned.beside.computed) == {"county", "double"}
    assert masses.mass.sum() == pytest.approx(1, abs=1e-6)
    off = masses.county != np.where(masses.city == "c", "y", "x")
    assert (masses.mass[off] == 0).all() and (masses.mass[~off] > 0).any()


def test_draws_have_these_masses(made: trimtab.Synthesizer, masses: pd.DataFrame) -> None:
    drawn = _told(made.sample(40_000, seed=3))
    names = list(VALUES)
    shares = drawn.value_counts(names, normalize=True)
    wanted = _told(masses).set_index(names).mass.astype(float)
    assert (wanted - shares.reindex(wanted.index).fillna(0.0)).abs().max() < 0.01


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a word for what is missing."""
    return rows.astype(object).where(rows.notna(), "none")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"city": "a"}, "county"),
        ({"county": "x"}, "city"),
        ({"county": "x"}, "small"),
        ({"county": "x"}, "flag"),
        ({"county": "x", "small": 1}, "flag"),
        ({}, "county"),
        ({"small": 1}, "county"),
        ({"double": 2}, "small"),
        ({"double": 2}, "county"),
        ({"double": None, "county": "x"}, "city"),
        ({"small": 1}, "double"),
        ({"county": "x", "city": "b"}, "flag"),
    ],
)
def test_conditionals_are_those_of_brute_force(
    made: trimtab.Synthesizer, masses: pd.DataFrame, row: dict[str, Any], column: str
) -> None:
    inside = np.ones(len(masses), bool)
    for name, value in row.items():
        inside &= np.asarray(_told(masses)[name] == ("none" if value is None else value))
    left = _told(masses)[inside]
    wanted = left.mass.astype(float).groupby(left[column]).sum()
    wanted /= wanted.sum()
    told = made.conditional(row, column).values
    found = pd.Series({("none" if v is None else v): p for v, p in told.items()})
    off = wanted.sub(found.reindex(wanted.index).fillna(0.0)).abs().max()
    # What is not given in between is drawn, and the answers averaged.
    assert off < (0.02 if column == "flag" and "small" not in row else 1e-6)


def test_a_sum_is_not_told_without_its_terms() -> None:
    ruled = schema(outcome="ill")
    synthesizer = trimtab.fit(frame(), schema=ruled, model="trees")
    with pytest.raises(RefusedError, match=r"total = net \+ tax.*net, tax are given"):
        synthesizer.conditional({}, "total")
    told = synthesizer.conditional({"city": "Ff"}, "county")
    assert told.values[None] == 1 and sum(told.values.values()) == 1
    assert synthesizer.conditional({"degree": "none"}, "level").values[1] == 1
    level = synthesizer.conditional({"city": "Aa"}, "level").values
    assert sum(level.values()) == pytest.approx(1) and set(level) == {1, 9, 13, 14}
