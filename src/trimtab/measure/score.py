"""What is measured, one figure of it, and what a figure is good for.

A Measure is a definition; a Score is one figure with all that is needed to read it; an Exhibit is a
small table of facts for a picture. All three are data, the same in Python and JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field, field_validator

from trimtab._named import Named

NOTHING_MISSING = "No compared column has missing values in the real or the synthetic table."
ALL_POSSIBLE = "Every synthetic value lies in the real column's range or bears a label it holds."
CALM = (NOTHING_MISSING, ALL_POSSIBLE)  # notes that need nobody's attention


class Section(StrEnum):
    """The questions that a scorecard answers."""

    FIDELITY = "fidelity"
    USEFULNESS = "usefulness"
    FAIRNESS = "fairness"
    COPIES = "copies"


class Topic(StrEnum):
    """What a score or an exhibit is about: the part of a report that it stands in."""

    COLUMNS = "columns"
    RELATIONS = "relations"
    ROWS = "rows"
    RULES = "rules"
    EXTREMES = "extremes"
    GROUPS = "groups"
    PERSONS = "persons"
    MODELS = "models"
    CONCLUSIONS = "conclusions"
    FAIRNESS = "fairness"
    LEARNING = "learning"
    COPIES = "copies"


class Split(StrEnum):
    """What the `within` of a score names.

    The names of groups and of classes are values of the data, rules may say some, and so may what
    is not said.
    """

    UNSAID = "unsaid"
    WHOLE = "whole"  # nothing: the score is of all there is
    GROUP = "group"  # or a class
    ANALYSIS = "analysis"
    LEARNER = "learner"  # and perhaps what it was trained on
    TABLE = "table"
    END = "end"  # of a number
    RULE = "rule"  # of the real table, which may say values


class Direction(StrEnum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"
    TARGET = "nearer to the ideal"
    NONE = "neither"


class Verdict(StrEnum):
    """What a figure says, in a word."""

    GOOD = "good"
    MIDDLING = "middling"  # not "fair", which says another thing where groups are compared
    POOR = "poor"
    NONE = "no verdict"
    UNKNOWN = "not computable"


class _Frozen(Named):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Frozen):
    """The definition of a figure.

    `ideal` is the best value there is. `tolerance` is how much worse than the ceiling (than the
    ideal, where there is no ceiling) a figure may be and still count as good, `alarm` how much
    worse and still as middling; without them there is no verdict. `source` is the paper or page.
    `topic` is None in scorecards of before; `split` is what the `within` of its scores names.
    """

    name: str
    section: Section
    topic: Topic | None = None
    split: Split = Split.UNSAID
    title: str
    meaning: str
    direction: Direction
    ideal: float | None = None
    tolerance: float | None = None
    alarm: float | None = None
    source: str = ""

    def score(
        self,
        value: float,
        *,
        n: int,
        about: tuple[str, ...] = (),
        within: str = "",
        interval: tuple[float, float] | None = None,
        covers: str = "",
        ceiling: float | None = None,
        noise: float | None = None,
        headline: bool = False,
        note: str = "",
    ) -> Score:
        """One figure with its verdict. A value that is not finite is "not computable".

        A ceiling, noise or interval that is not finite counts as not known.
        """
        if not isfinite(value):
            because = note or f"the figure came out as {value}"
            return self.missing(because, about=about, within=within, headline=headline)
        ceiling, noise = _known(ceiling), _known(noise)
        if interval is not None and not all(map(isfinite, interval)):
            interval = None
        verdict, because = self._judged(value, interval, ceiling, noise)
        poor = verdict is Verdict.POOR
        return Score(
            measure=self.name,
            section=self.section,
            title=self.title,
            about=about,
            within=within,
            split=self._split(within),
            value=value,
            interval=interval,
            covers=covers,
            n=n,
            direction=self.direction,
            ideal=self.ideal,
            ceiling=ceiling,
            noise=noise,
            headline=headline,
            verdict=verdict,
            beyond_doubt=poor and (interval is None or self._surely(interval, ceiling)),
            because=f"{because}; {note}" if because and note else because or note,
        )

    def missing(
        self,
        because: str,
        *,
        about: tuple[str, ...] = (),
        within: str = "",
        headline: bool = False,
    ) -> Score:
        """The score that could not be computed, and why."""
        return Score(
            measure=self.name,
            section=self.section,
            title=self.title,
            about=about,
            within=within,
            split=self._split(within),
            direction=self.direction,
            ideal=self.ideal,
            headline=headline,
            verdict=Verdict.UNKNOWN,
            because=because,
        )

    def badness(self, value: float) -> float:
        """How bad a value is: 0 at the ideal where there is one, more is worse."""
        if self.direction is Direction.HIGHER:
            return (self.ideal or 0.0) - value
        if self.direction is Direction.TARGET:
            return abs(value - (self.ideal or 0.0))
        return value - (self.ideal or 0.0)

    def _split(self, within: str) -> Split:
        """What the `within` of a score names."""
        return Split.WHOLE if not within and self.split is not Split.UNSAID else self.split

    def _judged(
        self,
        value: float,
        interval: tuple[float, float] | None,
        ceiling: float | None,
        noise: float | None,
    ) -> tuple[Verdict, str]:
        """The verdict, and the reason for it in words."""
        if self.tolerance is None or self.alarm is None or self.direction is Direction.NONE:
            return Verdict.NONE, ""
        excess = self.badness(value) - self._least(ceiling)
        than = "the ideal" if ceiling is None else "real rows"
        if noise is not None and self.badness(value) <= self.badness(noise):
            return Verdict.GOOD, "no more than chance alone would show at this size"
        # Beyond rounding, so that a tolerance of .05 holds for a difference of .05.
        if excess <= self.tolerance + 1e-12:
            word = "better than" if excess < -self.tolerance else "as good as"
            return Verdict.GOOD, f"{word} {than}, within {self.tolerance:g}"
        verdict = Verdict.MIDDLING if excess <= self.alarm + 1e-12 else Verdict.POOR
        reason = f"worse than {than} by {excess:.3g}"
        if interval is not None and self._touches(interval, ceiling):
            return Verdict.MIDDLING, f"{reason}, which chance can explain at this size"
        return verdict, reason

    def _least(self, ceiling: float | None) -> float:
        """How bad what a figure is compared with is."""
        return 0.0 if ceiling is None else self.badness(ceiling)

    def _surely(self, interval: tuple[float, float], ceiling: float | None) -> bool:
        """Whether every figure in an interval is poor."""
        ends = [self.badness(end) for end in interval]
        within = self.ideal is not None and interval[0] <= self.ideal <= interval[1]
        best = 0.0 if self.direction is Direction.TARGET and within else min(ends)
        return best - self._least(ceiling) > (self.alarm or 0.0) + 1e-12

    def _touches(self, interval: tuple[float, float], ceiling: float | None) -> bool:
        """Whether an interval reaches the ceiling (the ideal, without one)."""
        goal = self.ideal if ceiling is None else ceiling
        if goal is None:
            return False
        low, high = interval
        if self.direction is Direction.HIGHER:
            return high >= goal
        return low <= goal if self.direction is Direction.LOWER else low <= goal <= high


class Score(_Frozen):
    """One figure.

    measure    the name of its Measure
    about      the columns it is about
    within     what it is about besides columns: a group, a learner, a class
    split      which of these
    value      None where it is not computable; `because` says why
    interval   95 %; `covers` says what of
    n          rows (or persons, or pairs) that it rests on
    ceiling    what other real rows get, measured or by chance; None where that is not known
    noise      what chance alone would show once in twenty at these sizes, were the table perfect
    headline   whether it is one of the few figures to look at first
    heldout    what real rows that the generator never saw get at this size, where it was measured
    columns_alone   what a table gets whose columns are those of real rows, each drawn by itself
    beyond_doubt    of a poor figure: whether all of its interval is poor; without one, that it is
    """

    measure: str
    section: Section
    title: str
    about: tuple[str, ...] = ()
    within: str = ""
    split: Split = Split.UNSAID
    value: float | None = None
    interval: tuple[float, float] | None = None
    covers: str = ""
    n: int = 0
    direction: Direction = Direction.NONE
    ideal: float | None = None
    ceiling: float | None = None
    noise: float | None = None
    headline: bool = False
    heldout: float | None = None
    columns_alone: float | None = None
    verdict: Verdict = Verdict.NONE
    beyond_doubt: bool = False
    because: str = ""

    @property
    def name(self) -> str:
        """The measure with what it is about: "kolmogorov_smirnov(age)"."""
        about = ", ".join((*self.about, *([self.within] if self.within else [])))
        return f"{self.measure}({about})" if about else self.measure

    @property
    def real_rows(self) -> float | None:
        """What other real rows get: measured on held-out ones where it was, else the ceiling."""
        return self.ceiling if self.heldout is None else self.heldout

    @property
    def names_data(self) -> bool:
        """Whether its `within` names a value of the data, or might."""
        if self.split is Split.WHOLE:
            return self.within != ""
        return self.split in (Split.UNSAID, Split.GROUP, Split.RULE)

    @field_validator("value", "ceiling", "noise", "heldout", "columns_alone", mode="after")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        return _known(value)

    @field_validator("interval", mode="after")
    @classmethod
    def _finite_ends(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        return ends if ends is None or all(map(isfinite, ends)) else None


def _known(value: float | None) -> float | None:
    return value if value is None or isfinite(value) else None


class Exhibit(_Frozen):
    """A small table of facts that a picture shows: columns of equal length.

    `rests_on` names the tables it was computed from: "real", "synthetic", "holdout"; `weighted`
    those of them whose rows count unequally, to have the synthetic table's shares of some columns.
    """

    name: str
    title: str
    about: tuple[str, ...] = ()
    within: str = ""
    columns: dict[str, list[Any]] = Field(default_factory=dict)
    rests_on: tuple[str, ...] = ("real", "synthetic")
    weighted: tuple[str, ...] = ()

    @field_validator("columns", mode="before")
    @classmethod
    def _plain(cls, columns: Any) -> Any:
        if not isinstance(columns, Mapping) or any(
            isinstance(v, (str, bytes, Mapping)) or not isinstance(v, Iterable)
            for v in columns.values()
        ):
            return columns  # which is no exhibit's, as the type will say
        return {name: [_plain(v) for v in values] for name, values in columns.items()}

    @field_validator("columns", mode="after")
    @classmethod
    def _level(cls, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"the columns have different lengths: {lengths}")
        return columns


def _plain(value: Any) -> Any:
    """A value as JSON knows it; a number that is not finite is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not isfinite(value) else value


class Findings(_Frozen):
    """What one part of the evaluation found."""

    scores: tuple[Score, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            scores=(*self.scores, *other.scores),
            exhibits=(*self.exhibits, *other.exhibits),
            notes=(*self.notes, *other.notes),
        )
