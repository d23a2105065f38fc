"""What was learned of a table: everything that a synthesizer needs, and that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ConfigDict, Field

from trimtab._named import Named
from trimtab.codec.codec import Codec
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Filler, PersonModel
from trimtab.synthesis.computed.beside import Beside
from trimtab.table.rules.rule import Status
from trimtab.table.schema import Schema
from trimtab.table.table import Origin


class Provenance(Named):
    """How it was learned. `rows` and `persons` count the training table; `seed` the key.

    `choice` says why it is that model, `protected` what it was to be fair to. `kept` and `proposed`
    count the rules of its schema; they are None where nobody looked for any. `computed` says which
    columns are computed and by which rule, `gaps` which are drawn as their gap to another one,
    `groups` which are drawn as one with others. Drawn rows may break the kept rules in `unheld`.
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
    kept: int | None = None
    proposed: int | None = None
    computed: dict[str, str] = Field(default_factory=dict)
    gaps: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, str] = Field(default_factory=dict)
    unheld: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def rules_of(schema: Schema) -> dict[str, int | None]:
    """How many rules of a schema are kept and proposed, as provenance tells it."""
    told = {"kept": Status.KEPT, "proposed": Status.PROPOSED}
    if schema.rules is None:
        return dict.fromkeys(told)
    return {name: sum(r.status is s for r in schema.rules) for name, s in told.items()}


@dataclass(frozen=True)
class Learned:
    """What was learned.

    schema      kinds and roles of the columns
    codec       how values become codes
    grids       how the codes of each column are cut
    model       fills holes
    provenance  how it was learned
    origin      how the caller's table was typed
    beside      columns that the model does not draw as they are, and how they follow
    """

    schema: Schema
    codec: Codec
    grids: Mapping[str, Grid]
    model: Filler
    provenance: Provenance
    origin: Origin
    beside: Beside = field(default_factory=Beside)

    @property
    def model_grids(self) -> Mapping[str, Grid]:
        """How the codes that the model knows are cut."""
        own = {n: g for n, g in self.grids.items() if n not in self.beside.away}
        return own | self.beside.grids

    @property
    def many(self) -> int:
        """How many rows it was learned from; persons, if it draws these with all their rows."""
        persons = self.provenance.persons if isinstance(self.model, PersonModel) else None
        return self.provenance.rows if persons is None else persons

    def __repr__(self) -> str:
        rows = f"{self.provenance.rows:,} rows"
        return f"Learned({self.provenance.model} of {rows} and {len(self.schema)} columns)"
