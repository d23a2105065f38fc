"""What several requests ask: which columns, how to learn, how to draw."""

from __future__ import annotations

import warnings
from typing import Annotated

from pydantic import Field

from trimtab.request.base import Request, Shown
from trimtab.table.schema import Schema

MIN_COUNT = 5

Scalar = str | int | float | bool | None
Names = tuple[str, ...]
Counts = tuple[dict[str, Scalar], ...]  # rows of a table: cells, each with a count or a share
Positive = Annotated[
    str | None,
    Field(description="The class it is about; else the rarer."),
    Shown(metavar="CLASS", expected="a class as text, such as '1'"),
]

with warnings.catch_warnings():
    # The `schema` of pydantic is deprecated; ours is the name that callers and commands know.
    warnings.filterwarnings("ignore", 'Field name "schema"', UserWarning)

    class Columns(Request):
        """What the columns are, and which to leave out."""

        schema: Annotated[
            Schema | None,
            Field(description="An edited schema (TOML), from inspect -o."),
            Shown(metavar="S.toml"),
        ] = None  # type: ignore[assignment]
        drop: Annotated[
            Names, Field(description="Columns to leave out."), Shown(metavar="A,B")
        ] = ()


class Training(Request):
    """How a table is learned."""

    outcome: Annotated[
        Names | None,
        Field(description="The outcome column, drawn last; else guessed."),
        Shown(metavar="Y"),
    ] = None
    constant: Annotated[
        Names,
        Field(description="Columns that a person has once, though a few rows differ."),
        Shown(metavar="A,B"),
    ] = ()
    model: Annotated[
        str,
        Field(description="The kind of model; best compares those that would do."),
        Shown(metavar="MODEL", expected="the name of a kind of model, such as 'auto'"),
    ] = "auto"
    minutes: Annotated[
        float | None,
        Field(
            gt=0,
            examples=[5],
            description="Train a network for at most M minutes, and compare it with the trees.",
        ),
        Shown(metavar="M"),
    ] = None
    min_count: Annotated[
        int,
        Field(
            ge=0,
            description="Labels and exact numbers that fewer rows hold never show; 0: all may.",
        ),
        Shown(metavar="K"),
    ] = MIN_COUNT
    rules: Annotated[
        bool, Field(description="Find the rules that the rows keep; those of a schema are taken.")
    ] = True


class Seeded(Request):
    """Chance, the same for the same seed."""

    seed: Annotated[
        int, Field(ge=0, description="The same seed gives the same rows."), Shown(metavar="N")
    ] = 0
