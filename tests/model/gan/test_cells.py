"""Rows as nets make and see them, against loops over cells and the shares that are known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from tests.model.gan.small_gans import KEY, at_random, coded, design

pytest.importorskip("jax", reason="GANs need the extra `deep`")

import jax
import jax.numpy as jnp
from jax import Array

from trimtab.model.gan import cells
from trimtab.model.gan.cells import Rows, Tables, tables_of
from trimtab.model.gan.layout import Layout
from trimtab.model.neural.encoding import Cells, ColumnEncoding, stacked

MANY, SOME = 20_000, 400  # rows: two sizes only, as each is compiled


@cache
def shape() -> tuple[Layout, dict[str, ColumnEncoding], Tables]:
    gan = at_random("cgan")
    return gan.layout, dict(gan.encodings), tables_of(gan.encodings, gan.layout)


@cache
def real_cells() -> Cells:
    return stacked(shape()[1], coded()[0].columns)


# One program of each, where eager calls would compile every operation by itself.
made = jax.jit(cells.made, static_argnums=0)
real = jax.jit(cells.real, static_argnums=0)
seen = jax.jit(cells.seen, static_argnums=0)
clamped = jax.jit(cells.clamped, static_argnums=0)
outcome_of = jax.jit(cells.outcome_of, static_argnums=0)
spread_over = jax.jit(cells.spread_over, static_argnums=0)


def normal(name: str, *size: int) -> np.ndarray:
    return KEY.child("cells", name).generator().standard_normal(size).astype(np.float32)


def gumbel(name: str, rows: int = SOME) -> np.ndarray:
    found = KEY.child("cells", name).generator().gumbel(size=(rows, shape()[0].slots))
    return found.astype(np.float32)


def nothing(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """What a net that learned nothing says: 0 of every outcome and place."""
    layout = shape()[0]
    return (
        np.zeros((rows, layout.slots), np.float32),
        np.zeros((rows, layout.scaled, 2), np.float32),
    )


@cache
def made_of_nothing(barred: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and places of many rows of a net that learned nothing."""
    layout, _, tables = shape()
    noise = gumbel("nothing", MANY)
    noise[:, list(barred)] = -1e9
    rows = made(layout, tables, *nothing(MANY), normal("own", MANY, layout.scaled), noise)
    return np.asarray(outcome_of(layout, rows)), np.asarray(rows.place)


@cache
def made_at_random() -> Rows:
    """Some rows of a net that says anything."""
    layout, _, tables = shape()
    said = normal("outcomes", SOME, layout.slots), normal("places", SOME, layout.scaled, 2)
    return made(layout, tables, *said, normal("own", SOME, layout.scaled), gumbel("best"))


@cache
def real_rows() -> tuple[Rows, np.ndarray, np.ndarray]:
    """Real rows, and their outcomes and places, [rows, columns]."""
    found = real_cells()
    outcome, place = found.outcome[:, :SOME].T, found.place[:, :SOME].T
    return real(shape()[0], outcome, place), outcome, place


def ends() -> list[tuple[int, int]]:
    """The first slot and the end of each column."""
    return list(pairwise(shape()[0].starts))


# --- what is known beforehand ---------------------------------------------------------------------


def test_tables_hold_the_shares_and_places_of_each_outcome() -> None:
    _, encodings, tables = shape()
    share, places = np.exp(np.asarray(tables.prior, float)), np.asarray(tables.places)
    every, missing = real_cells(), np.asarray(tables.missing)
    for j, (encoding, (first, end)) in enumerate(zip(encodings.values(), ends(), strict=True)):
        counted = np.bincount(every.outcome[j], minlength=encoding.slots) / every.outcome.shape[1]
        np.testing.assert_allclose(share[first:end], counted, atol=2e-3)
        assert missing[first:end].tolist() == [float(encoding.nullable)] + [0.0] * (end - first - 1)
        apart = every.outcome[j] < encoding.outcomes
        if encoding.ordered:
            np.testing.assert_allclose(
                places[first + every.outcome[j, apart]], every.place[j, apart], atol=1e-6
            )


# --- rows that a net makes ------------------------------------------------------------------------


def test_a_net_that_learned_nothing_draws_each_column_by_its_shares() -> None:
    _, encodings, tables = shape()
    outcome = made_of_nothing()[0]
    share = np.exp(np.asarray(tables.prior, float))
    for j, (name, (first, end)) in enumerate(zip(encodings, ends(), strict=True)):
        mine = share[first:end] / share[first:end].sum()
        counts = np.bincount(outcome[:, j], minlength=len(mine))
        kept = mine > 1e-9
        assert not counts[~kept].any(), name
        if kept.sum() == 1:
            continue
        p = stats.chisquare(counts[kept], MANY * mine[kept] / mine[kept].sum()).pvalue
        assert 1e-4 < p < 1 - 1e-4, name
        tilted = mine[kept] * np.linspace(0.9, 1.1, kept.sum())  # two-sided: a tenth shows
        assert stats.chisquare(counts[kept], MANY * tilted / tilted.sum()).pvalue < 1e-3, name


