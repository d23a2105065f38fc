"""Columns that are drawn as their distance from another one: in order, within their ends, exact."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.synthesis.bundle.bundle_files import refused
from tests.synthesis.bundle.test_computed import _changed
from tests.synthesis.computed.ordered_tables import DATES, dated, frame, in_order
from tests.synthesis.computed.ruled_tables import schema
from trimtab._random import Key
from trimtab.errors import PlanError, RefusedError
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.gap import gaps_of
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.likelihood import log_prob
from trimtab.synthesis.settings import settings_of
from trimtab.table.files import read


def found(data: pd.DataFrame, rules: tuple[str, ...], needs: Needs | None = None) -> Any:
    coded = in_codes(read(data, schema(data, rules)), settings_of("trees", 5, 0))
    return {n: (g.by, g.sign) for n, g in gaps_of(coded, needs or Needs(), (), ()).items()}


@pytest.fixture(scope="module", autouse=True)
def chains_without_masks() -> Iterator[None]:
    """Chains are quickly learned, but held to orders by masks: here they draw distances."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trimtab.model.trees.kind.TreesKind.relates", False)
        yield


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    data = dated(frame())
    return trimtab.fit(
        data, schema=schema(data, DATES, outcome="ill"), first=["seen", "low"], model="trees"
    )


def test_which_columns_are_drawn_as_gaps() -> None:
    data = dated(frame())
    assert found(data, DATES) == {"born": ("seen", -1), "died": ("seen", 1), "high": ("low", 1)}
    asked = found(data, DATES, Needs(first=("high", "died")))
    assert asked == {"born": ("seen", -1), "low": ("high", -1)}
    assert "died" not in found(data, DATES, Needs(patterns={frozenset({"died", "low"})}))
    assert "died" in found(data, DATES, Needs(patterns={frozenset({"died", "seen"})}))
    data = data.astype({"low": "Int64"})
    data.loc[:9, "low"] = None  # what may be missing is nothing to count from
    assert found(data, ("low < high",)) == {"low": ("high", -1)}


def test_draws_are_in_order_and_within_their_ends(made: trimtab.Synthesizer) -> None:
    assert set(made.learned.beside.gaps) == {"born", "died", "high"}
    drawn = made.sample(20_000, seed=1)
    assert in_order(drawn)
    data = dated(frame())
    for name, grid in made.learned.grids.items():
        if name in made.learned.beside.gaps:
            codes = made.learned.codec.encode_column(name, read(drawn).column(name))
            known = codes[codes > np.iinfo(np.int64).min]
            low, high = grid.reach
            assert low <= known.min() and known.max() <= high, name
    assert abs((drawn.died == drawn.seen).mean() - (data.died == data.seen).mean()) < 0.04
    assert abs(drawn.died.isna().mean() - data.died.isna().mean()) < 0.04
    free = trimtab.fit(data, rules=False, model="trees").sample(2000)
    assert not in_order(free)


@pytest.fixture(scope="module")
def short() -> trimtab.Synthesizer:
    data = frame()[["low", "high", "ill"]]
    ruled = schema(data, ("low < high",), outcome="ill")
    return trimtab.fit(data, schema=ruled, first=["low"], model="trees")


def test_conditions_beside_what_it_is_counted_from(short: trimtab.Synthesizer) -> None:
    made = short
    free = made.sample(200_000, seed=2)
    at = free[free.low == 20]
    for where, inside in (
        ({"low": 20, "high": trimtab.Range(25, 40)}, (at.high >= 25) & (at.high <= 40)),
        ({"low": 20, "high": [30, 40, 50]}, at.high.isin([30, 40, 50])),
        ({"low": 20, "high": trimtab.Range(70, None)}, at.high >= 70),
    ):
        drawn = made.sample(4000, where=where, seed=3)
        assert (drawn.low < drawn.high).all() and (drawn.low == 20).all()
        assert inside.sum() > 50
        assert drawn.high.min() >= at.high[inside].min() - 1
        assert drawn.high.max() <= at.high[inside].max() + 1
        assert abs(drawn.high.mean() - at.high[inside].mean()) < 1.5
        assert abs(drawn.ill.mean() - at.ill[inside].mean()) < 0.12


def test_given_cells_stay_and_gaps_are_filled(short: trimtab.Synthesizer) -> None:
    given = frame(60, seed=8)[["low", "high"]].astype({"high": "Int64"})
    given.loc[:30, "high"] = None
    drawn = short.sample(given=given, seed=5)
    assert (drawn.low < drawn.high).all()
    assert (drawn.low == given.low).all()
    assert (drawn.high[31:] == given.high[31:]).all()


def test_gaps_of_a_table_are_filled_in_order() -> None:
    data = dated(frame())[["seen", "born", "low", "high", "ill"]]
    data.loc[::5, "high"] = None
    data.loc[::10, "born"] = None
    ruled = schema(data, ("born <= seen", "low < high"), outcome="ill")
    filled = trimtab.impute(data, schema=ruled, model="trees").table
    assert filled.notna().all(axis=None) and in_order(filled.assign(died=None))


