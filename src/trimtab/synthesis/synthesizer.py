"""A synthesizer: what was learned of a table, ready to draw from, to save, and to load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab._run import Run
from trimtab._validate import whole
from trimtab.codec.codec import Codec
from trimtab.errors import InputError, unknown_column
from trimtab.model.interface import Chain, Drawn, Layer, Layered, Watched
from trimtab.plan.plan import Plan, Unit, from_condition, from_rows
from trimtab.synthesis.bundle import bundle
from trimtab.synthesis.computed.draw import with_computed
from trimtab.synthesis.conditional import CellDistribution, cell_distribution
from trimtab.synthesis.execute import execute, execute_parts
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.table.back import to_arrow
from trimtab.table.files import read, to_native
from trimtab.table.schema import Schema
from trimtab.table.table import Table

if TYPE_CHECKING:
    from trimtab.measure.evidence import Stage

_STAGE_KEY = Key(0).child("stages")  # nothing hangs on it: identifiers are left out


@dataclass(frozen=True)
class Synthesizer:
    """Draws tables. Frozen: fitting makes one, and nothing changes it."""

    learned: Learned

    @property
    def schema(self) -> Schema:
        """The schema of the table that was learned."""
        return self.learned.schema

    @property
    def provenance(self) -> Provenance:
        """How it was learned."""
        return self.learned.provenance

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful user should know of the fit."""
        return self.learned.provenance.warnings

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What was drawn at stages of the training, for `evaluate`; only GANs keep them."""
        model = self.learned.model
        return _stages(self.learned, model.stages) if isinstance(model, Watched) else ()

    @property
    def summary(self) -> Mapping[str, tuple[Layer, ...]]:
        """The layers of a GAN's nets, by net; {} for other models."""
        model = self.learned.model
        return model.summary if isinstance(model, Layered) else {}

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which a chain of trees draws its columns; () for other models."""
        model = self.learned.model
        return model.columns if isinstance(model, Chain) else ()

    @property
    def block(self) -> tuple[str, ...]:
        """The leading columns of a chain of which any part can be given; () for other models."""
        model = self.learned.model
        return model.block_columns if isinstance(model, Chain) else ()

    def sample(
        self,
        rows: int | None = None,
        *,
        persons: int | None = None,
        given: Any = None,
        where: Mapping[str, Any] | None = None,
        plan: Plan | None = None,
        seed: int = 0,
    ) -> Any:
        """Draw a table of the type that was fitted on (a pyarrow table, if that was a file).

        rows    how many rows; without `given` and `plan`, as many as were learned from by default
        persons how many persons instead, with all their rows, of a model of persons
        given   rows to complete: a path or dataframe; its empty cells are filled by values
        where   a condition on all rows: column -> value, None for missing, a list of values, or a
                trimtab.Range of numbers or moments
        plan    a plan
        seed    the same seed draws the same rows, whatever the number of rows

        Raises InputError for bad input, RefusedError for what the model cannot condition on.
        """
        wanted = self.plan(rows, persons=persons, given=given, where=where, plan=plan)
        return to_native(self.draw(wanted, seed=seed))

    def plan(
        self,
        rows: int | None = None,
        *,
        persons: int | None = None,
        given: Any = None,
        where: Mapping[str, Any] | None = None,
        plan: Plan | None = None,
    ) -> Plan:
        """The plan that `sample` would draw."""
        if persons is not None:
            if any(x is not None for x in (rows, given, plan)):
                raise InputError("persons excludes rows, given and plan: use one of them.")
            many = whole(1, persons=persons)
            return from_condition(where or {}, many, self.schema, Unit.PERSONS)
        if sum(x is not None for x in (given, where, plan)) > 1:
            raise InputError("given, where and plan exclude each other: use one of them.")
        wanted = None if rows is None else whole(1, rows=rows)
        if plan is not None or given is not None:
            chosen = plan
            if chosen is None:
                chosen = completing(partial_rows(given, self.schema), self.learned.codec)
            if wanted is not None and wanted != chosen.rows:
                raise InputError(
                    f"rows = {wanted}, but the given plan or rows make {chosen.rows}: leave out "
                    "rows."
                )
            return chosen
        return from_condition(where or {}, wanted or self.provenance.rows, self.schema)

    def draw(
        self,
        plan: Plan,
        *,
        seed: int = 0,
        run: Run | None = None,
        earlier: Table | None = None,
    ) -> Table:
        """Draw a plan's rows as a Table. `earlier` are rows that persons have already, where a
        model of persons completes others of theirs."""
        return execute(self.learned, plan, Key(whole(0, seed=seed)).child("draw"), run, earlier)

    def draw_parts(self, plan: Plan, *, seed: int = 0, run: Run | None = None) -> Iterator[Table]:
        """The same rows as Tables of some ten thousand rows each, in order.

        What the plan asks for is checked at once, and the rows are drawn as they are taken.
        """
        key = Key(whole(0, seed=seed)).child("draw")
        return execute_parts(self.learned, plan, key, run)

    def draw_batches(
        self,
        rows: int | None = None,
        *,
        given: Any = None,
        where: Mapping[str, Any] | None = None,
        plan: Plan | None = None,
        seed: int = 0,
        run: Run | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """What `sample` would draw as Arrow record batches, in order and as they are taken; the
        arguments are the same. `run` says how the work is carried out.

        A column of categories has a dictionary of its own in each batch: Parquet and Arrow's
        stream format take that, its file format does not.
        """
        drawn = self.draw_parts(
            self.plan(rows, given=given, where=where, plan=plan), seed=seed, run=run
        )
        return (batch for part in drawn for batch in to_arrow(part).to_batches())

    def conditional(self, row: Mapping[str, Any], column: str) -> CellDistribution:
        """How one column is distributed, given some cells of a row.

        row     column -> value, None for missing; columns that it does not name are not seen
        column  the column to tell of; the row must not name it

        The answer says on about how many rows like the given ones it rests. A network takes any
        cells; a chain of trees those of its leading block, or all columns up to some. Raises
        ColumnError and PlanError for columns and values that the model does not know, RefusedError
        for cells that it cannot condition on exactly.
        """
        return cell_distribution(self.learned, row, column)

    def save(self, path: str | Path) -> None:
        """Save to one file, data only. Raises TableError where it cannot be written."""
        bundle.save(self.learned, Path(path))

    def to_dict(self) -> dict[str, Any]:
        """What was learned, how, and what can be given when drawing, as plain data."""
        told: dict[str, Any] = {
            "model": self.provenance.model,
            "conditions": self.learned.model.conditions,
        }
        if self.learned.beside.computed:
            told["computed"] = dict(self.provenance.computed)
        if self.learned.beside.gaps:
            told["gaps"] = dict(self.provenance.gaps)
        if self.learned.beside.groups:
            told["groups"] = dict(self.provenance.groups)
        if self.order:
            told |= {"order": list(self.order), "block": list(self.block)}
        if self.summary:
            told["nets"] = {
                net: [layer._asdict() for layer in layers] for net, layers in self.summary.items()
            }
        return told | {"provenance": self.provenance.model_dump(mode="json")}

    def __repr__(self) -> str:
        return f"Synthesizer({self.learned!r})"

    def _repr_html_(self) -> str:
        provenance = self.provenance
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        drawn = [*self.learned.model.columns, *self.learned.beside.away]
        order = ", ".join(escape(n) for n in drawn)
        return (
            f"<p><b>Synthesizer</b> ({escape(provenance.model)}) of {provenance.rows:,} rows and "
            f"{len(self.schema)} columns; draws {order}.</p><ul>{notes}</ul>"
        )


def _stages(learned: Learned, drawn: Sequence[Drawn]) -> tuple[Stage, ...]:
    from trimtab.measure.evidence import Stage

    columns = tuple(c for c in learned.schema if c.name in learned.grids)
    schema = Schema(locked=learned.schema.locked, columns=columns)
    stages = []
    for stage in drawn:
        codes = with_computed(learned, stage.codes)
        data = learned.codec.decode(codes, 0, _STAGE_KEY)
        table = Table(schema, data.select(list(schema.names)), learned.origin)
        stages.append(Stage(stage.step, stage.figure, table))
    return tuple(stages)


def load(path: str | Path) -> Synthesizer:
    """Load a saved synthesizer. Raises BundleError for a file that cannot be read or trusted."""
    return Synthesizer(bundle.load(Path(path)))


def partial_rows(given: Any, schema: Schema) -> Table:
    """A table of rows to complete, typed as the columns of a schema are.

    Raises ColumnError for columns that the schema does not have, TableError for no usable table.
    """
    names = read(given).schema.names
    for name in names:
        if name not in schema:
            raise unknown_column(name, schema.names, "given")
    return read(given, Schema(locked=True, columns=tuple(schema[n] for n in names)))


def completing(rows: Table, codec: Codec) -> Plan:
    """The plan to complete partial rows, with a note if there is nothing to fill in some."""
    plan = from_rows(rows)
    if not set(rows.schema.names) >= set(codec.columns):
        return plan
    full = int(np.logical_and.reduce([g.known for g in plan.given.values()]).sum())
    what = f"{full} of the {rows.rows} given rows have nothing missing: they come back as given."
    return replace(plan, warnings=(what,)) if full else plan
