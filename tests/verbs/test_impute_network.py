"""Gaps anywhere in a row, filled by the network: while learning, from a file, in scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab._random import Key
from trimtab.sklearn import Imputer
from trimtab.verbs.impute import Imputed

pytest.importorskip("jax", reason="the network needs the extra `deep`")
KEY = Key(41).child("by network")


def table(rows: int = 240) -> pd.DataFrame:
    """Dependent numbers, a label and a flag, each with gaps of its own."""
    g = KEY.generator()
    x = g.normal(50, 10, rows).round(1)
    town = np.where(x + g.normal(0, 5, rows) > 50, "Oslo", "Lyon").astype(object)
    made = pd.DataFrame(
        {
            "x": x,
            "y": (2 * x + g.normal(0, 8, rows)).round(1),
            "town": town,
            "member": pd.array(g.random(rows) < 0.4, dtype="boolean"),
        }
    )
    for name in made.columns:
        made.loc[g.random(rows) < 0.2, name] = None
    return made


def assert_filled(made: pd.DataFrame, given: pd.DataFrame) -> None:
    assert made.dtypes.to_dict() == given.dtypes.to_dict() and made.notna().all().all()
    for name in given.columns:
        seen = given[name].notna()
        pd.testing.assert_series_equal(made[name][seen], given[name][seen])


@pytest.fixture(scope="module")
def made() -> Imputed:
    return trimtab.impute(table(), multiple=2)


def test_gaps_anywhere(made: Imputed) -> None:
    given = table()
    for one in made.tables:
        assert_filled(one, given)
    assert not made.tables[0].equals(made.tables[1])
    assert {p.name for p in made.pooled} >= {"mean of y", "share of town = Oslo"}


def test_draws_follow_the_rest_of_the_row(made: Imputed) -> None:
    given = table()
    gap = given["y"].isna() & given["x"].notna()
    drawn = pd.concat([one[gap] for one in made.tables])
    # It is .93 in the rows they come from; of some 80 independent draws it would vary by .11.
    assert np.corrcoef(drawn["x"], drawn["y"])[0, 1] > 0.8


def test_filling_from_a_file(made: Imputed, tmp_path: Path) -> None:
    """Learned from complete rows; the gaps that come may stand anywhere, whole rows of them too."""
    trimtab.fit(made.table, model="network").save(tmp_path / "m.trimtab")
    loaded = trimtab.load(tmp_path / "m.trimtab")
    rows = table().head(60)
    rows.iloc[3:6] = None
    filled = trimtab.impute(rows, synthesizer=loaded)
    assert_filled(filled.table, rows)
    strange = rows.assign(town=["Rome", *rows["town"].iloc[1:]])
    told = trimtab.impute(strange, synthesizer=loaded)
    assert_filled(told.table, strange)
    assert any("never saw town = Rome" in w for w in told.warnings)


def test_the_transformer(made: Imputed) -> None:
    """It fits complete rows and fills gaps anywhere in others."""
    fitted = Imputer(random_state=3).fit(made.table)
    filled = fitted.transform(table())
    assert_filled(filled, table())
    pd.testing.assert_frame_equal(fitted.transform(table()), filled)
