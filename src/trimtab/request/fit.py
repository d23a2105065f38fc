"""What is asked of `fit`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, JsonValue

from trimtab.request.base import Shown
from trimtab.request.parts import Columns, Names, Seeded, Training


class Fit(Columns, Training, Seeded):
    """Learn a table."""

    verb: ClassVar[str] = "fit"

    first: Annotated[
        Names,
        Field(description="Columns to condition on later."),
        Shown(metavar="A,B", after="drop"),
    ] = ()
    options: Annotated[
        dict[str, JsonValue],
        Field(description="What is asked of the kind of model alone, by name."),
        Shown(after="minutes", expected="the options of the kind of model, by name"),
    ] = {}  # noqa: RUF012
