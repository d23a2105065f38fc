"""What a trained network knows, what its training may depend on, and how it is broken off."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.network.small_networks import (
    KEY,
    RECIPE,
    VALUES,
    coded,
    conditionals,
    every_element,
    three_labels,
    trained,
    truth,
    visits,
)
from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import InputError
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.network import fit
from trimtab.model.network.fit import fit_network
from trimtab.model.network.network import Network
from trimtab.model.neural import extras
from trimtab.model.neural.loop import Ending
from trimtab.model.neural.split import held_out_rows

quick = settings(max_examples=60, deadline=None, derandomize=True)


# --- exactness: trained conditionals come near the true ones --------------------------------------


@cache
def learned_labels(turned: bool = False) -> Network:
    table = three_labels(6000)
    return trained(table.select(table.column_names[::-1]) if turned else table, epochs=10)


def true_joint(network: Network, names: tuple[str, ...] = ("a", "b", "c")) -> Float:
    """`truth` over the network's domain: axes in layout order, codes ascending."""
    codec = coded(three_labels(6000))[1]
    joint = truth()
    for axis, (name, values) in enumerate(zip(names, VALUES, strict=True)):
        kept = codec.columns[name].values
        codes = every_element(network.encodings[name])
        wanted = ["?" if c == MISSING else kept[c] for c in codes]
        joint = np.take(joint, [values.index(v) for v in wanted], axis=axis)
    return joint.transpose([names.index(n) for n in network.encodings])


def independent(joint: Float) -> Float:
    """The joint of columns that do not depend on each other."""
    margins = [joint.sum(axis=tuple(k for k in range(3) if k != j)) for j in range(3)]
    return np.einsum("i,j,k->ijk", *margins)


def conditional(joint: Float, column: int, given_: tuple[int, ...]) -> tuple[Float, Float]:
    """P(column | given) and P(given), with an axis of length 1 for each column left out."""
    others = tuple(j for j in range(joint.ndim) if j != column and j not in given_)
    marginal = joint.sum(axis=others, keepdims=True)
    base = marginal.sum(axis=column, keepdims=True)
    return marginal / base, base


def worst_distance(network: Network, joint: Float) -> float:
    """The largest total variation from the true conditionals, averaged over what is given."""
    found = []
    for column in range(3):
        others = [j for j in range(3) if j != column]
        for size in range(3):
            for given_ in combinations(others, size):
                order = [*given_, column, *(j for j in others if j not in given_)]
                said = conditionals(network, order)[column]
                true, base = conditional(joint, column, given_)
                # What it says does not depend on the columns that come later in the order.
                later = tuple(order[size + 1 :])
                np.testing.assert_allclose(said, said.mean(axis=later, keepdims=True) + 0 * said,
                                           atol=1e-5)  # fmt: skip
                gap = np.abs(said.mean(axis=later, keepdims=True) - true).sum(axis=column) / 2
                found.append(float((gap * base.sum(axis=column)).sum()))
    return max(found)


@pytest.mark.parametrize("turned", [False, True])
def test_trained_conditionals_are_near_the_true_ones(turned: bool) -> None:
    """Of every column given every set of others: 6,000 rows tell them to about .02."""
    network = learned_labels(turned)
    assert worst_distance(network, true_joint(network)) < 0.08
    assert worst_distance(network, independent(true_joint(network))) > 0.15


def test_the_orders_of_a_trained_network_agree() -> None:
    network = learned_labels()
    joints = [np.prod(conditionals(network, order), axis=0) for order in permutations(range(3))]
    for made in joints:
        assert made.sum() == pytest.approx(1, abs=1e-4)
        assert np.abs(made - true_joint(network)).sum() / 2 < 0.09
    assert np.abs(independent(true_joint(network)) - true_joint(network)).sum() / 2 > 0.18


