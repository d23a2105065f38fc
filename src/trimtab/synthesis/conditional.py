"""How one column of a partly filled row is distributed, as a model has learned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

import numpy as np

from trimtab._arrays import Int
from trimtab._visible import visible
from trimtab.codec.codec import Codec, ColumnCodec
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError, unknown_column
from trimtab.model.grid.distribution import PiecewiseDistribution
from trimtab.model.interface import ConditionalModel, PersonModel
from trimtab.plan.plan import cell_name, from_condition
from trimtab.plan.ranges import Range
from trimtab.synthesis.computed.distribution import Row
from trimtab.synthesis.execute import compile_plan
from trimtab.synthesis.learned import Learned
from trimtab.table.schema import Schema

_SHOWN = 10  # values in a text
_MIN_SHOWN = 0.005  # probability of a number's value below which a text leaves it out
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Interval(NamedTuple):
    """The values from low to high, both included, and how probable they are together."""

    low: Any
    high: Any
    probability: float


@dataclass(frozen=True)
class CellDistribution:
    """What one cell may hold, given other cells of its row.

    column   the column asked for
    given    what was given: column -> value, None for missing
    pieces   how the column's codes are distributed
    codec    tells what the codes mean
    rows     rows that the model learned from; persons, if it draws these with all their rows
    noun     which of these
    support  about how many of them are like the given cells, as the model sees it: `rows` times
             the probability of what is given, where a label or missing counts by its value and a
             number by the tenth of the rows around it in rank. The cells are taken one after the
             other, each given those before it. It is an estimate of the model, not a count
    """

    column: str
    given: Mapping[str, Any]
    pieces: PiecewiseDistribution
    codec: ColumnCodec
    rows: int
    support: float
    noun: str = "rows"

    @cached_property
    def values(self) -> Mapping[Any, float]:
        """value -> probability, the likeliest first; None is missing.

        All that a label may be; of a number the values that many rows hold. With `intervals` the
        probabilities sum to 1.
        """
        single = np.flatnonzero(self.pieces.first == self.pieces.last)
        probabilities: dict[Any, float] = {}
        for value, at in zip(self._decoded(self.pieces.first[single]), single, strict=True):
            probabilities[value] = probabilities.get(value, 0.0) + float(self.pieces.mass[at])
        if self.pieces.missing:
            probabilities[None] = self.pieces.missing
        return dict(sorted(probabilities.items(), key=lambda item: -item[1]))

    @cached_property
    def intervals(self) -> tuple[Interval, ...]:
        """The intervals of a number or moment, ascending; inside one all values are alike."""
        wide = np.flatnonzero(self.pieces.first < self.pieces.last)
        low, high = (self._decoded(end[wide]) for end in (self.pieces.first, self.pieces.last))
        masses = self.pieces.mass[wide].tolist()
        return tuple(Interval(*fields) for fields in zip(low, high, masses, strict=True))

    @property
    def missing(self) -> float:
        """The probability that the cell is missing."""
        return self.pieces.missing

    @property
    def mean(self) -> Any:
        """The mean of a number or moment that is not missing; None if it always is.

        Raises InputError for a label.
        """
        self._check_ordered("mean")
        total = self.pieces.mass.sum()
        if not total:
            return None
        share = self.pieces.mass / total
        ends = (self.pieces.first, self.pieces.last)
        if isinstance(self.codec, NumberCodec):
            low, high = (np.asarray(self._decoded(end), float) for end in ends)
            return float(share @ (low + high) / 2)
        middle = sum(float(share @ end.astype(float)) / 2 for end in ends)
        return self._decoded(np.array([round(middle)]))[0]

    @property
    def median(self) -> Any:
        """The median of a number or moment that is not missing; see `quantile`."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Any:
        """The value of a number or moment that this share of the values not missing lie below.

        None if it is always missing. Raises InputError for a label, or a share outside of 0 to 1.
        """
        self._check_ordered("quantile")
        if not (isinstance(share, (int, float)) and 0 <= share <= 1):
            raise InputError(f"share = {share!r}: expected a number from 0 to 1, such as 0.5.")
        mass = self.pieces.mass
        if not mass.sum():
            return None
        upto = np.concatenate([[0.0], np.cumsum(mass)])
        wanted = share * upto[-1]
        occupied = np.flatnonzero(mass)
        at = int(occupied[np.searchsorted(upto[occupied + 1], wanted).clip(0, len(occupied) - 1)])
        first, last, unit = self.pieces.first[at], self.pieces.last[at], self.pieces.unit
        steps = (last - first) // unit
        inside = min(int((wanted - upto[at]) / mass[at] * (steps + 1)), int(steps))
        return self._decoded(np.array([first + max(inside, 0) * unit]))[0]

    def _check_ordered(self, what: str) -> None:
        if isinstance(self.codec, LabelCodec):
            raise InputError(
                f"{self.column} holds labels, which have no {what}: look at its values."
            )

    def _decoded(self, codes: Int) -> list[Any]:
        assert not isinstance(self.codec, IdentifierCodec)
        return list(self.codec.decode(codes).to_pylist())

    @property
    def _title(self) -> str:
        condition = cell_name(tuple(self.given.values()), tuple(self.given))
        return f"{self.column} given {condition}" if condition else self.column

    @property
    def basis(self) -> str:
        """On what it rests, in words."""
        if not self.given:
            text = f"Nothing is given: it rests on all {self.rows:,} {self.noun}."
        else:
            text = (
                f"The model sees {_about(self.support)} of {self.rows:,} {self.noun} like what is "
                "given: of a label those that hold it, of a number the tenth around it in rank."
            )
        if self.pieces.draws:
            text += f" Averaged over {self.pieces.draws:,} draws of the columns in between."
        return text

    def _rows_shown(self) -> list[tuple[str, str]]:
        """Quantiles of a number, and the likeliest values: (what, how much)."""
        lines = []
        label = isinstance(self.codec, LabelCodec)
        if not label and self.pieces.mass.any():
            lines += [(f"{q:.0%} lie below", str(self.quantile(q))) for q in _QUANTILES]
            lines.append(("mean", _short(self.mean)))
        likely = [(v, p) for v, p in self.values.items() if label or p >= _MIN_SHOWN]
        lines += [("(missing)" if v is None else str(v), f"{p:.1%}") for v, p in likely[:_SHOWN]]
        if len(likely) > _SHOWN:
            rest = sum(p for _, p in likely[_SHOWN:])
            lines.append((f"{len(likely) - _SHOWN} other values", f"{rest:.1%}"))
        return lines

    def __repr__(self) -> str:
        return visible(f"CellDistribution({self._title})")

    def __str__(self) -> str:
        lines = [f"  {what}: {much}" for what, much in self._rows_shown()]
        return "\n".join(map(visible, [f"{self._title}:", *lines, self.basis]))

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{escape(what)}</td><td>{escape(much)}</td></tr>"
            for what, much in self._rows_shown()
        )
        return (
            f"<p><b>{escape(self._title)}</b></p><table>{cells}</table><p>{escape(self.basis)}</p>"
        )


