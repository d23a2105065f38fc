"""The parts of a document: text, tables of scores, and the facts of pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trimtab.measure.score import Exhibit, Score


class Frozen(BaseModel):
    """A part that does not change, and has no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(Frozen):
    """Plain text."""

    kind: Literal["paragraph"] = "paragraph"
    text: str


class Bullets(Frozen):
    """A list of plain texts."""

    kind: Literal["list"] = "list"
    items: tuple[str, ...]


class ScoreTable(Frozen):
    """Scores, the worst first.

    meaning   what they say, where all are of one measure; else each line says what it is
    shown     how many lines a reader sees at first
    """

    kind: Literal["scores"] = "scores"
    title: str
    meaning: str = ""
    scores: tuple[Score, ...]
    shown: int = 10


class Panel(Frozen):
    """The facts of one picture (or of a few on the same facts), and a remark on them."""

    exhibit: Exhibit
    remark: str = ""


class Figure(Frozen):
    """Pictures of one kind beside each other.

    reading   how to read them
    shown     how many a reader sees at first
    """

    kind: Literal["figure"] = "figure"
    title: str
    reading: str
    panels: tuple[Panel, ...]
    shown: int = 1


Block = Annotated[Paragraph | Bullets | ScoreTable | Figure, Field(discriminator="kind")]


class Part(Frozen):
    """A part of a chapter. Without a title it has no heading of its own."""

    identity: str
    title: str = ""
    blocks: tuple[Block, ...]


class Chapter(Frozen):
    """A chapter: a question, what it is about, and its parts."""

    identity: str
    title: str
    lead: str = ""
    parts: tuple[Part, ...]
