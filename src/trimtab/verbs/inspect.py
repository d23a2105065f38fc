"""The verb `inspect`: what the columns of a table are, and what a model file holds."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from trimtab.synthesis.bundle.contents import Held, values_held
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.files import read
from trimtab.table.imbalance import Imbalance, imbalance
from trimtab.table.schema import Kind, Role, Schema


@dataclass(frozen=True)
class InspectedTable:
    """What a table's columns are, and how uneven the labels."""

    rows: int
    schema: Schema
    labels: tuple[Imbalance, ...]

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
        return {"rows": self.rows, **self.schema.model_dump(mode="json"), "labels": uneven}

    def _repr_html_(self) -> str:
        return f"<p><b>{self.rows:,} rows</b></p>{_columns(self.schema)}"


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
        return {**learned, **self.schema.model_dump(mode="json"), "values": values}

    def _repr_html_(self) -> str:
        return f"{self.synthesizer._repr_html_()}{_columns(self.schema)}"


def inspect_table(data: Any) -> InspectedTable:
    """Inspect a table: a path, a dataframe, or whatever speaks Arrow."""
    table = read(data)
    labels = tuple(
        imbalance(table, c.name)
        for c in table.schema
        if c.kind in (Kind.LABEL, Kind.FLAG) and c.role is not Role.DROP
    )
    return InspectedTable(table.rows, table.schema, labels)


def inspect_model(synthesizer: Synthesizer) -> InspectedModel:
    """Inspect a model."""
    return InspectedModel(synthesizer, tuple(values_held(synthesizer.learned)))


def _columns(schema: Schema) -> str:
    rows = "".join(
        f"<tr><td>{escape(c.name)}</td><td>{c.kind}</td><td>{c.role}</td>"
        f"<td>{escape('; '.join([c.reason, *c.flags]))}</td></tr>"
        for c in schema
    )
    heads = "".join(f"<th>{h}</th>" for h in ("column", "kind", "role", "why"))
    return f"<table><tr>{heads}</tr>{rows}</table>"
