"""What is asked of `balance`, and of a plan to balance."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from trimtab.request.base import Request, Shown
from trimtab.request.parts import Columns, Counts, Names, Seeded, Training


class Quota(Request):
    """How many rows of each group there are to be.

    to    rows with the columns `by`, or `column` and `value` for each column by itself, and a count
          or share; no rows for equal parts of each column by itself; None or "equal": equal parts
    bins  column -> cut points, or how many bins there are to be
    """

    by: Annotated[Names, Field(description="The columns to balance over."), Shown(metavar="A,B,C")]
    to: Annotated[
        Literal["equal"] | Counts | None,
        Field(description="A table of cells, or of column,value, with count or share."),
        Shown(metavar="COUNTS", expected="'equal', or rows of cells with a count or share"),
    ] = None
    mode: Annotated[
        Literal["replace", "augment"], Field(description="A new table, or add what is missing.")
    ] = "replace"
    rows: Annotated[
        int | None,
        Field(ge=1, description="Rows of the result; else as many as DATA."),
        Shown(metavar="N", short="-n"),
    ] = None
    unit: Annotated[
        Literal["rows", "persons"],
        Field(description="What is counted: rows, or persons with all their rows."),
    ] = "rows"
    target: Annotated[
        Literal["auto", "product", "margins"],
        Field(
            description="Balance every combination, or each column by itself; auto: as the cells "
            "allow."
        ),
    ] = "auto"
    unseen: Annotated[
        Literal["refuse", "skip", "generate"],
        Field(description="What to do with cells never seen."),
    ] = "refuse"
    missing: Annotated[
        Literal["group", "exclude"],
        Field(description="Missing values of `by`: a group of their own, or none."),
    ] = "group"
    min_support: Annotated[
        int | None,
        Field(
            ge=1,
            description="Cells of fewer real rows count as never seen; 1 insists on classes of the "
            "outcome that fewer than 5 are of.",
        ),
        Shown(metavar="K", default=False),
    ] = None
    bins: Annotated[
        dict[str, JsonValue] | None,  # which a plan checks, for it knows the columns
        Field(
            description="Cut numbers and dates of `by`: into so many bins, or at these points.",
        ),
        Shown(
            metavar="AGE=4,DATE=a|b",
            expected="a dict such as {'age': [18, 65]}, or {'age': 4} for so many bins",
        ),
    ] = None


class Balance(Quota, Columns, Training, Seeded):
    """Make a table with as many rows of each group as asked."""

    verb: ClassVar[str] = "balance"

    origin: Annotated[
        str | None,
        Field(description="Name of a column that marks real and synthetic."),
        Shown(metavar="COLUMN", after="min_count"),
    ] = None
    holdout: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            le=0.5,
            description="Hold out this share of the rows, to judge by them.",
        ),
        Shown(
            metavar="SHARE",
            after="origin",
            expected="a share of the rows above 0 and at most 0.5, such as 0.2",
        ),
    ] = 0.0
