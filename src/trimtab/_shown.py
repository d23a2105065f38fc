"""What results show of themselves in notebooks beside their texts: charts.

These are drawn by a layer above them, of which results know nothing: the package says which when it
is imported, and nothing is loaded before a chart is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol


class Drawing(Protocol):
    """What draws the charts of results."""

    def charts(self, result: Any) -> Mapping[str, Any]:
        """All charts of a result by their titles, as Altair objects."""
        ...

    def pictures(self, result: Any) -> str:
        """Some of them as HTML that needs nothing else; "" where there are none."""
        ...


_DRAWING: list[Callable[[], Drawing]] = []


def drawn_by(drawing: Callable[[], Drawing]) -> None:
    """Say what draws the charts; done once, by the package."""
    _DRAWING[:] = [drawing]


def charts(result: Any) -> Mapping[str, Any]:
    """See `Drawing.charts`."""
    return _DRAWING[0]().charts(result)


def pictures(result: Any) -> str:
    """See `Drawing.pictures`."""
    return _DRAWING[0]().pictures(result)
