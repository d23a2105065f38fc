"""Rules that go round in a circle: each is sound by itself, and together they decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.words import named


@dataclass(frozen=True)
class Circle:
    """A circle of rules.

    rules    their positions among those that were given, in the order of the circle
    columns  those that it goes through
    instead  what to say instead
    """

    rules: tuple[int, ...]
    columns: tuple[str, ...]
    instead: str


Edge = tuple[str, str, int]  # from a column to a column, by the rule of this position


def circle(statements: Sequence[Statement]) -> Circle | None:
    """A circle among statements that hold in every row; None if there is none.

    A column that follows from itself through others, or columns of which each is at most the next.
    """
    found = _shortest(_decisions(statements))
    if found is not None:
        return Circle(found[1], found[0], _instead(found[0], [statements[r] for r in found[1]]))
    found = _shortest(_orders(statements))
    if found is None:
        return None
    equal = " and ".join(repr(f"{named(a)} = {named(b)}") for a, b in pairwise(found[0]))
    return Circle(found[1], found[0], f"together they say that the columns are equal: say {equal}")


def _decisions(statements: Sequence[Statement]) -> list[Edge]:
    """Which columns decide which."""
    edges = []
    for rule, statement in enumerate(statements):
        if statement.decides is not None:
            by = [name for name in statement.columns if name != statement.decides]
            edges += [(name, statement.decides, rule) for name in by]
    return edges


def _orders(statements: Sequence[Statement]) -> list[Edge]:
    """Which columns are at most which, where they may be equal."""
    edges = []
    for rule, statement in enumerate(statements):
        if not isinstance(statement, Order):
            continue
        for (low, high), strict in zip(pairwise(statement.sides), statement.strict, strict=True):
            if isinstance(low, Column) and isinstance(high, Column) and not strict:
                edges.append((low.name, high.name, rule))
    return edges


def _shortest(edges: Iterable[Edge]) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """A circle that cannot be shortened: its columns, and the rules between them."""
    after: dict[str, dict[str, int]] = {}
    for low, high, rule in edges:
        after.setdefault(low, {}).setdefault(high, rule)
    for start in _in_circles(after):
        path = _way_back(start, after)
        if path is not None:
            rules = [after[a][b] for a, b in pairwise((*path, start))]
            return tuple(path), tuple(dict.fromkeys(rules))
    return None


def _in_circles(after: dict[str, dict[str, int]]) -> list[str]:
    """The columns that are left when those that lead nowhere are taken away, one by one."""
    before: dict[str, list[str]] = {}
    left = {name: len(nexts) for name, nexts in after.items()}
    for name, nexts in after.items():
        for high in nexts:
            before.setdefault(high, []).append(name)
            left.setdefault(high, 0)
    ends = [name for name, count in left.items() if count == 0]
    while ends:
        end = ends.pop()
        del left[end]
        for name in before.get(end, ()):
            left[name] -= 1
            if left[name] == 0:
                ends.append(name)
    return list(left)


def _way_back(start: str, after: dict[str, dict[str, int]]) -> list[str] | None:
    """The shortest way from a column to itself, without the end; None if there is none."""
    came: dict[str, str | None] = {start: None}
    queue = [start]
    for name in queue:
        for high in after.get(name, ()):
            if high == start:
                path = [name]
                while (step := came[path[-1]]) is not None:
                    path.append(step)
                return path[::-1]
            if high not in came:
                came[high] = name
                queue.append(high)
    return None


def _instead(columns: Sequence[str], statements: Sequence[Statement]) -> str:
    """What to say instead of rules by which a column follows from itself."""
    pair = len(columns) == 2 and all(isinstance(s, From) for s in statements)
    if pair and all(len(s.columns) == 2 for s in statements):
        return f"if each value of one has its one value of the other, say {_matched(columns)!r}"
    implied = all(isinstance(s, Equal | Linear) for s in statements)
    why = ", for the others say the same" if implied else ""
    return f"{columns[0]!r} follows from itself: leave one of them out{why}"


def _matched(columns: Sequence[str]) -> str:
    return f"{named(columns[0])} matches {named(columns[1])}"
