"""What a row's past tells: the same for all rows at once and row by row, and what it says it is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid
from trimtab.model.trees.persons.history import History, past_of_rows, width_of_past
from trimtab.model.trees.persons.rows import PersonRows


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
    features, scores = past_of_rows(grids, rows, elements, residuals)
    assert features.shape[1] == width_of_past(grids)
    history = History(grids, rows.persons)
    for turn in range(int(rows.counts.max())):
        who = np.flatnonzero(rows.counts > turn)
        at = rows.starts[who] + turn
        told = history.features(who)
        np.testing.assert_array_equal(told[0], features[at])
        np.testing.assert_array_equal(told[1], scores[at])
        history.tell(
            who, {n: e[at] for n, e in elements.items()}, {"number": residuals["number"][at]}
        )


@pytest.mark.parametrize("seed", range(3))
def test_features_are_what_they_say(seed: int) -> None:
    """Counted anew in plain Python from each row's past."""
    grids, rows, residuals = made(seed)
    elements = {n: grid.encode(rows.codes[n]) for n, grid in grids.items()}
    features, _ = past_of_rows(grids, rows, elements, residuals)
    score = grids["number"].scores(elements["number"])
    for i in range(rows.rows):
        past = range(rows.starts[rows.person[i]], i)
        seen = [j for j in past if elements["number"][j] >= 0]
        last, run = -2, 0
        for j in past:
            run = run + 1 if elements["number"][j] == last else 0
            last = elements["number"][j]
        mean = sum(score[j] for j in seen) / (len(seen) + 2)
        habit = sum(residuals["number"][j] for j in seen) / (len(seen) + 2)
        first = score[seen[0]] if seen else 0.0
        np.testing.assert_allclose(
            features[i, :5], [last, run, mean, habit, first], rtol=1e-5, atol=1e-6
        )
        told = Counter(int(elements["label"][j]) for j in past)
        often = min((-n, token) for token, n in told.items())[1] if told else -2
        assert features[i, 7] == often
