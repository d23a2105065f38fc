"""What rows give that no person of a model can have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.interface import FIRST_SET, GIVEN, Condition, Trouble
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.persons.counting import By
from trimtab.model.trees.persons.given import GivenRows
from trimtab.model.trees.persons.people import People


def several_values(given: GivenRows, asked: dict[str, Condition], persons: Int) -> Trouble | None:
    """The first person of whom something differs that each has once.

    asked  what rows give of these columns, as they stand
    """
    for name in given.once:
        condition = asked.get(name)
        if condition is None:
            continue
        known = np.flatnonzero((condition.state == GIVEN) & (condition.value != MISSING))
        own = given.once[name].value[persons[known]]
        wrong = known[condition.value[known] != own]
        if len(wrong):
            what = (
                "differs between the rows given of one person, and each person has it once: give "
                "one value, or a person of its own to each"
            )
            return Trouble(int(persons[wrong].min()), (name,), what)
    return None


def out_of_order(given: GivenRows, people: People) -> Trouble | None:
    """The first person whose moments or totals are none that can follow one another."""
    return next(_out_of_order(given, people), None)


def _out_of_order(given: GivenRows, people: People) -> Iterator[Trouble]:
    for name, column in given.chain.columns.items():
        if column.counting.by is not By.BEFORE:
            continue
        condition, waves = given.conditions[name], column.counting.waves
        known = (condition.state == GIVEN) & (condition.value != MISSING)
        values = np.where(known, condition.value, MISSING)
        if (condition.state >= FIRST_SET).any():
            row = int(np.flatnonzero(condition.state >= FIRST_SET)[0])
            what = "is not given, and a column is that is computed from it: give both, or neither"
            yield Trouble(int(given.person[row]), (name,), what)
        if waves is not None:
            yield from _first(
                given,
                known & ~np.isin(values, waves),
                (name,),
                "has a value that is none of the survey's: give one of those of the table",
            )
        yield from _first(given, known & (values > given.ends[name]), (name,), _falls(column.least))
        if name == given.chain.moment:
            yield from _beyond(given, people, name, np.where(known, values, MISSING))
    yield from _no_room(given)


def _falls(least: int) -> str:
    if least:
        return "does not grow from row to row, as it does within each person: give values that do"
    return "falls from row to row: it never does within a person, so give values that do not"


def _beyond(given: GivenRows, people: People, moment: str, values: Int) -> Iterator[Trouble]:
    """Moments on the other side of what bounds them."""
    for name, distance in people.distances.items():
        own = given.once[name]
        limit = np.where(own.state == GIVEN, own.value, MISSING)[given.person]
        both = (values != MISSING) & (limit != MISSING)
        wrong = both & (distance.sign * (limit - values) < 0)
        where = "after" if distance.sign > 0 else "before"
        yield from _first(
            given, wrong, (moment, name), f"do not go together: no {moment} comes {where} {name}"
        )


def _no_room(given: GivenRows) -> Iterator[Trouble]:
    """Rows that have to follow the last one that is possible."""
    for name, column in given.chain.columns.items():
        if not column.least:
            continue
        condition = given.conditions[name]
        known = (condition.state == GIVEN) & (condition.value != MISSING)
        before = np.r_[False, known[:-1] & (given.person[1:] == given.person[:-1])]
        end, waves = np.full(len(given.person), FARTHEST), column.counting.waves
        if waves is not None:
            end = np.minimum(end, waves[-1])
        elif not isinstance(column.grid, NumberGrid):
            end = np.minimum(end, len(column.grid.rows) - 1)
        for bound in given.chain.bounds if name == given.chain.moment else ():
            own = given.once[bound]
            limit = np.where((own.state == GIVEN) & (own.value != MISSING), own.value, FARTHEST)
            end = np.minimum(end, limit[given.person])
        last = np.r_[0, condition.value[:-1]]
        room = column.counting.steps(end, np.where(before, last, end))
        wrong = before & ~known & (room < column.least)
        what = (
            "leaves no room for another row: each has a later one than the row before, and one "
            "given is the last that there can be. Leave out the rows after it"
        )
        yield from _first(given, wrong, (name,), what)


def _first(given: GivenRows, wrong: Bool, columns: tuple[str, ...], what: str) -> Iterator[Trouble]:
    rows = np.flatnonzero(wrong)
    if len(rows):
        yield Trouble(int(given.person[rows[0]]), columns, what)
