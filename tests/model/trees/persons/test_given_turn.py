"""How probable a given cell is, against how often the same model draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import trimtab
from tests.model.trees.persons.panels import TOWNS, measurements, visits
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.intervals import Intervals
from trimtab.model.interface import FIRST_SET, GIVEN, PRESENT, Condition, Request
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.persons.chain import Drawn, Turn
from trimtab.model.trees.persons.columns import RowColumn
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.given_turn import GivenTurn, TurnBefore
from trimtab.model.trees.persons.model import Persons
from trimtab.table.prepare import prepare

TIMES = 6_000
NEAR = 0.03  # of probabilities up to some code


@dataclass(frozen=True)
class Seen:
    """A column of second rows, as it was asked to be drawn."""

    turn: Turn
    column: RowColumn
    told: Told
    drawn: Drawn

    def of_row(self, row: int, times: int) -> tuple[TurnBefore, Told, Drawn]:
        """One of the rows, so many times, with other uniforms each."""
        at, turn = np.full(times, row), self.turn
        key = Key(4)
        again = TurnBefore(
            turn.chain,
            turn.turn,
            np.arange(times),
            {n: c[at] for n, c in turn.persons.items()},
            turn.counts[at],
            {n: c[at] for n, c in turn.before.items()},
            lambda name, purpose: key.child(name, purpose).uniforms(0, times),
            turn.masks,
            {n: np.full(times, FARTHEST) for n in ("visit", "spent", "day")},
        )
        told = self.told[0][at], self.told[1][at]
        return again, told, self.drawn.of_rows(at)


@pytest.fixture(scope="module")
def model() -> Persons:
    ruled = prepare(visits()).schema.add_rule("town, side occur together")
    learned = trimtab.fit(visits(), schema=ruled, model="persons").learned
    assert isinstance(learned.codec.columns["town"], LabelCodec)
    assert isinstance(learned.model, Persons) and learned.model.masks is not None
    return learned.model


@pytest.fixture(scope="module")
def seen(model: Persons) -> dict[str, Seen]:
    return second_rows(model)


def second_rows(model: Persons) -> dict[str, Seen]:
    """The columns of the second rows of forty persons."""
    found: dict[str, Seen] = {}
    plain = Turn.cells

    def watched(self: Turn, name: str, column: RowColumn, told: Told, drawn: Drawn) -> Any:
        if self.turn == 1:
            found[name] = Seen(self, column, told, drawn.of_rows(np.arange(len(self.who))))
        return plain(self, name, column, told, drawn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Turn, "cells", watched)
        persons, _ = model.fill_persons(Request(40, {}), 0, Key(1))
        model.fill_rows(persons, np.full(40, 3), 0, Key(1))
    return found


def told_of(seen: Seen, name: str, row: int, candidates: np.ndarray) -> np.ndarray:
    """The probability of each of some codes in one row."""
    turn, told, drawn = seen.of_row(row, len(candidates))
    logs = np.zeros(len(candidates))
    given = Condition(candidates, np.full(len(candidates), GIVEN))
    weighing = GivenTurn(
        **vars(turn), conditions={name: given}, several=np.ones(len(logs), bool), logs=logs
    )
    weighing.cells(name, seen.column, told, drawn)
    return np.exp(logs)


@pytest.mark.parametrize("name", ["job", "town", "score", "spent"])
@pytest.mark.parametrize("row", [0, 7, 23])
def test_cells_are_as_probable_as_they_are_drawn(
    seen: dict[str, Seen], name: str, row: int
) -> None:
    turn, told, before = seen[name].of_row(row, TIMES)
    drawn, _ = turn.cells(name, seen[name].column, told, before)
    values = drawn[drawn != MISSING]
    candidates = np.arange(values.min(), values.max() + 1)
    if name in ("job", "town"):
        candidates = np.arange(len(seen[name].column.grid.sizes))
    if name == "spent":  # what lies between its elements is never drawn
        candidates = np.unique(values)
    candidates = np.r_[MISSING, candidates] if name == "score" else candidates
    probabilities = told_of(seen[name], name, row, candidates)
    if name == "town":  # what a rule forbids has next to none
        assert probabilities.min() < 1e-20 and len(TOWNS["n"]) < len(candidates)
    assert abs(probabilities.sum() - 1) < NEAR
    upto = np.cumsum(probabilities)
    counted = np.searchsorted(np.sort(drawn), candidates, "right") / TIMES
    assert np.abs(upto - counted).max() < NEAR
    assert np.ptp(upto) > 0.05 or probabilities.max() > 0.9


@pytest.fixture(scope="module")
def measured() -> Seen:
    """A number that is counted among those of its kind."""
    learned = trimtab.fit(measurements(), model="persons", rules=False).learned
    assert isinstance(learned.model, Persons)
    found = second_rows(learned.model)["value"]
    assert found.column.kinds is not None
    return found


@pytest.mark.stress
@pytest.mark.parametrize("row", [0, 7, 23, 31])
def test_numbers_of_a_kind_are_as_probable_as_they_are_drawn(measured: Seen, row: int) -> None:
    turn, told, before = measured.of_row(row, TIMES)
    drawn, _ = turn.cells("value", measured.column, told, before)
    values = drawn[drawn != MISSING]
    candidates = np.r_[MISSING, np.arange(values.min() - 50, values.max() + 51)]
    probabilities = told_of(measured, "value", row, candidates)
    assert 5 / 6 < probabilities.sum() < 1 + NEAR
    counted = np.searchsorted(np.sort(drawn), candidates, "right") / TIMES
    apart = np.abs(np.cumsum(probabilities) / probabilities.sum() - counted)
    assert apart[candidates % 100 == 50].max() < NEAR  # between those that pulses are rounded to


@pytest.mark.parametrize("row", [0, 7])
def test_numbers_of_a_kind_come_out_as_they_are_asked(measured: Seen, row: int) -> None:
    """A value, or one of a range: as those among free draws, and as probable as these are."""
    turn, told, before = measured.of_row(row, TIMES)
    free, _ = turn.cells("value", measured.column, told, before)
    low, high = np.quantile(free[free != MISSING], [0.3, 0.8]).astype(int)
    within = Intervals(np.array([low]), np.array([high]))
    for state, sets in ((PRESENT, ()), (FIRST_SET, (within,))):
        asked = Condition(np.zeros(TIMES, np.int64), np.full(TIMES, state), sets)
        logs = np.zeros(TIMES)
        several = np.ones(TIMES, bool)
        weighing = GivenTurn(**vars(turn), conditions={"value": asked}, several=several, logs=logs)
        drawn, _ = weighing.cells("value", measured.column, told, before)
        assert (drawn != MISSING).all()
        wanted = free[(free != MISSING) & ((state == PRESENT) | ((free >= low) & (free <= high)))]
        if state == FIRST_SET:
            assert (drawn >= low).all() and (drawn <= high).all()
            assert abs(np.exp(logs).mean() - len(wanted) / TIMES) < NEAR
        assert abs(np.median(drawn) - np.median(wanted)) <= 0.1 * np.ptp(wanted)
