"""Axes of a column's values: numbers, or moments, which Vega counts in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from trimtab.report.exhibits.style import LARGE
from trimtab.report.formatting import Row

_MILLISECONDS = 1000  # in a second: exhibits hold seconds, Vega counts milliseconds
# Moments as people read them, as fine as their ticks: the day before the month, hours of 24.
_WRITTEN = """utcFormat(datum.value, utcseconds(datum.value) ? '%H:%M:%S'
 : utchours(datum.value) || utcminutes(datum.value) ? '%H:%M' : utcdate(datum.value) > 1 ? '%-d %b'
 : utcmonth(datum.value) ? '%b %Y' : '%Y')"""


@dataclass(frozen=True)
class ValueAxis:
    """The axis of a column's values, and their places on it.

    low, high   its ends
    moment      whether the values are moments: seconds since 1970
    """

    low: float
    high: float
    moment: bool = False

    @classmethod
    def over(cls, values: Iterable[float], moment: bool = False, margin: float = 0.0) -> ValueAxis:
        """The axis that reaches over some values, and beyond them by a share of their reach."""
        held = [*values]
        low, high = min(held), max(held)
        # A lone value stands in the middle.
        beyond = margin * (high - low) if high > low else max(abs(low) * 0.05, 0.5)
        return cls(low - beyond, high + beyond, moment) if margin else cls(low, high, moment)

    def placed(self, found: Sequence[Row], *fields: str) -> list[Row]:
        """Rows whose fields hold values, with the places of those values instead."""
        return [
            {**row, **dict(zip(fields, self._places(*(row[n] for n in fields)), strict=True))}
            for row in found
        ]

    def channel(
        self,
        channel: type[alt.X] | type[alt.Y],
        field: str,
        title: str | None = None,
        within: tuple[float, float] | None = None,
        **axis: Any,
    ) -> Any:
        """What encodes a field of rows that were placed.

        within   the values between which the axis has ticks, if not all
        axis     what the axis is besides
        """
        scale = alt.Scale(
            type="utc" if self.moment else "linear",
            domain=self._places(self.low, self.high),
            nice=False,
            zero=False,
        )
        shown = alt.Axis(**{"labelFlush": True, "grid": False, **self._ticks(within), **axis})
        kind = "T" if self.moment else "Q"
        return channel(f"{field}:{kind}", title=title, scale=scale, axis=shown)

    def _places(self, *values: float) -> list[float]:
        return [value * _MILLISECONDS if self.moment else value for value in values]

    def _ticks(self, within: tuple[float, float] | None) -> dict[str, Any]:
        """Where there are ticks, and how they are written."""
        ticks: dict[str, Any] = {}
        if self.moment:
            ticks["labelExpr"] = _WRITTEN
        elif max(abs(self.low), abs(self.high)) >= LARGE:
            ticks |= {"format": "~s", "labelExpr": "datum.value === 0 ? '0' : datum.label"}
        if within is not None:
            low, high = self._places(*within)
            inside = f"datum.value >= {low!r} && datum.value <= {high!r}"
            ticks["labelExpr"] = f"{inside} ? ({ticks.get('labelExpr', 'datum.label')}) : ''"
            ticks["tickOpacity"] = {"condition": {"test": inside, "value": 1}, "value": 0}
        return ticks
