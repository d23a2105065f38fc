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


class Key(Frozen):
    """What a picture tells apart: its name, and what people read."""

    name: str
    said: str


class Figure(Frozen):
    """Pictures of one kind beside each other.

    reading   how to read them
    shown     how many a reader sees at first
    keys      what they tell apart, where that is not the sides of a scorecard
    """

    kind: Literal["figure"] = "figure"
    title: str
    reading: str
    panels: tuple[Panel, ...]
    shown: int = 1
    keys: tuple[Key, ...] = ()


class Cell(Frozen):
    """A cell of a table: a figure, what is to be read with it, and a word for what it comes to.

    aside   what stands beside the word
    """

    text: str
    notes: tuple[str, ...] = ()
    word: str = ""
    aside: str = ""


class CellLine(Frozen):
    """A line of a table: its name, a note on that, and its cells."""

    name: str
    note: str = ""
    cells: tuple[Cell, ...]


class CellGroup(Frozen):
    """Lines that belong together, under a title if there is one."""

    title: str = ""
    lines: tuple[CellLine, ...]


class CellTable(Frozen):
    """A table of figures with what belongs to each.

    first     what its lines are
    grouped   what its lines are grouped by
    spans     titles over neighbouring columns, and how many columns each is over
    folded    whether a reader opens it first
    """

    kind: Literal["cells"] = "cells"
    title: str
    reading: str = ""
    first: str
    grouped: str = ""
    columns: tuple[str, ...]
    spans: tuple[tuple[str, int], ...] = ()
    groups: tuple[CellGroup, ...]
    folded: bool = False


Block = Annotated[
    Paragraph | Bullets | ScoreTable | CellTable | Figure, Field(discriminator="kind")
]


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
