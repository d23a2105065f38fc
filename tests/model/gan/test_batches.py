"""What steps of training are given: which rows how often, and which of their cells are given."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from tests.model.gan.small_gans import KEY, LABELS, ROWS, at_random, coded, design
from trimtab._arrays import Int
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.neural.encoding import Cells, ColumnEncoding, stacked

pytest.importorskip("jax", reason="GANs need the extra `deep`")

from trimtab.model.gan.batches import ConditionalBatchSampler, FairBatchSampler
from trimtab.model.gan.conditional_jax import Batch
from trimtab.model.gan.plain_jax import PlainBatchSampler

STEPS, BATCH = 50, 200
# Only some rows are to train on; the others must never be sampled.
TRAIN = np.sort(KEY.child("train").generator().permutation(ROWS)[:700])


@cache
def every_cell() -> Cells:
    return stacked(encodings(), coded()[0].columns)


def encodings() -> dict[str, ColumnEncoding]:
    return dict(at_random("cgan").encodings)


def conditional(together: bool = False, **changes: object) -> ConditionalBatchSampler:
    made = design("cgan", together)
    assert isinstance(made, ConditionalDesign)
    return ConditionalBatchSampler(replace(made, **changes), encodings(), every_cell(), TRAIN, KEY)


def fair(**changes: object) -> FairBatchSampler:
    made = design("fair-gan")
    assert isinstance(made, FairDesign)
    return FairBatchSampler(replace(made, **changes), encodings(), every_cell(), TRAIN, KEY)


@cache
def sampled(together: bool = False) -> Batch:
    """What many steps are given, one row after the other."""
    batch = conditional(together).sample(0, STEPS, BATCH)
    return Batch(*(np.concatenate(part) for part in batch))


def p_of(counts: Int, shares: np.ndarray) -> float:
    """How well counts agree with shares that need not sum to 1."""
    return float(stats.chisquare(counts, counts.sum() * shares / shares.sum()).pvalue)


def column(name: str) -> int:
    return list(encodings()).index(name)


def rows_of(outcome: np.ndarray, place: np.ndarray) -> Counter[bytes]:
    """Rows as they are, cell by cell."""
    rows = np.concatenate([outcome.astype(np.float64), place.astype(np.float64)], axis=1)
    return Counter(row.tobytes() for row in rows)


# --- of all samplers ------------------------------------------------------------------------------


def test_shapes_are_those_of_steps_and_rows() -> None:
    columns = len(encodings())
    for part in conditional().sample(0, 3, 8):
        assert part.shape == (3, 8, columns)
    batch = fair().sample(0, 3, 8)
    assert [part.shape for part in batch] == [(3, 8, columns)] * 3 + [(3, 8)] * 2
    heights = np.arange(20.0, dtype=np.float32).reshape(10, 2)
    assert PlainBatchSampler(heights, np.arange(10), KEY).sample(0, 3, 8).shape == (3, 8, 2)


def test_the_same_steps_are_given_the_same_and_others_are_not() -> None:
    """So that a training that was broken off goes on as it would have."""
    plain = PlainBatchSampler(np.arange(4000.0, dtype=np.float32).reshape(-1, 2), TRAIN, KEY)
    for batch_sampler in (conditional(), conditional(True), fair(), plain):
        one, again, later = (batch_sampler.sample(k, 2, 16) for k in (0, 0, 2))
        for a, b in zip(one, again, strict=True):
            np.testing.assert_array_equal(a, b)
        assert any(not np.array_equal(a, b) for a, b in zip(one, later, strict=True))
        other = replace(batch_sampler, key=KEY.child("another")).sample(0, 2, 16)
        assert any(not np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_every_row_is_one_of_those_to_train_on() -> None:
    cells = every_cell()
    mine = rows_of(cells.outcome[:, TRAIN].T, cells.place[:, TRAIN].T)
    batch = sampled()
    seen = rows_of(batch.outcome, batch.place)
    asked = fair().sample(0, STEPS, BATCH)
    fair_rows = rows_of(np.concatenate(asked.outcome), np.concatenate(asked.place))
    assert set(seen) <= set(mine) and set(fair_rows) <= set(mine)
    others = np.setdiff1d(np.arange(ROWS), TRAIN)
    held = rows_of(cells.outcome[:, others].T, cells.place[:, others].T)
    assert len(set(held) - set(mine)) > 500, "two-sided: most others are no such rows"


def test_rows_of_the_tutorials_gan_are_sampled_evenly() -> None:
    heights = np.repeat(np.arange(50.0, dtype=np.float32), 2).reshape(50, 2)
    rows = np.arange(0, 50, 2)
    drawn = PlainBatchSampler(heights, rows, KEY).sample(0, 40, 50)[..., 0].ravel().astype(int)
    counts = np.bincount(drawn, minlength=50)
    assert not np.delete(counts, rows).any()
    assert 1e-4 < p_of(counts[rows], np.ones(25)) < 1 - 1e-4


# --- training by sampling -------------------------------------------------------------------------


def test_a_quarter_of_the_rows_is_given_nothing_and_the_others_one_cell() -> None:
    known = sampled().known
    given_cells = known.sum(axis=1)
    assert set(np.unique(given_cells)) == {0, 1}
    assert stats.binomtest(int((given_cells == 0).sum()), len(given_cells), 0.25).pvalue > 1e-4
    counts = known.sum(axis=0)
    mine = np.array([column(n) for n in LABELS])
    assert not np.delete(counts, mine).any()
    assert p_of(counts[mine], np.ones(3)) > 1e-4


def test_rare_values_come_up_by_the_logarithm_of_their_rows() -> None:
    batch = sampled()
    rare = 0
    for name in LABELS:
        j = column(name)
        rows = np.bincount(every_cell().outcome[j, TRAIN])
        drawn = np.bincount(batch.outcome[batch.known[:, j] > 0, j], minlength=len(rows))
        held = rows > 0
        assert not drawn[~held].any()
        assert 1e-4 < p_of(drawn[held], np.log1p(rows[held])) < 1 - 1e-4, name
        rare += p_of(drawn[held], rows[held].astype(float)) < 1e-6
    assert rare >= 2, "two-sided: not by their rows"


def test_rows_of_one_value_come_up_alike_and_rows_given_nothing_do_too() -> None:
    """An own number in each row, as its place, tells the rows apart."""
    numbered = every_cell()._replace(
        place=np.broadcast_to(np.arange(ROWS, dtype=np.float32), every_cell().place.shape)
    )
    batch = replace(conditional(), cells=numbered).sample(0, 200, 250)
    known, place = np.concatenate(batch.known), np.concatenate(batch.place)[:, 0].astype(int)
    nothing = place[known.sum(axis=1) == 0]
    assert 1e-4 < p_of(np.bincount(nothing, minlength=ROWS)[TRAIN], np.ones(len(TRAIN))) < 1 - 1e-4
    j = column("town")
    outcome = every_cell().outcome[j]
    for value in np.unique(outcome[TRAIN]):
        mine = TRAIN[outcome[TRAIN] == value]
        drawn = place[(known[:, j] > 0) & (outcome[place] == value)]
        counts = np.bincount(drawn, minlength=ROWS)[mine]
        assert counts.sum() == len(drawn) and 1e-4 < p_of(counts, np.ones(len(mine))) < 1 - 1e-4


def test_a_number_with_a_scale_can_be_given() -> None:
    """Missing, the spike and the scale are levels as those of a label are."""
    batch = conditional(columns=("cost",)).sample(0, STEPS, BATCH)
    j, encoding = column("cost"), encodings()["cost"]
    drawn = np.concatenate(batch.outcome)[np.concatenate(batch.known)[:, j] > 0, j]
    outcome = every_cell().outcome[j, TRAIN]
    levels, rows = np.unique(outcome, return_counts=True)
    assert levels.tolist() == [0, 1, encoding.slots - 1]
    counts = np.array([(drawn == level).sum() for level in levels])
    assert counts.sum() == len(drawn) and 1e-4 < p_of(counts, np.log1p(rows)) < 1 - 1e-4


def test_several_cells_are_given_where_they_can_be_given_together() -> None:
    known = sampled(together=True).known[:, [column(n) for n in LABELS]]
    assert sampled(together=True).known.sum() == known.sum()
    given_cells = known.sum(axis=1).astype(int)
    assert stats.binomtest(int((given_cells == 0).sum()), len(given_cells), 0.25).pvalue > 1e-4
    # One that was picked, and of the other two each by a coin.
    assert p_of(np.bincount(given_cells[given_cells > 0])[1:], np.array([1, 2, 1])) > 1e-4
    subsets = Counter(map(tuple, known[given_cells == 2].astype(int).tolist()))
    assert len(subsets) == 3 and p_of(np.array(list(subsets.values())), np.ones(3)) > 1e-4


def test_without_columns_to_give_nothing_is_given() -> None:
    batch = conditional(columns=()).sample(0, 4, 100)
    assert not batch.known.any() and len(np.unique(batch.place[..., column("age")])) > 40


# --- the fair GAN ---------------------------------------------------------------------------------


def test_groups_are_sampled_alike_and_classes_by_their_shares() -> None:
    """Whatever shares the groups have in the table, or are to have in what is drawn."""
    batch_sampler = fair(group_shares=(0.9, 0.1), class_shares=(0.2, 0.8))
    batch = batch_sampler.sample(0, STEPS, BATCH)
    group, target = batch.group.ravel(), batch.target.ravel()
    assert 1e-4 < p_of(np.bincount(group, minlength=2), np.ones(2)) < 1 - 1e-4
    assert 1e-4 < p_of(np.bincount(target, minlength=2), np.array([0.2, 0.8])) < 1 - 1e-4
    assert stats.chi2_contingency(np.histogram2d(group, target, 2)[0]).pvalue > 1e-4


def test_what_is_asked_of_rows_is_their_group_and_class() -> None:
    made = replace(
        fair().design, protected=("sex", "town"), groups=((0, 1), (0, 3), (1, 2)), target="ill"
    )
    batch = replace(fair(), design=made).sample(0, 5, 40)
    asked = batch.asked.reshape(-1, len(encodings()))
    groups = np.array(made.groups)[batch.group.ravel()]
    np.testing.assert_array_equal(asked[:, [column("sex"), column("town")]], groups)
    np.testing.assert_array_equal(asked[:, column("ill")], batch.target.ravel())
    rest = [column(n) for n in encodings() if n not in ("sex", "town", "ill")]
    assert (asked[:, rest] == -1).all()
    assert set(batch.group.ravel().tolist()) == {0, 1, 2}


def test_a_class_without_a_share_is_never_sampled() -> None:
    batch = fair(class_shares=(0.0, 1.0)).sample(0, STEPS, BATCH)
    assert set(batch.target.ravel().tolist()) == {1}


def test_real_rows_are_sampled_evenly_beside() -> None:
    """The critic of realism sees the table as it is: classes come as often as they are held."""
    outcome = np.concatenate(fair(class_shares=(0.0, 1.0)).sample(0, STEPS, BATCH).outcome)
    j = column("ill")
    counts = np.bincount(outcome[:, j], minlength=2)
    assert 1e-4 < p_of(counts, np.bincount(every_cell().outcome[j, TRAIN]).astype(float)) < 1 - 1e-4
