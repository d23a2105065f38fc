"""What is asked of `evaluate`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trimtab.request.base import Request, Shown
from trimtab.request.parts import Columns, Names, Positive, Seeded

Section = Literal["fidelity", "usefulness", "fairness", "copies"]
SECTIONS: tuple[Section, ...] = ("fidelity", "usefulness", "fairness", "copies")


class Judged(Request):
    """What a synthetic table is judged for."""

    target: Annotated[
        str | None, Field(description="The outcome column; else guessed."), Shown(metavar="Y")
    ] = None
    positive: Positive = None
    protected: Annotated[
        Names, Field(description="Columns it should not depend on."), Shown(metavar="A,B")
    ] = ()
    by: Annotated[
        Names,
        Field(description="Columns whose shares differ on purpose (balanced)."),
        Shown(metavar="A,B"),
    ] = ()
    origin: Annotated[
        str | None,
        Field(description="Column that marks generated rows 'synthetic'."),
        Shown(metavar="COLUMN"),
    ] = None
    sections: Annotated[
        tuple[Section, ...],
        Field(description="Of fidelity, usefulness, fairness, copies; else all."),
        Shown(metavar="A,B", default=False),
    ] = SECTIONS
    triples: Annotated[bool, Field(description="Judge triples of columns too.")] = False


class Evaluate(Judged, Columns, Seeded):
    """Judge a synthetic table."""

    verb: ClassVar[str] = "evaluate"
