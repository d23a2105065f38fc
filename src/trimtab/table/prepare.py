"""A caller's table, read, with the roles that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab._validate import several
from trimtab.errors import ColumnError, unknown_column
from trimtab.table.files import read
from trimtab.table.schema import Role, Schema
from trimtab.table.table import Table


def prepare(
    data: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
) -> Table:
    """Read a table and give its columns their roles.

    Raises ColumnError for columns that are not there, or an outcome that is not to be learned.
    """
    table = read(data, schema)
    roles = table.schema
    for name in several(drop):
        if name not in roles:
            raise unknown_column(name, roles.names, "drop")
        roles = roles.change(name, role=Role.DROP, reason="left out on request")
    if outcome is not None:
        named = several(outcome)
        for name in roles.outcomes:
            roles = roles.change(name, role=Role.KEEP)
        for name in named:
            check_modelled(name, roles, "outcome")
            roles = roles.change(name, role=Role.OUTCOME)
    return table if roles is table.schema else Table(roles, table.data, table.origin)


def check_modelled(name: str, schema: Schema, where: str) -> None:
    """Raise ColumnError for a column that is not there, or that no model learns."""
    if name not in schema:
        raise unknown_column(name, schema.names, where)
    column = schema[name]
    if not column.modelled:
        role = "left out" if column.role is Role.DROP else f"an {column.kind}"
        raise ColumnError(
            f"{where}: column {name!r} is {role}: expected a column that the model learns."
        )
