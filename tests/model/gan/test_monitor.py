"""What a validation says of a GAN: how far off its rows are, how fair, whether it collapsed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.model.gan.small_gans import KEY, KINDS, at_random, coded, design, fresh, trained
from trimtab.codec.domain import MISSING
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.layout import Weights
from trimtab.model.gan.marginals import Marginals
from trimtab.model.gan.monitor import Monitor, _linear_error
from trimtab.model.gan.notes import notes_of
from trimtab.model.interface import GIVEN, Condition, Request

pytest.importorskip("jax", reason="GANs need the extra `deep`")

HELD = 400


@cache
def monitor(kind: str) -> Monitor:
    return Monitor(at_random(kind), fresh(2, HELD), fresh(3, HELD), KEY.child("watch"))


def unlearned(kind: str) -> Gan:
    return replace(at_random(kind), weights=np.zeros_like(at_random(kind).weights))


def with_weight(gan: Gan, name: str, values: np.ndarray) -> Gan:
    """The same GAN with other numbers for one of its named weights."""
    weights: Weights = gan.design.generator(gan.layout)
    at, flat = 0, gan.weights.copy()
    for weight in weights:
        size = int(np.prod(weight.shape))
        if weight.name == name:
            flat[at : at + size] = np.broadcast_to(values, weight.shape).ravel()
            return replace(gan, weights=flat)
        at += size
    raise KeyError(name)


def stuck(name: str, slot: int) -> Gan:
    """A conditional GAN that draws one outcome of a column in every row."""
    gan = unlearned("cgan")
    bias = np.zeros(gan.layout.slots, np.float32)
    bias[gan.layout.starts[gan.layout.names.index(name)] + slot] = 100
    return with_weight(gan, "outcomes.b", bias)


# --- validations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gan", "cgan"])
def test_the_figure_is_minus_the_distance_of_drawn_rows(kind: str) -> None:
    gan, seen = at_random(kind), monitor(kind).validate(at_random(kind))
    drawn = gan.fill(Request(4096, {}), 0, KEY.child("watch"))
    measured = Marginals(gan.grids, fresh(2, HELD), fresh(3, HELD))
    assert seen.figure == pytest.approx(-measured.distance(drawn))
    assert f"pairs {100 * measured.distance(drawn):.1f} % off" in seen.words
    assert f"(real {100 * measured.floor:.1f})" in seen.words
    assert set(seen.sample) == set(gan.columns)
    for name, codes in seen.sample.items():
        np.testing.assert_array_equal(codes, drawn[name][:500])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_weights_are_judged_the_same_again(kind: str) -> None:
    one, again = (monitor(kind).validate(at_random(kind)) for _ in range(2))
    assert (one.figure, one.words) == (again.figure, again.words)


def test_groups_do_not_count_among_the_pairs_of_a_fair_gan() -> None:
    """They are to be blurred: rows have the groups and classes of held-out ones, so the rest
    compares.
    """
    made = monitor("fair-gan").marginals
    assert set(made.grids) == set(coded()[2]) - {"sex"}
    gan, held = at_random("fair-gan"), fresh(2, HELD)
    rows = np.arange(4096) % HELD
    given = {n: Condition(held[n][rows], np.full(4096, GIVEN)) for n in ("sex", "ill")}
    drawn = gan.fill(Request(4096, given), 0, KEY.child("watch"))
    seen = monitor("fair-gan").validate(gan)
    assert f"pairs {100 * made.distance(drawn):.1f} % off" in seen.words
    assert seen.figure <= -made.distance(drawn) + 1e-9


def test_a_fair_gan_whose_groups_show_is_worse_than_one_whose_groups_do_not() -> None:
    """Two GANs of which neither learned anything, and one draws ages by the group."""
    gan = unlearned("fair-gan")
    blind = monitor("fair-gan").validate(gan)
    assert isinstance(gan.design, FairDesign)
    layout, width = gan.layout, gan.design.width
    given_slots = layout.slots_of(gan.design.given_columns)
    mine = [k for k, slot in enumerate(given_slots) if slot in layout.slots_of(("sex",))]
    given = np.zeros((len(given_slots), width), np.float32)
    given[mine[0], 0], given[mine[1], 0] = 1, -1
    places = np.zeros((layout.scaled, width, 2), np.float32)
    places[layout.names.index("age") - layout.first_scaled, 0, 0] = 0.1
    shows = with_weight(with_weight(gan, "given.w", given), "places.w", places)
    seen = monitor("fair-gan").validate(shows)
    for validation, least, most in ((blind, 0.45, 0.55), (seen, 0.0, 0.2)):
        off, error = (
            float(validation.words.split(word)[1].split()[0].rstrip(","))
            for word in ("pairs ", "error ")
        )
        assert least <= error < most
        # Beside the distance of pairs counts what is told better than by guessing, but for 5 %.
        unfair = max(0.0, 0.95 - error / 0.5) / 2
        assert validation.figure == pytest.approx(-off / 100 - unfair, abs=0.006)
    assert seen.figure < blind.figure - 0.25


# --- the classifier of groups ---------------------------------------------------------------------


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_groups_that_stand_in_the_rows_are_told_and_others_are_guessed(groups: int) -> None:
    g = KEY.child("groups", groups).generator()
    group = np.arange(4000) % groups
    marks = np.eye(groups)[group]
    nothing = np.eye(4)[g.integers(0, 4, 4000)]
    chance = 1 - 1 / groups
    assert _linear_error(np.c_[nothing, marks], group, groups) == 0
    assert _linear_error(nothing, group, groups) == pytest.approx(chance, abs=0.05)
    # One row in two says its group, and of the others 1/groups are guessed.
    half = np.where(g.random(4000)[:, None] < 0.5, marks, 0)
    assert _linear_error(half, group, groups) == pytest.approx(chance / 2, abs=0.05)


def test_every_group_counts_alike_however_few_rows_it_has() -> None:
    group = (np.arange(4000) % 10 == 0).astype(np.int64)
    assert _linear_error(np.zeros((4000, 1)), group, 2) == 0.5, "all taken for the larger"
    first = np.r_[np.ones(5), np.zeros(35)].astype(np.int64)  # none of group 1 is left to test on
    assert _linear_error(np.zeros((40, 1)), first, 2) == 0


# --- collapse -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slot"), [("sex", 1), ("ill", 0), ("town", 2), ("dose", 3), ("cost", 1)]
)
def test_a_column_that_is_stuck_has_collapsed(name: str, slot: int) -> None:
    gan = stuck(name, slot)
    drawn = gan.fill(Request(200, {}), 0, KEY)
    assert len(np.unique(drawn[name])) == 1, "the test itself"
    lost = monitor("cgan").lost(gan)
    assert set(lost) == {name} and 0.1 <= lost[name] <= 1
    assert ", 1 collapsed" in monitor("cgan").validate(gan).words
    (said,) = notes_of(design("cgan"), lost)
    assert said.startswith("MODE COLLAPSE") and "leave out `model`" in said
    assert f"{name} ({100 * lost[name]:.0f} %)" in said


def test_missing_values_that_are_never_drawn_have_collapsed() -> None:
    gan = unlearned("cgan")
    bias = np.zeros(gan.layout.slots, np.float32)
    bias[gan.layout.starts[gan.layout.names.index("town")]] = -100
    gan = with_weight(gan, "outcomes.b", bias)
    assert (gan.fill(Request(200, {}), 0, KEY)["town"] != MISSING).all()
    share = (fresh(2, HELD)["town"] == MISSING).mean()
    assert share >= 0.1 and monitor("cgan").lost(gan) == {"town": pytest.approx(share)}


def test_a_tutorials_gan_that_makes_one_row_has_lost_every_column() -> None:
    gan = unlearned("gan")
    lost = monitor("gan").lost(gan)
    assert set(lost) == set(gan.columns)
    (said,) = notes_of(gan.design, lost)
    assert all(f"{name} (" in said for name in gan.columns)
    assert ", 6 collapsed" in monitor("gan").validate(gan).words


@pytest.mark.parametrize("kind", ["cgan", "fair-gan"])
def test_sound_gans_have_not_collapsed(kind: str) -> None:
    for gan in (unlearned(kind), trained(kind)[0]):
        assert monitor(kind).lost(gan) == {}
        assert "collapsed" not in monitor(kind).validate(gan).words
    assert trained(kind)[2] == {}


def test_what_a_fair_gan_gives_up_on_purpose_is_said() -> None:
    (said,) = notes_of(design("fair-gan"), {})
    assert "independently of each other" in said and "sex, ill" in said
    assert "tell little of sex" in said
    assert notes_of(design("cgan"), {}) == notes_of(design("gan"), {}) == ()
    both = notes_of(design("fair-gan"), {"age": 0.25})
    assert both[0] == said and "age (25 %)" in both[1]
