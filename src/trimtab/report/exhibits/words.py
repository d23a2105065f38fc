"""An exhibit in words: what it is about, what it shows, and its figures as a table."""

from __future__ import annotations

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.exhibits.text_table import TextTable
from trimtab.report.formatting import rows

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
    return say(entries) if say else f"A table of {', '.join(exhibit.columns)}."


def tabled(exhibit: Exhibit) -> TextTable:
    """An exhibit as a table of text, to be read instead of its chart."""
    table = kind_of(exhibit).table(exhibit)
    over = max(0, len(table.rows) - _MAX_ROWS)
    return TextTable(table.columns, table.rows[:_MAX_ROWS], table.left_out + over)
