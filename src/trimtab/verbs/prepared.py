"""A caller's table as a request to learn it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab._run import Run
from trimtab.request.balance import Balance
from trimtab.request.complete import Complete
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.table import prepare
from trimtab.table.emptied import emptied
from trimtab.table.table import Table

Learning = Fit | Balance | Complete | Impute


def prepared(request: Learning, data: Any) -> Table:
    """The table, read, with the roles asked for. Raises what `prepare.prepare` does."""
    return prepare.prepare(
        data,
        schema=request.schema,
        drop=request.drop,
        outcome=request.outcome,
        constant=request.constant,
    )


def warn_of_emptied(request: Learning, table: Table, run: Run, public: Sequence[str] = ()) -> None:
    """Say at once which columns would come out mostly rare, before anything is learned."""
    for line in emptied(table, request.min_count, public):
        run.warn(line)


def ruled(request: Learning, table: Table) -> prepare.Ruled:
    """The table with its rules, as far as they were asked for. Raises what `prepare.ruled` does."""
    return prepare.ruled(table, request.rules, request.min_count)
