"""What was learned of a table: everything that a synthesizer needs, and that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from trimtab.codec.codec import Codec
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Filler
from trimtab.table.schema import Schema
from trimtab.table.table import Origin


class Provenance(BaseModel):
    """How it was learned. `rows` and `persons` count the training table; `seed` the key.

    `choice` says why it is that model, `protected` what it was to be fair to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trimtab: str
    model: str
    rows: int
    persons: int | None
    min_count: int
    seed: int
    first: tuple[str, ...]
    outcomes: tuple[str, ...]
    public: tuple[str, ...]
    protected: tuple[str, ...] = ()
    choice: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """What was learned.

    schema      kinds and roles of the columns
    codec       how values become codes
    grids       how the codes of each column are cut
    model       fills holes
    provenance  how it was learned
    origin      how the caller's table was typed
    """

    schema: Schema
    codec: Codec
    grids: Mapping[str, Grid]
    model: Filler
    provenance: Provenance
    origin: Origin

    def __repr__(self) -> str:
        rows = f"{self.provenance.rows:,} rows"
        return f"Learned({self.provenance.model} of {rows} and {len(self.schema)} columns)"
