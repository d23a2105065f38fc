"""Odd things to draw given: a typed error, or sound draws, whatever walks the trees."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import trimtab
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.synthesis.synthesizer import Synthesizer

pytestmark = pytest.mark.usefixtures("walk")
NAN, INF = float("nan"), float("inf")
BLOCK = {"age": 40, "sex": "f", "stage": "b"}


@cache
def learned() -> Synthesizer:
    g, rows = Key(4).generator(), 400
    age = g.integers(18, 90, rows)
    table = {
        "sex": np.array(["f", "m"])[g.integers(0, 2, rows)],
        "age": age,
        "weight": pa.array(np.round(g.normal(60 + age / 10, 9), 1), mask=g.random(rows) < 0.1),
        "stage": np.array(list("abcd"))[np.minimum(age // 20 - g.integers(0, 2, rows), 3)],
    }
    made: Synthesizer = trimtab.fit(pa.table(table), model="trees", first=["age", "sex"])
    return made


@pytest.mark.parametrize("value", [INF, -INF, 1e300, 2**63, -(2**70)])
@pytest.mark.parametrize("given", [{}, BLOCK])
def test_numbers_that_are_none_are_refused(value: Any, given: dict[str, Any]) -> None:
    name = "weight" if given else "age"
    with pytest.raises(InputError):
        learned().sample(5, where={**given, name: value})


def test_infinite_cells_are_refused() -> None:
    with pytest.raises(InputError, match="infinite"):
        learned().sample(given=pd.DataFrame({"sex": ["f", "m"], "age": [30.0, INF]}))


def test_nan_is_missing_or_a_hole() -> None:
    drawn = learned().sample(30, where={**BLOCK, "weight": NAN}, seed=1)
    assert drawn["weight"].null_count == 30
    rows = pd.DataFrame({"sex": ["f", None, "m"], "age": [30.0, NAN, 50.0], "weight": [NAN] * 3})
    filled = learned().sample(given=rows, seed=1)
    assert filled["age"].null_count == filled["weight"].null_count == 0
    assert filled["age"].to_pylist()[::2] == [30, 50]


@pytest.mark.parametrize(
    "draw",
    [
        lambda made: made.sample(0),
        lambda made: made.sample(-1),
        lambda made: made.sample(given=pd.DataFrame({"sex": [], "age": []})),
        lambda made: made.sample(5, where={"sex": "neither"}),
        lambda made: made.sample(5, where={"sex": []}),
    ],
)
def test_nothing_to_draw(draw: Callable[[Synthesizer], Any]) -> None:
    with pytest.raises(InputError):
        draw(learned())


@pytest.mark.parametrize("rows", [5, 30, 400])
def test_one_class(rows: int) -> None:
    g = Key(rows).generator()
    table = pa.table(
        {"one": ["x"] * rows, "same": np.ones(rows), "size": g.normal(size=rows), "end": [1] * rows}
    )
    drawn = trimtab.fit(table, model="trees", outcome="end").sample(9)
    assert drawn.num_rows == 9 and set(drawn["end"].to_pylist()) <= {1, None}
