"""The small protocols that every model keeps, and what is asked of it in codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.codec.domain import Codes
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.intervals import Allowed
from trimtab.model.masks.masks import Masks


@dataclass(frozen=True)
class Condition:
    """What some rows say of one column, in codes.

    value  [rows] the code where `state` is GIVEN
    state  [rows] HOLE, GIVEN, PRESENT (a hole that must not come out missing), or FIRST_SET + i
           where the code must be in `sets[i]`: codes of a label, or ranges of a number's
    """

    value: Int
    state: Int
    sets: tuple[Allowed, ...] = ()

    @classmethod
    def holes(cls, rows: int) -> Condition:
        """That nothing is said."""
        nothing = np.zeros(rows, np.int64)
        return cls(nothing, nothing)

    def part(self, start: int, stop: int) -> Condition:
        """The same for rows start..stop-1."""
        return Condition(self.value[start:stop], self.state[start:stop], self.sets)

    def of_rows(self, rows: Int) -> Condition:
        """The same for some rows."""
        return Condition(self.value[rows], self.state[rows], self.sets)


HOLE, GIVEN, PRESENT, FIRST_SET = 0, 1, 2, 3
Stream = Callable[[str], Float]  # purpose -> one uniform a row


def stream_of_rows(stream: Stream, rows: Int | Bool, name: str = "") -> Stream:
    """The uniforms of some rows; those of purposes under a name, if there is one."""
    return lambda purpose: stream(f"{name} {purpose}" if name else purpose)[rows]


@dataclass(frozen=True)
class Request:
    """Rows with holes, in codes. Columns without a condition are holes throughout."""

    rows: int
    conditions: Mapping[str, Condition]

    def part(self, start: int, stop: int) -> Request:
        """Rows start..stop-1."""
        parts = {n: c.part(start, stop) for n, c in self.conditions.items()}
        return Request(stop - start, parts)

    def of_rows(self, rows: Int) -> Request:
        """Some of the rows, as often as they are named."""
        return Request(len(rows), {n: c.of_rows(rows) for n, c in self.conditions.items()})

    def patterns(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """The distinct pairs (columns given, columns under a set) among the rows.

        A PRESENT hole counts as a hole: every model fills it, so there is nothing to refuse.
        """
        names = list(self.conditions)
        if not names:
            return [(frozenset(), frozenset())]
        states = np.stack([np.minimum(self.conditions[n].state, FIRST_SET) for n in names], axis=1)
        states[states == PRESENT] = HOLE
        return [
            (
                frozenset(n for n, s in zip(names, row, strict=True) if s == GIVEN),
                frozenset(n for n, s in zip(names, row, strict=True) if s == FIRST_SET),
            )
            for row in np.unique(states, axis=0)
        ]


@runtime_checkable
class Filler(Protocol):
    """A model that fills holes."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it knows, in the order it draws them."""
        ...

    @property
    def conditions(self) -> str:
        """What can be given, in words."""
        ...

    def refusal(self, given: frozenset[str], sets: frozenset[str]) -> str | None:
        """Why these columns cannot be conditioned on exactly, and the remedy; None if they can."""
        ...

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows that stand at start, start + 1, ... of the whole.

        Given codes come back unchanged, and a PRESENT hole is filled by a value and never by
        missing. Row i depends on the key and on i, not on the batch.
        """
        ...


@runtime_checkable
class Likelihood(Protocol):
    """A model that knows how probable a row is."""

    def log_prob(self, codes: Codes) -> Float:
        """Log probability mass of each row on the codec's grid, shape (rows,)."""
        ...


@runtime_checkable
class CellLikelihood(Protocol):
    """A model that knows how probable a cell is, given what its row has besides."""

    def log_cell(self, codes: Codes, column: str, key: Key) -> Float:
        """Log probability mass of each row's code of a column, which is not missing, shape (rows,):
        of a gap that is filled by a value, given the other codes of the row but for the missing
        ones, which are gaps too. Masks aside.
        """
        ...


