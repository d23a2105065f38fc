"""Which values of the real table a model holds: what sharing its file gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Int
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.codec.number import NumberCodec
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.synthesis.computed.computation import Lookup
from trimtab.synthesis.learned import Learned
from trimtab.table.canonical import as_text
from trimtab.table.rules.checking.quoted import as_texts, quoted
from trimtab.table.rules.reading import read_rules
from trimtab.table.schema import Column

_EXTREMES = re.compile(r"\b(?:from|each of) \S.* to \S")  # how a reason quotes the extremes


@dataclass(frozen=True)
class Held:
    """Some values of one column that a model holds, as a CSV file would show them.

    `what` says in words what they are; `real` whether rows of the real table held exactly these
    (False: bounds between which rows lie, rounded).
    """

    column: str
    what: str
    values: tuple[str, ...]
    real: bool


def values_held(learned: Learned) -> list[Held]:
    """All values that the file of a model holds, column by column in the schema's order."""
    modelled = set(learned.codec.modelled)
    values: list[Held] = []
    for column in learned.schema:
        values += _schema_values(column)
        values += _column(learned, column.name) if column.name in modelled else ()
        values += _looked_up(learned, column.name)
        values += _in_groups(learned, column.name)
    return [*values, *_rule_values(learned)]


def _rule_values(learned: Learned) -> Iterator[Held]:
    """What the rules of the schema quote."""
    for rule in read_rules(learned.schema.rules or (), learned.schema, "schema"):
        for column, values in quoted(rule.statement).items():
            yield Held(column, f"quoted by a rule, {rule.statement}", as_texts(values), True)


def _schema_values(column: Column) -> Iterator[Held]:
    """What the schema itself quotes of a column."""
    if column.missing:
        yield Held(column.name, "texts that were read as missing", column.missing, True)
    if _EXTREMES.search(column.reason):
        yield Held(
            column.name, "the schema's reason, which quotes extremes", (column.reason,), True
        )


def _column(learned: Learned, name: str) -> Iterator[Held]:
    codec, grid, least = learned.codec.columns[name], learned.grids[name], _least(learned)
    if isinstance(codec, LabelCodec):
        if codec.values:
            public = name in learned.provenance.public
            why = "all of them: the column is public" if public else f"each held by {least}"
            yield Held(name, f"labels, {why}", _texts(learned, name, _every(codec)), True)
        return
    assert isinstance(grid, NumberGrid) and isinstance(codec, NumberCodec | DatetimeCodec)
    atom = grid.atom > 0
    if atom.any():
        what = f"single values, each held by {least}"
        yield Held(name, what, _texts(learned, name, grid.low[atom]), True)
    if not atom.all():
        knots = np.unique(np.concatenate([grid.low[~atom], grid.high[~atom]]))
        real = learned.codec.min_count == 0
        what = "bounds of intervals" + (
            ", real values" if real else f", rounded, with {least} between two"
        )
        yield Held(name, what, _texts(learned, name, knots), real)


def _looked_up(learned: Learned, name: str) -> Iterator[Held]:
    """The numbers and dates that go with labels."""
    computation = learned.beside.computed.get(name)
    if not isinstance(computation, Lookup) or isinstance(learned.codec.columns[name], LabelCodec):
        return
    codes = np.unique(computation.of_code[computation.of_code != MISSING])
    what = f"what goes with values of {computation.by}, each held by {_least(learned)}"
    yield Held(name, what, _texts(learned, name, codes), True)


def _in_groups(learned: Learned, name: str) -> Iterator[Held]:
    """The numbers and dates that stand together with values of other columns."""
    for group in learned.beside.groups.values():
        if name not in group.columns or not isinstance(group.grid, LabelGrid):
            continue
        if not isinstance(learned.codec.columns[name], LabelCodec):
            codes = group.table[:, group.columns.index(name)]
            what = f"what stands together in {group.rule!r}, each held by {_least(learned)}"
            yield Held(name, what, _texts(learned, name, np.unique(codes[codes != MISSING])), True)


def _every(codec: LabelCodec) -> Int:
    return np.arange(len(codec.values))


def _least(learned: Learned) -> str:
    least = max(learned.codec.min_count, 1)
    noun = "row" if learned.schema.entity is None else "person"
    return f"at least {least} {noun}" + ("s" if least > 1 else "")


def _texts(learned: Learned, name: str, codes: Int) -> tuple[str, ...]:
    codec = learned.codec.columns[name]
    assert isinstance(codec, LabelCodec | NumberCodec | DatetimeCodec)
    texts = as_text(codec.decode(codes), learned.schema[name])
    return tuple(texts.to_pylist())
