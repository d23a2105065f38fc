"""Drawing rows from a generator, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import ndtri

from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes, Int
from trimtab.model.fields import Field, Single
from trimtab.model.gan import cells
from trimtab.model.gan.blocks import BLOCK_ROWS, blocks, decoding, noise_of
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.conditional_game import ConditionalGame
from trimtab.model.gan.fair_game import FairGame
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.nets import unpack
from trimtab.model.gan.noise import Noise
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.plain_game import PlainGame, PlainMaker, ladders_of
from trimtab.model.interface import GIVEN, PRESENT, Request
from trimtab.model.training.device import prepare_device

_BARRED = -1e9

CellGame = ConditionalGame | FairGame


class Maker(Protocol):
    """A generator on the device."""

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole."""
        ...


def maker_of(gan: Gan) -> Maker:
    """The generator of a GAN on the device."""
    prepare_device()
    flat = jax.device_put(gan.weights)
    if isinstance(gan.design, PlainDesign):
        ladders = ladders_of(gan.design, gan.grids)
        return PlainMaker(PlainGame(gan.design, gan.layout), ladders, gan.columns, flat)
    game: CellGame
    if isinstance(gan.design, ConditionalDesign):
        game = ConditionalGame(gan.design, gan.layout)
    else:
        game = FairGame(gan.design, gan.layout)
    return CellMaker(game, gan.fields, gan.columns, flat)


@dataclass(frozen=True)
class CellMaker:
    """A generator that makes cells, given some of them."""

    game: CellGame
    fields: Mapping[str, Field]
    columns: tuple[str, ...]
    flat: Array

    @cached_property
    def _tables(self) -> cells.Tables:
        return cells.tables_of(self.fields, self.game.layout)

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole."""
        outcome, place = self._given(request, start, key)
        parts = []
        for inside, low, before in blocks(start, request.rows):
            barred = _barred(request.part(inside.start, inside.stop), self.fields)
            parts.append(self._made(outcome[inside], place[inside], barred, low, before, key))
        made = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else []
        codes = {}
        for j, (name, field) in enumerate(self.fields.items()):
            found = np.full(request.rows, MISSING, np.int64)
            if parts:
                found = self._decoded(field, name, made[0][:, j], made[1], j, start, key)
            condition = request.conditions.get(name)
            if condition is not None:
                found = np.where(condition.state == GIVEN, condition.value, found)
            codes[name] = found
        return Codes({name: codes[name] for name in self.columns}, request.rows)

    def _given(self, request: Request, start: int, key: Key) -> tuple[Int, Single]:
        """Outcomes and places of what is given, [rows, columns]; an outcome of -1 is a hole."""
        layout = self.game.layout
        outcome = np.full((request.rows, layout.columns), -1, np.int64)
        place = np.zeros((request.rows, layout.columns), np.float32)
        told = self.game.design.tell(request, self.fields, start, key)
        for name, found in told.items():
            j, field = layout.names.index(name), self.fields[name]
            on_scale = field.continuous & (found == field.outcomes)
            outcome[:, j] = np.where(on_scale, field.slots - 1, found)
            condition = request.conditions.get(name)
            if condition is not None:
                place[:, j] = np.where(
                    condition.state == GIVEN, field.encode(condition.value).place, 0
                )
        return outcome, place

    def _made(
        self, outcome: Int, place: Single, barred: Single, low: int, before: int, key: Key
    ) -> tuple[Int, Single]:
        """Outcomes and places of the rows of a block that begins at row `low` of the whole."""
        layout, rows = self.game.layout, len(outcome)
        sizes = (self.game.design.noise, layout.scaled, layout.slots)
        uniform = noise_of(key, low, sum(sizes))
        shared, own, choice = np.split(uniform, np.cumsum(sizes)[:2], axis=1)
        inside = slice(before, before + rows)

        def placed(part: Any, empty: float) -> Array:
            whole = np.full((BLOCK_ROWS, part.shape[1]), empty, np.float32)
            whole[inside] = part
            return jnp.asarray(whole)

        gumbel = -np.log(-np.log(choice))
        noise = Noise(
            jnp.asarray(ndtri(shared), jnp.float32),
            jnp.asarray(ndtri(own), jnp.float32),
            jnp.asarray(gumbel, jnp.float32) + placed(barred, 0.0),
        )
        made, where = make(
            self.game,
            self.flat,
            self._tables,
            placed(outcome, -1).astype(int),
            placed(place, 0.0),
            noise,
        )
        return np.asarray(made)[inside], np.asarray(where)[inside]

    def _decoded(
        self, field: Field, name: str, outcome: Int, place: Single, j: int, start: int, key: Key
    ) -> Int:
        """The codes of drawn outcomes and places of a column."""
        drawn = outcome.astype(np.int64)
        where = np.zeros(len(drawn))
        if field.continuous:
            drawn = np.where(drawn == field.slots - 1, field.outcomes, drawn)
            where = place[:, j - self.game.layout.first_scaled].astype(np.float64)
        return field.decode(drawn, where, *decoding(key, name, start, len(drawn)))


def _barred(request: Request, fields: Mapping[str, Field]) -> Single:
    """[rows, slots] what keeps missing values from being drawn where a value is asked for."""
    found = []
    for name, field in fields.items():
        part = np.zeros((request.rows, field.slots), np.float32)
        condition = request.conditions.get(name)
        if condition is not None and field.nullable:
            part[condition.state == PRESENT, 0] = _BARRED
        found.append(part)
    return np.concatenate(found, axis=1)


@partial(jax.jit, static_argnames=("game",))
def make(
    game: CellGame, flat: Array, tables: cells.Tables, outcome: Array, place: Array, noise: Noise
) -> tuple[Array, Array]:
    """Outcomes [rows, columns] and places [rows, scaled]; given where an outcome is not -1."""
    given = cells.real(game.layout, outcome, place)
    known = (outcome >= 0).astype(jnp.float32)
    rows = game.make(unpack(game.generator, flat), tables, given, known, noise)
    return cells.outcome_of(game.layout, rows), rows.place
