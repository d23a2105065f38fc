"""A table that keeps a rule of every kind that a chain is held to, and a check of it by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from trimtab._random import Key
from trimtab.table.prepare import prepare
from trimtab.table.schema import Schema

COUNTIES = {"p": {"1", "2"}, "q": {"2", "3", "4"}, "r": {"5", "6"}}
SPANS = {"pulse": (50, 110), "steps": (400, 9000), "sleep": (3, 11)}
RULES = (
    "area, zip occur together",
    "amount within test",
    "part multiple of 5",
    "one of red, green, blue",
    "at most one of north, south",
    "yyyy, mm, dd make a date",
    "grade in ('A', 'B', 'C')",
    "cause missing exactly where ill = 'no'",
    "rate >= 2",
    "born <= visit <= gone",
    "least < most",
    "same = first where ill = 'yes'",
    "total = net + tax where grade = 'A'",
    "grade != 'C' where ill = 'yes'",
    "dose present where ill = 'yes'",
    "dose <= 40 where grade = 'B'",
)


def frame(rows: int = 1000, seed: int = 5) -> pd.DataFrame:
    g = Key(seed).child("masked").generator()
    area = g.choice([*COUNTIES], rows)
    zips = [g.choice(sorted(COUNTIES[a])) for a in area]
    test = g.choice([*SPANS], rows)
    span = np.array([SPANS[t] for t in test])
    amount = np.round(span[:, 0] + (span[:, 1] - span[:, 0]) * g.random(rows))
    colour, side = g.integers(0, 3, rows), g.integers(0, 3, rows)
    day = np.datetime64("2019-01-01") + g.integers(0, 1500, rows).astype("timedelta64[D]")
    ill = np.where(g.random(rows) < 0.4, "yes", "no")
    grade = np.where(ill == "yes", g.choice(["A", "B"], rows), g.choice(["A", "B", "C"], rows))
    born = np.datetime64("1950-01-01") + g.integers(0, 15000, rows).astype("timedelta64[D]")
    visit = born + g.integers(0, 9000, rows).astype("timedelta64[D]")
    gone = visit + g.integers(0, 4000, rows).astype("timedelta64[D]")
    first = g.integers(0, 300, rows)
    net, tax = g.integers(1, 90, rows), g.integers(0, 20, rows)
    dose = g.integers(0, 90, rows).astype(float)
    dose = np.where(grade == "B", np.minimum(dose, 40), dose)
    dose[(ill == "no") & (g.random(rows) < 0.4)] = np.nan
    low = g.integers(0, 200, rows)
    date = pd.DatetimeIndex(day)
    columns: dict[str, Any] = {
        "area": area,
        "zip": pd.Series(zips, dtype=str),
        "test": test,
        "amount": amount,
        "part": 5 * g.integers(0, 12, rows),
        **{n: (colour == i).astype(int) for i, n in enumerate(("red", "green", "blue"))},
        **{n: (side == i).astype(int) for i, n in enumerate(("north", "south"))},
        "yyyy": date.year,
        "mm": date.month,
        "dd": date.day,
        "ill": ill,
        "grade": grade,
        "cause": np.where(ill == "yes", g.choice(["flu", "fall", "burn"], rows), None),
        "rate": g.integers(2, 30, rows),
        "born": born.astype("datetime64[s]"),
        "visit": visit.astype("datetime64[s]"),
        "gone": pd.Series(gone.astype("datetime64[s]")).where(g.random(rows) < 0.5),
        "least": low,
        "most": low + g.integers(1, 100, rows),
        "first": first,
        "same": np.where(ill == "yes", first, g.integers(0, 300, rows)),
        "net": net,
        "tax": tax,
        "total": np.where(grade == "A", net + tax, g.integers(1, 110, rows)),
        "dose": dose,
    }
    return pd.DataFrame(columns)


def schema(data: pd.DataFrame | None = None, rules: tuple[str, ...] = RULES, **w: Any) -> Schema:
    """The schema of the table with rules by hand."""
    ruled = prepare(frame() if data is None else data, **w).schema
    for text in rules:
        ruled = ruled.add_rule(text)
    return ruled


def _date(row: Any) -> bool:
    try:
        pd.Timestamp(year=int(row["yyyy"]), month=int(row["mm"]), day=int(row["dd"]))
    except ValueError:
        return False
    return True


def _ordered(*values: Any, strict: bool = False) -> bool:
    known = [v for v in values if not pd.isna(v)]
    return all(a < b if strict else a <= b for a, b in pairwise(known))


def _hand(row: Any) -> dict[str, bool]:
    """Whether one row keeps each rule, by plain Python."""
    away = {n for n, v in row.items() if pd.isna(v)}
    ill, grade = row["ill"] == "yes", row["grade"]
    low, high = SPANS[row["test"]]
    slack = 0.1 * (high - low)
    found = (
        str(row["zip"]) in COUNTIES[row["area"]],
        low - slack <= row["amount"] <= high + slack,
        row["part"] % 5 == 0,
        row["red"] + row["green"] + row["blue"] == 1,
        row["north"] + row["south"] <= 1,
        _date(row),
        grade in ("A", "B", "C"),
        ("cause" in away) == (not ill),
        row["rate"] >= 2,
        _ordered(row["born"], row["visit"], row["gone"]),
        _ordered(row["least"], row["most"], strict=True),
        not ill or row["same"] == row["first"],
        grade != "A" or row["total"] == row["net"] + row["tax"],
        grade != "C" or not ill,
        "dose" not in away or not ill,
        grade != "B" or "dose" in away or row["dose"] <= 40,
    )
    return dict(zip(RULES, found, strict=True))


def breaches(drawn: pd.DataFrame) -> dict[str, int]:
    """How many rows break each rule, those that any breaks; without any code of the package."""
    rows = drawn.to_dict("records")
    found: dict[str, int] = dict.fromkeys(RULES, 0)
    for row in rows:
        for text, kept in _hand(row).items():
            found[text] += not kept
    return {text: many for text, many in found.items() if many}
