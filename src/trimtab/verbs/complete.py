"""The verb `complete`: partly filled rows, by a model that is chosen by the cells they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trimtab._run import Progress, Run, silent
from trimtab.codec.codec import Codec, fit_codec, persons
from trimtab.codec.label import LabelCodec
from trimtab.errors import ColumnError, RefusedError
from trimtab.model.grid.coding import typed_as
from trimtab.model.grid.table import fit_grids
from trimtab.model.interface import Request
from trimtab.request.complete import Complete
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis.choose import Patterns, chain_order
from trimtab.synthesis.execute import coded
from trimtab.synthesis.learn import learn, settings_of
from trimtab.synthesis.synthesizer import Synthesizer, completing, partial_rows
from trimtab.table.files import to_native
from trimtab.table.prepare import prepare
from trimtab.table.schema import Role, Schema
from trimtab.table.table import Table

_PATTERNS_NAMED, _COLUMNS_NAMED = 3, 4  # patterns, and columns of each, that a refusal names


@dataclass(frozen=True)
class Completed:
    """What `complete` made. `result` are the completed rows as a trimtab Table.

    `synthesizer` is what completed them; it conditions exactly on the cells that they gave.
    """

    result: Table
    synthesizer: Synthesizer
    warnings: tuple[str, ...]

    @property
    def table(self) -> Any:
        """The completed rows in the type of the table learned from (pyarrow, if a file)."""
        return to_native(self.result)

    @property
    def reason(self) -> str:
        """Which model completed the rows, and why that one."""
        provenance = self.synthesizer.provenance
        return f"{provenance.model}: {provenance.choice}"

    def to_dict(self) -> dict[str, Any]:
        """How the rows were completed, as plain data; they themselves are data of their own."""
        provenance = self.synthesizer.provenance
        return {
            "rows": self.result.rows,
            "model": provenance.model,
            "reason": provenance.choice,
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        return (
            f"<p><b>{self.result.rows:,} rows</b>, completed by {escape(self.reason)}.</p>"
            f"<ul>{notes}</ul>"
        )


def complete(
    data: Any,
    given: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    model: str = "auto",
    min_count: int = MIN_COUNT,
    minutes: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Completed:
    """Complete partly filled rows by what a table shows, exactly given the cells that they hold.

    data     the table to learn from
    given    rows with some of its columns: a path or dataframe; empty cells are filled by values,
             columns that are not there may come out missing
    model    "auto" takes a chain of trees in an order that fits the rows, where there is one, and
             else the network; `Completed.reason` says which and why

    Other arguments as in `fit`. A label that too few rows of the table hold stays as given, and
    counts as "a rare one": what is drawn for its row must not tell of those few. Raises, before
    anything is learned, ColumnError and PlanError for columns and values that the table does not
    have, RefusedError for rows that no model at hand conditions on exactly.
    """
    return carry_out(Complete.of(locals()), data, Run(progress), given=given)


def carry_out(request: Complete, data: Any, run: Run, *, given: Any) -> Completed:
    """Complete rows as asked, by what a table shows."""
    settings = settings_of(request.model, request.min_count, request.seed, request.minutes)
    run.tell("reading", 0, 1)
    table = prepare(data, schema=request.schema, drop=request.drop, outcome=request.outcome)
    rows = partial_rows(given, table.schema)
    _check_kept(rows, table.schema)
    codec = fit_codec(table, settings.min_count)
    grids = fit_grids(codec.encode(table), codec, persons(table))
    pooled, rare = _pooled(rows, table, codec)
    plan = completing(pooled, codec)
    patterns = _patterns(coded(plan, table.schema, codec, grids), codec)
    if request.model == "trees":
        _check_chain(patterns, {n: len(g.sizes) for n, g in grids.items()})
    synthesizer = learn(table, settings, run, patterns=patterns)
    drawn = synthesizer.draw(plan, seed=request.seed, progress=partial(run.tell, "drawing rows"))
    warnings = (*plan.warnings, *_of_rare(rare, table.schema), *synthesizer.warnings)
    return Completed(_as_given(drawn, rows, rare), synthesizer, warnings)


def _check_kept(rows: Table, schema: Schema) -> None:
    for name in rows.schema.names:
        if schema[name].role is Role.DROP:
            raise ColumnError(
                f"given: column {name!r} is left out of what is learned ({schema[name].reason}): "
                "take it out of the given rows, or keep it in the schema."
            )


def _pooled(rows: Table, table: Table, codec: Codec) -> tuple[Table, dict[str, int]]:
    """The rows as a model can know them, and how many of them hold a rare label, by column.

    Labels that the table holds and the codec does not keep stand as what they are pooled with.
    """
    data, rare = rows.data, {}
    for at, name in enumerate(rows.schema.names):
        column = codec.columns[name]
        if not isinstance(column, LabelCodec):
            continue
        values = typed_as(codec, name, rows.column(name))
        kept = pa.array(column.values, values.type)
        in_table = pc.is_in(values, table.column(name).drop_null().unique())
        scarce = pc.and_(in_table, pc.invert(pc.is_in(values, kept)))
        if count := pc.sum(scarce).as_py():
            stand_in = column.decode(column.encode(values, name))
            data = data.set_column(at, name, pc.if_else(scarce, stand_in, values))
            rare[name] = int(count)
    return Table(rows.schema, data, rows.origin), rare


def _patterns(request: Request, codec: Codec) -> Patterns:
    """The sets of columns that rows with something to fill give."""
    every = frozenset(codec.modelled)
    return {given for given, _ in request.patterns() if given != every}


def _check_chain(patterns: Patterns, sizes: Mapping[str, int]) -> None:
    """Refuse, before it is learned, a chain that could not complete the rows."""
    if chain_order((), patterns, lambda: sizes) is not None:
        return
    some = sorted(patterns, key=lambda p: (len(p), sorted(p)))
    examples = "; ".join(_pattern_name(sorted(p)) for p in some[:_PATTERNS_NAMED])
    more = f"; and {len(some) - _PATTERNS_NAMED} more" if len(some) > _PATTERNS_NAMED else ""
    raise RefusedError(
        f"no chain of trees conditions exactly on rows that give such different columns ({examples}"
        f"{more}): leave out --model, or ask for --model network. Rows of one pattern by "
        "themselves can be completed by a chain."
    )


def _pattern_name(names: Sequence[str]) -> str:
    more = f" and {len(names) - _COLUMNS_NAMED} more" if len(names) > _COLUMNS_NAMED else ""
    return (", ".join(names[:_COLUMNS_NAMED]) or "nothing") + more


def _as_given(drawn: Table, rows: Table, rare: Mapping[str, int]) -> Table:
    """The drawn rows with the rare labels that were given."""
    data = drawn.data
    for name in rare:
        at = data.column_names.index(name)
        given = rows.column(name).cast(data.schema.field(at).type)
        data = data.set_column(at, name, pc.coalesce(given, data.column(at).combine_chunks()))
    return Table(drawn.schema, data.combine_chunks(), drawn.origin)


def _of_rare(rare: Mapping[str, int], schema: Schema) -> list[str]:
    if not rare:
        return []
    noun = "rows" if schema.entity is None else "persons"
    counts = ", ".join(f"{count:,} in {name}" for name, count in rare.items())
    return [
        f"Some given labels are held by too few {noun} of the table to be learned ({counts}): they "
        "stay, and the rest of their rows is drawn as for any rare label, so that it does not tell "
        "of those few."
    ]