def test_a_net_that_learned_nothing_lays_places_about_a_standard_normal() -> None:
    place = made_of_nothing()[1]
    for k in range(shape()[0].scaled):
        assert stats.kstest(place[:, k], "norm").pvalue > 1e-4
        assert stats.kstest(place[:, k] + 0.05, "norm").pvalue < 1e-4
    assert abs(np.corrcoef(place.T)[0, 1]) < 0.03


def test_places_have_the_mean_and_spread_that_the_net_says() -> None:
    scaled = shape()[0].scaled
    said, own = normal("places", SOME, scaled, 2), normal("own", SOME, scaled)
    wanted = 3.0 * said[..., 0] + own * np.exp(said[..., 1])
    np.testing.assert_allclose(made_at_random().place, wanted, rtol=1e-4, atol=1e-5)


def test_outcomes_are_the_best_of_noisy_logits() -> None:
    layout, _, tables = shape()
    noisy = 3.0 * normal("outcomes", SOME, layout.slots) + tables.prior + gumbel("best")
    noisy = np.asarray(noisy)
    wanted = np.stack([noisy[:, a:b].argmax(axis=1) for a, b in ends()], axis=1)
    found = np.asarray(outcome_of(layout, made_at_random()))
    np.testing.assert_array_equal(found, wanted)
    hard = real(layout, found.astype(np.int32), np.zeros((SOME, layout.columns), np.float32))
    np.testing.assert_allclose(made_at_random().chosen, hard.chosen, atol=1e-5)
    assert len({tuple(r) for r in found.tolist()}) > 20


def test_barred_and_impossible_outcomes_are_never_chosen() -> None:
    _, encodings, tables = shape()
    missing = tuple(np.flatnonzero(np.asarray(tables.missing)).tolist())
    outcome, free = made_of_nothing(missing)[0], made_of_nothing()[0]
    for j, (encoding, (first, end)) in enumerate(zip(encodings.values(), ends(), strict=True)):
        if encoding.nullable:
            assert (outcome[:, j] > 0).all() and (free[:, j] == 0).any()
            # The others keep their shares among themselves: rows that had a value keep it.
            np.testing.assert_array_equal(outcome[free[:, j] > 0, j], free[free[:, j] > 0, j])
        possible = np.flatnonzero(np.asarray(tables.prior)[first:end] > -1e8)
        assert set(np.unique(outcome[:, j])) <= set(possible.tolist())
    assert any(encoding.nullable for encoding in encodings.values())


def slope_of(layout: Layout, tables: Tables, said: Array, noise: Array, weight: Array) -> Array:
    """The slope of a sum of chosen slots, by what the net says of them."""

    def total(outcomes: Array) -> Array:
        rows = cells.made(layout, tables, outcomes, *nothing(SOME)[1:], jnp.zeros(()), noise)
        return (weight * rows.chosen).sum()

    return jax.grad(total)(said)


def test_the_slope_of_a_choice_is_that_of_a_soft_one() -> None:
    """Straight through: the row itself is a hard choice, and its slope is not zero."""
    layout, _, tables = shape()
    said, weight = normal("outcomes", SOME, layout.slots), normal("weight", SOME, layout.slots)
    noise = gumbel("best")
    slope = jax.jit(partial(slope_of, layout, tables))(said, noise, weight)
    noisy = (3.0 * said + np.asarray(tables.prior) + noise).astype(float) / 0.3
    for a, b in ends():
        soft = np.exp(noisy[:, a:b] - noisy[:, a:b].max(axis=1, keepdims=True))
        soft /= soft.sum(axis=1, keepdims=True)
        inside = weight[:, a:b] - (soft * weight[:, a:b]).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(slope[:, a:b], 3.0 / 0.3 * soft * inside, atol=1e-3)
    assert np.abs(slope).max() > 1e-1


# --- rows as they are seen ------------------------------------------------------------------------


def test_real_rows_are_ones_at_their_outcomes() -> None:
    layout, encodings, _ = shape()
    rows, outcome, place = real_rows()
    wanted = np.zeros((SOME, layout.slots))
    for i in range(SOME):
        for j in range(layout.columns):
            wanted[i, layout.starts[j] + outcome[i, j]] = 1
    np.testing.assert_array_equal(rows.chosen, wanted)
    np.testing.assert_array_equal(rows.place, place[:, layout.columns - layout.scaled :])
    np.testing.assert_array_equal(outcome_of(layout, rows), outcome)
    assert not np.asarray(real(layout, outcome * 0 - 1, place).chosen).any()
    assert list(encodings) == list(layout.names)


