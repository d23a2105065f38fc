"""Columns that a model draws as one: which they are, and that they come out as they stood."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.laws.masked_tables import schema
from tests.synthesis.bundle.bundle_files import JSON, packed, refused, unpacked
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import RefusedError
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.draw import log_prob
from trimtab.synthesis.computed.group import Group, groups_of
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.table.files import read

RULES = ("one of red, green, blue", "yyyy, mm, dd make a date", "month, day make a date")


def frame(rows: int = 900, seed: int = 6) -> pd.DataFrame:
    g = Key(seed).child("groups").generator()
    colour = g.choice(3, rows, p=[0.6, 0.3, 0.1])
    days = np.datetime64("2019-11-20") + g.integers(0, 500, rows).astype("timedelta64[D]")
    other = np.datetime64("2020-01-01") + g.integers(0, 366, rows).astype("timedelta64[D]")
    first, second = pd.DatetimeIndex(days), pd.DatetimeIndex(other)
    data = pd.DataFrame(
        {
            "size": g.integers(0, 50, rows) + 40 * (colour == 1),
            **{n: np.where(colour == i, "yes", "no") for i, n in enumerate(COLOURS)},
            "yyyy": first.year,
            "mm": first.month,
            "dd": first.day,
            "month": second.month.astype(float),
            "day": second.day.astype(float),
        }
    )
    data.loc[g.random(rows) < 0.1, ["month", "day"]] = np.nan
    return data


COLOURS = ("red", "green", "blue")


def found(data: pd.DataFrame, needs: Needs | None = None, **more: Any) -> dict[str, Group]:
    coded = in_codes(read(data, schema(data, RULES, **more)), settings_of("trees", 5, 0))
    return groups_of(coded, needs or Needs(), (), ())


@pytest.fixture(scope="module", autouse=True)
def chains_without_masks() -> Iterator[None]:
    """Chains are quickly learned, but held to these rules by masks: here they draw groups."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trimtab.model.trees.kind.TreesKind.masked", False)
        yield


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return trimtab.fit(frame(), schema=schema(frame(), RULES), model="trees")


def test_which_columns_are_drawn_as_one() -> None:
    data = frame()
    assert {n: g.columns for n, g in found(data).items()} == {
        "red": COLOURS,
        "yyyy": ("yyyy", "mm", "dd"),
        "month": ("month", "day"),
    }
    assert [*found(data, Needs(first=("mm",)))] == ["red", "month"]
    assert [*found(data, Needs(patterns={frozenset({"blue"})}))] == ["yyyy", "month"]
    assert [*found(data, Needs(asked=[(frozenset(), frozenset({"day"}))]))] == ["red", "yyyy"]
    assert "red" not in found(data, outcome="green")
    torn = data.copy()
    torn.loc[3, "month"] = np.nan  # a day without a month is no date
    assert "month" not in found(torn)
    rare = data.copy()
    rare.loc[:2, [*COLOURS]] = ["no", "no", "yes"]
    rare.loc[3:, "red"] = np.where(rare.loc[3:, "blue"] == "yes", "yes", rare.loc[3:, "red"])
    rare.loc[3:, "blue"] = "no"
    assert "red" not in found(rare)  # of three rows only, blue stays hidden


def test_days_are_those_of_the_calendar() -> None:
    coded = in_codes(read(frame(), schema(frame(), RULES)), settings_of("trees", 5, 0))
    group = groups_of(coded, Needs(), (), ())["yyyy"]
    rows = np.arange(len(group.table))
    codes = group.codes(rows)
    values = {n: coded.codec.columns[n].decode(c).to_pylist() for n, c in codes.items()}
    days = [date(*map(int, parts)) for parts in zip(*values.values(), strict=True)]
    assert all((b - a).days == 1 for a, b in pairwise(days)) and len(days) > 400
    np.testing.assert_array_equal(group.drawn(codes), rows)
    # A day that there is not, of values that there are: the 31st, in November.
    at = next(i for i, day in enumerate(days) if day.day == 31)
    november = next(i for i, day in enumerate(days) if day.month == 11)
    wrong = {n: c[[at]] for n, c in codes.items()} | {"mm": codes["mm"][[november]]}
    assert group.drawn(wrong).tolist() == [-1]
    nothing = {n: np.array([MISSING]) for n in group.columns}
    assert group.drawn(nothing).tolist() == [MISSING]