def test_the_order_of_the_columns_does_not_matter() -> None:
    """Law 4: the columns come in their order, and with about the same probabilities."""
    one, other = learned_labels(), learned_labels(turned=True)
    assert other.columns == one.columns[::-1]
    assert list(other.encodings) == list(one.encodings)  # what the arrays hold: sorted by size
    codes = coded(three_labels(3000, seed=9))[0]
    likely = [m.log_prob(codes) for m in (one, other)]
    assert abs(likely[0].mean() - likely[1].mean()) < 0.03
    assert np.corrcoef(*likely)[0, 1] > 0.98


# --- what training may depend on ------------------------------------------------------------------


def fitted(codes: Codes, key: Key = KEY, **changes: float) -> Network:
    codec = coded(visits())[1]
    recipe = replace(RECIPE, epochs=2.0, **changes)
    return fit_network(codes, codec, None, key, recipe=recipe)[0]


@cache
def learned_visits() -> Network:
    return fitted(coded(visits())[0])


def moved_inside(grids: dict[str, NumberGrid], codes: Codes) -> Codes:
    """Each number somewhere else in its interval."""
    columns = dict(codes.columns)
    for name, grid in grids.items():
        if isinstance(grid, NumberGrid):
            share = KEY.child("moved", name).uniforms(0, codes.rows)
            elements = grid.encode(codes[name])
            made = grid.inside(elements, share, np.ones(codes.rows))
            columns[name] = np.where(grid.encode(made) == elements, made, codes[name])
    return Codes(columns, codes.rows)


