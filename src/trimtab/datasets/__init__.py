"""Tables without real rows: simulated ones whose truth is known, and rows made from a schema."""

from trimtab.datasets.made import from_schema
from trimtab.datasets.simulated import (
    VISITS_CELLS,
    VISITS_RACES,
    VISITS_ROWS,
    strokes,
    strokes_risk,
    visits,
)

__all__ = [
    "VISITS_CELLS",
    "VISITS_RACES",
    "VISITS_ROWS",
    "from_schema",
    "strokes",
    "strokes_risk",
    "visits",
]
