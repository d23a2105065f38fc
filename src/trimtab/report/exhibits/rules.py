"""Rules of the real table that the synthetic one breaks: how many rows do, and which."""

from __future__ import annotations

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.kind import ExhibitKind
from trimtab.report.exhibits.text_table import TextTable, as_text, listed
from trimtab.report.formatting import Row, count, percent

_HEADS = {
    "synthetic_rows": "rows that break it",
    "synthetic_covered": "rows it is about",
    "synthetic": "of all rows",
    "real_rows": "real rows that do",
    "real": "of all real rows",
    "holdout": "of held-out rows",
    "expected": "expected of other real rows",
    "examples": "such as rows",
}
_TABLE = listed(
    {
        "rule": as_text,
        "kind": as_text,
        "synthetic_rows": count,
        "synthetic_covered": count,
        "synthetic": percent,
        "real_rows": count,
        "real": percent,
        "holdout": percent,
        "expected": percent,
        "examples": as_text,
    },
    **_HEADS,
)


def _listed(exhibit: Exhibit) -> TextTable:
    return _TABLE(exhibit)


def _said(told: list[Row]) -> str:
    rules = "1 rule is broken" if len(told) == 1 else f"{len(told):,} rules are broken"
    counted = [row for row in told if row["synthetic_rows"] is not None]
    if not counted:
        return f"{rules}."
    worst = max(counted, key=lambda row: row["synthetic_rows"])
    return f"{rules}; {worst['rule']} by {percent(worst['synthetic'])} of the rows."


BROKEN_RULES = ExhibitKind(
    name="broken_rules",
    title="Rules of the real table that this one breaks",
    reading="Rules that the real rows keep, the one first that most synthetic rows break; rules "
    "that no row breaks are not listed. A rule says nothing about some rows, such as those with a "
    "missing value. Examples are numbers of rows in the synthetic table, the first one at 1.",
    topic=Topic.RULES,
    sentence=_said,
    table=_listed,
)
