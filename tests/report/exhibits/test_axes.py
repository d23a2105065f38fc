"""Axes of values: what is drawn at a place is what the exhibit holds there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.report.exhibits.drawings import corners, drawn, leaves, texts
from trimtab.report.exhibits.style import REAL

FIRST, LAST = datetime(2008, 1, 1, tzinfo=UTC), datetime(2017, 12, 31, tzinfo=UTC)


def seconds(first: datetime, last: datetime, count: int) -> list[float]:
    """Moments that are evenly spaced, as exhibits hold them."""
    step = (last - first) / (count - 1)
    return [(first + k * step).timestamp() for k in range(count)]


def exhibits_of(places: list[float]) -> dict[str, dict[str, list[Any]]]:
    """The columns of every kind of exhibit that has an axis of moments, over some moments."""
    low, high = places[:-1], places[1:]
    size = len(low)
    shares = [1 / size] * size
    unit = ["seconds since 1970"]
    bins = {"value": [None] * size, "low": low, "high": high}
    return {
        "distribution": {"side": ["real"] * size, **bins, "share": shares, "unit": unit * size},
        "cumulative": {
            "side": ["real"] * len(places),
            "value": places,
            "share": [k / size for k in range(size + 1)],
            "unit": unit * len(places),
        },
        "stages": {**bins, "unit": unit * size, "step 10": shares, "real": shares},
        "stage pairs": {
            **{f"x_{n}": v for n, v in bins.items()},
            "x_unit": unit * size,
            "y_value": ["a"] * size,
            "y_low": [None] * size,
            "y_high": [None] * size,
            "step 10": shares,
            "real": shares,
        },
    }


KINDS = list(exhibits_of(seconds(FIRST, LAST, 3)))


@pytest.mark.parametrize("kind", KINDS)
def test_moments_of_some_years_stand_at_an_axis_of_those_years(kind: str) -> None:
    (svg,) = drawn(kind, exhibits_of(seconds(FIRST, LAST, 25))[kind])
    years = [t for t in texts(svg) if re.fullmatch(r"\d{4}", t)]
    assert set(years) <= {str(y) for y in range(2008, 2018)}
    assert len(set(years)) >= 2
    months = [t for t in texts(svg) if re.search("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct", t)]
    assert all(t.endswith(tuple(map(str, range(2008, 2018)))) for t in months)


@pytest.mark.parametrize("kind", KINDS)
def test_moments_before_1970_too(kind: str) -> None:
    early = datetime(1913, 1, 1, tzinfo=UTC)
    (svg,) = drawn(kind, exhibits_of(seconds(early, early + timedelta(days=365 * 50), 25))[kind])
    years = {int(t) for t in texts(svg) if re.fullmatch(r"\d{4}", t)}
    assert len(years) >= 2
    assert min(years) >= 1913
    assert max(years) <= 1963


@pytest.mark.parametrize("kind", KINDS)
def test_days_and_hours_are_told_as_such(kind: str) -> None:
    first = datetime(2015, 3, 1, tzinfo=UTC)
    (svg,) = drawn(kind, exhibits_of(seconds(first, first + timedelta(days=9), 10))[kind])
    days = {t for t in texts(svg) if re.fullmatch(r"\d+ Mar|Mar 2015", t)}
    assert len(days) >= 2
    (svg,) = drawn(kind, exhibits_of(seconds(first, first + timedelta(hours=9), 10))[kind])
    hours = {t for t in texts(svg) if re.fullmatch(r"0\d:00", t)}
    assert len(hours) >= 2


def test_a_cumulative_curve_is_at_the_tick_where_its_share_is_reached() -> None:
    """Half of the rows until the first of January 2012: the curve rises at that very tick."""
    turn = datetime(2012, 1, 1, tzinfo=UTC).timestamp()
    columns = {
        "side": ["real"] * 3,
        "value": [FIRST.timestamp(), turn, LAST.timestamp()],
        "share": [0.0, 0.5, 1.0],
        "unit": ["seconds since 1970"] * 3,
    }
    (svg,) = drawn("cumulative", columns)
    rises = [x for x, _ in corners(svg, REAL)]
    (tick,) = re.findall(r'<text x="([\d.]+)"[^>]*>2012</text>', svg)
    assert min(abs(x - float(tick)) for x in rises) < 0.6


def test_every_point_of_a_cloud_is_whole() -> None:
    """The outermost points stand inside the frame by more than their radius."""
    columns = {
        "side": ["real"] * 4,
        "x": [0.0, 0.0, 10.0, 10.0],
        "y": [-5.0, 5.0, -5.0, 5.0],
    }
    (svg,) = drawn("projection", columns)
    width, height = (float(re.search(rf'{n}="([\d.]+)"', svg)[1]) for n in ("width", "height"))  # type: ignore[index]
    points = [
        (float(h["cx"]), float(h["cy"]), float(h["r"])) for t, h in leaves(svg) if t == "circle"
    ]
    assert len(points) == 4
    for x, y, radius in points:
        assert radius <= x <= width - radius
        assert radius <= y <= height - radius
