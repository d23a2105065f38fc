"""A table of dates and numbers that come in order, with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trimtab._random import Key

ROWS = 800
DATES = ("born <= seen <= died", "low < high")


def frame(rows: int = ROWS, seed: int = 4) -> pd.DataFrame:
    g = Key(seed).child("gaps").generator()
    seen = np.datetime64("2015-01-01") + g.integers(0, 1500, rows).astype("timedelta64[D]")
    ill = g.random(rows) < 0.3
    age = (g.gamma(3.0, 500, rows) + 2000 * ill).astype(int)
    rest = np.where(g.random(rows) < 0.4, 0, g.gamma(2.0, 90, rows).astype(int))
    died = pd.Series((seen + rest.astype("timedelta64[D]")).astype("datetime64[s]"))
    low = g.integers(0, 60, rows)
    return pd.DataFrame(
        {
            "died": died.mask(g.random(rows) < 0.5),
            "seen": seen.astype("datetime64[s]"),
            "born": (seen - age.astype("timedelta64[D]")).astype("datetime64[s]"),
            "low": low,
            "high": low + 1 + g.integers(0, 40, rows) * (1 + ill),
            "ill": ill,
        }
    )


def dated(data: pd.DataFrame) -> pd.DataFrame:
    """The table with days, and not moments."""
    days = {n: data[n].map(lambda v: None if pd.isna(v) else pd.Timestamp(v).date()) for n in NAMES}
    return data.assign(**days)


NAMES = ("died", "seen", "born")


def in_order(drawn: pd.DataFrame) -> bool:
    """By hand: row by row."""
    return all(
        row.born <= row.seen and (pd.isna(row.died) or row.seen <= row.died) and row.low < row.high
        for row in drawn.itertuples()
    )