@runtime_checkable
class ConditionalModel(Protocol):
    """A model that tells how one column is distributed, given some cells of each row."""

    def conditional(self, given: Codes, column: str) -> PiecewiseDistributions:
        """The masses of a column's codes in each row, given its codes of other columns; what is
        not given is not seen. Asked only for what `Filler.refusal` allows.
        """
        ...


class Layer(NamedTuple):
    """A line of a summary: a layer, its output for a row, and how many weights it has."""

    name: str
    output: tuple[int, ...]
    weights: int


@runtime_checkable
class Chain(Protocol):
    """A model that draws its columns in one order, the first of them as a block."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in the order it draws them."""
        ...

    @property
    def block_columns(self) -> tuple[str, ...]:
        """The leading columns of which any part can be given."""
        ...


@runtime_checkable
class Maskable(Protocol):
    """A model that can be held to what rows may be. One that is no `Chain` draws in any order."""

    @property
    def maskable(self) -> tuple[str, ...]:
        """The columns that masks can hold: others may only say what is left to these."""
        ...

    @property
    def masks(self) -> Masks | None:
        """What it is held to. Of a chain the restrictions look ahead in its order, and relations
        may be among them; of others neither."""
        ...

    def masked(self, masks: Masks | None) -> Filler:
        """The model that draws only what masks allow."""
        ...


class Trouble(NamedTuple):
    """What is wrong with a person: its number, the columns, and what, with what to do."""

    person: int
    columns: tuple[str, ...]
    what: str


@runtime_checkable
class PersonModel(Protocol):
    """A model that draws persons with all their rows."""

    @property
    def kept(self) -> frozenset[str]:
        """The texts of the rules that it keeps by how it draws."""
        ...

    def fill_persons(self, request: Request, start: int, key: Key) -> tuple[dict[str, Int], Int]:
        """What persons at start, start + 1, ... of the whole have once, [persons] each, and how
        many rows each has.

        Person i depends on the key, on i and on what is asked of it, and on nothing else.
        """
        ...

    def fill_rows(self, persons: Mapping[str, Int], counts: Int, start: int, key: Key) -> Codes:
        """The codes of all rows of these persons, person by person; some may have none."""
        ...

    def fill_given(
        self, request: Request, persons: Int, start: int, key: Key, *, whole: bool
    ) -> Codes:
        """Rows of persons with their holes filled, given all other cells of their persons.

        persons  a number from 0 of each row's person
        whole    whether persons have no other rows; else there may be later ones

        Given codes come back unchanged, a PRESENT hole is filled by a value, and rows stand as they
        did. Person i, who stands at start + i of the whole, depends on the key, on that place and
        on what is given of it, and on nothing else.
        """
        ...

    def trouble(self, request: Request, persons: Int) -> Trouble | None:
        """What is given that no person can have; None if there is nothing."""
        ...


@runtime_checkable
class InPasses(Protocol):
    """A model that fills gaps in passes: near what the other cells of a row say, not exactly given
    them. So it may be asked to fill gaps, whatever `refusal` says.
    """

    @property
    def passes(self) -> int:
        """How many passes there are."""
        ...


@runtime_checkable
class Layered(Protocol):
    """A model that is made of nets."""

    @property
    def summary(self) -> Mapping[str, tuple[Layer, ...]]:
        """The layers of each net, by its name."""
        ...


@dataclass(frozen=True)
class Drawn:
    """A small sample of what a model would draw after so many steps of its training.

    `figure` is how good that was; higher is better.
    """

    step: int
    figure: float
    codes: Codes


@runtime_checkable
class Watched(Protocol):
    """A model that keeps what it drew at stages of its training."""

    @property
    def stages(self) -> tuple[Drawn, ...]:
        """The stages, in order."""
        ...
