"""What value protection keeps out of every draw, and where it matters, in words.

Nothing here names a value that is held back. Of what lies beyond the ends of a number the share of
the rows is told, from which follows how many rows that are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import hypergeom

from trimtab._arrays import Bool, Int
from trimtab.codec.domain import MISSING
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import LabelCodec
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import NumberGrid
from trimtab.plan.plan import cell_name

_TOLD = 0.005  # of the rows with a value: as much beyond the ends is told
_SHOWN = 0.0005  # of them: less at one end is not spoken of
_MOSTLY, _LARGELY = 0.5, 0.2  # of the rows held back, or of the class
_BY_CHANCE = 0.001  # that chance brings as much together, in any of the columns and classes
_NAMED = 12


@dataclass(frozen=True)
class Beyond:
    """The shares of a number's rows below `low` and above `high`, the ends of what is drawn."""

    name: str
    below: float
    above: float
    low: object
    high: object

    @property
    def share(self) -> float:
        """The share of the rows that lies beyond either end."""
        return self.below + self.above

    @property
    def text(self) -> str:
        """The shares in words."""
        sides = ((self.below, "below", self.low), (self.above, "above", self.high))
        told = [f"{100 * s:.1f} % {side} {end}" for s, side, end in sides if s >= _SHOWN]
        return f"{self.name}, {' and '.join(told)}"


def of_held_back(coded: Coded) -> tuple[str, ...]:
    """Notes on rows of a whole table beyond the ends of what is drawn, and on classes of an outcome
    that lose what tells them.
    """
    return (*_of_ends(coded), *_of_classes(coded))


def beyond_ends(coded: Coded) -> tuple[Beyond, ...]:
    """Of each number and date that has any, the shares of rows beyond the ends of all draws."""
    found = []
    for name, grid in coded.grids.items():
        codec = coded.codec.columns[name]
        if not isinstance(grid, NumberGrid) or not len(grid.low):
            continue
        assert not isinstance(codec, LabelCodec | IdentifierCodec), f"{name} has no number's grid"
        known = coded.codes[name][coded.codes[name] != MISSING]
        low, high = grid.reach
        below, above = float(np.mean(known < low)), float(np.mean(known > high))
        if below or above:
            ends = codec.decode(np.array([low, high])).to_pylist()
            found.append(Beyond(name, below, above, *ends))
    return tuple(found)


def _of_ends(coded: Coded) -> Iterator[str]:
    far = [each for each in beyond_ends(coded) if each.share >= _TOLD]
    if not far:
        return
    far.sort(key=lambda each: -each.share)
    more = f"; and {len(far) - _NAMED} more columns" if len(far) > _NAMED else ""
    listed = "; ".join(each.text for each in far[:_NAMED])
    yield (
        "Shares of the rows that lie beyond the ends of what is drawn, because too few "
        f"{_noun(coded)} hold values there: {listed}{more}. They are drawn at the ends: a lower "
        "`min_count` reaches further, and 0 all the way."
    )


def _of_classes(coded: Coded) -> Iterator[str]:
    """A note for each column whose values held back stand in a class more than elsewhere."""
    for name in coded.grids:
        away = _held_back(coded, name)
        if not away.any():
            continue
        told = [
            cell_name((value,), (outcome,))
            for outcome in coded.table.schema.outcomes
            if outcome in coded.grids and outcome != name
            for value in _told_by(coded, away, outcome)
        ]
        if told:
            more = f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
            yield (
                f"Part of what tells {'; '.join(told[:_NAMED])}{more} is lost: values of {name} "
                f"that too few {_noun(coded)} hold to be drawn stand there more often than chance "
                "would have it. To keep them, give more such rows, or lower `min_count`."
            )


def _held_back(coded: Coded, name: str) -> Bool:
    """Which rows have a value that no draw has."""
    grid, codec = coded.grids[name], coded.codec.columns[name]
    if isinstance(codec, LabelCodec):
        values = coded.table.column(name)
        kept = pc.is_in(values, pa.array(codec.values, values.type))
        return np.asarray(pc.and_(pc.is_valid(values), pc.invert(kept)))
    codes = coded.codes[name]
    known = codes != MISSING
    if not isinstance(grid, NumberGrid) or not len(grid.low):
        return known
    element = grid.encode(codes).clip(0)
    return known & ((codes < grid.low[element]) | (codes >= grid.high[element]))


def _told_by(coded: Coded, away: Bool, outcome: str) -> Iterator[object]:
    """The classes of an outcome in which most of the rows held back stand, or which largely consist
    of them, where chance does not explain it.

    Chance by the hypergeometric distribution, over all columns and classes (Bonferroni). A person
    counts once, however many rows are theirs.
    """
    codec = coded.codec.columns[outcome]
    if not isinstance(codec, LabelCodec):
        return
    who, codes = coded.persons, coded.codes[outcome]
    known = codes != MISSING
    every, held = _holders(known, who), _holders(away & known, who)
    values = codec.decode(np.arange(codec.size)).to_pylist()
    least = _BY_CHANCE / (codec.size * len(coded.grids))
    for code, value in enumerate(values):
        of_class = codes == code
        size, both = _holders(of_class, who), _holders(away & of_class, who)
        many = both >= min(_MOSTLY * held, _LARGELY * size)
        if both and many and hypergeom.sf(both - 1, every, size, held) < least:
            yield value


def _holders(rows: Bool, who: Int | None) -> int:
    return int(rows.sum()) if who is None else len(np.unique(who[rows]))


def _noun(coded: Coded) -> str:
    return "rows" if coded.table.schema.entity is None else "persons"
