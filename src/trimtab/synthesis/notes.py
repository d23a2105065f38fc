"""What a careful user should know of a fit or a balanced table, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from trimtab.codec.codec import Codec
from trimtab.codec.label import LabelCodec
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.plan.plan import Plan, cell_name
from trimtab.synthesis.holdout import HeldOut
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.table.emptied import TEXT_MIN_COUNT
from trimtab.table.rules.words import shortened
from trimtab.table.schema import Kind, Role
from trimtab.table.table import Table

Rare = Mapping[str, Collection[object]]
_CELLS_NAMED = 12
_COLUMNS_NAMED = 5
_RULES_NAMED = 3


def of_unheld(rules: Collection[str], *, masked: bool) -> tuple[str, ...]:
    """The note on kept rules that drawn rows may break, if there are any.

    masked  whether the kind of model can be held to more rules than it draws columns as
    """
    if not rules:
        return ()
    named = "; ".join(shortened(text) for text in list(rules)[:_RULES_NAMED])
    more = len(rules) - _RULES_NAMED
    named += f"; and {more} more" if more > 0 else ""
    why = (
        ""
        if masked
        else (" Only models that draw one column after another can be held to more: see `model`.")
    )
    return (f"Drawn rows may break kept rules that this model is not held to: {named}.{why}",)


def of_comparison(learned: Sequence[Provenance]) -> tuple[str, ...]:
    """The note on what was learned where kinds were to be compared, once or for several tables."""
    if len(learned) < 2:
        return tuple(f"Filled by the model {one.model}: {one.choice}." for one in learned)
    counts = Counter(one.model for one in learned)
    if len(counts) > 1:
        times = ", ".join(f"{name} for {many}" for name, many in counts.most_common())
        return (f"Of the models compared for each table the likelier filled it: {times}.",)
    return (f"All tables are filled by the model {learned[0].model}; first: {learned[0].choice}.",)


def of_fit(
    table: Table, codec: Codec, grids: Mapping[str, Grid], rare: Rare, *, row_by_row: bool
) -> tuple[str, ...]:
    """Notes on what was left out, made afresh, or pooled, whatever the model.

    `rare` holds the labels that were not kept, by column; `row_by_row` says whether every row is
    drawn by itself.
    """
    notes = []
    dropped = [c.name for c in table.schema if c.role is Role.DROP]
    if dropped:
        notes.append(f"Left out: {', '.join(dropped)}.")
    fresh = [c.name for c in table.schema if c.fresh]
    if fresh:
        notes.append(f"Made afresh, never copied: {', '.join(fresh)}.")
    entity = table.schema.entity
    if entity is not None and row_by_row and not any(c.per for c in table.schema):
        notes.append(f"Each {entity.name} has one row, so that rows are drawn one by one.")
    elif entity is not None and row_by_row:
        notes.append(
            f"{entity.name} says which rows belong to one person; in the result every row stands "
            "for itself: that rows of one person belong together is lost."
        )
    notes += _other_holders(table)
    notes += _rare_labels(table, codec, rare)
    empty = _without_values(table, codec, grids)
    if empty:
        notes.append(f"Too few values to learn any, so all missing: {', '.join(empty)}.")
    lost = _lost_outcomes(table, codec, rare)
    if lost:
        notes.append(
            f"The outcome {', '.join(lost)} is CONSTANT in every draw, because fewer than "
            f"{codec.min_count} hold its other values: give more rows, or lower `min_count`."
        )
    return tuple(notes)


def _other_holders(table: Table) -> list[str]:
    """What is lost where rows belong to others besides persons, such as items or clinics."""
    entity = table.schema.entity
    others = [
        c.name for c in table.schema if c.fresh and c is not entity and _repeats(table, c.name)
    ]
    if entity is None or not others:
        return []
    return [
        f"Rows belong to {entity.name}, and to {', '.join(others)} too: they are drawn as those of "
        f"{entity.name}, and what rows share by {others[0]} is lost. Where that is wanted, give it "
        'the kind "label", or make it the `entity` instead, in the schema.'
    ]


def _repeats(table: Table, name: str) -> bool:
    values = table.column(name).drop_null()
    return len(values.unique()) < len(values)


def _rare_labels(table: Table, codec: Codec, rare: Rare) -> list[str]:
    noun = "rows" if table.schema.entity is None else "persons"
    pooled: dict[int, list[str]] = {}
    nearest = []
    for name, column in codec.columns.items():
        if not isinstance(column, LabelCodec):
            continue
        if column.marker is not None:
            text = table.schema[name].kind is Kind.TEXT
            least = max(codec.min_count, TEXT_MIN_COUNT) if text else codec.min_count
            pooled.setdefault(least, []).append(name)
        elif column.values and rare[name]:
            nearest.append(name)
    notes = [
        f'Labels that fewer than {least} {noun} hold are pooled as "(rare)" in {_some(names)}.'
        for least, names in pooled.items()
    ]
    if nearest:
        notes.append(
            f"Values that fewer than {codec.min_count} {noun} hold are drawn as the nearest value "
            f"that is kept in {_some(nearest)}: lower `min_count` to keep them."
        )
    return notes


def _some(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = f" and {len(names) - _COLUMNS_NAMED} more" if len(names) > _COLUMNS_NAMED else ""
    return ", ".join(names[:_COLUMNS_NAMED]) + more


def _without_values(table: Table, codec: Codec, grids: Mapping[str, Grid]) -> list[str]:
    """The columns that hold values, of which too few are shared for any to be learned."""
    empty = []
    for name, column in codec.columns.items():
        if name not in grids or table.column(name).null_count == table.rows:
            continue
        grid = grids[name]
        bare = isinstance(column, LabelCodec) and not column.values and column.marker is None
        if bare or (isinstance(grid, NumberGrid) and not len(grid.low)):
            empty.append(name)
    return empty


def _lost_outcomes(table: Table, codec: Codec, rare: Rare) -> list[str]:
    """The outcomes of which value protection leaves fewer than two values."""
    return [
        n
        for n in table.schema.outcomes
        if rare.get(n) and isinstance(c := codec.columns[n], LabelCodec) and c.size < 2
    ]


def of_balance(learned: Learned, plan: Plan, parts: HeldOut | None = None) -> tuple[str, ...]:
    """Notes on balance columns that are numbers, on cells that too few persons hold, on the fit,
    and on rows held out.
    """
    notes = []
    numbers = [
        n
        for n in plan.by
        if isinstance(g := learned.grids[n], NumberGrid) and not g.atom.all() and n not in plan.bins
    ]
    if numbers:
        notes.append(
            f"Numbers among `by` ({', '.join(numbers)}): their values are written as they are, "
            "however rare, and the other columns are drawn given the bin that a value falls in."
        )
    least = learned.codec.min_count
    few = [
        c
        for c in plan.cells
        if c.generated_rows and 0 < (c.real_rows if c.persons is None else c.persons) < least
    ]
    if few:
        noun = "rows" if few[0].persons is None else "persons"
        names = "; ".join(cell_name(c.values, plan.by) for c in few[:_CELLS_NAMED])
        more = f"; and {len(few) - _CELLS_NAMED} more" if len(few) > _CELLS_NAMED else ""
        notes.append(
            f"{len(few)} cells are held by fewer than {least} {noun}, and their labels are shown "
            f"all the same: {names}{more}."
        )
    notes += learned.provenance.warnings
    if parts is not None:
        notes += _of_holdout(parts, plan)
    return tuple(notes)


def _of_holdout(parts: HeldOut, plan: Plan) -> list[str]:
    """Notes on what holding rows out means for the result."""
    held_out, rest = parts.held.rows, parts.rest.rows
    notes = [
        f"{held_out:,} of {held_out + rest:,} rows were held out: nothing was learned from them, "
        "and the result is judged by them. The plan's counts are those of all rows. To learn from "
        "all rows, balance again without a holdout; that table is not the one judged here."
    ]
    if parts.spared:
        notes.append(
            f"{parts.spared} rows that were drawn to be held out were learned from all the same, "
            f"because they are the only ones of their combination of {', '.join(plan.by)}."
        )
    if plan.mode == "augment":
        notes.append(
            "The result holds the rows held out too, among its real rows; what is judged is the "
            "result without them."
        )
    return notes
