"""The verb `inspect`: what the columns of a table are, what a model file holds, and what this
machine has for the work."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from importlib.metadata import version
from typing import Any

from trimtab._cores import usable_cores
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis.bundle.contents import Held, values_held
from trimtab.synthesis.choose import AUTO, engines, understanding
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.emptied import emptied
from trimtab.table.files import read
from trimtab.table.imbalance import Imbalance, imbalance
from trimtab.table.pointed_out import pointed_out
from trimtab.table.prepare import ruled
from trimtab.table.rules.saying import counts, evidence_of, in_order
from trimtab.table.schema import Kind, Role, Schema
from trimtab.table.table import Table

RULES_SHOWN = 40


@dataclass(frozen=True)
class InspectedTable:
    """What a table's columns are, and how uneven the labels; `persons` says in words what belongs
    to persons and how their rows follow one another, if rows belong to persons; `told` how a file
    was read and is written, and what a careful user would look at."""

    rows: int
    schema: Schema
    labels: tuple[Imbalance, ...]
    persons: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        uneven = {
            label.column: {
                "ratio": label.ratio,
                "missing_rows": label.missing_rows,
                "rows": [[v, n] for v, n in label.values],
            }
            for label in self.labels
        }
        told = {"rows": self.rows, "told": list(self.told), **_schema(self.schema)}
        told["labels"] = uneven
        return told | ({"persons": list(self.persons)} if self.persons else {})

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(text)}</p>" for text in (*self.told, *self.persons))
        head = f"<p><b>{self.rows:,} rows</b></p>{said}"
        return f"{head}{_columns(self.schema)}{_rules(self.schema)}"


@dataclass(frozen=True)
class InspectedModel:
    """What a model is, and every real value that its file holds."""

    synthesizer: Synthesizer
    values: tuple[Held, ...]

    @property
    def schema(self) -> Schema:
        """The schema of the table that was learned."""
        return self.synthesizer.schema

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        values = [
            {"column": v.column, "what": v.what, "values": list(v.values), "exact": v.real}
            for v in self.values
        ]
        learned = self.synthesizer.to_dict()
        return {**learned, **_schema(self.schema), "values": values}

    def _repr_html_(self) -> str:
        return f"{self.synthesizer._repr_html_()}{_columns(self.schema)}{_rules(self.schema)}"


@dataclass(frozen=True)
class InspectedSystem:
    """What is installed here, and what carries out the work of kinds of models (`work`, `by` and
    `why`), where that differs from machine to machine."""

    trimtab: str
    python: str
    platform: str
    cores: int
    engines: Mapping[str, Mapping[str, str]]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        cores = f"{self.cores} core{'s' * (self.cores != 1)}"
        first = f"trimtab {self.trimtab}, Python {self.python}, {self.platform}, {cores}"
        engines = [f"{e['work']} by {e['by']}: {e['why']}" for e in self.engines.values()]
        return "; ".join([first, *engines])


def inspect_table(data: Any, *, rules: bool = True, min_count: int = MIN_COUNT) -> InspectedTable:
    """Inspect a table.

    data       a path, a dataframe, or whatever speaks Arrow
    rules      whether the rules that its rows keep are looked for
    min_count  a value that fewer rows (persons) hold is named by no rule
    """
    table = ruled(read(data), rules, min_count).table
    labels = tuple(
        imbalance(table, c.name)
        for c in table.schema
        if c.kind in (Kind.LABEL, Kind.FLAG) and c.role is not Role.DROP
    )
    told = (*table.origin.notes, *_file(table), *pointed_out(table), *emptied(table, min_count))
    return InspectedTable(table.rows, table.schema, labels, _persons(table, min_count), told)


def _file(table: Table) -> tuple[str, ...]:
    """How a file of text is written, and how that is known."""
    dialect = table.origin.dialect
    return () if dialect is None else (f"{dialect} ({dialect.why}).",)


def _persons(table: Table, min_count: int) -> tuple[str, ...]:
    """What kinds of models that draw persons make of the table."""
    if table.schema.entity is None or not any(c.modelled for c in table.schema):
        return ()
    return understanding(in_codes(table, settings_of(AUTO, min_count, 0)))


def inspect_model(synthesizer: Synthesizer) -> InspectedModel:
    """Inspect a model."""
    return InspectedModel(synthesizer, tuple(values_held(synthesizer.learned)))


def inspect_system() -> InspectedSystem:
    """Inspect what is installed here."""
    kind = f"{platform.system()} {platform.machine()}"
    installed, python = version("trimtab"), platform.python_version()
    return InspectedSystem(installed, python, kind, usable_cores(), engines())


def _schema(schema: Schema) -> dict[str, Any]:
    """A schema as plain data, with the evidence for its rules in words, too."""
    content = schema.model_dump(mode="json")
    if schema.rules is not None:
        shown = in_order(schema.rules)
        said = [{**r.model_dump(mode="json"), "said": evidence_of(r)} for r in shown]
        content["rules"] = said
    return content


def _columns(schema: Schema) -> str:
    per = any(c.per for c in schema)
    heads = ("column", "kind", "role", *(["per"] if per else []), "why")
    rows = [
        (c.name, c.kind, c.role, *([c.per or ""] if per else []), "; ".join([c.reason, *c.flags]))
        for c in schema
    ]
    return _html_table(heads, rows)


def _rules(schema: Schema) -> str:
    if schema.rules is None:
        return ""
    shown = in_order(schema.rules)[:RULES_SHOWN]
    table = _html_table(
        ("rule", "status", "evidence"), [(r.text, r.status, evidence_of(r)) for r in shown]
    )
    more = len(schema.rules) - len(shown)
    rest = f"<p>... and {more:,} more rules: see <code>schema.rules</code>.</p>" if more else ""
    return f"<p><b>{counts(schema.rules)}</b></p>{table if shown else ''}{rest}"


def _html_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"
