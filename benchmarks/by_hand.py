"""Rules checked cell by cell, as one would by hand: no arrays, and none of the package's checks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise

from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together

Cell = str | float | datetime | None
Row = dict[str, Cell]
Verdict = bool | None  # None where nothing is said of the row


def broken_by_hand(
    statement: Statement, real: Sequence[Row], judged: Sequence[Row]
) -> tuple[int, int]:
    """How many of the judged rows a rule says something of, and how many of these break it."""
    check = _check(statement, real)
    verdicts = [check(row) for row in judged]
    return sum(v is not None for v in verdicts), sum(v is True for v in verdicts)


def _check(statement: Statement, real: Sequence[Row]) -> Callable[[Row], Verdict]:
    if isinstance(statement, From):
        return _from(statement.decided, statement.by, real)
    if isinstance(statement, Matches):
        there = _from(statement.decided, (statement.by,), real)
        back = _from(statement.by, (statement.decided,), real)
        return lambda row: _either(there(row), back(row))
    if isinstance(statement, Equal):
        return lambda row: _equal(row[statement.decided], row[statement.by])
    if isinstance(statement, Order):
        return lambda row: _order(statement, row)
    if isinstance(statement, OneOf):
        return lambda row: _one_of(statement, row)
    if isinstance(statement, Together):
        return _together(statement.names, real)
    if isinstance(statement, Within):
        return _within(statement, real)
    if isinstance(statement, Holds):
        return lambda row: _holds(statement.atom, row)
    if isinstance(statement, Where):
        return _where(statement, real)
    assert isinstance(statement, Linear)
    digits = _digits(row[statement.decided] for row in real)
    slack = 0.5 * 10.0**-digits
    for term in statement.terms:
        if abs(term.factor) != 1:
            slack += 0.5 * abs(term.factor) * 10.0 ** -_digits(row[term.column] for row in real)
    return lambda row: _linear(statement, row, slack)


def _together(names: tuple[str, ...], real: Sequence[Row]) -> Callable[[Row], Verdict]:
    shown = {tuple(row[n] for n in names) for row in real}
    single = {n: {row[n] for row in real} for n in names}

    def check(row: Row) -> Verdict:
        cells = tuple(row[n] for n in names)
        known = all(c is not None and c in single[n] for n, c in zip(names, cells, strict=True))
        return cells not in shown if known else None

    return check


def _within(statement: Within, real: Sequence[Row]) -> Callable[[Row], Verdict]:
    groups: dict[tuple[Cell, ...], list[float]] = defaultdict(list)
    for row in real:
        key = tuple(row[n] for n in statement.groups)
        if None not in key and row[statement.number] is not None:
            groups[key].append(_amount(row[statement.number]))
    ends = {k: (min(v), max(v)) for k, v in groups.items() if len(v) >= 20}

    def check(row: Row) -> Verdict:
        key = tuple(row[n] for n in statement.groups)
        if key not in ends or row[statement.number] is None:
            return None
        low, high = ends[key]
        margin, value = 0.1 * (high - low) + 1e-9, _amount(row[statement.number])
        return not low - margin <= value <= high + margin

    return check


def _holds(atom: Atom, row: Row) -> Verdict:
    """Whether a row breaks what is said of one column; None where that cannot be told."""
    cell = row[atom.column]
    if atom.sign in ("missing", "present"):
        return (cell is None) != (atom.sign == "missing")
    if cell is None:
        return None
    if atom.sign in ("=", "!=", "in", "not in"):
        wanted = {_as_text(value) for value in atom.values}
        return (_as_text(cell) in wanted) != (atom.sign in ("=", "in"))
    value, limit = _amount(cell), float(atom.values[0])
    sound = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}
    return not sound[atom.sign]


def _where(statement: Where, real: Sequence[Row]) -> Callable[[Row], Verdict]:
    def inside(row: Row) -> bool:
        return all(_holds(atom, row) is False for atom in statement.conditions)

    check = _check(statement.statement, [row for row in real if inside(row)])
    if not statement.exactly:
        return lambda row: check(row) if inside(row) else None

    def exactly(row: Row) -> Verdict:
        told = inside(row) or any(_holds(atom, row) for atom in statement.conditions)
        broken = check(row)
        return None if broken is None or not told else broken == inside(row)

    return exactly


def _as_text(cell: Cell) -> str:
    """A value as it is written, whole numbers without a point."""
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell == round(cell) else repr(cell)
    return str(cell)


def _either(one: Verdict, other: Verdict) -> Verdict:
    if one is None or other is None:
        return other if one is None else one
    return one or other


def _from(decided: str, by: tuple[str, ...], real: Sequence[Row]) -> Callable[[Row], Verdict]:
    seen: dict[tuple[Cell, ...], Counter[Cell]] = defaultdict(Counter)
    for row in real:
        if row[decided] is not None and all(row[n] is not None for n in by):
            seen[tuple(row[n] for n in by)][row[decided]] += 1

    def check(row: Row) -> Verdict:
        values = seen.get(tuple(row[n] for n in by))
        if values is None or row[decided] is None:
            return None
        most = max(values.values())
        return row[decided] not in [v for v, count in values.items() if count == most]

    return check


def _equal(one: Cell, other: Cell) -> Verdict:
    return None if one is None or other is None else one != other


def _order(statement: Order, row: Row) -> Verdict:
    sides = [row[s.name] if isinstance(s, Column) else s for s in statement.sides]
    there = [i for i, side in enumerate(sides) if side is not None]
    if len(there) < 2:
        return None
    for i, j in pairwise(there):
        low, high = _amount(sides[i]), _amount(sides[j])
        if low > high or (low == high and any(statement.strict[i:j])):
            return True
    return False


def _amount(cell: Cell) -> float:
    if isinstance(cell, datetime):
        return (cell - datetime(1970, 1, 1)).total_seconds()
    assert cell is not None
    return float(cell)


def _one_of(statement: OneOf, row: Row) -> Verdict:
    cells = [row[n] for n in statement.names]
    if any(c is None for c in cells):
        return None
    count = sum(str(c).lower() in ("1", "1.0", "true", "yes", "y", "t") for c in cells)
    return count < statement.least or (statement.most is not None and count > statement.most)


def _digits(cells: object) -> int:
    most = 0
    for cell in cells:  # type: ignore[attr-defined]
        if isinstance(cell, float):
            text = repr(cell)
            most = max(most, 0 if text.endswith(".0") else len(text.partition(".")[2]))
    return most


def _linear(statement: Linear, row: Row, slack: float) -> Verdict:
    total, mine = statement.constant, row[statement.decided]
    for term in statement.terms:
        cell = row[term.column]
        if cell is None:
            return None
        total += term.factor * (_part(cell, term.part) if term.part else _amount(cell))
    if mine is None:
        return None
    return abs(_amount(mine) - total) > slack + 1e-9 * abs(total)


def _part(cell: Cell, part: str) -> float:
    assert isinstance(cell, datetime)
    if part == "date":
        return _amount(datetime(cell.year, cell.month, cell.day))
    if part == "quarter":
        return (cell.month - 1) // 3 + 1
    if part == "weekday":
        return cell.isoweekday()
    return float(getattr(cell, part))