def _about(rows: float) -> str:
    """A number of rows as precisely as an estimate of it deserves."""
    if rows < 1:
        return "fewer than 1"
    digits = max(0, int(np.floor(np.log10(rows))) - 1)
    return f"about {round(rows, -digits):,.0f}"


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def cell_distribution(learned: Learned, row: Mapping[str, Any], column: str) -> CellDistribution:
    """The distribution of one column given some cells of a row; see `Synthesizer.conditional`."""
    given = _checked(row, column, learned.schema, learned.codec)
    if not isinstance(learned.model, ConditionalModel):
        raise RefusedError(
            f"the model {learned.provenance.model} makes rows, and cannot tell how a cell is "
            "distributed: fit again without `model`, so that a kind is taken that can."
        )
    asked = Row(learned, compile_plan(learned, from_condition(given, 1, learned.schema)))
    codec = learned.codec.columns[column]
    noun = "persons" if isinstance(learned.model, PersonModel) else "rows"
    return CellDistribution(
        column, given, asked.of(column), codec, learned.many, asked.support, noun
    )


def _checked(row: Mapping[str, Any], column: str, schema: Schema, codec: Codec) -> dict[str, Any]:
    """The given cells, if they and the column asked for can be what they are."""
    try:
        given = dict(row)
    except (TypeError, ValueError):
        raise InputError(
            f"row = {row!r:.200}: expected a dict of column -> value, such as {{'RACE': 'black'}}."
        ) from None
    for name, value in given.items():
        if name not in schema:
            raise unknown_column(str(name), schema.names, "row")
        if isinstance(value, (list, tuple, set, frozenset, dict, Range)):
            raise PlanError(f"row: {name} = {value!r}: expected one value, or None for missing.")
    if column not in schema:
        raise unknown_column(str(column), schema.names, "column")
    if column not in codec.modelled:
        why = "an identifier" if schema[column].fresh else "left out when the model was fitted"
        raise ColumnError(
            f"column: {column!r} is {why}: expected one of {', '.join(codec.modelled)}."
        )
    if column in given:
        raise ColumnError(
            f"column: {column!r} is asked for and given too: take it out of the row, or ask for "
            "another."
        )
    return given
