"""The rules of a schema against a table: what they say must fit it, and what is kept must hold.

Rules declared by hand are refused where they are wrong, with the place. Those that were found are
left out where their columns are, or where they quote values that few of these rows hold, and only
proposed where these rows break them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from trimtab.errors import RuleError
from trimtab.table.rules.checking.circles import circle
from trimtab.table.rules.checking.conflicts import conflict
from trimtab.table.rules.checking.fitting import left_out, unfit
from trimtab.table.rules.checking.quoted import codes_of, quoted
from trimtab.table.rules.condition import Where
from trimtab.table.rules.finding.evidence import coarse
from trimtab.table.rules.reading import Read, read_rules
from trimtab.table.rules.rule import Evidence, Rule, Source, Status
from trimtab.table.rules.statement import Outcome
from trimtab.table.rules.view import View, view
from trimtab.table.schema import Schema
from trimtab.table.table import Table

_PROPOSED = 'set its status to "proposed" to have it shown only'


def checked(
    rules: Sequence[Rule], table: Table, min_count: int, where: str = "schema"
) -> tuple[Rule, ...]:
    """The rules of a table's schema as they are for its rows.

    where   what holds the rules, for messages

    Raises RuleError for a rule that is none, that stands there twice, that does not fit its
    columns, or that is kept by hand though others contradict it or the rows break it; where the
    schema is locked, also for one that was found in other rows and these break.
    """
    schema, seen = table.schema, view(table)
    fitting = [
        read
        for read in read_rules(rules, schema, where)
        if _fits(read, schema, seen, where) and not _tells_of_few(read, seen, min_count)
    ]
    kept = [read for read in fitting if read.rule.kept]
    _check_conflict([r for r in kept if not isinstance(r.statement, Where)], seen, where)
    _check_circle(
        [r for r in kept if r.by_hand and not isinstance(r.statement, Where)],
        where,
    )
    return tuple(
        _held(read, seen, min_count, where, locked=schema.locked)
        if read.rule.kept
        else _coarser(read.rule, min_count)
        for read in fitting
    )


def _fits(read: Read, schema: Schema, seen: View, where: str) -> bool:
    """Whether a rule fits its columns. Raises RuleError where one by hand does not."""
    found = read.rule.source is Source.FOUND
    if read.rule.status is Status.DROPPED and all(n in schema for n in read.statement.columns):
        return True
    if found and left_out(read.statement, schema, seen):
        return False
    error = unfit(read.statement, schema, seen, f"{where}: {read.name}")
    if error is None:
        return True
    if found and all(name in schema for name in read.statement.columns):
        return False  # its column is of another kind by now
    raise error


def _coarser(rule: Rule, min_count: int) -> Rule:
    """A rule whose exceptions are told as coarsely as is wanted now."""
    evidence = rule.evidence
    if evidence is None or evidence.exceptions == coarse(evidence.exceptions, min_count):
        return rule
    # The bound would tell how many there are.
    told = {"exceptions": coarse(evidence.exceptions, min_count), "bound": 1.0}
    return rule.model_copy(update={"evidence": evidence.model_copy(update=told)})


def _tells_of_few(read: Read, seen: View, min_count: int) -> bool:
    """Whether a rule that was found quotes a value that few rows (persons) of this table hold, or
    is about few.
    """
    if read.rule.source is not Source.FOUND:
        return False
    if read.rule.evidence is not None and read.rule.evidence.covered < min_count:
        return True
    for name, texts in quoted(read.statement).items():
        if name not in seen:
            continue
        vector = seen[name]
        for code in codes_of(texts, vector):
            if seen.count(vector.codes == code) < min_count:
                return True
    return False


def _check_conflict(kept: Sequence[Read], seen: View, where: str) -> None:
    """Raise RuleError for rules that contradict each other, of which one at least is by hand."""
    own = [r for r in kept if r.by_hand]
    for among in (kept, own) if own else ():
        guilty = [among[place] for place in conflict([r.statement for r in among], seen)]
        if any(r.by_hand for r in guilty):
            _refuse_conflict(guilty, where)


def _refuse_conflict(guilty: Sequence[Read], where: str) -> NoReturn:
    last = max((r for r in guilty if r.by_hand), key=lambda r: r.number)
    others = [r.name for r in sorted(guilty, key=lambda r: r.number) if r is not last]
    if not others:
        raise RuleError(f"{where}: {last.name}: no row can keep it. Correct it, or leave it out.")
    raise RuleError(
        f"{where}: {last.name}: no row can keep it together with {' and '.join(others)}. Correct "
        f"one of them, leave it out, or {_PROPOSED}."
    )


def _check_circle(kept: Sequence[Read], where: str) -> None:
    """Raise RuleError for rules that go round in a circle."""
    found = circle([r.statement for r in kept])
    if found is None:
        return
    *others, last = sorted((kept[place] for place in found.rules), key=lambda r: r.number)
    beside = f" with {' and '.join(r.name for r in others)}" if others else ""
    way = " to ".join(repr(name) for name in (*found.columns, found.columns[0]))
    raise RuleError(
        f"{where}: {last.name}: it goes round in a circle{beside}, from {way}: {found.instead}."
    )


def _held(read: Read, seen: View, min_count: int, where: str, *, locked: bool) -> Rule:
    """A kept rule, if the rows keep it, or proposed. Raises RuleError where that must not be."""
    outcome = read.statement.learned(seen)(seen)
    if not outcome.broken.any():
        return read.rule
    if read.by_hand or locked:
        raise RuleError(
            f"{where}: {read.name}: {_broken(outcome, seen, min_count)}. {_advice(read)}"
        )
    before = read.rule.evidence
    covered = seen.count(outcome.covered)
    evidence = Evidence(
        counted=seen.counted,
        covered=covered,
        exceptions=coarse(seen.count(outcome.broken), min_count),
        by_chance=1.0 if before is None else before.by_chance,
        bound=1.0,
    )
    return read.rule.model_copy(update={"status": Status.PROPOSED, "evidence": evidence})


def _broken(outcome: Outcome, seen: View, min_count: int) -> str:
    """How many break it, and the first of them; how few, where that would say too much."""
    count, covered = seen.count(outcome.broken), seen.count(outcome.covered)
    many = f"{count:,}" if count >= min_count else f"fewer than {min_count:,}"
    row = int(np.flatnonzero(outcome.broken)[0]) + 1
    return f"{many} of {covered:,} {seen.counted} break it, the first in row {row:,}"


def _advice(read: Read) -> str:
    if read.by_hand:
        return f"Correct these rows or the rule, leave it out, or {_PROPOSED}."
    return (
        "It was found in other rows, and the schema is locked: correct these rows, drop the rule, "
        f"or {_PROPOSED}."
    )
