"""Histograms for pictures: bins that no reader is misled by."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure.made_tables import compared, real_table
from trimtab._random import Key
from trimtab.measure.compare import bins
from trimtab.measure.fidelity.histograms import histograms


@given(st.integers(0, 10**6), st.sampled_from([1.0, 7.0, 0.0, 86400.0]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_bin_of_a_picture_is_narrower_than_the_others(
    seed: int, unit: float, heavy: bool
) -> None:
    """All are as wide, but for one at either end that is much wider: none is a sliver."""
    draw = Key(seed).generator()
    held = draw.standard_cauchy(900) if heavy else draw.normal(0, 40, 900)
    other = draw.uniform(-150, 150, 400)
    if unit:
        held, other = unit * np.round(held), unit * np.round(other)
    both = np.concatenate([held, other])
    edges = bins.picture(held, np.ones(900), both)
    assert edges[0] <= both.min()
    assert both.max() <= edges[-1]
    widths = np.diff(edges)
    usual = np.median(widths)
    assert widths[1:-1] == pytest.approx(usual)
    assert (widths > 0.999 * usual).all()
    for wide in (widths[0], widths[-1]):
        assert wide == pytest.approx(usual) or wide > 3 * usual
    # Values that are as far as the others are within even bins.
    assert heavy or len(set(widths.round(6))) == 1


@pytest.mark.parametrize("name", ["synthea_patients", "persons/visits"])
def test_real_tables_have_no_sliver_for_a_bin(name: str) -> None:
    seen = 0
    for exhibit in histograms(real_table(name)):
        columns = exhibit.columns
        if exhibit.name == "distribution":
            ends = zip(columns["low"], columns["high"], columns["value"], strict=True)
            widths = [high - low for low, high, value in ends if value is None]
            seen += bool(widths)
            assert not widths or min(widths) == pytest.approx(np.median(widths)), exhibit.about
    assert seen


def test_a_bin_of_one_value_says_which() -> None:
    real = {"few": [1.0, 2.0, 4.0, None], "many": [0.0, 0.5, 1.0, None]}
    synthetic = {"few": [2.0] * 40, "many": [*np.arange(40.0)]}
    for exhibit in histograms(compared(real, synthetic)):
        if exhibit.name == "distribution" and exhibit.rests_on == ("real", "synthetic"):
            values = exhibit.columns["value"]
            known = [1.0, 2.0, 4.0, "(missing)"] if exhibit.about == ("few",) else None
            assert values[:4] == (known or [None] * 4)
