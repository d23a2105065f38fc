"""What is asked of `impute`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from trimtab.request.base import Request, Shown
from trimtab.request.parts import Columns, Seeded, Training


class Repeated(Request):
    """How often gaps are filled."""

    multiple: Annotated[
        int,
        Field(
            ge=1,
            description="How many filled tables, OUT-1, OUT-2, ...: a refit each, so that they can "
            "be pooled.",
        ),
        Shown(metavar="M"),
    ] = 1


class Impute(Repeated, Columns, Training, Seeded):
    """Fill the gaps of a table."""

    verb: ClassVar[str] = "impute"
