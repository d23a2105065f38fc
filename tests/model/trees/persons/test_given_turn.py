"""How probable a given cell is, against how often the same model draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import trimtab
from tests.model.trees.persons.panels import TOWNS, visits
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.model.interface import GIVEN, Condition, Request
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.persons.chain import RowColumn, Turn
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
    codes: Mapping[str, np.ndarray]

    def of_row(self, row: int, times: int) -> tuple[TurnBefore, Told, dict[str, np.ndarray]]:
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
            {n: np.full(times, FARTHEST) for n in ("visit", "spent")},
        )
        told = self.told[0][at], self.told[1][at]
        return again, told, {n: c[at] for n, c in self.codes.items()}


@pytest.fixture(scope="module")
def model() -> Persons:
    ruled = prepare(visits()).schema.add_rule("town, side occur together")
    learned = trimtab.fit(visits(), schema=ruled, model="persons").learned
    assert isinstance(learned.codec.columns["town"], LabelCodec)
    assert isinstance(learned.model, Persons) and learned.model.masks is not None
    return learned.model


@pytest.fixture(scope="module")
def seen(model: Persons) -> dict[str, Seen]:
    """The columns of the second rows of forty persons."""
    found: dict[str, Seen] = {}
    plain = Turn.cells

    def watched(self: Turn, name: str, column: RowColumn, told: Told, codes: Any) -> Any:
        if self.turn == 1:
            found[name] = Seen(self, column, told, dict(codes))
        return plain(self, name, column, told, codes)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Turn, "cells", watched)
        persons, _ = model.fill_persons(Request(40, {}), 0, Key(1))
        model.fill_rows(persons, np.full(40, 3), 0, Key(1))
    return found


def told_of(seen: Seen, name: str, row: int, candidates: np.ndarray) -> np.ndarray:
    """The probability of each of some codes in one row."""
    turn, told, codes = seen.of_row(row, len(candidates))
    logs = np.zeros(len(candidates))
    given = Condition(candidates, np.full(len(candidates), GIVEN))
    weighing = GivenTurn(
        **vars(turn), conditions={name: given}, several=np.ones(len(logs), bool), logs=logs
    )
    weighing.cells(name, seen.column, told, codes)
    return np.exp(logs)


@pytest.mark.parametrize("name", ["job", "town", "score", "spent"])
@pytest.mark.parametrize("row", [0, 7, 23])
def test_cells_are_as_probable_as_they_are_drawn(
    seen: dict[str, Seen], name: str, row: int
) -> None:
    turn, told, codes = seen[name].of_row(row, TIMES)
    drawn, _ = turn.cells(name, seen[name].column, told, codes)
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
