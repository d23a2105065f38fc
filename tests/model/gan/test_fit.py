"""What the training of a GAN reaches, what it may depend on, and how it is broken off."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.gan.small_gans import (
    KEY,
    KINDS,
    RECIPE,
    at_random,
    coded,
    design,
    fitted,
    fresh,
    trained,
)
from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import InputError
from trimtab.model.gan import fit
from trimtab.model.gan.fit import fit_gan
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.layout import count
from trimtab.model.gan.marginals import Marginals
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.interface import Request
from trimtab.model.neural import extras
from trimtab.model.neural.checkpoint import Stage
from trimtab.model.neural.loop import Ending, Trained
from trimtab.model.neural.rate_schedule import RateSchedule

pytest.importorskip("jax", reason="GANs need the extra `deep`")

SHORT = replace(RECIPE, steps=200, every=100)  # validations after two of four calls


@cache
def short(kind: str) -> tuple[Gan, Trained, Mapping[str, float]]:
    return fitted(kind, SHORT)


def same(one: Gan, other: Gan) -> bool:
    """The same weights and stages, bit for bit."""
    return (
        np.array_equal(one.weights, other.weights)
        and [(s.step, s.figure) for s in one.stages] == [(s.step, s.figure) for s in other.stages]
        and all(
            np.array_equal(a.codes[n], b.codes[n])
            for a, b in zip(one.stages, other.stages, strict=True)
            for n in one.columns
        )
    )


# --- what it reaches ------------------------------------------------------------------------------


def distances(gan: Gan, *names: str) -> tuple[float, float]:
    """How far drawn rows, and rows of which each column is drawn by itself, are from the truth."""
    grids = {n: g for n, g in coded()[2].items() if n in (names or coded()[2])}
    truth = Marginals(grids, fresh(0, 20_000), fresh(1, 20_000))
    alone = {n: KEY.child("alone", n).generator().permutation(truth.others[n]) for n in grids}
    drawn = gan.fill(Request(8000, {}), 0, KEY)
    assert truth.floor < 0.03
    return truth.distance(drawn), truth.distance(Codes(alone, 20_000))


@pytest.mark.parametrize(
    ("kind", "names", "least", "most"),
    [
        ("gan", "sex,ill", 0.0, 0.75),
        ("gan", "sex,age", 0.0, 0.8),
        ("cgan", "", 0.0, 0.65),
        ("cgan", "sex,town", 0.0, 0.5),
        ("cgan", "sex,ill", 0.0, 0.65),
        ("cgan", "age,dose", 0.0, 0.8),
        # A fair one learns what does not concern the groups, and hides them.
        ("fair-gan", "age,dose", 0.0, 0.8),
        ("fair-gan", "sex,town", 0.85, 1.1),
        ("fair-gan", "sex,age", 0.85, 1.1),
        ("fair-gan", "sex,ill", 0.85, 1.1),
    ],
)
def test_what_hangs_together_is_learned(kind: str, names: str, least: float, most: float) -> None:
    """How far off, as a share of how far off rows are of which each column is drawn by itself."""
    gan, ended, _ = trained(kind)
    assert ended.ending is Ending.FINISHED
    found, independent = distances(gan, *filter(None, names.split(",")))
    assert independent > 0.2 and least < found / independent < most


def test_what_learned_nothing_draws_each_column_by_itself() -> None:
    gan = at_random("cgan")
    still = replace(gan, weights=np.zeros_like(gan.weights))
    for names in ((), ("sex", "town"), ("age", "dose")):
        found, independent = distances(still, *names)
        assert found == pytest.approx(independent, rel=0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_training_improves_on_its_first_stage(kind: str) -> None:
    gan, ended, _ = trained(kind)
    figures = [stage.figure for stage in gan.stages]
    assert max(figures) > figures[0] + 0.03
    assert ended.schedule.best == max(figures)
    assert all(-1.5 <= figure <= 0 for figure in figures)


def test_what_is_kept_is_the_best_state_and_not_the_last() -> None:
    """Drawn from again with the noise of the validations, it makes the rows of the best one."""
    gan, ended, _ = trained("cgan")
    at = next(s for s in gan.stages if s.step == ended.schedule.best_at)
    drawn = gan.fill(Request(500, {}), 0, KEY.child("look"))
    assert all(np.array_equal(drawn[n], at.codes[n]) for n in gan.columns)
    others = [s for s in gan.stages if s.step != at.step]
    assert all(any((drawn[n] != s.codes[n]).any() for n in gan.columns) for s in others)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_those_of_the_generator(kind: str) -> None:
    gan, _, _ = trained(kind)
    assert gan.weights.dtype == np.float32
    assert gan.weights.shape == (count(gan.design.generator(gan.layout)),)
    assert np.isfinite(gan.weights).all() and gan.design == design(kind)


# --- stages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_stages_are_small_samples_of_the_way(kind: str) -> None:
    gan, ended, _ = trained(kind)
    steps = [stage.step for stage in gan.stages]
    assert steps == list(range(50, 601, 50)), "all of a dozen validations are kept"
    assert steps[-1] == ended.schedule.done
    for stage in gan.stages:
        assert stage.codes.rows == 500 and tuple(stage.codes.columns) == gan.columns
        for name, grid in gan.grids.items():
            codes = stage.codes[name]
            assert codes.dtype == np.int64 and codes.shape == (500,)
            assert grid.nullable or (codes != MISSING).all()
    assert any((gan.stages[0].codes[n] != gan.stages[-1].codes[n]).any() for n in gan.columns)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 100))
def test_a_dozen_stages_are_kept_the_first_and_the_last_among_them(validations: int) -> None:
    seen = tuple(
        Stage(10 * k + 10, -float(k), {"a": np.full(3, k, np.int32)}) for k in range(validations)
    )
    kept = fit._stages(Trained({}, RateSchedule(10, 1, 0.1), Ending.FINISHED, "", seen))
    steps = [stage.step for stage in kept]
    assert len(steps) == min(12, validations) and steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (10, 10 * validations)
    gaps = np.diff([10, *steps]) / 10
    assert gaps.max() <= max(1, np.ceil(validations / 11) + 1), "evenly"
    for stage in kept:
        assert stage.figure == -(stage.step / 10 - 1)
        assert stage.codes["a"].tolist() == [stage.step // 10 - 1] * 3
        assert stage.codes["a"].dtype == np.int64 and stage.codes.rows == 3


# --- what it may depend on ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_trains_the_same_gan(kind: str) -> None:
    reported: list[tuple[Any, ...]] = []
    again, ended, _ = fitted(kind, SHORT, run=Run(lambda *said: reported.append((*said, "")[:4])))
    assert same(again, short(kind)[0])
    if kind == "cgan":
        other, _, _ = fitted(kind, SHORT, key=KEY.child("another"))
        assert not np.array_equal(other.weights, again.weights)
    # What was reported on the way: the device, and a figure at each validation.
    assert reported[0][0].startswith("compiling for ")
    training = [said for said in reported if said[0].startswith("training on ")]
    assert [done for _, done, _, _ in training] == [50, 100, 150, 200]
    figures = [figure for *_, figure in training if figure]
    assert len(figures) == 2 == len(ended.stages)
    assert all("pairs" in figure and "%" in figure for figure in figures)
    assert all(("group" in figure) is (kind == "fair-gan") for figure in figures)


def moved_inside(codes: Codes) -> Codes:
    """Each number somewhere else in its interval."""
    columns = dict(codes.columns)
    for name, grid in coded()[2].items():
        if isinstance(grid, NumberGrid):
            share = KEY.child("moved", name).uniforms(0, codes.rows)
            elements = grid.encode(codes[name])
            inside = np.flatnonzero(elements >= 0)
            made = codes[name].copy()
            made[inside] = grid.inside(elements[inside], share[inside], np.ones(len(inside)))
            columns[name] = np.where(grid.encode(made) == elements, made, codes[name])
    return Codes(columns, codes.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_training_does_not_see_where_in_its_interval_a_value_lies(kind: str) -> None:
    """Value protection, end to end."""
    codes = coded()[0]
    moved = moved_inside(codes)
    assert (moved["cost"] != codes["cost"]).mean() > 0.3
    gan, _, _ = fit_gan(moved, coded()[2], design(kind), None, KEY, recipe=SHORT)
    assert same(gan, short(kind)[0])
    if kind == "fair-gan":
        return
    # Two-sided: a hundred rows in other intervals are seen.
    cost = np.r_[np.roll(codes["cost"][:100], 1), codes["cost"][100:]]
    other = Codes({**codes.columns, "cost": cost}, codes.rows)
    gan, _, _ = fit_gan(other, coded()[2], design(kind), None, KEY, recipe=SHORT)
    assert not np.array_equal(gan.weights, short(kind)[0].weights)


def test_a_person_stays_on_one_side(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def stops(task: Any, *_: Any) -> None:
        seen.append(task)
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "train", stops)
    codes, _, grids = coded()
    persons = np.arange(codes.rows) // 7
    with pytest.raises(KeyboardInterrupt):
        fit_gan(codes, grids, design("gan"), persons, KEY, recipe=SHORT)
    held, rest = seen[0].held, seen[0].rest
    assert not set(persons[held]) & set(persons[rest])
    assert sorted([*held, *rest]) == list(range(codes.rows)) and len(held) >= 100


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras.importlib.util, "find_spec", lambda name: None)
    says = r"a GAN needs jax, optax.*pip install 'trimtab\[deep\]'"
    with pytest.raises(InputError, match=says):
        fitted("gan", SHORT)
    with pytest.raises(InputError, match=says):
        at_random("gan").fill(Request(3, {}), 0, KEY)


# --- broken off, and gone on with -----------------------------------------------------------------


class Presses:
    """A progress report that presses Ctrl-C at its n-th call of the training."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, phase: str, done: int, total: int, figure: str = "") -> None:
        self.left -= phase.startswith("training")
        if self.left == 0:
            self.left = -1
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("kind", "presses"),
    [("gan", (1,)), ("cgan", (1,)), ("cgan", (2,)), ("cgan", (1, 2)), ("fair-gan", (3,))],
)
def test_a_training_that_was_broken_off_goes_on_bit_for_bit(
    kind: str, presses: tuple[int, ...], tmp_path: Path
) -> None:
    place = tmp_path / "m.training"
    for k, at in enumerate(presses):
        kept, ended, _ = fitted(kind, SHORT, KEY, Run(Presses(at), checkpoint=place, resume=k > 0))
        assert ended.ending is Ending.INTERRUPTED and place.is_file()
        assert kept.stages and not same(kept, short(kind)[0])
    kept, ended, _ = fitted(kind, SHORT, KEY, Run(checkpoint=place, resume=True))
    assert ended.ending is Ending.FINISHED and not place.exists()
    assert same(kept, short(kind)[0])


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "m.training"
    fitted("cgan", SHORT, KEY, Run(Presses(1), checkpoint=place))
    codes, _, grids = coded()
    made, some = design("cgan"), codes.take(np.arange(1900))
    changes: tuple[tuple[Any, Any, Key, Any], ...] = (
        (some, made, KEY, SHORT),
        (codes, made, KEY.child("x"), SHORT),
        (codes, made, KEY, replace(SHORT, rate=2e-3)),
        (codes, replace(made, moments=2.0), KEY, SHORT),
        (codes, design("gan"), KEY, SHORT),
    )
    for rows, design_, key, recipe in changes:
        with pytest.raises(InputError, match="another table, or with other settings"):
            fit_gan(rows, grids, design_, None, key, Run(checkpoint=place, resume=True), recipe)
    assert place.is_file()