def test_draws_keep_the_rules_and_the_shares(made: trimtab.Synthesizer) -> None:
    assert set(made.provenance.groups) == {*COLOURS, "yyyy", "mm", "dd", "month", "day"}
    assert not made.provenance.unheld and len(made.learned.model.columns) == 4
    drawn, real = made.sample(6000, seed=1), frame()
    assert ((drawn[[*COLOURS]] == "yes").sum(axis=1) == 1).all()
    for row in drawn.itertuples():
        date(row.yyyy, row.mm, row.dd)
        if not pd.isna(row.month):
            date(2020, int(row.month), int(row.day))
    assert (drawn["month"].isna() == drawn["day"].isna()).all()
    for name in COLOURS:
        assert abs((drawn[name] == "yes").mean() - (real[name] == "yes").mean()) < 0.04
    assert abs(drawn["month"].isna().mean() - real["month"].isna().mean()) < 0.03
    mean = {n: f["size"][f["green"] == "yes"].mean() for n, f in (("d", drawn), ("r", real))}
    assert abs(mean["d"] - mean["r"]) < 8  # they are learned with the rest


def test_likelihoods_are_masses() -> None:
    data = frame()[[*COLOURS, "size"]]
    data["size"] = (data["size"] > 30).map({True: "large", False: "small"})
    made = trimtab.fit(data, schema=schema(data, RULES[:1]), model="trees")
    learned, names = made.learned, list(data)
    sizes = [range(len(learned.codec.columns[n].values)) for n in names]
    rows = np.array(list(product(*sizes)), np.int64)
    logs = log_prob(learned, Codes({n: rows[:, j] for j, n in enumerate(names)}, len(rows)))
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-6)
    yes = [learned.codec.columns[n].code_of("yes") for n in COLOURS]
    one = (rows[:, [names.index(n) for n in COLOURS]] == yes).sum(axis=1) == 1
    np.testing.assert_array_equal(np.isfinite(logs), one)


def test_what_cannot_be_asked(made: trimtab.Synthesizer) -> None:
    with pytest.raises(RefusedError, match=r"red, green, blue are drawn as one .*first=\['blue'\]"):
        made.sample(5, where={"blue": "yes"})
    with pytest.raises(RefusedError, match="how mm is distributed is not told"):
        made.conditional({}, "mm")


def test_a_round_trip(made: trimtab.Synthesizer, tmp_path: Path) -> None:
    made.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    pd.testing.assert_frame_equal(again.sample(300, seed=2), made.sample(300, seed=2))
    assert again.provenance == made.provenance and made.to_dict()["groups"]["blue"] == RULES[0]
    again.save(tmp_path / "again.trimtab")
    assert (tmp_path / "again.trimtab").read_bytes() == (tmp_path / "m.trimtab").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["groups"].pop(),
        lambda s: s["groups"].append(s["groups"][0]),
        lambda s: s["groups"][0]["grids"].pop(),
        lambda s: s["groups"][0]["grids"].reverse(),
        lambda s: s["groups"][0]["grids"][1].update(name="size"),
        lambda s: s["groups"][0]["grids"][1].update(name="nobody"),
        lambda s: s["groups"][0].update(rule="a rule of no schema"),
        lambda s: s["groups"][0].update(grids=[]),
    ],
)
def test_structures_that_contradict_each_other(
    change: Callable[[Any], None], made: trimtab.Synthesizer, tmp_path: Path
) -> None:
    made.save(tmp_path / "m.trimtab")
    members = unpacked(tmp_path / "m.trimtab")
    structure = json.loads(members[JSON])
    change(structure)
    members[JSON] = json.dumps(structure).encode()
    refused(packed(tmp_path / "wrong.trimtab", members), "holds no sound model")
