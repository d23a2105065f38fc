"""Sums, units, steps and parts of dates, held against the calendar and plain sums."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.table.rules.tiny_tables import (
    SEEDS,
)
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.linear import Linear, Term
from trimtab.table.rules.multiples import MultipleOf
from trimtab.table.rules.parse import parse
from trimtab.table.rules.view import View, labels, numbers

DATES = st.datetimes(datetime(1600, 1, 1), datetime(2300, 12, 31))


def seconds_of(moments: list[datetime]) -> np.ndarray:
    epoch = datetime(1970, 1, 1)
    return np.array([(m - epoch) / timedelta(seconds=1) for m in moments])


PARTS: dict[str, Callable[[datetime], float]] = {
    "year": lambda m: m.year,
    "quarter": lambda m: (m.month + 2) // 3,
    "month": lambda m: m.month,
    "day": lambda m: m.day,
    "weekday": lambda m: m.isoweekday(),
    "hour": lambda m: m.hour,
    "minute": lambda m: m.minute,
    "date": lambda m: float(seconds_of([datetime(m.year, m.month, m.day)])[0]),
}


@pytest.mark.parametrize("part", PARTS)
@given(moments=st.lists(DATES, min_size=1, max_size=20))
def test_parts_of_dates_are_those_of_the_calendar(part: str, moments: list[datetime]) -> None:
    rows = len(moments)
    true = np.array([PARTS[part](m) for m in moments])
    for off, broken in ((0.0, False), (1.0, True)):
        seen = View(
            {
                "n": numbers("n", np.append(true + off, np.nan), moment=part == "date"),
                "t": numbers("t", np.append(seconds_of(moments), 0.0), moment=True),
            },
            rows + 1,
        )
        outcome = parse(f"n = {part}(t)").learned(seen)(seen)
        assert outcome.covered.tolist() == [True] * rows + [False]
        assert outcome.broken.tolist() == [broken] * rows + [False]


def test_the_first_and_last_moments_of_every_month_have_the_parts_of_the_calendar() -> None:
    moments = []
    for year in range(1600, 2301):
        for month in range(1, 13):
            first = datetime(year, month, 1)
            moments += [first, first - timedelta(seconds=1) if year > 1600 or month > 1 else first]
    seen = seconds_of(moments)
    for part, of in PARTS.items():
        true = np.array([of(m) for m in moments])
        view = View({"n": numbers("n", true), "t": numbers("t", seen, moment=True)}, len(moments))
        assert not parse(f"n = {part}(t)").learned(view)(view).broken.any(), part


def test_dates_that_the_calendar_has() -> None:
    years = [1600, 1700, 1800, 1900, 1999, 2000, 2023, 2024, 2100, 2300, 2024.5, np.nan]
    days = [-1.0, 0, 1, 1.5, 28, 29, 30, 31, 32, np.nan]
    months = [0.0, 1, 2, 4, 12, 12.5, 13, np.nan]
    grid = [(y, m, d) for y in years for m in months for d in days]
    view = View(
        {n: numbers(n, np.array(c)) for n, c in zip("ymd", zip(*grid, strict=True), strict=True)},
        len(grid),
    )
    for names in (("y", "m", "d"), ("m", "d")):
        outcome = MakeDate(names).learned(view)(view)
        for i, (year, month, day) in enumerate(grid):
            cells = (year, month, day) if len(names) == 3 else (2000.0, month, day)
            if any(np.isnan(c) for c in cells):
                assert not outcome.covered[i] and not outcome.broken[i]
                continue
            whole = all(c == int(c) for c in cells) and 1 <= month <= 12
            last = calendar.monthrange(int(cells[0]), int(month))[1] if whole else 0
            assert outcome.covered[i]
            assert outcome.broken[i] == (not whole or not 1 <= day <= last), cells


def test_labels_such_as_07_are_months() -> None:
    view = View(
        {
            "m": labels("m", np.array([0, 1, 2, 3, -1]), ["07", "12", "13", "(rare)"]),
            "d": numbers("d", np.array([31.0, 31, 31, 31, 31])),
        },
        5,
    )
    outcome = MakeDate(("m", "d")).learned(view)(view)
    assert outcome.covered.tolist() == [True, True, True, False, False]
    assert outcome.broken.tolist() == [False, False, True, False, False]


@given(SEEDS, st.integers(0, 3), st.sampled_from([2, 3]))
def test_sums_hold_to_the_digits_that_were_recorded(seed: int, digits: int, parts: int) -> None:
    draw = np.random.default_rng(seed)
    cells = [
        np.round(draw.normal(0, 10.0 ** draw.integers(1, 8), 20), digits) for _ in range(parts)
    ]
    total = np.round(sum(cells), digits)
    step = 10.0**-digits
    names = tuple("xyz"[:parts])
    statement = Linear("t", tuple(Term(1.0, n) for n in names))
    for off, broken in ((0.0, False), (step, True), (-step, True)):
        columns = {n: numbers(n, c) for n, c in zip(names, cells, strict=True)}
        # The last row is not off, and says to how many digits the total was recorded.
        shown = total + off
        shown[-1] = total[-1]
        view = View({**columns, "t": numbers("t", np.round(shown, digits))}, 20)
        if view["t"].unit != step:
            return
        outcome = statement.learned(view)(view)
        assert outcome.covered.all()
        assert outcome.broken[:-1].tolist() == [broken] * 19
        assert not outcome.broken[-1]


@given(SEEDS, st.floats(0.01, 100), st.floats(-50, 50), st.integers(0, 2), st.integers(0, 3))
def test_another_unit_holds_to_the_digits_that_were_recorded(
    seed: int, factor: float, constant: float, digits: int, more: int
) -> None:
    draw = np.random.default_rng(seed)
    pounds = np.round(draw.normal(170, 30, 30), digits)
    kilos = np.round(factor * pounds + constant, more)
    view = View({"x": numbers("x", pounds), "t": numbers("t", kilos)}, 30)
    statement = Linear("t", (Term(factor, "x"),), constant)
    check = statement.learned(view)
    assert not check(view).broken.any()
    slack = 0.5 * (view["t"].unit + factor * view["x"].unit)
    far = View({"x": view["x"], "t": numbers("t", kilos + 2.1 * slack + 1e-6)}, 30)
    assert check(far).broken.all()


def test_a_second_is_a_second_and_large_sums_are_sums() -> None:
    noon = 1.7e9 - 1.7e9 % 86400
    view = View(
        {
            "d": numbers("d", np.array([noon, noon + 1]), moment=True),
            "t": numbers("t", np.array([noon + 60.0, noon + 60.0]), moment=True),
            "x": numbers("x", np.array([9e9, 9e9])),
            "y": numbers("y", np.array([9e9, 9e9 - 8.0])),
            "z": numbers("z", np.array([0.0, 0.0])),
        },
        2,
    )
    assert parse("d = date(t)").learned(view)(view).broken.tolist() == [False, True]
    assert parse("x = y + z").learned(view)(view).broken.tolist() == [False, True]


@pytest.mark.parametrize("step", [0.05, 0.01, 0.25, 1.0, 5.0, 0.1])
def test_multiples_of_a_step_up_to_large_numbers(step: float) -> None:
    counts = np.array([0.0, 1, -3, 7, 1e3, 123_457, 1e7, 987_654_321, 1e11, np.nan])
    view = View({"x": numbers("x", np.round(counts * step, 2))}, len(counts))
    outcome = MultipleOf("x", step).learned(view)(view)
    assert outcome.covered.tolist() == [True] * 9 + [False]
    assert not outcome.broken.any()
    off = View({"x": numbers("x", counts[:8] * step + 0.3 * step)}, 8)
    assert MultipleOf("x", step).learned(off)(off).broken.all()
