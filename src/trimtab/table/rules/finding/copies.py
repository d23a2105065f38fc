"""The search for numbers that say what another column says: parts of dates, and other units."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.table.rules.finding.proposals import Proposals
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.linear import PARTS, Linear, Term
from trimtab.table.rules.view import DAY, View

_MOSTLY = 0.98  # of the rows that have both
_ALONG = 0.99  # the least correlation of a number with its copy in another unit
_DIGITS = range(1, 13)  # that a factor may have
_MIN_VALUES = 10  # distinct ones of both, and rows that have both
_PAIRS = 4000  # of rows, from which a factor is guessed


def propose(search: Search) -> list[Proposals]:
    """Parts of dates, then copies in other units."""
    names = search.names
    dates = [n for n in names if search.all[n].moment]
    statements = [*_parts(search.part, names, dates), *_units(search.part, names)]
    return [Proposals(statements, len(names) ** 2 + len(names) * len(dates) * len(PARTS))]


def _parts(view: View, names: tuple[str, ...], dates: list[str]) -> Iterator[Linear]:
    """Columns that are a part of a date, perhaps counted from another beginning."""
    for date in dates:
        values = view[date].amounts
        for part, taken in PARTS.items():
            amounts = np.where(np.isnan(values), np.nan, taken(values))
            if part == "date" and not np.any(values % DAY > 0):
                continue  # a date as it stands
            if len(np.unique(amounts[~np.isnan(amounts)])) < 2:
                continue
            for name in names:
                if name == date or view[name].moment != (part == "date"):
                    continue
                off = view[name].amounts - amounts
                off = off[~np.isnan(off)]
                if len(off) < _MIN_VALUES:
                    continue
                constant = float(np.median(off))
                near = abs(constant) <= 1 and (part != "date" or constant == 0)
                if near and np.mean(off == constant) >= _MOSTLY:
                    yield Linear(name, (Term(1.0, date, part),), constant)


def _units(view: View, names: tuple[str, ...]) -> Iterator[Linear]:
    """Numbers that are others times a factor, perhaps with a constant."""
    numbers = [n for n in names if measured(view, n) and view[n].size >= _MIN_VALUES]
    for one, two in combinations(numbers, 2):
        # The one that is recorded more coarsely follows from the other.
        decided, by = (two, one) if view[two].size <= view[one].size else (one, two)
        y, x = view[decided].amounts, view[by].amounts
        both = ~np.isnan(y) & ~np.isnan(x)
        y, x = y[both], x[both]
        if len(y) < _MIN_VALUES or min(np.ptp(y), np.ptp(x)) == 0:
            continue
        if abs(np.corrcoef(y, x)[0, 1]) < _ALONG or np.mean(y == x) >= _MOSTLY:
            continue
        found = next(_rounded(view, decided, by, y, x), None)
        if found is not None:
            yield found


def measured(view: View, name: str) -> bool:
    """Whether a column holds numbers, not labels and not dates."""
    return view[name].numbers is not None and not view[name].moment


def _rounded(view: View, decided: str, by: str, y: Float, x: Float) -> Iterator[Linear]:
    """Statements that hold in nearly all rows, with the fewest digits that will do."""
    rng = Key(0).child("slopes").generator()
    first, second = rng.integers(len(x), size=(2, _PAIRS))
    apart = np.abs(x[first] - x[second]) > 0.1 * np.ptp(x)
    if not apart.any():
        return
    # The median slope of pairs (Theil 1950, Sen 1968) is not led astray by exceptions.
    slope = float(
        np.median(((y[first] - y[second]) / np.where(apart, x[first] - x[second], 1))[apart])
    )
    offset = float(np.median(y - slope * x))
    close = np.abs(y - slope * x - offset) <= 3 * np.median(np.abs(y - slope * x - offset)) + 1e-12
    if close.sum() > 2 and np.ptp(x[close]) > 0:
        slope, offset = (float(v) for v in np.polyfit(x[close], y[close], 1))
        plain = float(x[close] @ y[close] / (x[close] @ x[close]))
    else:
        plain = slope
    for constant in (False, True):
        for digits in _DIGITS:
            factor = float(f"{slope if constant else plain:.{digits}g}")
            rest = float(np.median(y - factor * x)) if constant else 0.0
            for places in (0, 1, 2, 4) if constant else (0,):
                found = Linear(decided, (Term(factor, by),), round(rest, places))
                outcome = found.learned(view)(view)
                if factor and outcome.broken.sum() <= (1 - _MOSTLY) * outcome.covered.sum():
                    yield found
