"""Rules that follow from others are left out: what is told is what cannot be told from the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Order
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.rule import Evidence, Rule
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together
from trimtab.table.rules.view import Vector, View

_MOST_CODES = 200  # distinct whole numbers that may be codes
_PLAINEST: dict[type, int] = {Equal: 0, Linear: 1, Matches: 2, From: 3, Order: 4}


@dataclass(frozen=True)
class Found:
    """A statement and the rule that it is."""

    statement: Statement
    rule: Rule

    @property
    def evidence(self) -> Evidence:
        """The evidence, which every found rule has."""
        assert self.rule.evidence is not None
        return self.rule.evidence

    @property
    def exact(self) -> bool:
        """Whether no row of the table breaks it."""
        return self.evidence.exact


def reduced(found: Sequence[Found], view: View) -> list[Found]:
    """The rules that do not follow from others, nor from what only looks like a rule."""
    found = _shadows(found, view)
    for reduce in (_copied, _dependencies, _pairs, _ranges, _orders, _equalities, _gaps):
        found = reduce(found)
    return list(found)


def _shadows(found: Sequence[Found], view: View) -> list[Found]:
    """No labels that follow from amounts only because the ranges of their groups hardly touch."""
    ranges = {(f.statement.groups, (f.statement.number,)) for f in _of(found, Within)}
    return [
        f
        for f in found
        if not isinstance(f.statement, From)
        or ((f.statement.decided,), f.statement.by) not in ranges
        or not _amount(view[f.statement.by[0]])
    ]


def _amount(vector: Vector) -> bool:
    """Whether numbers are amounts, and no codes of which each may stand for something."""
    return vector.numbers is not None and (vector.unit < 1 or vector.size > _MOST_CODES)


def _copied(found: Sequence[Found]) -> list[Found]:
    """One rule for each column that is a copy: the plainest; and none that only repeats it."""
    decided: set[str] = set()
    kept = []
    for one in sorted(found, key=lambda f: _PLAINEST.get(type(f.statement), len(_PLAINEST))):
        column = one.statement.decides
        copy = column is not None and len(one.statement.columns) == 2
        if copy and not isinstance(one.statement, From) and one.exact:
            if column in decided:
                continue
            decided.add(str(column))
        kept.append(one)
    return kept


def _dependencies(found: Sequence[Found]) -> list[Found]:
    """Of dependencies by one column, those that do not follow from others (a chain of them)."""
    edges = {(f.statement.by[0], f.statement.decided) for f in _of(found, From) if f.exact
             and len(f.statement.by) == 1}  # fmt: skip
    single = {
        (f.statement.by[0], f.statement.decided)
        for f in _of(found, From)
        if len(f.statement.by) == 1
    }
    needed = _without_chains(edges)
    reach = _reaching(edges)

    groups = [set(f.statement.names) for f in _of(found, OneOf) if f.exact]

    def stays(one: Found) -> bool:
        statement = one.statement
        if not isinstance(statement, From):
            return True
        if any(set(statement.columns) <= group for group in groups):
            return False
        if len(statement.by) == 1:
            return not one.exact or (statement.by[0], statement.decided) in needed
        first, second = statement.by
        if any((by, statement.decided) in single for by in statement.by):
            return False
        known = {(first, second), (second, first), *((b, statement.decided) for b in statement.by)}
        return not any(target in reach[source] for source, target in known)

    return [f for f in found if stays(f)]


def _pairs(found: Sequence[Found]) -> list[Found]:
    """Pairs of columns that occur, where neither decides the other."""
    decided = {frozenset(f.statement.columns) for f in found if f.statement.decides and f.exact}
    return [
        f
        for f in found
        if not isinstance(f.statement, Together) or frozenset(f.statement.names) not in decided
    ]


def _ranges(found: Sequence[Found]) -> list[Found]:
    """Ranges of groups that do not decide the number, and are no parts of narrower groups."""
    decided = {(f.statement.decided, f.statement.by) for f in _of(found, From) if f.exact}
    ranges = {(f.statement.number, f.statement.groups) for f in _of(found, Within) if f.rule.kept}

    def stays(one: Found) -> bool:
        if not isinstance(one.statement, Within):
            return True
        number, groups = one.statement.number, one.statement.groups
        narrower = [by for column, by in decided if (column,) == groups]
        return (number, groups) not in decided and not any(
            (number, by) in ranges for by in narrower
        )

    return [f for f in found if stays(f)]


def _orders(found: Sequence[Found]) -> list[Found]:
    """Orders as few chains, without those that follow from others or from sums."""
    exact = {_ends(f.statement): f for f in _of(found, Order) if f.exact and f.rule.kept}
    parts = {
        (term.column, f.statement.decided)
        for f in _of(found, Linear)
        if f.exact and all(t.factor > 0 for t in f.statement.terms)
        for term in f.statement.terms
    }
    needed = _without_chains(set(exact)) - parts
    chains = [*_chained(needed, exact)]
    rest = [
        f for f in found if not isinstance(f.statement, Order) or _ends(f.statement) not in exact
    ]
    return [*rest, *chains]


def _equalities(found: Sequence[Found]) -> list[Found]:
    """Of columns that are all the same under one condition, as many equalities as are needed."""
    joined: dict[tuple[Atom, ...], dict[str, str]] = defaultdict(dict)

    def root(of: dict[str, str], name: str) -> str:
        while name in of:
            name = of[name]
        return name

    kept = []
    for one in found:
        if isinstance(one.statement, Where) and isinstance(one.statement.statement, Equal):
            of = joined[one.statement.conditions]
            first, second = (root(of, n) for n in one.statement.statement.columns)
            if first == second:
                continue
            of[first] = second
        kept.append(one)
    return kept


def _gaps(found: Sequence[Found]) -> list[Found]:
    """Of columns that are missing where others are, those that do not follow from a chain."""
    edges = {edge for f in found if f.rule.kept and (edge := _gap_after(f.statement))}
    spared = edges - _without_chains(edges)
    return [f for f in found if _gap_after(f.statement) not in spared]


def _gap_after(statement: Statement) -> tuple[str, str] | None:
    """The column that is missing, and the one that is missing then, too; None for other rules."""
    if not isinstance(statement, Where) or statement.exactly or len(statement.conditions) > 1:
        return None
    first, then = statement.conditions[0], statement.statement
    gaps = isinstance(then, Holds) and then.atom.sign == first.sign == "missing"
    return (first.column, then.columns[0]) if gaps else None


def _ends(statement: Order) -> tuple[str, str]:
    return statement.columns[0], statement.columns[-1]


def _chained(
    edges: Iterable[tuple[str, str]], by_ends: dict[tuple[str, str], Found]
) -> list[Found]:
    """Orders of two as longer ones, where just one goes on."""
    after: dict[str, list[str]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)
    for lower, upper in sorted(edges):
        after[lower].append(upper)
        before[upper].append(lower)
    chains = []
    used: set[tuple[str, str]] = set()
    for edge in sorted(edges, key=lambda e: (len(before[e[0]]) == 1 and len(after[e[0]]) == 1, e)):
        if edge in used:
            continue
        chain = [*edge]
        used.add(edge)
        while len(after[chain[-1]]) == 1 and len(before[chain[-1]]) == 1:
            step = (chain[-1], after[chain[-1]][0])
            if step in used:
                break
            used.add(step)
            chain.append(step[1])
        chains.append(_chain(chain, by_ends))
    return chains


def _chain(names: Sequence[str], by_ends: dict[tuple[str, str], Found]) -> Found:
    """One rule for a chain of orders, with the evidence of its weakest link."""
    links = [by_ends[pair] for pair in pairwise(names)]
    weakest = max(links, key=lambda f: f.evidence.bound)
    statement = Order.of(*names)
    return Found(statement, weakest.rule.model_copy(update={"text": statement.text}))


def _without_chains(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The edges that do not follow from others; of columns that reach each other all stay."""
    reach = _reaching(edges)
    needed = set()
    for source, target in edges:
        between = (
            middle
            for (start, middle) in edges
            if start == source and middle != target and source not in reach[middle]
        )
        if not any(target in reach[m] and m not in reach[target] for m in between):
            needed.add((source, target))
    return needed


def _reaching(edges: set[tuple[str, str]]) -> dict[str, set[str]]:
    """The columns that each column reaches along the edges."""
    after: dict[str, set[str]] = defaultdict(set)
    for source, target in edges:
        after[source].add(target)
    reach: dict[str, set[str]] = defaultdict(set)
    for start in list(after):
        todo = [*after[start]]
        while todo:
            here = todo.pop()
            if here not in reach[start]:
                reach[start].add(here)
                todo += after[here]
    return reach


def _of(found: Sequence[Found], kind: type) -> list:  # type: ignore[type-arg]
    return [f for f in found if isinstance(f.statement, kind)]
