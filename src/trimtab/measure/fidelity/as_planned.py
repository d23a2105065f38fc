"""Whether a table has as many rows in each group as its plan asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import Groups, groups
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, Step
from trimtab.measure.score import Direction, Exhibit, Findings, Measure, Section, Split, Topic

DELIVERED = Measure(
    name="planned_rows_delivered",
    section=Section.FIDELITY,
    topic=Topic.GROUPS,
    split=Split.WHOLE,
    title="Planned rows delivered",
    meaning="The share of the plan's groups that have exactly as many rows as was planned; where "
    "persons are balanced, as many persons. Groups that have some and were not planned count as "
    "missed.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.0,
    alarm=0.05,
)


def achieved(
    comparison: Comparison,
    columns: Sequence[str],
    planned: Mapping[str, int],
    *,
    persons: bool = False,
) -> Findings:
    """How many of a plan's groups have exactly as many synthetic rows as was planned.

    planned   rows by the names that `weighting.groups` gives
    persons   count persons, each by its first row

    The comparison must hold all rows, not a sample. Raises ColumnError for an unknown column.
    """
    about = tuple(columns)
    if not planned:
        return Findings(scores=(DELIVERED.missing("the plan has no groups", about=about),))
    noun = "persons" if persons else "rows"
    grouping = groups(comparison.of_persons if persons else comparison, columns)
    have = dict(zip(grouping.names, grouping.counts("synthetic").tolist(), strict=True))
    cells = [n for n in dict.fromkeys((*planned, *have)) if planned.get(n) or have.get(n)]
    if not cells:
        return Findings(scores=(DELIVERED.missing(f"the plan asks for no {noun}", about=about),))
    off = {n: have.get(n, 0) - planned.get(n, 0) for n in cells}
    missed = sorted((n for n in cells if off[n]), key=lambda n: -abs(off[n]))
    note = f"{len(cells) - len(missed):,} of {len(cells):,} groups are as planned"
    if missed:
        first = missed[0]
        note += f"; {first} has {have.get(first, 0):,} {noun} where {planned.get(first, 0):,} were"
        note += " planned"
    score = DELIVERED.score(1 - len(missed) / len(cells), n=len(cells), about=about, note=note)
    (counted,) = counted_groups(grouping, planned, alone=False, noun=noun)
    exhibit = counted.model_copy(update={"within": "planned"})
    return Findings(scores=(score,), exhibits=(exhibit,))


def counted_groups(
    grouping: Groups, planned: Mapping[str, int], *, alone: bool, noun: str = "rows"
) -> tuple[Exhibit, ...]:
    """Rows of each group, and of planned groups that have none.

    `alone` adds what can be told of the synthetic table alone: not where groups are tenths of the
    real values.
    """
    real, synthetic = (grouping.counts(s).tolist() for s in ("real", "synthetic"))
    empty = [n for n in planned if n not in set(grouping.names)]
    names = [*grouping.names, *empty]
    columns: dict[str, list[Any]] = {
        "group": names,
        "real": [*real, *(0 for _ in empty)],
        "synthetic": [*synthetic, *(0 for _ in empty)],
        "planned": [planned.get(n) for n in names],
    }
    title = f"{noun.capitalize()} in each group"
    both = Exhibit(name="groups", title=title, about=grouping.columns, columns=columns)
    if not alone:
        return (both,)
    occupied = [k for k, n in enumerate(columns["synthetic"]) if n]
    own_columns = {n: [columns[n][k] for k in occupied] for n in ("group", "synthetic", "planned")}
    mine = Exhibit(
        name="groups",
        title=title,
        about=grouping.columns,
        columns=own_columns,
        rests_on=("synthetic",),
    )
    return both, mine


def _steps(evidence: Evidence) -> Iterator[Step]:
    if evidence.planned is not None:
        asked = evidence.planned
        yield partial(
            achieved, evidence.comparison, asked.columns, asked.counts, persons=asked.persons
        )


PART = Part("groups as planned", "the plan", None, (DELIVERED,), _steps)
