"""All scores of one synthetic table, with what they rest on; the same in Python and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, ClassVar

import pyarrow as pa
from pydantic import ConfigDict, Field, model_validator

from trimtab._named import Named
from trimtab._shown import charts, pictures
from trimtab._versioned import Versioned
from trimtab.errors import InputError
from trimtab.measure.before import completed
from trimtab.measure.score import Exhibit, Measure, Score, Section, Split
from trimtab.table.files import to_native
from trimtab.table.inputs import Input
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Origin, Table

# 2: measures say their topic, measures and scores what they are split by. 3: scores say what
# controls get, and whether they are poor beyond doubt; the inputs, the date and who asked. 4: the
# rules of the real table. 5: the topic of persons.
SCORECARD_VERSION = 5
NOT_HELD_OUT = (
    "No held-out real rows were given. What real rows that the generator never saw would score is "
    "not known, so learning by heart cannot be told from learning."
)


class Settings(Named):
    """What was asked of an evaluation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str | None = None
    positive: str | None = None
    protected: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    origin: str | None = None
    drop: tuple[str, ...] = ()
    sections: tuple[Section, ...] = tuple(Section)
    triples: bool = False
    rules: bool = True
    show: tuple[tuple[str, str], ...] = ()
    group: str | None = None
    seed: int = 0


class Scorecard(Versioned):
    """The scores of a synthetic table.

    rows      how many rows each table has: "real", "synthetic", and "holdout" if there is one
    columns   the names of the columns that were compared
    measures  the definitions of the scores, by name
    notes     what was left out or sampled, and what cannot be known
    inputs    the tables that were handed over, by the names of `rows`
    date      when it was judged, in universal time: "2026-11-30"
    asked     the command or the function that asked for it
    library   the library of the caller's table, which `to_frame` gives back
    """

    kind: ClassVar[str] = "scorecard"
    newest: ClassVar[int] = SCORECARD_VERSION
    command: ClassVar[str] = "trimtab evaluate REAL SYNTH --facts FACTS.json"

    version: int = SCORECARD_VERSION
    trimtab: str
    rows: dict[str, int]
    columns: tuple[str, ...]
    settings: Settings
    scores: tuple[Score, ...]
    measures: dict[str, Measure] = Field(default_factory=dict)
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()
    inputs: dict[str, Input] = Field(default_factory=dict)
    date: str = ""
    asked: str = ""
    library: str = "pyarrow"

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, content: Any) -> Any:
        return completed(content)

    def __iter__(self) -> Iterator[Score]:  # type: ignore[override]
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def charts(self) -> Mapping[str, Any]:
        """Its charts by their titles, as Altair objects: see `trimtab.charts`."""
        return charts(self)

    @property
    def headlines(self) -> tuple[Score, ...]:
        """The few scores to look at first."""
        return tuple(s for s in self.scores if s.headline)

    def find(self, measure: str, *about: str, within: str | None = None) -> Score:
        """The one score of a measure about some columns. Raises InputError, naming what there is.

        Without `within`, the first one.
        """
        alike = [s for s in self.scores if s.measure == measure]
        for score in alike:
            if score.about == about and (within is None or score.within == within):
                return score
        known = ", ".join(s.name for s in alike[:10]) or ", ".join(
            sorted({s.measure for s in self.scores})
        )
        wanted = ", ".join((*about, *([within] if within else [])))
        raise InputError(f"there is no score {measure}({wanted}): there are {known}.")

    def exhibit(self, name: str, *about: str, within: str | None = None) -> Exhibit | None:
        """The first exhibit of a name about some columns, if there is one."""
        for exhibit in self.exhibits:
            same = exhibit.name == name and exhibit.about == about
            if same and (within is None or exhibit.within == within):
                return exhibit
        return None

    def to_frame(self) -> Any:
        """One row for each score, as a dataframe of the caller's library (pyarrow for files)."""
        fields = ["section", "measure", "title", "about", "within", "value", "low", "high"]
        fields += ["covers", "n", "direction", "ideal", "ceiling", "noise", "verdict", "because"]
        fields += ["headline", "heldout", "columns_alone", "beyond_doubt"]
        numbers = {"value", "low", "high", "ideal", "ceiling", "noise", "heldout", "columns_alone"}
        types = {f: pa.float64() if f in numbers else pa.string() for f in fields}
        types |= {"n": pa.int64(), "headline": pa.bool_(), "beyond_doubt": pa.bool_()}
        rows = [
            {
                **s.model_dump(mode="json", exclude={"interval", "about"}),
                "about": ", ".join(s.about),
                "low": None if s.interval is None else s.interval[0],
                "high": None if s.interval is None else s.interval[1],
            }
            for s in self.scores
        ]
        data = pa.table(
            {f: pa.array([r[f] for r in rows], types[f]) for f in fields},
            schema=pa.schema(list(types.items())),
        )
        kinds = {f: Kind.NUMBER if f in numbers or f == "n" else Kind.LABEL for f in fields}
        schema = Schema(
            columns=tuple(Column(name=f, kind=kinds[f], storage=str(types[f])) for f in fields)
        )
        return to_native(Table(schema, data, Origin(self.library, data.schema)))

    def __repr__(self) -> str:
        return f"Scorecard({len(self.scores)} scores of {self.rows['synthetic']:,} synthetic rows)"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(s.title)}</td><td>{escape(about(s))}</td><td>{figure(s.value)}</td>"
            f"<td>{span(s)}</td><td>{figure(s.real_rows)}</td>"
            f"<td>{figure(s.columns_alone)}</td><td>{escape(s.verdict)}</td>"
            f"<td>{escape(s.because)}</td></tr>"
            for s in self.headlines
        )
        notes = "".join(f"<li>{escape(n)}</li>" for n in self.notes)
        return (
            "<table><thead><tr><th>score</th><th>about</th><th>value</th><th>95 % interval</th>"
            "<th>other real rows</th><th>columns alone</th><th>verdict</th><th>why</th></tr>"
            "</thead>"
            f"<tbody>{rows}</tbody></table><ul>{notes}</ul>{pictures(self)}"
        )


def about(score: Score) -> str:
    """What a score is about, as text."""
    if score.split is Split.RULE and score.within:
        return score.within  # which names its columns
    if score.about and all(f"{name} = " in score.within for name in score.about):
        return score.within  # a group, which names its columns
    return ", ".join((*score.about, *([score.within] if score.within else [])))


def figure(value: float | None) -> str:
    """A figure as text, to three decimals or three digits; a dash where there is none."""
    if value is None:
        return "–"
    # Adding 0 turns a rounded -0 into 0.
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{round(value, 3) + 0.0:.3f}"


def span(score: Score) -> str:
    """The interval of a score as text."""
    if score.interval is None:
        return "–"
    return f"{figure(score.interval[0])} to {figure(score.interval[1])}"
