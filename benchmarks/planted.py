"""Simulated tables with rules that are known: what `benchmarks/rules.py` looks for them in.

A `World` is the law of a table: its columns, its maps, its ranges. It draws any number of rows, and
rows in which one of its rules is broken on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trimtab._random import Key

Cells = NDArray[Any]  # float64 with nan, or objects with None
Rows = dict[str, Cells]
Random = np.random.Generator
SMALLEST, LARGEST = 500, 20_000


@dataclass(frozen=True)
class Draw:
    """Rows that are being drawn: what drives them all, shape (rows,)."""

    random: Random
    hidden: NDArray[np.float64]

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.hidden)

    def normal(self, of_hidden: float) -> NDArray[np.float64]:
        """Standard normal numbers that go with the hidden one to this degree."""
        own = self.random.normal(size=self.rows)
        return of_hidden * self.hidden + np.sqrt(1 - of_hidden**2) * own

    def pick(self, shares: NDArray[np.float64], of_hidden: float) -> NDArray[np.int64]:
        """Numbers of labels with these shares, which go with the hidden number."""
        uniform = _normal_cdf(self.normal(of_hidden))
        ends = np.cumsum(shares) / np.sum(shares)
        return np.searchsorted(ends, uniform).clip(0, len(shares) - 1)


@dataclass(frozen=True)
class Piece:
    """Some columns that keep a rule.

    kind     of the rule; "" for columns without one
    says     the rule
    make     the columns
    breaks   ways to break the rule: the columns with some rows changed, and which rows these are
    gaps     columns that may have values missing
    exact    whether no row breaks it
    """

    kind: str
    says: str
    make: Callable[[Draw], Rows]
    breaks: tuple[Callable[[Rows, Random], tuple[Rows, Cells]], ...] = ()
    gaps: tuple[str, ...] = ()
    exact: bool = True

    @cached_property
    def names(self) -> frozenset[str]:
        """Its columns."""
        return frozenset(self.make(Draw(np.random.default_rng(0), np.zeros(2))))


@dataclass(frozen=True)
class World:
    """The law of a table. `people` says how many rows a person has on average; 0 for no persons."""

    name: str
    rows: int
    people: int
    pieces: tuple[Piece, ...]
    gaps: Mapping[str, tuple[float, float]]  # of a column: the share missing, and how it depends

    def draw(self, rows: int, random: Random) -> Rows:
        """So many rows."""
        made: Rows = {}
        if self.people:
            persons = max(rows // self.people, 1)
            of = np.sort(random.integers(0, persons, rows))
            own = random.normal(size=persons)
            hidden = 0.8 * own[of] + 0.6 * random.normal(size=rows)
            made["person_id"] = (1000 + 7 * of).astype(float)
            born = random.integers(-14_000, 12_000, persons)
            made["birth"] = days(born[of].astype(float))
            made["sex"] = texts(["f", "m"], (own > 0.1)[of].astype(int))
            made["home_lat"] = np.round(random.normal(42, 0.2, persons), 6)[of]
        else:
            hidden = random.normal(size=rows)
        drawn = Draw(random, hidden)
        for piece in self.pieces:
            made |= piece.make(drawn)
        for name, (share, slope) in self.gaps.items():
            chance = _normal_cdf(slope * hidden + _normal_quantile(share) * np.sqrt(1 + slope**2))
            gone = random.random(rows) < chance
            made[name] = made[name].copy()
            made[name][gone] = np.nan if made[name].dtype == float else None
        return made

    def broken(self, piece: Piece, way: int, rows: int, random: Random) -> tuple[Rows, Cells]:
        """Rows in which some break the rule of a piece, and which they are."""
        made = self.draw(rows, random)
        changed, at = piece.breaks[way](made, random)
        return made | changed, at


def table(rows: Rows) -> pa.Table:
    """Rows as an Arrow table: whole numbers as such."""
    made = {}
    for name, cells in rows.items():
        if cells.dtype != float:
            made[name] = pa.array(cells, pa.string(), from_pandas=True)
        else:
            array = pa.array(cells, from_pandas=True)
            whole = not np.any(np.nan_to_num(cells) % 1)
            made[name] = array.cast(pa.int64()) if whole else array
    return pa.table(made)


def _normal_cdf(values: Any) -> Any:
    from scipy.special import ndtr

    return ndtr(values)


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def days(numbers: NDArray[np.float64]) -> Cells:
    """Days since 1970 as dates; None where nan."""
    there = ~np.isnan(numbers)
    made = np.full(len(numbers), None, object)
    made[there] = np.datetime_as_string(numbers[there].astype("datetime64[D]")).astype(object)
    return made


def minutes(numbers: NDArray[np.float64]) -> Cells:
    """Minutes since 1970 as dates with times."""
    moments = numbers.astype("datetime64[m]").astype("datetime64[s]")
    return np.char.replace(np.datetime_as_string(moments), "T", " ").astype(object)


def since(dates: Cells) -> NDArray[np.float64]:
    """Dates as days since 1970; nan where None."""
    there = known(dates)
    made = np.full(len(dates), np.nan)
    made[there] = dates[there].astype("datetime64[D]").astype(np.int64)
    return made


def texts(words: list[str], codes: NDArray[np.int64]) -> Cells:
    """Labels by their numbers."""
    return np.array(words, object)[codes]


def known(*columns: Cells) -> NDArray[np.bool_]:
    """Where no column is missing."""
    found = np.ones(len(columns[0]), bool)
    for cells in columns:
        found &= ~np.isnan(cells) if cells.dtype == float else np.not_equal(cells, None)
    return found


def some(where: Cells, random: Random) -> Cells:
    """Three in ten of some rows."""
    return where & (random.random(len(where)) < 0.3)


def zipf(random: Random, count: int, power: float = 1.1) -> NDArray[np.float64]:
    """Skewed shares of labels, in no order."""
    return random.permutation(1.0 / np.arange(1, count + 1) ** power)


def swapped(cells: Cells, at: Cells, random: Random, choices: Cells) -> Cells:
    """The cells with those at some rows replaced by another one of the choices."""
    made = cells.copy()
    for row in np.flatnonzero(at):
        others = choices[choices != cells[row]]
        made[row] = others[random.integers(len(others))]
    return made


def world(seed: int, number: int) -> World:
    """The law of the table of this number."""
    from pieces import BACKGROUND, PIECES

    random = Key(seed).child("rules", "world", number).generator()
    people = (0, 0, 0, 4)[number % 4]
    rows = int(np.exp(random.uniform(np.log(SMALLEST), np.log(LARGEST))))
    count = int(random.integers(3, 14))
    start = int(random.integers(len(PIECES)))
    # Neighbours in a list of all kinds, from any place on, so that each is as frequent.
    chosen = [PIECES[(start + i) % len(PIECES)] for i in range(count)]
    plain = random.permutation(len(BACKGROUND))[: int(random.integers(2, 7))]
    made = [make(random) for make in (*(BACKGROUND[i] for i in plain), *chosen)]
    gaps = {}
    for piece in made:
        for name in piece.gaps:
            if random.random() < 0.5:
                share = float(random.choice([0.01, 0.05, 0.2]))
                gaps[name] = (share, float(random.choice([0.0, 1.0])))
    return World(f"planted {seed}.{number}", rows, people, tuple(made), gaps)


def plain_world(seed: int, number: int) -> World:
    """The law of a table without rules, whose columns go together."""
    from pieces import BACKGROUND

    random = Key(seed).child("rules", "plain", number).generator()
    made = tuple(make(random) for make in BACKGROUND)
    gaps = {p.gaps[0]: (0.1, 1.0) for p in made if random.random() < 0.4}
    return replace(world(seed, number), name=f"plain {seed}.{number}", pieces=made, gaps=gaps)


def independent(of: World, random: Random) -> Rows:
    """Rows with the same marginals, each column by itself; a person's column stays."""
    made = of.draw(of.rows, random)
    return {
        name: cells if name == "person_id" else random.permutation(cells)
        for name, cells in made.items()
    }
