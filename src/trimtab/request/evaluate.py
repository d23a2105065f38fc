"""What is asked of `evaluate`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from trimtab._validate import several
from trimtab.errors import InputError
from trimtab.request.base import Request, Shown
from trimtab.request.parts import Columns, Names, Positive, Seeded

Pair = tuple[str, str]
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
    rules: Annotated[
        bool, Field(description="Judge by the rules that the real rows keep, too.")
    ] = True


class Evaluate(Judged, Columns, Seeded):
    """Judge a synthetic table."""

    verb: ClassVar[str] = "evaluate"

    show: Annotated[
        tuple[Pair, ...],
        Field(description="Two columns to draw against each other; or several pairs."),
        Shown(metavar="A,B", after="triples"),
    ] = ()
    group: Annotated[
        str | None,
        Field(description="The column that their rows are coloured by."),
        Shown(metavar="COLUMN", after="show"),
    ] = None

    @field_validator("show", mode="before")
    @classmethod
    def _check_pairs(cls, value: Any) -> Any:
        return pairs(value)

    @field_validator("group")
    @classmethod
    def _check_group(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and not info.data.get("show"):
            raise InputError(
                f"group = {value!r}: it colours the pairs of columns in `show`, and there are "
                "none: name two columns to show, or no group."
            )
        return value


def pairs(value: Any) -> tuple[Pair, ...]:
    """Pairs of names: one pair, a list of pairs, or names of which every two are a pair.

    Raises InputError for what is none, and for a column that is paired with itself.
    """
    wrong = InputError(
        f"show = {value!r:.200}: expected two names of columns, such as ('price', 'rooms'), or a "
        "list of such pairs."
    )
    try:
        parts: list[Any] = list(several(value or ()))
        if all(isinstance(part, str) for part in parts):
            parts = [parts[k : k + 2] for k in range(0, len(parts), 2)]
        made = [tuple(several(part)) for part in parts]
    except TypeError:
        raise wrong from None
    for pair in made:
        if len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise wrong
        if pair[0] == pair[1]:
            raise InputError(f"show = {value!r:.200}: {pair[0]!r} is paired with itself.")
    return tuple(dict.fromkeys((a, b) for a, b in made))