def test_training_does_not_see_where_in_its_interval_a_value_lies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Value protection, end to end: the same weights, bit for bit."""
    codes, codec = coded(visits())
    grids = fit_grids(codes, codec, None)
    monkeypatch.setattr(fit, "fit_grids", lambda *_: grids)
    moved = moved_inside(grids, codes)
    changed = {n: float((moved[n] != codes[n]).mean()) for n in codes.columns}
    assert changed["cost"] > 0.3 and max(changed["city"], changed["smokes"]) == 0
    np.testing.assert_array_equal(fitted(moved).weights, learned_visits().weights)
    # Two-sided: a hundred rows in other intervals are seen.
    cost = np.r_[np.roll(codes["cost"][:100], 1), codes["cost"][100:]]
    other = fitted(Codes({**codes.columns, "cost": cost}, codes.rows))
    assert not np.array_equal(other.weights, learned_visits().weights)


def test_the_same_seed_trains_the_same_network() -> None:
    codes = coded(visits())[0]
    np.testing.assert_array_equal(fitted(codes).weights, learned_visits().weights)
    other = fitted(codes, KEY.child("another"))
    assert not np.array_equal(other.weights, learned_visits().weights)
    assert learned_visits().weights.dtype == np.float32


def test_training_pays() -> None:
    codes = coded(visits())[0]
    still = fitted(codes, rate=0.0)
    assert learned_visits().log_prob(codes).mean() > still.log_prob(codes).mean() + 0.1


@quick
@given(
    st.lists(st.integers(-4, 40), min_size=2, max_size=300).filter(lambda who: len(set(who)) > 1),
    st.integers(0, 5),
)
def test_a_person_stays_on_one_side(who: list[int], seed: int) -> None:
    persons = np.array(who)
    held, rest = held_out_rows(len(who), persons, KEY.child(seed))
    assert sorted([*held, *rest]) == list(range(len(who)))
    assert len(held) and len(rest)
    assert not set(persons[held]) & set(persons[rest])
    share = len(set(persons[held])) / len(set(who))
    assert share <= max(0.2, 1 / len(set(who)))


@quick
@given(st.integers(2, 5000), st.integers(0, 5))
def test_rows_without_persons_are_split_one_by_one(rows: int, seed: int) -> None:
    held, rest = held_out_rows(rows, None, KEY.child(seed))
    assert sorted([*held, *rest]) == list(range(rows))
    assert 1 <= len(held) <= max(1, rows // 5)
    again = held_out_rows(rows, None, KEY.child(seed))
    np.testing.assert_array_equal(again[0], held)
    if rows > 200:
        assert set(held_out_rows(rows, None, KEY.child(seed, "x"))[0]) != set(held)


def test_held_out_rows_of_a_large_table_are_bounded() -> None:
    held, rest = held_out_rows(1_000_000, None, KEY)
    assert 500 < len(held) < 10_000 and len(held) + len(rest) == 1_000_000
    half = held < 500_000
    assert 0.4 < half.mean() < 0.6


# --- broken off, and gone on with -----------------------------------------------------------------


class Presses:
    """A progress report that presses Ctrl-C at its n-th call of the training that `phase` names."""

    def __init__(self, at: int, phase: str = "training") -> None:
        self.at, self.phase, self.calls = at, phase, 0
        self.shown: list[tuple[str, int, int, str]] = []

    def __call__(self, phase: str, done: int, total: int, figure: str = "") -> None:
        self.shown.append((phase, done, total, figure))
        self.calls += phase.startswith("training") and self.phase in phase
        if self.calls == self.at:
            self.calls += 1
            os.kill(os.getpid(), signal.SIGINT)


def long_fit(run: Run | None = None) -> tuple[Int, Ending]:
    codes, codec = coded(visits())
    recipe = replace(RECIPE, epochs=24.0, warm=50)
    made, ended = fit_network(codes, codec, None, KEY, run, recipe)
    return made.weights, ended.ending


@cache
def uninterrupted() -> tuple[Int, Ending]:
    return long_fit()


@pytest.mark.parametrize("presses", [(1,), (4,), (2, 3)])
def test_a_training_that_was_broken_off_goes_on_bit_for_bit(
    presses: tuple[int, ...], tmp_path: Path
) -> None:
    place = tmp_path / "m.training"
    for k, at in enumerate(presses):
        kept, ending = long_fit(Run(Presses(at), checkpoint=place, resume=k > 0))
        assert ending is Ending.INTERRUPTED and place.is_file()
        assert not np.array_equal(kept, uninterrupted()[0])
    kept, ending = long_fit(Run(checkpoint=place, resume=True))
    assert ending is Ending.FINISHED and not place.exists()
    np.testing.assert_array_equal(kept, uninterrupted()[0])


def test_a_checkpoint_of_another_table_or_recipe_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "m.training"
    long_fit(Run(Presses(1), checkpoint=place))
    codes, codec = coded(visits())
    recipe = replace(RECIPE, epochs=24.0, warm=50)
    run, some = Run(checkpoint=place, resume=True), codes.take(np.arange(1400))
    for changed in (
        (some, codec, None, KEY, run, recipe),
        (codes, codec, None, KEY.child("x"), run, recipe),
        (codes, codec, None, KEY, run, replace(recipe, rate=0.02)),
    ):
        with pytest.raises(InputError, match="another table, or with other settings"):
            fit_network(*changed)
    assert place.is_file()


def test_progress_names_the_device_and_the_figure() -> None:
    seen = Presses(at=-1)
    weights, ending = long_fit(Run(seen))
    assert ending is Ending.FINISHED
    np.testing.assert_array_equal(weights, uninterrupted()[0])  # told or not, it is the same
    phases = list(dict.fromkeys(phase for phase, *_ in seen.shown))
    assert phases[0] == "cutting columns" and phases[1].startswith("compiling for ")
    assert phases[2].startswith("training on ")
    training = [(d, t, f) for p, d, t, f in seen.shown if p == phases[2]]
    assert all(0 <= done <= total for done, total, _ in training)
    assert training[-1][0] == training[-1][1]
    figures = [f for *_, f in training if f]
    assert len(figures) >= 5 and all("held-out" in f and "nats" in f for f in figures)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras.importlib.util, "find_spec", lambda name: None)
    codes, codec = coded(visits())
    with pytest.raises(InputError, match=r"jax, optax.*pip install 'trimtab\[deep\]'"):
        fit_network(codes, codec, None, KEY)
