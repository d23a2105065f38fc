"""Two models compared on rows that neither learned from."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.synthesis.compare import measure

NOUNS = ("chain of trees", "network")


def test_the_likelier_model_wins() -> None:
    g = Key(3).child("rows").generator()
    trees = g.normal(-20, 3, 500)
    better = trees + g.normal(0.5, 1, 500)
    found = measure(trees, better)
    assert found.rival_wins and not measure(better, trees).rival_wins
    assert not measure(trees, trees).rival_wins, "a draw is for the faster one"
    assert found.difference == pytest.approx(0.5, abs=0.2)
    assert found.error == pytest.approx(1 / np.sqrt(500), rel=0.2)
    assert "of 500 rows held out the network holds one likelier than the chain" in found.reason(
        *NOUNS
    )
    assert f"by {found.difference:.2f} nats in the mean (standard error 0.0" in found.reason(*NOUNS)
    found = measure(better, trees)
    assert "the chain of trees holds one likelier than the network" in found.reason(*NOUNS)
    assert f"by {-found.difference:.2f} nats" in found.reason(*NOUNS)


def test_no_row_decides_alone() -> None:
    """A row that one model thinks impossible counts for 20 nats, not for infinitely many."""
    trees, network = np.full(1000, -10.0), np.full(1000, -9.9)
    network[0] = -np.inf
    found = measure(trees, network)
    assert found.rival_wins and np.isfinite([found.difference, found.error]).all()
    assert found.difference == pytest.approx(0.1 * 0.999 - 20 / 1000)
    trees[1:7] = -1e9
    assert measure(trees, network).difference == pytest.approx(
        0.0999 * 0.994 - 0.02 + 0.12, abs=2e-3
    )


def test_one_row() -> None:
    found = measure(np.array([-3.0]), np.array([-2.0]))
    assert (found.rival_wins, found.error, found.rows) == (True, 0.0, 1)
