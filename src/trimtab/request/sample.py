"""What is asked of `sample`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from trimtab._named import Named
from trimtab.request.base import Shown
from trimtab.request.parts import Scalar, Seeded


class Span(Named):
    """The values from `low` to `high`, both included; None leaves an end open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: Scalar = None
    high: Scalar = None


class Sample(Seeded):
    """Draw rows from a model.

    where   column -> value, None for missing, a list of values, or {"low": ..., "high": ...}
    """

    verb: ClassVar[str] = "sample"

    rows: Annotated[
        int | None,
        Field(ge=1, description="How many rows; else as many as were learned."),
        Shown(metavar="N", short="-n"),
    ] = None
    persons: Annotated[
        int | None,
        Field(ge=1, description="How many persons instead, with all their rows."),
        Shown(metavar="N"),
    ] = None
    where: Annotated[
        dict[str, Span | list[Scalar] | Scalar] | None,
        Field(
            description="For all rows: a value, a range or one of x|y; 'A=' asks for missing.",
        ),
        Shown(
            metavar="A=x,B=60..70",
            expected="a dict of column -> value, such as {'RACE': 'black'}",
        ),
    ] = None
