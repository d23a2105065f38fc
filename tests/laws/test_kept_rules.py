"""Law 10: a rule that is kept is broken by no drawn row, in any verb and any kind of model.

Of the rules by which one column follows from others (docs/rules.md says which). Rows are judged one
by one, by what the made table is known to keep, and not by the code that keeps it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.model.gan.small_gans import SIZES
from tests.synthesis.computed import ordered_tables
from tests.synthesis.computed.ruled_tables import RULES, breaches, frame, schema
from trimtab.model.network import fit as network_fit
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape

NEURAL = {"network", "gan", "cgan", "fair-gan"}
TINY = Recipe(Shape(16, 1, 0, 3), 64, 30, 1e-2, 0.0, 0.0, 0.98, 20)


@pytest.fixture(autouse=True, scope="module")
def tiny() -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(network_fit, "recipe_for", lambda rows: TINY)
        yield


def _asked(kind: str) -> dict[str, Any]:
    """What a kind is fitted with; a GAN for some steps only."""
    if kind in NEURAL:
        pytest.importorskip("jax", reason=f"{kind} needs the extra `deep`")
    if "gan" not in kind:
        return {"model": kind}
    sizes = {n: "-".join(map(str, v)) if n == "hidden" else v for n, v in SIZES[kind].items()}
    recipe = {**sizes, "steps": 60, "every": 30, "batch": 64, "memory": 0.9, "rate": 1e-3}
    protected = {"protected": ("degree",)} if kind == "fair-gan" else {}
    return {"model": kind, "recipe": recipe, **protected}


def test_the_real_rows_keep_them_and_free_draws_do_not() -> None:
    """That the check can fail."""
    assert breaches(frame()) == set()
    without = trimtab.fit(frame(), rules=False, model="trees")
    assert breaches(without.sample(2000)) == set(RULES)


@pytest.mark.parametrize("kind", ["trees", "network", "gan", "cgan", "fair-gan"])
def test_samples_keep_them(kind: str) -> None:
    made = trimtab.fit(frame(), schema=schema(outcome="ill"), **_asked(kind))
    assert set(made.provenance.computed.values()) == set(RULES)
    assert breaches(made.sample(3000, seed=1)) == set()
    assert [s.table.schema.names for s in made.stages] == [made.schema.names] * len(made.stages)
    for stage in made.stages:
        assert breaches(stage.table.data.to_pandas()) == set()


@pytest.mark.parametrize("kind", ["trees", "network", "cgan"])
def test_conditions_keep_them(kind: str) -> None:
    made = trimtab.fit(frame(), schema=schema(outcome="ill"), **_asked(kind))
    for where in ({"city": "Aa"}, {"county": "x"}, {"level": 13}):
        drawn = made.sample(300, where=where, seed=1)
        assert breaches(drawn) == set()
        assert all((drawn[name] == value).all() for name, value in where.items())


@pytest.mark.parametrize("kind", ["trees", "network", "cgan"])
@pytest.mark.parametrize("by", [["city"], ["degree", "ill"]])
def test_balanced_tables_keep_them(kind: str, by: list[str]) -> None:
    _asked(kind)
    if kind == "cgan" and by != ["city"]:
        pytest.skip("one is enough: a training takes long")
    made = trimtab.balance(
        frame(), by, schema=schema(outcome="ill"), model=kind, rows=600, minutes=0.05
    )
    assert breaches(made.table) == set()


@pytest.mark.parametrize("kind", ["trees", "network"])
def test_completed_rows_keep_them(kind: str) -> None:
    _asked(kind)
    given = frame(80, seed=9)[["city", "degree", "net", "kilos", "county"]]
    given = given[given.city != "Ff"].reset_index(drop=True)
    made = trimtab.complete(frame(), given, schema=schema(outcome="ill"), model=kind)
    assert breaches(made.table) == set()
    pd.testing.assert_frame_equal(made.table[["net", "city"]], given[["net", "city"]])


@pytest.mark.parametrize("kind", ["trees", "network", "gan"])
def test_what_comes_in_order_does_so_in_draws(kind: str) -> None:
    data = ordered_tables.dated(ordered_tables.frame())
    ruled = schema(data, ordered_tables.DATES, outcome="ill")
    made = trimtab.fit(data, schema=ruled, **_asked(kind))
    # A chain of trees is held to orders of numbers by masks; all kinds draw dates as distances.
    dates = {rule for rule in ordered_tables.DATES if "low" not in rule}
    gaps = dates if kind == "trees" else set(ordered_tables.DATES)
    assert set(made.provenance.gaps.values()) == gaps
    assert ordered_tables.in_order(made.sample(3000, seed=1))
    for stage in made.stages:
        assert ordered_tables.in_order(stage.table.data.to_pandas())


def _with_gaps() -> pd.DataFrame:
    """The table with gaps in step, in a column and in what follows from it."""
    data = frame()
    data = data[data.kilos.notna() & (data.city != "Ff")].reset_index(drop=True)
    for share, names in ((0.1, ["kilos", "pounds", "copied"]), (0.2, ["net", "total"])):
        data.loc[: int(share * len(data)), names] = np.nan
    data.loc[: int(0.3 * len(data)), ["degree"]] = None
    data["level"] = data.level.where(data.degree.notna())
    return data


@pytest.mark.parametrize("kind", ["trees", "network"])
def test_filled_gaps_keep_them(kind: str) -> None:
    _asked(kind)
    data = _with_gaps()
    made = trimtab.impute(data, schema=schema(data, outcome="ill"), model=kind)
    filled = made.table
    for name in ("kilos", "pounds", "copied", "net", "total", "degree", "level"):
        assert filled[name].notna().all(), name
    assert breaches(filled) == set()


def test_a_saved_model_fills_gaps_that_keep_them() -> None:
    data = frame()
    data = data[data.city != "Ff"].reset_index(drop=True)
    ruled = schema(data, outcome="ill")
    made = trimtab.fit(data, schema=ruled, first=["city", "degree"], model="trees")
    gaps = data[["city", "county", "degree", "level"]].copy()
    gaps.loc[:50, "city"] = None
    gaps.loc[30:80, "level"] = None
    gaps.loc[60:90, "county"] = None
    filled = trimtab.impute(gaps, synthesizer=made).table
    assert filled.notna().all(axis=None)
    for name in gaps:
        there = gaps[name].notna()
        assert (filled[name][there] == gaps[name][there]).all()
    rest = data.drop(columns=list(gaps))
    assert breaches(pd.concat([filled, rest], axis=1)) == set()
