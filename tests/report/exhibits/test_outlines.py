"""Outlines over bins: shares are heights, and no bin stands out for its width alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.report.exhibits.drawings import drawn, levels, texts
from trimtab.report.exhibits.style import REAL


def binned(
    ends: list[tuple[float, float]], share: list[float], **more: Any
) -> dict[str, list[Any]]:
    low, high = zip(*ends, strict=True)
    size = len(ends)
    columns = {"side": ["real"] * size, "value": [None] * size, "share": share}
    return {**columns, "low": [*low], "high": [*high], **more}


def even(count: int) -> list[tuple[float, float]]:
    return [(float(k), k + 1.0) for k in range(count)]


def test_what_lies_far_beyond_is_as_high_as_its_share_and_stands_apart() -> None:
    ends = [*even(5), (5.0, 900.0)]
    (svg,) = drawn("distribution", binned(ends, [0.3, 0.2, 0.2, 0.1, 0.1, 0.1]))
    *inner, fifth, last = levels(svg, REAL)
    assert "share of rows" in texts(svg)
    assert last[2] == pytest.approx(fifth[2], abs=0.2)
    assert inner[0][2] == pytest.approx(3 * last[2], abs=0.3)
    assert last[1] - last[0] == pytest.approx(fifth[1] - fifth[0], abs=0.3)
    assert last[0] > fifth[1] + 2
    assert "the last bin: 5 to 900" in texts(svg)
    # No tick speaks of the place where the axis is not to scale.
    assert not {"6", "900"} & set(texts(svg))


def test_both_ends_may_lie_far_beyond() -> None:
    ends = [(-900.0, 0.0), *even(5), (5.0, 900.0)]
    (svg,) = drawn("distribution", binned(ends, [1 / 7] * 7))
    assert "the first bin: -900 to 0; the last bin: 5 to 900" in texts(svg)
    found = levels(svg, REAL)
    assert {round(height, 1) for *_, height in found} == {found[0][2]}
    assert found[0][1] < found[1][0]


def test_moments_that_lie_far_beyond_are_named_as_dates() -> None:
    day = 86_400.0
    ends = [*((low * day, high * day) for low, high in even(5)), (5 * day, 365 * day)]
    (svg,) = drawn("distribution", binned(ends, [1 / 6] * 6, unit=["seconds since 1970"] * 6))
    assert "the last bin: 1970-01-06 to 1971-01-01" in texts(svg)


def test_a_narrow_last_bin_of_a_stored_scorecard_is_no_spike() -> None:
    """Before, the last bin could hold one day; drawn as a density it shot off."""
    ends = [*even(5), (5.0, 5.01)]
    (svg,) = drawn("distribution", binned(ends, [0.19] * 5 + [0.05]))
    found = levels(svg, REAL)
    assert max(height for *_, height in found) == found[0][2]


def test_lone_values_are_bars_as_high_as_their_shares() -> None:
    """Values 1, 2, 4 and 100, which have bins of unequal width."""
    values = [1.0, 2.0, 4.0, 100.0]
    ends = [(0.5, 1.5), (1.5, 3.0), (3.0, 52.0), (52.0, 148.0)]
    columns = binned(ends, [0.1, 0.2, 0.3, 0.4], value=values)
    (svg,) = drawn("distribution", columns)
    found = levels(svg, REAL)
    assert [height / found[0][2] for *_, height in found] == pytest.approx([1, 2, 3, 4], rel=0.02)
    middles = [(start + end) / 2 for start, end, _ in found]
    unit = (middles[3] - middles[0]) / 99
    assert [(m - middles[0]) / unit for m in middles] == pytest.approx([0, 1, 3, 99], abs=0.2)
    assert "share of rows" in texts(svg)


def test_lone_values_that_are_evenly_spaced_touch() -> None:
    ends = [(k - 0.5, k + 0.5) for k in range(6)]
    columns = binned(ends, [0.1, 0.2, 0.3, 0.1, 0.2, 0.1], value=[float(k) for k in range(6)])
    (svg,) = drawn("distribution", columns)
    found = levels(svg, REAL)
    assert len(found) == 6
    assert all(a[1] == b[0] for a, b in pairwise(found))
