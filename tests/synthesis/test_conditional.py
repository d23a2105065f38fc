"""`Synthesizer.conditional`: what it says, in values and words, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab import Synthesizer
from trimtab._random import Key
from trimtab.codec.label import LabelCodec
from trimtab.errors import ColumnError, InputError, PlanError, RefusedError
from trimtab.model.grid.distribution import PiecewiseDistribution
from trimtab.model.network.gaussian import Gaussian, traits_of
from trimtab.model.network.network import Network
from trimtab.model.network.shape import Shape, weight_count
from trimtab.model.neural.encoding import arranged
from trimtab.synthesis.conditional import CellDistribution, Interval, _about

KEY = Key(41)
START = date(2021, 1, 1)
ROWS = 4000
SHAPE = Shape(width=8, shared=1, own=1, components=2)


def table() -> pa.Table:
    """Labels, a flag, a number with a spike, days, an identifier, a column to leave out."""
    g = KEY.child("table").generator()
    town = g.integers(0, 3, ROWS)
    ill = g.random(ROWS) < 0.1 + 0.3 * town
    cost = np.round(np.where(g.random(ROWS) < 0.2, 0, g.gamma(2, 50, ROWS)), 2)
    return pa.table(
        {
            "id": [f"P{i:05d}" for i in range(ROWS)],
            "town": pa.array(np.array(["a", "b", "c"])[town], mask=g.random(ROWS) < 0.1),
            "ill": pa.array(ill),
            "cost": pa.array(cost),
            "day": pa.array([START + timedelta(days=int(d)) for d in g.integers(0, 400, ROWS)]),
            "stage": pa.array(g.integers(1, 4, ROWS)),
            "left": pa.array(g.random(ROWS)),
        }
    )


@pytest.fixture(scope="module")
def chain() -> Synthesizer:
    first = ["town", "ill", "cost"]
    return trimtab.fit(table(), model="trees", first=first, drop=["left"], outcome="stage")


@pytest.fixture(scope="module")
def network(chain: Synthesizer) -> Synthesizer:
    """A network that has learned the columns, and nothing of how they hang together."""
    learned = chain.learned
    grids = {n: learned.model.grids[n] for n in learned.codec.modelled}
    weights = np.zeros(weight_count(grids, SHAPE), np.float32)
    ones = np.ones(len(traits_of(arranged(grids)).column), np.float32)
    gaussian = Gaussian(0 * ones, ones, np.diag(ones))
    model = Network(grids, SHAPE, gaussian, weights)
    provenance = learned.provenance.model_copy(update={"model": "network"})
    return Synthesizer(replace(learned, grids=grids, model=model, provenance=provenance))


def total(found: CellDistribution) -> float:
    return sum(found.values.values()) + sum(i.probability for i in found.intervals)


def test_a_label(chain: Synthesizer) -> None:
    found = chain.conditional({"ill": True}, "town")
    assert set(found.values) == {"a", "b", "c", None}
    assert list(found.values.values()) == sorted(found.values.values(), reverse=True)
    assert total(found) == pytest.approx(1) and not found.intervals
    given = table().filter(table()["ill"])
    shares = {
        v["values"]: v["counts"] / len(given) for v in given["town"].value_counts().to_pylist()
    }
    assert found.values == pytest.approx(shares, abs=0.03)
    assert found.missing == found.values[None]
    assert found.support == pytest.approx(len(given), rel=0.05)


def test_a_number(chain: Synthesizer, network: Synthesizer) -> None:
    cost = table()["cost"].to_numpy()
    for made in (chain, network):
        found = made.conditional({}, "cost")
        assert total(found) == pytest.approx(1)
        assert found.values[0.0] == pytest.approx(np.mean(cost == 0), abs=0.02)
        assert all(i.low < i.high for i in found.intervals)
        assert all(isinstance(end, float) for end in found.intervals[0][:2])
        assert found.quantile(0) == 0.0 and found.missing == 0.0
        for share in (0.3, 0.5, 0.9):
            near = np.mean(cost <= found.quantile(share))
            assert near == pytest.approx(share, abs=0.1 if made is network else 0.02)
        assert found.median == found.quantile(0.5)
    assert chain.conditional({}, "cost").mean == pytest.approx(cost.mean(), rel=0.05)


def test_a_moment(chain: Synthesizer) -> None:
    found = chain.conditional({"town": None, "ill": False, "cost": 20.5}, "day")
    assert isinstance(found.median, date) and isinstance(found.mean, date)
    for middle in (found.median, found.mean):
        assert abs(middle - (START + timedelta(days=200))).days < 30
    assert START <= found.quantile(0) <= found.quantile(1) < START + timedelta(days=400)
    assert found.pieces.draws == 0  # all columns before it are given
    assert chain.conditional({"town": "a"}, "day").pieces.draws > 0


def test_the_network_takes_any_cells(network: Synthesizer) -> None:
    row = {"id": "P00001", "town": None, "cost": 0}
    found = network.conditional(row, "stage")
    assert total(found) == pytest.approx(1)
    # It learned that nothing hangs together: support is the product of the columns' shares.
    real = table()
    missing, spike = real["town"].null_count / ROWS, np.mean(real["cost"].to_numpy() == 0)
    assert found.support == pytest.approx(ROWS * missing * spike, rel=0.02)
    # A tenth of the days, where it takes a standard logistic for a normal: its density is lower.
    share = network.conditional({**row, "day": "2021-07-19"}, "stage").support / found.support
    assert share == pytest.approx(0.1 * 0.25 * np.sqrt(2 * np.pi), rel=0.15)


def test_a_saved_model_says_the_same(network: Synthesizer, tmp_path: Path) -> None:
    network.save(tmp_path / "m.trimtab")
    loaded = trimtab.load(tmp_path / "m.trimtab")
    for column in ("town", "cost", "day"):
        one, other = (m.conditional({"stage": 2}, column) for m in (network, loaded))
        assert one.values == other.values and one.intervals == other.intervals


def test_it_reads_well(chain: Synthesizer) -> None:
    found = chain.conditional({"town": "b"}, "ill")
    assert repr(found) == "CellDistribution(ill given town = b)"
    assert "ill given town = b:\n" in str(found) and "  True: " in str(found)
    assert "The model sees about 1,200 of 4,000 rows like what is given" in str(found)
    assert "tenth around it in rank" in found.basis
    html = found._repr_html_()
    assert "<table>" in html and "about 1,200 of 4,000" in html
    alone = chain.conditional({}, "cost")
    assert "Nothing is given: it rests on all 4,000 rows." in str(alone)
    assert "50% lie below: " in str(alone) and "mean: " in str(alone) and "  0.0: 20" in str(alone)
    assert "Averaged over 2,000 draws" in str(chain.conditional({"town": "b"}, "stage"))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (0.0, "fewer than 1"),
        (0.99, "fewer than 1"),
        (1.4, "about 1"),
        (12.4, "about 12"),
        (129.0, "about 130"),
        (32_561.0, "about 33,000"),
    ],
)
def test_support_is_rounded(rows: float, said: str) -> None:
    assert _about(rows) == said


def test_what_is_always_missing() -> None:
    codec = LabelCodec(type="string", values=())
    none, empty = np.zeros(0, np.int64), np.zeros(0)
    found = CellDistribution(
        "x", {}, PiecewiseDistribution(none, none, empty, 1.0), codec, 10, 10.0
    )
    assert found.values == {None: 1.0}
    data = table().select(["ill"]).append_column("gone", pa.nulls(ROWS, pa.float64()))
    found = trimtab.fit(data).conditional({"ill": True}, "gone")
    assert found.values == {None: 1.0} and found.intervals == ()
    assert "(missing): 100.0%" in str(found)


def test_quantiles_lie_in_pieces() -> None:
    """Two values and an interval in steps of ten, with .2, .3 and .5 of the mass."""
    data = pa.table({"x": list(range(0, 1000, 10))})
    codec = trimtab.fit(data, min_count=0).learned.codec.columns["x"]
    first, last = np.array([0, 50, 100]), np.array([0, 50, 190])
    pieces = PiecewiseDistribution(first, last, np.array([0.2, 0.3, 0.5]) * 0.8, 0.2, unit=10)
    found = CellDistribution("x", {}, pieces, codec, 10, 10.0)
    assert found.intervals == (Interval(100, 190, pytest.approx(0.4)),)
    assert found.values == pytest.approx({50: 0.24, None: 0.2, 0: 0.16})
    shares = (0, 0.19, 0.21, 0.49, 0.51, 0.774, 0.776, 1)
    assert [found.quantile(s) for s in shares] == [0, 0, 50, 50, 100, 150, 150, 190]
    assert found.mean == pytest.approx(0.3 * 50 + 0.5 * 145)


BAD: list[tuple[Any, Any, type[Exception], str]] = [
    ({"twon": "a"}, "ill", ColumnError, r"row: there is no column 'twon'. Did you mean 'town'\?"),
    ({}, "Ill", ColumnError, r"column: there is no column 'Ill'. Did you mean 'ill'\?"),
    ({}, 3, ColumnError, "column: there is no column '3'"),
    ({"town": "z"}, "ill", PlanError, "town = 'z' is no value.*expected one of"),
    ({"cost": 1e9}, "ill", PlanError, "cost = .* lies far outside"),
    ({"cost": "much"}, "ill", PlanError, "cost = 'much' does not fit: expected a number"),
    ({"ill": None}, "town", PlanError, "ill is asked to be missing, and it never is"),
    ({"town": ["a", "b"]}, "ill", PlanError, "expected one value, or None"),
    ({"left": 0.5}, "ill", ColumnError, "'left' was left out"),
    ({}, "left", ColumnError, "'left' is left out when the model was fitted: expected one of"),
    ({}, "id", ColumnError, "'id' is an identifier: expected one of town"),
    ({"ill": True}, "ill", ColumnError, "asked for and given too: take it out"),
    ("town", "ill", InputError, "expected a dict of column -> value"),
    (None, "ill", InputError, "expected a dict of column -> value"),
    ({"day": "2021-03-03"}, "ill", RefusedError, "condition exactly on day.*`model='network'`"),
]


@pytest.mark.parametrize(
    ("row", "column", "error", "message"), BAD, ids=[f"{b[0]} {b[1]}" for b in BAD]
)
def test_bad_input(
    chain: Synthesizer, row: Any, column: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        chain.conditional(row, column)


def test_labels_have_no_mean(chain: Synthesizer) -> None:
    found = chain.conditional({}, "town")
    for ask in (lambda: found.mean, lambda: found.median, lambda: found.quantile(0.5)):
        with pytest.raises(InputError, match="town holds labels, which have no"):
            ask()
    with pytest.raises(InputError, match="from 0 to 1"):
        chain.conditional({}, "cost").quantile(50)
