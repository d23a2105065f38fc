"""An exhibit in words: what it is about, what it shows, and its figures as a table."""

from __future__ import annotations

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.text_table import TextTable
from trimtab.report.formatting import SAID, rows

_MAX_ROWS = 60


def subject(exhibit: Exhibit) -> str:
    """What an exhibit is about: its columns and what it is within; empty for the whole table."""
    within = [] if exhibit.within in ("", "data") else [exhibit.within]
    return ", ".join((*exhibit.about, *within))


def described(exhibit: Exhibit) -> str:
    """What an exhibit shows, in a sentence: for readers who do not see its chart."""
    entries = rows(exhibit)
    if not entries:
        return "There is nothing to show."
    say = kind_of(exhibit).sentence
    sentence = say(entries) if say else f"A table of {', '.join(exhibit.columns)}."
    if not exhibit.weighted:
        return sentence
    tables = " and ".join(SAID[side] for side in exhibit.weighted)
    return f"{sentence} The {tables} rows are weighted to the synthetic table's groups."


def tabled(exhibit: Exhibit) -> TextTable:
    """An exhibit as a table of text, to be read instead of its chart."""
    table = kind_of(exhibit).table(exhibit)
    over = max(0, len(table.rows) - _MAX_ROWS)
    return TextTable(table.columns, table.rows[:_MAX_ROWS], table.left_out + over)
