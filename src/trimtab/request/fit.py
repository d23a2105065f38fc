"""What is asked of `fit`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from trimtab.request.base import Shown
from trimtab.request.parts import Columns, Gan, Names, Seeded, Training


class Fit(Columns, Training, Gan, Seeded):
    """Learn a table."""

    verb: ClassVar[str] = "fit"

    first: Annotated[
        Names,
        Field(description="Columns to condition on later."),
        Shown(metavar="A,B", after="drop"),
    ] = ()
    model: Annotated[
        str,
        Field(description="The kind of model."),
        Shown(metavar="auto|trees|network|gan|cgan|fair-gan"),
    ] = "auto"
