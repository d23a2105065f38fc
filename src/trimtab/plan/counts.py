"""The counts or shares that a person asks a balanced table to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._validate import several
from trimtab.errors import InputError, PlanError
from trimtab.plan.plan import text_of
from trimtab.plan.quota import COUNT_NAMES, SHARE_NAMES
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table


def counts_table(to: Any, by: Sequence[str]) -> Table | None:
    """What was asked for as a table: the columns `by` as text, and a count or a share.

    to   a path, a dataframe, or a dict {value or tuple of values: number}; None and "equal" ask
         for nothing in particular, and give None

    Raises InputError for cells that do not fit `by`, PlanError for numbers that are no counts.
    """
    if to is None or (isinstance(to, str) and to == "equal"):
        return None
    names = several(by)
    if not isinstance(to, Mapping):
        # As text, so that a "01103" or "1.10" is the same value there and in the table.
        found = read(to)
        texts = [c.model_copy(update={"kind": Kind.LABEL}) for c in found.schema if c.name in names]
        if isinstance(to, (str, Path)) and found.origin.library == "csv" and texts:
            texts = [c.model_copy(update={"storage": "string", "pattern": None}) for c in texts]
            found = read(to, Schema(columns=tuple(texts)))
        return found
    cells = [c if isinstance(c, tuple) else (c,) for c in to]
    for cell in cells:
        if len(cell) != len(names):
            raise InputError(
                f"to has the cell {cell!r}: expected one value for each of {', '.join(names)}."
            )
    numbers = list(to.values())
    try:
        whole_numbers = all(isinstance(v, (int, np.integer)) for v in numbers) or (
            all(float(v).is_integer() for v in numbers) and sum(numbers) != 1
        )
        kind = next(k for k in (COUNT_NAMES if whole_numbers else SHARE_NAMES) if k not in names)
        columns = {
            n: pa.array([text_of(c[k]) for c in cells], pa.string()) for k, n in enumerate(names)
        }
        columns[kind] = pa.array(numbers)
    except (TypeError, ValueError, OverflowError, pa.ArrowException):
        raise PlanError(
            f"to asks for {numbers[:5]!r} rows: expected whole numbers of rows, or shares that sum "
            "to 1."
        ) from None
    if not numbers:
        raise PlanError("to = {}: expected {value: count}, or leave it out for equal parts.")
    locked = [Column(name=n, kind=Kind.LABEL, storage="string", reason="asked for") for n in names]
    number = Column(name=kind, kind=Kind.NUMBER, storage=str(columns[kind].type))
    return read(pa.table(columns), Schema(locked=True, columns=(*locked, number)))
