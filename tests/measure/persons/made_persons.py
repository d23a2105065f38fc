"""Simulated persons with several rows, whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part
from trimtab.measure.persons import copies, likeness, usefulness
from trimtab.measure.persons.histories import Persons, persons_of
from trimtab.measure.score import Findings
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.table.schema import Column, Kind, Role, Schema

KEY = Key(1)
PARTS = (likeness.PART, usefulness.PART, copies.PART)
KINDS = {
    "patient_id": (Kind.ENTITY, "int64"),
    "sex": (Kind.LABEL, "string"),
    "born": (Kind.NUMBER, "int64"),
    "ill": (Kind.LABEL, "string"),
    "day": (Kind.NUMBER, "int64"),
    "weight": (Kind.NUMBER, "double"),
    "state": (Kind.LABEL, "string"),
}
SCHEMA = Schema(
    columns=tuple(Column(name=n, kind=k, storage=s) for n, (k, s) in KINDS.items()), locked=True
).change("day", role=Role.ORDER)


def people(persons: int, seed: int = 0, most: int = 9) -> pa.Table:
    """Persons of one to `most` rows: a level of their own that weights stray from a little, a state
    that mostly stays, days in order, and an illness that their weights tell of.
    """
    draw = Key(seed).child("people").generator()
    counts = draw.integers(1, most + 1, persons)
    owner = np.repeat(np.arange(persons), counts)
    turn = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    level = draw.normal(0, 1, persons)
    sex = draw.choice(["f", "m"], persons)
    ill = np.where(draw.random(persons) < 1 / (1 + np.exp(-3 * level)), "yes", "no")
    weight = 70 + 10 * level[owner] + 3 * (sex[owner] == "m") + draw.normal(0, 2, len(owner))
    gap = np.where(turn > 0, draw.integers(1, 60, len(owner)), 0)
    upto = np.cumsum(gap)
    day = (
        upto - np.repeat(upto[turn == 0], counts) + np.repeat(draw.integers(0, 50, persons), counts)
    )
    fresh = draw.choice(["a", "b", "c", "d"], len(owner), p=[0.4, 0.3, 0.2, 0.1])
    state = fresh.copy()
    for k in np.flatnonzero((turn > 0) & (draw.random(len(owner)) < 0.7)):
        state[k] = state[k - 1]
    born = draw.integers(1930, 2000, persons)
    return pa.table(
        {
            "patient_id": owner + 1000,
            "sex": sex[owner].tolist(),
            "born": born[owner],
            "ill": ill[owner].tolist(),
            "day": day.astype(np.int64),
            "weight": np.round(weight, 3),
            "state": state.tolist(),
        }
    )


def dealt(table: pa.Table, seed: int = 0) -> pa.Table:
    """The same rows dealt to persons anew, as a table that was made row by row."""
    order = Key(seed).child("dealt").generator().permutation(table.num_rows)
    columns = {n: table[n].take(pa.array(order)) for n in table.column_names}
    return pa.table({**columns, "patient_id": table["patient_id"]})


def shuffled_rows(table: pa.Table, seed: int = 0) -> pa.Table:
    """The same rows of the same persons, as they happen to stand."""
    order = Key(seed).child("shuffled").generator().permutation(table.num_rows)
    return table.take(pa.array(order))


def changed(table: pa.Table, **columns: Sequence[Any]) -> pa.Table:
    """The table with other values in some columns."""
    return pa.table({n: columns.get(n, table[n]) for n in table.column_names})


def beside(real: pa.Table, synthetic: pa.Table, holdout: pa.Table | None = None) -> Comparison:
    """The comparison of tables of persons."""
    return compare(real, synthetic, holdout, schema=SCHEMA)


def judged(comparison: Comparison, parts: Sequence[Part] = PARTS, **asked: Any) -> Scorecard:
    """What some parts of an evaluation find, those on persons if not said; without the rest."""
    settings = Settings(**{"rules": False, **asked})
    evidence = Evidence(comparison, settings, KEY, 50_000)
    findings = Findings()
    for part in parts:
        if part.section in settings.sections:
            findings = sum((step() for step in part.steps(evidence)), findings)
    used = {score.measure for score in findings.scores}
    samples = [comparison.real, comparison.synthetic, comparison.holdout]
    return Scorecard(
        trimtab="0",
        rows={s.name: s.rows for s in samples if s is not None},
        columns=tuple(f.name for f in comparison.features),
        settings=settings,
        scores=findings.scores,
        measures={m.name: m for part in parts for m in part.measures if m.name in used},
        exhibits=findings.exhibits,
        notes=findings.notes,
    )


def found(real: pa.Table, synthetic: pa.Table, holdout: pa.Table | None = None) -> Persons:
    """The persons of tables."""
    persons = persons_of(beside(real, synthetic, holdout), 10**9, KEY)
    assert isinstance(persons, Persons)
    return persons
