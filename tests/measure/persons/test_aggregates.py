"""Persons as rows, and rows beside the rows before them: against what is counted by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.measure.persons.made_persons import changed, found, people
from trimtab.measure.persons.aggregates import as_rows, with_rows_before

WHOLE = people(40)
GAPPY = changed(
    WHOLE,
    weight=[None if k % 4 == 0 else v for k, v in enumerate(WHOLE["weight"].to_pylist())],
    state=[None if k % 6 == 0 else v for k, v in enumerate(WHOLE["state"].to_pylist())],
)


def by_hand(table: pa.Table) -> list[list[dict[str, Any]]]:
    rows = defaultdict(list)
    for row in table.to_pylist():
        rows[row["patient_id"]].append(row)
    return [sorted(own, key=lambda r: r["day"]) for own in rows.values()]


@pytest.mark.parametrize("table", [WHOLE, GAPPY])
def test_a_person_is_told_as_by_hand(table: pa.Table) -> None:
    persons = found(table, table)
    features, sample = as_rows(persons, persons.real)
    labels = next(f for f in persons.features if f.name == "state").labels
    wanted = defaultdict(list)
    for own in by_hand(table):
        weights = [r["weight"] for r in own if r["weight"] is not None]
        states = [r["state"] for r in own]
        gaps = [b["day"] - a["day"] for a, b in pairwise(own)]
        wanted["number of rows"].append(len(own))
        wanted["born"].append(own[0]["born"])
        wanted["weight, mean"].append(np.mean(weights) if weights else np.nan)
        wanted["weight, spread"].append(np.std(weights) if len(weights) > 1 else np.nan)
        wanted["weight, least"].append(min(weights, default=np.nan))
        wanted["weight, most"].append(max(weights, default=np.nan))
        last = own[-1]["weight"]
        wanted["weight, last"].append(np.nan if last is None else last)
        wanted["weight, values"].append(len({r["weight"] for r in own}))
        wanted["time between rows, mean"].append(np.mean(gaps) if gaps else np.nan)
        wanted["time between rows, most"].append(max(gaps, default=np.nan))
        stays = [a == b for a, b in pairwise(states)]
        wanted["state, stays"].append(np.mean(stays) if stays else np.nan)
        wanted["state, values"].append(len(set(states)))
        wanted[f"state = {labels[1]}"].append(states.count(labels[1]) / len(own))
        wanted["state, missing"].append(states.count(None) / len(own))
    for name, column in wanted.items():
        np.testing.assert_allclose(sample.values[name], column, err_msg=name)
    usual = [None if c < 0 else labels[c] for c in sample.values["state, usual"]]
    for state, own in zip(usual, by_hand(table), strict=True):
        counts = Counter(r["state"] for r in own)
        assert counts[state] == max(counts.values())
    assert {f.name for f in features} == set(sample.values)


def test_a_row_stands_beside_the_one_before() -> None:
    persons = found(GAPPY, GAPPY)
    _, sample = with_rows_before(persons, persons.real)
    pairs = [(a, b) for own in by_hand(GAPPY) for a, b in pairwise(own)]
    for name in ("weight", "day"):
        for column, side in ((name, 1), (f"{name}, row before", 0)):
            wanted = [np.nan if p[side][name] is None else p[side][name] for p in pairs]
            np.testing.assert_allclose(sample.values[column], wanted)
    left = [len(own) - 2 - k for own in by_hand(GAPPY) for k in range(len(own) - 1)]
    np.testing.assert_array_equal(sample.values["rows left"], left)
    gaps = [b["day"] - a["day"] for a, b in pairs]
    np.testing.assert_array_equal(sample.values["time since the row before"], gaps)
    assert sample.people is not None
    assert len(np.unique(sample.people)) == persons.real.several


def test_what_tells_the_next_row_is_known_before_it() -> None:
    persons = found(WHOLE, WHOLE)
    features, sample = with_rows_before(persons, persons.real, now=False)
    names = {f.name for f in features}
    assert {"sex", "born", "ill", "weight, row before", "rows before"} <= names
    assert not names & {"weight", "state", "day", "rows left", "time since the row before"}
    assert set(sample.values) == names
