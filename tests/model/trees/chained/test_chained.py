"""Passes of trees: gaps filled near what the other cells say, against enumeration."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import BundleError, RefusedError
from trimtab.model.grid.store import Shelf
from trimtab.model.interface import (
    GIVEN,
    PRESENT,
    CellLikelihood,
    Condition,
    Filler,
    InPasses,
    Maskable,
    Request,
)
from trimtab.model.kinds import kind_of
from trimtab.model.trees.chained.chained import Chained
from trimtab.model.trees.chained.store import StoredChained
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.verbs.fit import fit

KEY = Key(32).child("chained")
NAMES, LETTERS, SIZE, ROWS = ("a", "b", "c"), ("p", "q", "r"), 3, 12_000


def joint() -> np.ndarray:
    """The probability of each cell: b hangs on a, and c on both."""
    cells = np.zeros((SIZE,) * 3)
    for a, b, c in product(range(SIZE), repeat=3):
        cells[a, b, c] = (3 - a) * (6 if a == b else 1) * (8 if c == (a + b) % SIZE else 1)
    return cells / cells.sum()


def whole() -> np.ndarray:
    """Rows of the joint distribution."""
    drawn = KEY.child("whole").generator().choice(SIZE**3, ROWS, p=joint().reshape(-1))
    return np.stack(np.unravel_index(drawn, (SIZE,) * 3), axis=1)


@pytest.fixture(scope="module")
def learned() -> Synthesizer:
    """Of rows that lost a fifth of their cells by chance."""
    gone = KEY.child("gone").generator().random((ROWS, 3)) < 0.2
    texts = np.where(gone, None, np.array(LETTERS, object)[whole()])
    table = pd.DataFrame(texts, columns=list(NAMES))
    return fit(table, model="chained", min_count=0)


@pytest.fixture(scope="module")
def model(learned: Synthesizer) -> Chained:
    found = learned.learned.model
    assert isinstance(found, Chained)
    return found


@pytest.fixture(scope="module")
def letters(learned: Synthesizer) -> list[np.ndarray]:
    """The letter of each code: codes are told by how frequent labels are."""
    codecs = [learned.learned.codec.columns[n] for n in NAMES]
    return [np.array([LETTERS.index(v) for v in c.values]) for c in codecs]  # type: ignore[union-attr]


def asked(cells: np.ndarray, gaps: set[str], letters: list[np.ndarray]) -> Request:
    """Rows that give all columns but some."""
    return Request(len(cells), {
        n: Condition(
            np.argsort(letters[j])[cells[:, j]],
            np.full(len(cells), PRESENT if n in gaps else GIVEN),
        )
        for j, n in enumerate(NAMES)
    })  # fmt: skip


def cells_of(filled: Codes, letters: list[np.ndarray]) -> np.ndarray:
    assert all((filled[n] != MISSING).all() for n in NAMES)
    return np.stack([letters[j][filled[n]] for j, n in enumerate(NAMES)], axis=1)


def apart(filled: np.ndarray, cells: np.ndarray, gaps: set[str]) -> float:
    """Total variation between rows that were filled and what enumeration says they should be."""
    p = joint()
    axes = tuple(j for j, n in enumerate(NAMES) if n in gaps)
    shares, given = p / p.sum(axis=axes, keepdims=True), np.zeros_like(p)
    for row in cells:
        at = tuple(slice(None) if j in axes else int(row[j]) for j in range(len(NAMES)))
        given[at] += shares[at] / len(cells)
    found = np.zeros_like(p)
    np.add.at(found, tuple(filled.T), 1 / len(cells))
    return float(np.abs(found - given).sum() / 2)


@pytest.mark.parametrize("gaps", [{"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "c"}, {"a", "b", "c"}])
def test_gaps_are_filled_as_the_other_cells_say(
    model: Chained, letters: list[np.ndarray], gaps: set[str]
) -> None:
    cells = whole()[:4000]
    filled = cells_of(model.fill(asked(cells, gaps, letters), 0, KEY), letters)
    assert apart(filled, cells, gaps) < 0.05
    given = [j for j, n in enumerate(NAMES) if n not in gaps]
    assert (filled[:, given] == cells[:, given]).all()


def test_the_chain_alone_does_not_see_what_stands_behind(
    model: Chained, letters: list[np.ndarray]
) -> None:
    """Two-sided: it draws a column whatever those after it say."""
    cells, gaps = whole()[:4000], {"b"}
    alone = cells_of(model.first.fill(asked(cells, gaps, letters), 0, KEY), letters)
    assert apart(alone, cells, gaps) > 0.2


@pytest.mark.parametrize("gaps", [set(), {"c"}, {"a", "c"}], ids=str)
def test_how_likely_a_cell_is_given_the_others(
    model: Chained, letters: list[np.ndarray], gaps: set[str]
) -> None:
    """Of b, given what the rest of its row holds: as enumeration says, gaps being summed over."""
    cells = whole()[:300]
    rows = asked(cells, set(), letters)
    codes = {n: np.full(300, MISSING) if n in gaps else c.value for n, c in rows.conditions.items()}
    found = model.log_cell(Codes(codes, 300), "b", KEY)
    rest = joint().sum(axis=tuple(j for j, n in enumerate(NAMES) if n in gaps), keepdims=True)
    shares = np.broadcast_to(rest / rest.sum(axis=1, keepdims=True), (SIZE,) * 3)
    assert found.shape == (300,)
    # Means over rows that give the same: fillings are draws.
    _, alike = np.unique(cells[:, [n not in gaps for n in NAMES]], axis=0, return_inverse=True)
    off = np.bincount(alike, np.exp(found) - shares[tuple(cells.T)])
    assert np.abs(off).sum() / 300 < 0.05


def test_rows_do_not_hang_on_their_batch(model: Chained, letters: list[np.ndarray]) -> None:
    request = asked(whole()[:300], {"a", "c"}, letters)
    every = model.fill(request, 0, KEY)
    for start, stop in ((0, 1), (1, 120), (120, 300)):
        part = model.fill(request.part(start, stop), start, KEY)
        assert all((part[n] == every[n][start:stop]).all() for n in NAMES)


def test_it_fills_gaps_and_is_given_nothing_exactly(learned: Synthesizer, model: Chained) -> None:
    assert isinstance(model, Filler) and isinstance(model, Maskable) and isinstance(model, InPasses)
    assert isinstance(model, CellLikelihood)
    assert model.refusal(frozenset(), frozenset()) is None
    assert "condition exactly on nothing, such as b." in str(
        model.refusal(frozenset("b"), frozenset())
    )
    with pytest.raises(RefusedError, match="passes of trees fill gaps near what the other cells"):
        learned.sample(5, where={"b": "p"})
    assert len(learned.sample(50)) == 50
    with pytest.raises(RefusedError, match=r"condition exactly on nothing.*`model='trees'`"):
        trimtab.balance(pd.DataFrame({"a": list("pq") * 50, "x": range(100)}), by="a",
                        model="chained")  # fmt: skip


def test_files_draw_the_same(learned: Synthesizer, tmp_path: Path) -> None:
    learned.save(tmp_path / "m.trimtab")
    again = trimtab.load(tmp_path / "m.trimtab")
    holes = pd.DataFrame({"a": ["p", None, None], "b": [None, "q", None], "c": ["r", "r", "q"]})
    made = [trimtab.impute(holes, synthesizer=s, seed=3).table for s in (learned, again)]
    pd.testing.assert_frame_equal(*made)
    assert not made[0].isna().any().any()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columns": [0, 2, 1]}, "do not ascend"),
        ({"columns": [0, 1, 3]}, "do not ascend"),
        ({"columns": [0, 1]}, "not every column of the passes"),
    ],
)
def test_files_that_contradict_themselves(
    model: Chained, change: dict[str, list[int]], says: str
) -> None:
    stored, arrays = kind_of("chained").store(model)
    assert isinstance(stored, StoredChained)
    with pytest.raises(BundleError, match=says):
        kind_of("chained").restore(stored.model_copy(update=change), model.grids, Shelf(arrays))


def test_a_column_is_not_given_itself(model: Chained) -> None:
    stored, arrays = kind_of("chained").store(model)
    arrays = {**arrays, "pass.0.parents": np.array([0, 2])}
    with pytest.raises(BundleError, match=r"pass\.0 is given its own column"):
        kind_of("chained").restore(stored, model.grids, Shelf(arrays))


def test_kept_rules_hold_in_what_is_filled() -> None:
    """No child is married, in no row that was filled."""
    g = KEY.child("rules").generator()
    age = g.choice(["child", "adult"], 3000, p=[0.3, 0.7])
    status = np.where(age == "child", "single", g.choice(["single", "married"], 3000))
    pay = np.round(g.normal(20, 4, 3000) + 10 * (status == "married"), 1)
    table = pd.DataFrame({"age": age, "status": status, "pay": pay}).astype({"pay": object})
    gaps = table.mask(g.random(table.shape) < 0.2)
    filled = trimtab.impute(gaps).table
    assert not filled.isna().any().any()
    assert not ((filled["age"] == "child") & (filled["status"] == "married")).any()
