"""Which numbers are of several kinds, and where they stand in these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from tests.model.trees.persons.panels import KINDS, measurements, visits
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.model.trees.persons.shrinkage import shrinkage_of
from trimtab.model.trees.persons.standing import Kinds, kinds_of
from trimtab.model.trees.persons.understanding import understood
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.table.prepare import prepare


def found(data: pd.DataFrame, number: str, label: str) -> tuple[Kinds | None, Any, Any]:
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    rows = understood(coded).rows
    grid, own = coded.grids[number], coded.grids[label]
    assert isinstance(grid, NumberGrid) and isinstance(own, LabelGrid)
    codes, tokens = rows.codes[number], own.encode(rows.codes[label])
    return kinds_of(codes, grid, {label: (own, tokens)}, rows, 5, (1,)), codes, tokens


def test_measurements_are_of_kinds() -> None:
    kinds, codes, tokens = found(measurements(), "value", "what")
    assert kinds is not None and kinds.label == "what" and len(kinds.grids) == 1 + len(KINDS)
    known = codes != MISSING
    scores = kinds.scores(codes, tokens)
    assert (scores[~known] == 0).all()
    for token in np.unique(tokens):
        mine = known & (tokens == token)
        assert spearmanr(codes[mine], scores[mine]).statistic > 0.99
        assert abs(scores[mine].mean()) < 0.1 and abs(scores[mine].std() - 1) < 0.15


def test_steps_lead_back_to_codes_of_the_kind() -> None:
    kinds, codes, tokens = found(measurements(), "value", "what")
    assert kinds is not None
    u, v = (Key(1).child(n).generator().random(len(codes)) for n in ("jitter", "grain"))
    steps = kinds.steps(codes, tokens, u)
    again = kinds.codes(steps, tokens, v)
    np.testing.assert_array_equal(again == MISSING, codes == MISSING)
    for token in np.unique(tokens):
        mine = (codes != MISSING) & (tokens == token)
        assert spearmanr(codes[mine], again[mine]).statistic > 0.98
        assert codes[mine].min() <= again[mine].min() and again[mine].max() <= codes[mine].max()


def test_a_number_in_levels_is_of_one_kind() -> None:
    """Its levels explain it, but it goes on from one to the next."""
    g = Key(5).child("ages").generator()
    age = np.concatenate([g.uniform(20, 80) + np.arange(9) * 4 for _ in range(120)])
    levels = pd.cut(pd.Series(age), 6).cat.codes.map(lambda k: f"level {k}")
    data = pd.DataFrame(
        {
            "patient_id": np.repeat(np.arange(120) + 50, 9),
            "sex": np.repeat(g.choice(["f", "m"], 120), 9),
            "what": levels,
            "value": age.round(1) + g.normal(0, 0.1, len(age)).round(1),
        }
    )
    assert found(data, "value", "what")[0] is None


@pytest.mark.parametrize("label", ["town", "job"])
def test_what_explains_little_tells_no_kinds(label: str) -> None:
    assert found(visits(), "score", label)[0] is None


def test_rare_kinds_are_one() -> None:
    data = measurements()
    data.loc[data.index[::120], "what"] = "rare"
    kinds, _, tokens = found(data, "value", "what")
    assert kinds is not None
    rare = np.bincount(tokens).argmin()
    assert kinds.of_token[rare] == 0 and (np.delete(kinds.of_token, rare) > 0).all()


@pytest.mark.parametrize("ratio", [0.5, 1.0, 4.0])
def test_means_are_shrunk_by_what_persons_differ_by(ratio: float) -> None:
    g = Key(8).child("shrunk").generator()
    counts = g.integers(1, 9, 3000)
    group = np.repeat(np.arange(3000), counts)
    values = g.normal(0, 1, 3000)[group] + g.normal(0, ratio**0.5, len(group))
    assert shrinkage_of(values, group) == pytest.approx(ratio, rel=0.12)


def test_few_persons_do_not_tell_how_far() -> None:
    g = Key(8).child("few").generator()
    assert shrinkage_of(g.normal(0, 1, 40), np.repeat(np.arange(20), 2)) == 2.0
    apart = shrinkage_of(g.normal(0, 1, 4000), np.repeat(np.arange(2000), 2))
    assert apart > 5  # persons that do not differ