@pytest.mark.parametrize(
    ("where", "error", "words"),
    [
        ({"high": 40}, RefusedError, ("high", "low < high", "first=['high']")),
        ({"high": trimtab.Range(10, 20)}, RefusedError, ("unless low is given",)),
        ({"low": trimtab.Range(1, 5), "high": 20}, RefusedError, ("unless low is given",)),
        ({"low": 20, "high": trimtab.Range(5, 15)}, PlanError, ("high", "low < high")),
        ({"low": 20, "high": [10, 12]}, PlanError, ("goes together",)),
    ],
)
def test_what_cannot_be_asked_is_refused(
    made: trimtab.Synthesizer, where: Any, error: type[Exception], words: tuple[str, ...]
) -> None:
    with pytest.raises(error) as caught:
        made.sample(10, where=where)
    assert all(word in str(caught.value) for word in words)


def test_missing_can_be_asked_for_by_itself() -> None:
    data = dated(frame())[["died", "seen", "ill"]]
    made = trimtab.fit(data, schema=schema(data, ("seen <= died",), outcome="ill"), model="trees")
    assert set(made.learned.beside.gaps) == {"died"}
    gap = made.learned.model_grids["died"]
    assert gap is made.learned.beside.gaps["died"].grid and gap.nullable


def test_a_round_trip(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    made.save(place)
    again = trimtab.load(place)
    pd.testing.assert_frame_equal(again.sample(200, seed=2), made.sample(200, seed=2))
    assert (
        again.provenance.gaps
        == made.provenance.gaps
        == {
            "born": DATES[0],
            "died": DATES[0],
            "high": DATES[1],
        }
    )

    def part(structure: Any) -> Any:
        return next(p for p in structure["gaps"] if p["grid"]["name"] == "high")

    for change in (
        lambda s: s.pop("gaps"),
        lambda s: s["gaps"].append(s["gaps"][0]),
        lambda s: part(s).update(by="ill"),
        lambda s: part(s).update(by="nobody"),
        lambda s: part(s).update(by="high"),
        lambda s: part(s).update(sign=0),
        lambda s: part(s).update(sign=-1),
        lambda s: part(s).update(ends=[0, 2**62]),
        lambda s: part(s).update(rule="high < low"),
        lambda s: part(s)["grid"].update(name="ill"),
    ):
        refused(_changed(place, tmp_path / "bad.trimtab", change), "holds no sound model")


# --- masses, by brute force ---------------------------------------------------------------------


def tiny() -> pd.DataFrame:
    g = Key(6).generator()
    low = g.choice([0, 1, 2, 3], 600, p=[0.2, 0.3, 0.3, 0.2])
    high = np.minimum(low + g.choice([0, 1, 2, 3], 600, p=[0.4, 0.3, 0.2, 0.1]), 4)
    data = pd.DataFrame({"low": low * 1000, "high": high * 1000, "flag": g.random(600) < 0.4})
    return data.assign(
        high=pd.Series(data.high, dtype="Int64").mask(g.random(600) < 0.2), low=data.low
    )


@pytest.fixture(scope="module")
def small() -> trimtab.Synthesizer:
    data = tiny().assign(low=lambda d: d.low // 1000, high=lambda d: d.high // 1000)
    kinds = schema(data, (), outcome="flag")
    for name in ("low", "high"):
        kinds = kinds.change(name, kind="number")
    return trimtab.fit(data, schema=kinds.add_rule("low <= high"), model="trees")


def test_masses_sum_to_one_and_are_those_of_draws(small: trimtab.Synthesizer) -> None:
    """Also at the end, where several gaps lead to the same value."""
    assert set(small.learned.beside.gaps) == {"high"}
    rows = pd.DataFrame(
        list(product(range(4), [0, 1, 2, 3, 4, None], [False, True])),
        columns=["low", "high", "flag"],
    ).astype({"high": "Int64"})
    table = read(rows, small.schema.model_copy(update={"locked": True, "rules": None}))
    mass = np.exp(log_prob(small.learned, table))
    mass[(rows.low == 0) & (rows.high == 4).fillna(False)] = 0  # farther than any that is drawn
    assert mass.sum() == pytest.approx(1, abs=1e-6)
    assert (mass[(rows.high < rows.low).fillna(False)] == 0).all()
    drawn = small.sample(60_000, seed=7)
    told = [d.astype(object).where(d.notna(), "none") for d in (rows, drawn)]
    shares = told[1].value_counts(["low", "high", "flag"], normalize=True)
    wanted = told[0].assign(mass=mass).set_index(["low", "high", "flag"]).mass
    assert (wanted - shares.reindex(wanted.index).fillna(0.0)).abs().max() < 0.01
    at_end = wanted.xs(4, level="high").sum()
    assert at_end > 0.05


def test_conditionals_beside_what_it_is_counted_from(small: trimtab.Synthesizer) -> None:
    drawn = small.sample(60_000, seed=9)
    drawn = drawn[drawn.low == 2]
    told = small.conditional({"low": 2}, "high").values
    high = drawn.high.astype(object).where(drawn.high.notna(), "none")
    shares = high.value_counts(normalize=True)
    assert sum(told.values()) == pytest.approx(1)
    assert all(abs(told[v] - shares[v]) < 0.02 for v in told if v is not None)
    assert abs(told[None] - (high == "none").mean()) < 0.02
    with pytest.raises(RefusedError, match="unless low is given"):
        small.conditional({}, "high")
