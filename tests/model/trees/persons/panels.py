"""Simulated persons with several rows each, of which the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

import trimtab
from trimtab._random import Key
from trimtab.table.prepare import prepare

RULES = ("town, side occur together", "bill <= visit")  # that visits keep
TOWNS = {"n": {"n1", "n2"}, "s": {"s1", "s2", "s3"}}


def visits(persons: int = 150, seed: int = 1) -> pd.DataFrame:
    """Persons of two sexes with a level of their own, who come some times until they leave.

    level   of a person: high for those of town n
    score   near the level, with a little noise
    job     mostly as before
    spent   a total that only grows
    bill    a date some days before the visit
    """
    g = Key(seed).child("visits").generator()
    rows = []
    for who in range(persons):
        sex, side = g.choice(["f", "m"]), g.choice(["n", "s"], p=[0.4, 0.6])
        born = np.datetime64("1940-01-01") + int(g.integers(0, 20_000))
        level = g.normal(60 if side == "n" else 40, 8)
        day = np.datetime64("2015-01-01") + int(g.integers(0, 800))
        many, spent = int(1 + g.poisson(3)), 0.0
        steps = g.choice([0, 30, 60, 200], many, p=[0.2, 0.3, 0.3, 0.2]).astype(int)
        last = day + int(steps.sum()) + int(g.integers(0, 100))
        job = g.choice(["a", "b", "c", "d"])
        for k in range(many):
            day = day + (int(steps[k]) if k else 0)
            job = job if g.random() < 0.8 else g.choice(["a", "b", "c", "d"])
            spent += float(g.integers(5, 50))
            rows.append(
                {
                    "visit": day,
                    "patient_id": 7000 + 3 * who,
                    "sex": sex,
                    "side": side,
                    "born": born,
                    "last": last,
                    "town": g.choice(sorted(TOWNS[side])),
                    "job": job,
                    "score": round(float(level + g.normal(0, 2)), 1) if g.random() > 0.1 else None,
                    "spent": spent,
                    "bill": day - int(g.integers(1, 20)),
                }
            )
    data = pd.DataFrame(rows).sample(frac=1, random_state=seed).reset_index(drop=True)
    dates = ("visit", "born", "last", "bill")
    return data.astype(dict.fromkeys(dates, "datetime64[s]"))


def learned_visits() -> trimtab.Synthesizer:
    """A model of the persons, held to the rules."""
    ruled = prepare(visits()).schema
    for rule in RULES:
        ruled = ruled.add_rule(rule)
    return trimtab.fit(visits(), schema=ruled, model="persons")


def survey(persons: int = 120, seed: int = 2) -> pd.DataFrame:
    """Persons who are asked in four years, some of them not in all."""
    g = Key(seed).child("survey").generator()
    rows = []
    for who in range(persons):
        born, years = int(g.integers(1950, 1990)), np.array([2001, 2003, 2004, 2008])
        kept = years[np.sort(g.choice(4, int(g.integers(2, 5)), replace=False))]
        rows += [
            {"who": 40 + who, "year": y, "born": born, "pay": int(g.gamma(4, 500))} for y in kept
        ]
    return pd.DataFrame(rows)


KINDS = {"weight": (70.0, 10.0, 1), "pulse": (300.0, 30.0, 0), "heat": (36.8, 0.3, 2)}


def measurements(persons: int = 150, seed: int = 3) -> pd.DataFrame:
    """Persons of whom one of three things is measured at a time: how far each lies from what is
    usual is a person's own, and lasts; and once in a while nothing comes out."""
    g = Key(seed).child("measurements").generator()
    rows = []
    for who in range(persons):
        usual, sex, own = (
            g.normal(0, 0.6),
            g.choice(["f", "m"]),
            {k: g.normal(0, 0.6) for k in KINDS},
        )
        day = np.datetime64("2020-01-01") + int(g.integers(0, 300))
        for _ in range(int(2 + g.poisson(6))):
            day = day + int(g.integers(1, 60))
            what = g.choice([*KINDS])
            middle, spread, digits = KINDS[what]
            value = round(middle + spread * (usual + own[what] + g.normal(0, 0.5)), digits)
            seen = value if g.random() > 0.05 else None
            row = {"patient_id": 900 + who, "sex": sex, "day": day, "what": what, "value": seen}
            rows.append(row)
    return pd.DataFrame(rows).astype({"day": "datetime64[s]"})