def test_a_critic_sees_slots_and_the_places_of_numbers() -> None:
    """The place of a row's own value, wherever it lies: on the scale, at an atom, or nowhere."""
    layout, encodings, tables = shape()
    rows, outcome, place = real_rows()
    found = np.asarray(seen(layout, tables, rows))
    assert found.shape == (SOME, layout.seen)
    np.testing.assert_array_equal(found[:, : layout.slots], rows.chosen)
    for j, (name, encoding) in enumerate(encodings.items()):
        first, *waves = layout.seen_of((name,))[encoding.slots :] or (None,)
        assert (first is not None) is encoding.ordered
        if first is not None:
            np.testing.assert_allclose(found[:, first], np.clip(place[:, j], -4, 4), atol=1e-6)
            for k, at in enumerate(waves, 1):  # cosines of the rank
                wave = np.cos(np.pi * k * stats.norm.cdf(place[:, j])) * np.sqrt(2) / k
                np.testing.assert_allclose(found[:, at], wave, atol=1e-4)
    kinds = {name: len(np.unique(outcome[:, j])) for j, name in enumerate(encodings)}
    assert kinds["cost"] == 3, "missing, the spike, and the scale"


def test_places_beyond_the_ends_look_the_same() -> None:
    layout, _, tables = shape()
    rows = real_rows()[0]
    far, farther = (rows._replace(place=rows.place * 0 + at) for at in (50.0, 900.0))
    one, other = (np.asarray(seen(layout, tables, r)) for r in (far, farther))
    np.testing.assert_array_equal(one, other)
    assert one[:, layout.slots :].max() == 4.0


def some_known() -> np.ndarray:
    drawn = KEY.child("known").generator().random((SOME, shape()[0].columns))
    return (drawn < 0.5).astype(np.float32)


def test_given_cells_are_clamped_and_the_others_are_not() -> None:
    layout, known = shape()[0], some_known()
    rows, (given, outcome, place) = made_at_random(), real_rows()
    both = clamped(layout, rows, known, given)
    drawn = np.asarray(outcome_of(layout, rows))
    np.testing.assert_array_equal(outcome_of(layout, both), np.where(known > 0, outcome, drawn))
    first = layout.first_scaled
    wanted = np.where(known[:, first:] > 0, place[:, first:], rows.place)
    np.testing.assert_allclose(both.place, wanted, rtol=1e-6)
    spread = np.asarray(spread_over(layout, known))
    for j, (a, b) in enumerate(ends()):
        np.testing.assert_array_equal(spread[:, a:b], np.tile(known[:, j : j + 1], b - a))


def test_no_slope_reaches_a_given_cell() -> None:
    layout, known = shape()[0], some_known()
    given, weight = real_rows()[0], normal("weight", SOME, layout.slots)

    def total(chosen: Array) -> Array:
        rows = Rows(chosen, jnp.zeros((SOME, layout.scaled)))
        return (weight * cells.clamped(layout, rows, known, given).chosen).sum()

    slope = np.asarray(jax.jit(jax.grad(total))(made_at_random().chosen))
    over = np.repeat(known, [b - a for a, b in ends()], axis=1)
    np.testing.assert_allclose(slope, np.where(over > 0, 0, weight), atol=1e-6)


def test_rare_outcomes_count_as_common_ones_do() -> None:
    layout, encodings, tables = shape()
    found = np.asarray(cells.rarity(layout, tables))
    assert found.shape == (layout.seen,)
    assert (found[layout.slots :] == 1).all()
    for encoding, (a, b) in zip(encodings.values(), ends(), strict=True):
        used = np.r_[
            np.arange(encoding.outcomes), [encoding.slots - 1] * encoding.continuous
        ].astype(int)
        rows = encoding.rows[: len(used)]
        wanted = (rows / encoding.rows.sum() + 0.01) ** -0.5
        np.testing.assert_allclose(found[a:b][used], wanted, rtol=1e-4)
        assert not np.delete(found[a:b], used).any()


def test_layouts_of_the_same_columns_are_equal() -> None:
    """Programs are compiled for each layout and design: equal ones must be taken for the same."""
    layout = shape()[0]
    assert layout == at_random("fair-gan").layout and hash(layout) == hash(replace(layout))
    assert design("cgan") == replace(design("cgan")) != design("cgan", together=True)
