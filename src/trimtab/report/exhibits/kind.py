"""A kind of exhibit: all that a report needs to show exhibits of one name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.text_table import TextTable, plain
from trimtab.report.formatting import ORDER, Row

Spec = dict[str, Any]  # a chart, as Vega-Lite specifies it


def no_charts(exhibit: Exhibit) -> dict[str, Spec]:
    """The charts of exhibits that are tables only."""
    return {}


def no_sides(exhibit: Exhibit) -> set[str]:
    """The sides of exhibits that tell none apart."""
    return set()


def holds_something(exhibit: Exhibit) -> bool:
    """Whether an exhibit has any row."""
    return any(exhibit.columns.values())


@dataclass(frozen=True)
class ExhibitKind:
    """How exhibits of one kind are shown, which `exhibits.kinds` lists.

    name           of the exhibits
    within         what they are within, where a name has several kinds
    title          over them all
    reading        how to read them
    topic          what they are about, and so where they stand; without one they come last
    charts         the charts of an exhibit by their titles; of a single one "" is the title
    sentence       what the rows of an exhibit say, for readers who do not see the charts
    table          an exhibit as a table of text
    sides          the tables that an exhibit tells apart: "real", "synthetic", "holdout"
    public         the columns that a release edition may show, if an exhibit rests on the synthetic
                   table alone; with none it is withheld
    shown          how many a reader sees at first
    mark           what sides are told apart by: "line", "dot" or "bar"
    arms           whether the sides are what learners were trained on
    small          whether an exhibit has many pictures, which are small
    by_difference  whether the columns come first whose distributions differ most
    tells          whether there is anything to show in an exhibit
    """

    name: str
    title: str
    reading: str = ""
    within: str | None = None
    topic: Topic | None = None
    charts: Callable[[Exhibit], dict[str, Spec]] = no_charts
    sentence: Callable[[list[Row]], str] | None = None
    table: Callable[[Exhibit], TextTable] = plain
    sides: Callable[[Exhibit], set[str]] = no_sides
    public: tuple[str, ...] = ()
    shown: int = 2
    mark: str = "line"
    arms: bool = False
    small: bool = False
    by_difference: bool = False
    tells: Callable[[Exhibit], bool] = holds_something


def one(chart: Callable[[Exhibit], Spec | None]) -> Callable[[Exhibit], dict[str, Spec]]:
    """The charts of exhibits that have only one, or none where there is nothing to draw."""

    def charts(exhibit: Exhibit) -> dict[str, Spec]:
        spec = chart(exhibit)
        return {} if spec is None else {"": spec}

    return charts


def named_in(column: str) -> Callable[[Exhibit], set[str]]:
    """The sides of exhibits that have a column which names the table of each row."""

    def sides(exhibit: Exhibit) -> set[str]:
        return {str(side) for side in exhibit.columns.get(column, ("not named",))}

    return sides


def with_columns(exhibit: Exhibit) -> set[str]:
    """The sides of an exhibit that has a column for each table."""
    columns = exhibit.columns
    return {side for side in ORDER if any(v is not None for v in columns.get(side, ()))}
