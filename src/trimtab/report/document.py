"""Documents: the facts of a report, with no word on how they look."""

from __future__ import annotations

from typing import ClassVar, Literal

from trimtab._versioned import Versioned
from trimtab.measure.score import Measure, Score
from trimtab.report.blocks import Chapter, Frozen
from trimtab.report.summary import Answer

# 2: tables whose cells hold several lines, proofs; 3: topics and splits; 4: what was judged, and
# the headlines of each use; 5: rules.
DOCUMENT_VERSION = 5
INTERNAL, RELEASE = "internal", "release"
MARKS = {
    INTERNAL: "INTERNAL: exact figures of real data",
    RELEASE: "RELEASE: nothing in here is computed from real rows",
}


class Fact(Frozen):
    """A name and what it is: a line of the provenance."""

    name: str
    value: str


class Subject(Frozen):
    """A table that a report is on: what it is, its file, its rows, and the hash of its bytes."""

    what: str
    name: str
    rows: int
    sha256: str | None = None


class Document(Versioned):
    """The facts of a report.

    mark         what the edition is, in capitals; every page must show it
    summary      which tables, in a sentence
    subjects     which tables, one by one
    facts        when, by what and how they were judged
    answer       what a reader must know who reads nothing else
    headlines    the few scores to look at first
    measures     the definitions of all scores, by name
    digits       the decimals that scores are shown with
    beside       what the figures of real rows are of that stand beside the scores
    notes        what was left out or sampled, and what cannot be known
    provenance   versions, rows and settings
    """

    kind: ClassVar[str] = "report"
    newest: ClassVar[int] = DOCUMENT_VERSION
    command: ClassVar[str] = "trimtab evaluate REAL SYNTH -o REPORT.json"

    version: int = DOCUMENT_VERSION
    title: str
    edition: Literal["internal", "release"]
    mark: str
    summary: str
    subjects: tuple[Subject, ...] = ()
    facts: tuple[Fact, ...] = ()
    answer: Answer
    headlines: tuple[Score, ...]
    chapters: tuple[Chapter, ...]
    measures: dict[str, Measure]
    digits: int = 3
    beside: str
    notes: tuple[str, ...]
    provenance: tuple[Fact, ...]
