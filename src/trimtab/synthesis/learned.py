"""What was learned of a table: everything that a synthesizer needs, and that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from trimtab.codec.codec import Codec
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import Filler
from trimtab.synthesis.computed.computation import Computation
from trimtab.synthesis.computed.gap import Gap
from trimtab.synthesis.computed.group import Group
from trimtab.table.rules.rule import Status
from trimtab.table.schema import Schema
from trimtab.table.table import Origin


class Provenance(BaseModel):
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
    computed: dict[str, str] = {}
    gaps: dict[str, str] = {}
    groups: dict[str, str] = {}
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
    computed    columns that the model does not know, and how they follow from others, in order
    gaps        columns that the model knows by their gaps to other ones
    groups      columns that the model knows as one, by the name of the first
    provenance  how it was learned
    origin      how the caller's table was typed
    """

    schema: Schema
    codec: Codec
    grids: Mapping[str, Grid]
    model: Filler
    provenance: Provenance
    origin: Origin
    computed: Mapping[str, Computation] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)

    @property
    def model_grids(self) -> Mapping[str, Grid]:
        """How the codes that the model knows are cut."""
        grouped = {n for group in self.groups.values() for n in group.columns}
        own = {n: g for n, g in self.grids.items() if n not in {*self.computed, *grouped}}
        own |= {n: gap.grid for n, gap in self.gaps.items()}
        return own | {n: group.grid for n, group in self.groups.items()}

    def __repr__(self) -> str:
        rows = f"{self.provenance.rows:,} rows"
        return f"Learned({self.provenance.model} of {rows} and {len(self.schema)} columns)"
