"""Finding the rules of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, groupby

from trimtab._random import Key
from trimtab.table.rules.condition import Where
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.finding.evidence import halves, weighed
from trimtab.table.rules.finding.reduction import Found, reduced
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.kinds import KINDS
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.rule import Rule
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together
from trimtab.table.rules.view import View, view
from trimtab.table.table import Table

_SETTLING = (OneOf, Together, Within)
_MOST_PROPOSED = 20
_MIN_ROWS = 20  # (persons): fewer can confirm nothing


def find_rules(table: Table, min_count: int = 5) -> tuple[Rule, ...]:
    """What the rows of a table keep, with the evidence: the kept rules first, then the proposed.

    min_count   a value that fewer rows (persons) hold is named by no rule

    The same table gives the same rules.
    """
    looked_at = view(table)
    if int(looked_at.holders.max(initial=-1)) + 1 < max(_MIN_ROWS, min_count):
        return ()
    found = reduced(_found(_search(looked_at, min_count)), looked_at)
    return tuple(f.rule for f in _told(found))


def _told(found: Sequence[Found]) -> list[Found]:
    """The kept rules, then the proposed; of proposals on single values only the strongest."""
    kept = [f for f in found if f.rule.kept]
    proposed = [f for f in found if not f.rule.kept]
    weak = [f for f in proposed if isinstance(f.statement, Where)]
    weak.sort(key=lambda f: -f.evidence.covered * f.evidence.by_chance)
    return [*kept, *(f for f in proposed if f not in weak), *weak[:_MOST_PROPOSED]]


def _search(looked_at: View, min_count: int) -> Search:
    key = Key(0).child("rules")
    proposing, confirming = halves(looked_at, key)
    return Search(looked_at, looked_at.take(proposing), looked_at.take(confirming), min_count, key)


def _found(search: Search) -> list[Found]:
    """What each kind finds, stage by stage."""
    found: list[Found] = []
    stages = sorted(KINDS, key=lambda kind: kind.stage)
    for _, kinds in groupby(stages, key=lambda kind: kind.stage):
        for kind in kinds:
            for proposals in kind.propose(search):
                for statement in dict.fromkeys(proposals.statements):
                    rule = weighed(statement, search, kind, proposals.tested)
                    if rule is not None:
                        found.append(Found(statement, rule))
        exact = [f.statement for f in found if f.exact]
        search = replace(
            search, copies=frozenset(_copies(exact)), settled=frozenset(_settled(exact))
        )
    return found


def _copies(exact: Sequence[Statement]) -> list[str]:
    """Columns that say what another one says."""
    return [
        s.decided
        for s in exact
        if isinstance(s, Equal | Matches)
        or (isinstance(s, Linear) and len(s.terms) == 1 and not s.terms[0].part)
    ]


def _settled(exact: Sequence[Statement]) -> list[frozenset[str]]:
    """Pairs of columns of which a rule says all that there is to say."""
    pairs = []
    for statement in exact:
        pair = len(statement.columns) == 2 and statement.decides is not None
        if pair or isinstance(statement, _SETTLING):
            pairs += [frozenset(pair) for pair in combinations(statement.columns, 2)]
    return pairs
