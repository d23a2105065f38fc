"""What a row's past tells: the same for all rows at once and row by row, and what it says it is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid
from trimtab.model.trees.persons.history import (
    History,
    Standing,
    past_of_kinds,
    past_of_rows,
    width_of_past,
)
from trimtab.model.trees.persons.rows import PersonRows
from trimtab.model.trees.persons.shrinkage import Shrinkage

SHRUNK = {"number": Shrinkage(0.7, 3.0, 1.3)}


def made(seed: int) -> tuple[dict[str, Grid], PersonRows, dict[str, np.ndarray]]:
    """Columns of all kinds: a number, a label, each with gaps, and a label of many tokens."""
    g = Key(seed).child("past").generator()
    counts = g.integers(1, 12, 25)
    n = int(counts.sum())
    number = np.where(g.random(n) < 0.2, MISSING, g.integers(0, 50, n))
    label = np.where(g.random(n) < 0.2, MISSING, g.integers(0, 4, n))
    many = g.integers(0, 90, n)
    codes = {"number": number, "label": label, "many": many}
    grids: dict[str, Grid] = {
        "number": fit_number_grid(number, 5),
        "label": fit_label_grid(label, 4),
        "many": fit_label_grid(many, 90),
    }
    return grids, PersonRows(codes, counts), {"number": g.normal(0, 1, n)}


@pytest.mark.parametrize("seed", range(6))
def test_all_rows_at_once_are_told_as_one_after_the_other(seed: int) -> None:
    grids, rows, residuals = made(seed)
    elements = {n: grid.encode(rows.codes[n]) for n, grid in grids.items()}
    kind, standing = Key(seed).child("kind").generator().integers(0, 3, (2, rows.rows))
    own = Standing(kind, standing / 3 + residuals["number"])
    features, scores = past_of_rows(grids, rows, elements, residuals, {"number": own}, SHRUNK)
    known = elements["number"] >= 0
    of_kind = past_of_kinds(rows, own, residuals["number"], known, SHRUNK["number"])
    assert features.shape[1] == width_of_past(grids)
    history = History(grids, rows.persons, {"number": 3}, SHRUNK)
    for turn in range(int(rows.counts.max())):
        who = np.flatnonzero(rows.counts > turn)
        at = rows.starts[who] + turn
        told = history.features(who)
        np.testing.assert_array_equal(told[0], features[at])
        np.testing.assert_array_equal(told[1], scores[at])
        for told, all_rows in zip(history.of_kind("number", who, kind[at]), of_kind, strict=True):
            np.testing.assert_array_equal(told, all_rows[at])
        history.tell(
            who,
            {n: e[at] for n, e in elements.items()},
            {"number": residuals["number"][at]},
            {"number": Standing(kind[at], own.scores[at])},
        )


@pytest.mark.parametrize("seed", range(3))
def test_features_are_what_they_say(seed: int) -> None:
    """Counted anew in plain Python from each row's past."""
    grids, rows, residuals = made(seed)
    elements = {n: grid.encode(rows.codes[n]) for n, grid in grids.items()}
    features, _ = past_of_rows(grids, rows, elements, residuals, {}, SHRUNK)
    kind = rows.codes["many"] % 3
    own = Standing(kind, residuals["number"] * 2)
    shrunk, known = SHRUNK["number"], elements["number"] >= 0
    of_kind, _ = past_of_kinds(rows, own, residuals["number"], known, shrunk)
    score = grids["number"].scores(elements["number"])
    for i in range(rows.rows):
        past = range(rows.starts[rows.person[i]], i)
        seen = [j for j in past if elements["number"][j] >= 0]
        last, run = -2, 0
        for j in past:
            run = run + 1 if elements["number"][j] == last else 0
            last = elements["number"][j]
        mean = sum(score[j] for j in seen) / (len(seen) + 0.7)
        habit = sum(residuals["number"][j] for j in seen) / (len(seen) + 3.0)
        first = score[seen[0]] if seen else 0.0
        np.testing.assert_allclose(
            features[i, :5], [last, run, mean, habit, first], rtol=1e-5, atol=1e-6
        )
        told = Counter(int(elements["label"][j]) for j in past)
        often = min((-n, token) for token, n in told.items())[1] if told else -2
        assert features[i, 7] == often
        same = [j for j in seen if kind[j] == kind[i]]
        habit = sum(residuals["number"][j] for j in same) / (len(same) + 1.3)
        before = own.scores[same[-1]] if same else -9.0
        np.testing.assert_allclose(of_kind[i], [before, habit, len(same)], rtol=1e-5, atol=1e-6)
