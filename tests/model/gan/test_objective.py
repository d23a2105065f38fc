"""What the two sides of a GAN may know: nothing leaks from a real row, or to a critic of bias."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.model.gan.small_gans import KEY, at_random, coded
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.plain import PlainDesign

pytest.importorskip("jax", reason="GANs need the extra `deep`")

import jax

from trimtab.model.gan import cells, nets
from trimtab.model.gan.cells import Rows
from trimtab.model.gan.conditional_jax import ConditionalObjective
from trimtab.model.gan.fair_jax import FairObjective
from trimtab.model.gan.noise import Noise
from trimtab.model.gan.plain_jax import PlainObjective
from trimtab.model.neural.encoding import stacked

ROWS = 64
CELL_KINDS = ("cgan", "fair-gan")


@cache
def objective(kind: str) -> Any:
    gan = at_random(kind)
    made = {"gan": PlainObjective, "cgan": ConditionalObjective, "fair-gan": FairObjective}[kind]
    return made(gan.design, gan.layout)


@cache
def tables() -> cells.Tables:
    gan = at_random("cgan")
    return cells.tables_of(gan.encodings, gan.layout)


@cache
def real_rows(first: int) -> tuple[Rows, np.ndarray]:
    """Real rows, and their outcomes."""
    gan = at_random("cgan")
    found, mine = stacked(gan.encodings, coded()[0].columns), slice(first, first + ROWS)
    outcome, place = found.outcome[:, mine].T, found.place[:, mine].T
    real = jax.jit(cells.real, static_argnums=0)(gan.layout, outcome, place)
    return Rows(*map(np.asarray, real)), outcome


def known(*names: str) -> np.ndarray:
    marks = np.zeros((ROWS, objective("cgan").layout.columns), np.float32)
    marks[:, [objective("cgan").layout.names.index(n) for n in names]] = 1
    return marks


@cache
def generator(kind: str) -> Any:
    """Rows from real ones of which some cells are given, with the same noise each time."""
    made, gan, held = objective(kind), at_random(kind), tables()
    g, layout = KEY.child("noise").generator(), objective(kind).layout
    random = Noise(
        g.standard_normal((ROWS, gan.design.noise)).astype(np.float32),
        g.standard_normal((ROWS, layout.scaled)).astype(np.float32),
        g.gumbel(size=(ROWS, layout.slots)).astype(np.float32),
    )

    @jax.jit
    def make(given: Rows, marks: Any) -> tuple[Any, Any]:
        weights = nets.unpack(made.generator, gan.weights)
        rows = made.make(weights, held, given, marks, random)
        return cells.outcome_of(made.layout, rows), rows.place

    return make


@pytest.mark.parametrize(
    ("kind", "given"),
    [("cgan", ()), ("cgan", ("sex",)), ("cgan", ("sex", "ill")), ("fair-gan", ("sex", "ill"))],
)
def test_cells_that_are_not_given_do_not_leak(kind: str, given: tuple[str, ...]) -> None:
    """While training, the net is handed whole real rows: it must see the given cells alone."""
    layout, marks = objective(kind).layout, known(*given)
    one, other = real_rows(0)[0], real_rows(ROWS)[0]
    over = np.repeat(marks, layout.sizes, axis=1)
    # Other real rows, but for the given cells.
    mixed = Rows(over * one.chosen + (1 - over) * other.chosen, other.place)
    first, again, changed = (generator(kind)(rows, marks) for rows in (one, mixed, other))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    if given:
        assert (np.asarray(first[0]) != np.asarray(changed[0])).any(), "those given are seen"


@pytest.mark.parametrize("kind", CELL_KINDS)
def test_given_cells_come_out_as_they_went_in_and_change_the_others(kind: str) -> None:
    layout = objective(kind).layout
    (rows, outcome), (other, asked) = real_rows(0), real_rows(ROWS)
    free = np.asarray(generator(kind)(rows, known())[0])
    found = np.asarray(generator(kind)(rows, known("sex", "ill"))[0])
    turned = np.asarray(generator(kind)(other, known("sex", "ill"))[0])
    given_columns = [layout.names.index(n) for n in ("sex", "ill")]
    rest = [j for j in range(layout.columns) if j not in given_columns]
    np.testing.assert_array_equal(found[:, given_columns], outcome[:, given_columns])
    assert (free[:, given_columns] != outcome[:, given_columns]).any()
    same = (asked == outcome)[:, given_columns].all(axis=1)
    differs = (found[:, rest] != turned[:, rest]).any(axis=1)
    # With the same noise rows differ where other cells were given, and there alone.
    assert differs[~same].any() and not differs[same].any()


def test_critics_of_bias_do_not_see_what_they_are_to_tell() -> None:
    made = objective("fair-gan")
    assert isinstance(made.design, FairDesign)
    critic, held = (
        nets.unpack(made.critic, np.asarray(nets.initial(made.critic, KEY.child("judges")))),
        tables(),
    )
    bias = jax.jit(lambda rows: made._bias(critic, held, rows))
    rows = real_rows(0)[0]
    said = bias(rows)
    for name, group_moves, class_moves in (
        ("sex", False, False),
        ("ill", True, False),
        ("town", True, True),
    ):
        mine = list(made.layout.slots_of((name,)))
        chosen = rows.chosen.copy()
        chosen[:, mine] = np.roll(chosen[:, mine], 1, axis=1)
        found = bias(Rows(chosen, rows.place))
        for one, other, moves in zip(said, found, (group_moves, class_moves), strict=True):
            assert np.allclose(one, other, atol=1e-6) is not moves, name
    # The places of numbers are among what they see.
    moved = bias(rows._replace(place=rows.place + 1.0))
    assert not np.allclose(moved.group, said.group) and not np.allclose(moved.target, said.target)


# --- the tutorial's GAN ---------------------------------------------------------------------------


def relu_net(weights: Any, x: np.ndarray, layers: int) -> np.ndarray:
    for k in range(layers):
        x = x @ np.asarray(weights[f"dense{k}.w"]) + np.asarray(weights[f"dense{k}.b"])
        x = np.maximum(x, 0) if k < layers - 1 else x
    return x


def critic_of(made: PlainObjective) -> dict[str, np.ndarray]:
    """A critic that says anything."""
    g = KEY.child("judge").generator()
    return {w.name: 0.5 * g.standard_normal(w.shape).astype(np.float32) for w in made.critic}


def test_the_nets_of_the_tutorial_are_dense_layers() -> None:
    made = objective("gan")
    random = KEY.child("noise").generator().standard_normal((9, 8)).astype(np.float32)
    weights = nets.unpack(made.generator, at_random("gan").weights)
    rows = np.asarray(jax.jit(made.make)(weights, random))
    np.testing.assert_allclose(rows, relu_net(weights, random, 3), rtol=1e-4, atol=1e-5)
    critic = critic_of(made)
    still = replace(made, design=replace(made.design, dropout=0.0))
    found = jax.jit(still._log_odds)(critic, rows, jax.random.key(0))
    np.testing.assert_allclose(found, relu_net(critic, rows, 3)[:, 0], rtol=1e-4)


def test_units_are_dropped_but_for_the_last_hidden_layer() -> None:
    rows = KEY.child("rows").generator().standard_normal((9, 6)).astype(np.float32)
    for hidden, drops in (((16,), False), ((16, 16), True)):
        made = PlainObjective(PlainDesign(8, hidden, 0.5), objective("gan").layout)
        said, critic = jax.jit(made._log_odds), critic_of(made)
        one, other = (said(critic, rows, jax.random.key(k)) for k in (1, 2))
        assert np.allclose(one, other) is not drops
