"""What is pointed out before anything is learned: indices, names, births, rare values."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab.errors import TableWarning
from trimtab.table.emptied import emptied, emptied_columns
from trimtab.table.files import read
from trimtab.table.pointed_out import pointed_out, repeated_rows

N = 120
DRAW = np.random.default_rng(3)
AMOUNTS = DRAW.normal(100, 30, N).round(2)


def test_columns_that_a_careful_user_would_look_at() -> None:
    table = read(
        pa.table(
            {
                "nr": list(range(1, N + 1)),
                "first_name": [f"N{chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(N)],
                "Geburtsdatum": [dt.date(1950, 1, 1) + dt.timedelta(days=97 * k) for k in range(N)],
                "amount": AMOUNTS,
            }
        )
    )
    told = pointed_out(table)
    assert [line.split()[0] for line in told] == ["nr", "first_name", "Geburtsdatum"]
    assert "quasi-identifier" in table.schema["Geburtsdatum"].flags
    assert pointed_out(read(pa.table({"amount": AMOUNTS, "sex": ["m", "f"] * (N // 2)}))) == ()


def test_a_first_column_that_only_rises() -> None:
    rising = np.cumsum(DRAW.integers(1, 9, N))
    told = pointed_out(read(pa.table({"n": rising, "amount": AMOUNTS})))
    assert len(told) == 1 and "rises from row to row" in told[0]
    assert pointed_out(read(pa.table({"amount": AMOUNTS, "n": rising}))) == ()


def test_rows_that_repeat() -> None:
    other = DRAW.normal(5, 1, N).round(3)
    columns = {"amount": [*AMOUNTS, *AMOUNTS[:7]], "other": [*other, *other[:7]]}
    table = read(pa.table(columns))
    assert repeated_rows(table) == 7
    assert "7 of 127 rows repeat" in pointed_out(table)[0]
    few = read(pa.table({"sex": ["m", "f"] * 40, "x": ["a", "b", "c", "d"] * 20}))
    assert repeated_rows(few) == 0  # such rows are equal by chance


def of_rare(columns: int) -> pa.Table:
    """A table with columns whose labels two rows share."""
    rare = {f"code {k}": [f"v{(j + k) // 2}x" for j in range(N)] for k in range(columns)}
    return pa.table({**rare, "amount": AMOUNTS, "sex": ["m", "f"] * (N // 2)})


def test_columns_that_would_come_out_rare_are_said() -> None:
    table = read(of_rare(3))
    found = emptied_columns(table, 5)
    assert [(e.column.name, e.share) for e in found] == [(f"code {k}", 1.0) for k in range(3)]
    assert emptied_columns(table, 2) == ()
    assert emptied(table, 5, ["code 0", "code 1"])[0].startswith("code 2 would come out 100%")
    many = emptied(read(of_rare(41)), 5)
    assert len(many) == 6 and many[-1].startswith("... and 36 more columns")


def test_a_verb_warns_before_it_works() -> None:
    phases: list[str] = []
    with pytest.warns(TableWarning, match="code 0 would come out 100%") as caught:
        trimtab.fit(of_rare(1), model="trees", progress=lambda phase, *_: phases.append(phase))
        assert phases
    assert caught[0].filename == __file__
    with pytest.warns(TableWarning, match="code 0"):
        trimtab.balance(of_rare(1), ["sex"], model="trees", rules=False)
