"""Conditions, held against the same said row by row in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.table.rules.tiny_tables import (
    POOLED,
    SEEDS,
    SIMPLE_LABELS,
    Cell,
    Verdict,
    assert_judged,
    most_frequent,
    row,
    told,
    two_tables,
)
from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.dependency import From
from trimtab.table.rules.parse import parse
from trimtab.table.rules.together import Together
from trimtab.table.rules.view import View, numbers

COMPARED: dict[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def atom_holds(atom: Atom, cells: dict[str, Cell]) -> Verdict:
    """Whether it holds of a row; None where that cannot be told."""
    cell = cells[atom.column]
    if atom.sign in ("missing", "present"):
        # A pooled label is a label.
        return (cell is None) == (atom.sign == "missing")
    if cell is None or cell == POOLED:
        return None
    if atom.sign in ("in", "not in"):
        return (cell in atom.values) == (atom.sign == "in")
    return COMPARED[atom.sign](cell, atom.values[0])  # type: ignore[arg-type]


@st.composite
def atoms(draw: st.DrawFn, columns: str = "abxy") -> Atom:
    column = draw(st.sampled_from(columns))
    value = st.sampled_from(SIMPLE_LABELS if column in "abc" else (0.0, 1.0, -1.5, 3.0))
    signs = ["missing", "present", "in", "not in", "=", "!="]
    sign = draw(st.sampled_from(signs if column in "abc" else [*signs, "<=", ">=", "<", ">"]))
    if sign in ("missing", "present"):
        return Atom(column, sign)
    many = 3 if sign.endswith("in") else 1
    values = draw(st.lists(value, min_size=1, max_size=many, unique=True))
    return Atom(column, sign, tuple(values))


@given(SEEDS, atoms())
def test_what_holds_of_a_single_column(seed: int, atom: Atom) -> None:
    _, judged, view, other = two_tables(seed, "abxy")

    def check(cells: dict[str, Cell]) -> Verdict:
        holds = atom_holds(atom, cells)
        return None if holds is None else not holds

    assert_judged(Holds(atom).learned(view)(other), judged, check)


def all_hold(conditions: list[Atom], cells: dict[str, Cell]) -> Verdict:
    """Whether all hold; None where that cannot be told."""
    verdicts = [atom_holds(c, cells) for c in conditions]
    if False in verdicts:
        return False
    return None if None in verdicts else True


@settings(max_examples=300)
@given(SEEDS, atoms("xa"), st.lists(atoms("by"), min_size=1, max_size=2), st.booleans())
def test_conditions(seed: int, atom: Atom, conditions: list[Atom], exactly: bool) -> None:
    _, judged, view, other = two_tables(seed, "abxy")

    def check(cells: dict[str, Cell]) -> Verdict:
        inside, holds = all_hold(conditions, cells), atom_holds(atom, cells)
        if inside is None or holds is None:
            return None
        if exactly:
            return holds != inside
        return not holds if inside else None

    statement = Where(Holds(atom), tuple(conditions), exactly)
    assert_judged(statement.learned(view)(other), judged, check)


@given(SEEDS, st.lists(atoms("by"), min_size=1, max_size=2))
def test_what_is_learned_where_a_condition_holds_is_learned_there(
    seed: int, conditions: list[Atom]
) -> None:
    real, judged, view, other = two_tables(seed, "acbxy", 40)
    inside = [i for i in range(view.rows) if all_hold(conditions, row(real, i))]
    part = {n: [cells[i] for i in inside] for n, cells in real.items()}
    expected = most_frequent(part, view, "a", "c")

    def check(cells: dict[str, Cell]) -> Verdict:
        if not all_hold(conditions, cells) or (cells["c"],) not in expected:
            return None
        return cells["a"] != expected[(cells["c"],)] if told(cells["a"]) else None

    statement = Where(From("a", ("c",)), tuple(conditions))
    assert_judged(statement.learned(view)(other), judged, check)
    together = Where(Together(("a", "c")), tuple(conditions))
    assert together.learns and not statement.learns
    assert not together.learned(view)(view).broken.any()


def test_dates_are_compared_with_dates_in_text() -> None:
    days = [datetime(2019, 12, 31, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]
    view = View({"d": numbers("d", np.array([d.timestamp() for d in days]), moment=True)}, 2)
    for text, broken in (
        ("d >= '2020-01-01'", [True, False]),
        ("d < '2020-01-01'", [False, True]),
        ("d = '2020-01-01'", [True, False]),
        ("'2019-12-31' < d <= '2020-06-01 12:00'", [True, False]),
    ):
        assert parse(text).learned(view)(view).broken.tolist() == broken, text
