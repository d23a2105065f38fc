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

from trimtab._arrays import Int, Single
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.gan import cells
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.conditional_jax import ConditionalObjective
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.fair_jax import FairObjective
from trimtab.model.gan.layout import Layout
from trimtab.model.gan.nets import unpack
from trimtab.model.gan.noise import Noise
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.plain_jax import PlainGenerator, PlainObjective, scalers_of
from trimtab.model.gan.row_blocks import BLOCK_ROWS, blocks, decoding, noise_of
from trimtab.model.grid.grid import Grid
from trimtab.model.interface import GIVEN, PRESENT, Request
from trimtab.model.neural.device import prepare_device
from trimtab.model.neural.encoding import ColumnEncoding

_BARRED = -1e9

CellObjective = ConditionalObjective | FairObjective


class Generator(Protocol):
    """A generator on the device."""

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole."""
        ...


def generator_of(
    design: PlainDesign | ConditionalDesign | FairDesign,
    grids: Mapping[str, Grid],
    encodings: Mapping[str, ColumnEncoding],
    layout: Layout,
    weights: Single,
) -> Generator:
    """The generator of a GAN on the device; the parts as in `Gan`."""
    prepare_device()
    flat = jax.device_put(weights)
    columns = tuple(grids)
    if isinstance(design, PlainDesign):
        scalers = scalers_of(design, grids)
        return PlainGenerator(PlainObjective(design, layout), scalers, columns, flat)
    objective: CellObjective
    if isinstance(design, ConditionalDesign):
        objective = ConditionalObjective(design, layout)
    else:
        objective = FairObjective(design, layout)
    return CellGenerator(objective, encodings, columns, flat)


@dataclass(frozen=True)
class CellGenerator:
    """A generator that makes cells, given some of them."""

    objective: CellObjective
    encodings: Mapping[str, ColumnEncoding]
    columns: tuple[str, ...]
    flat: Array

    @cached_property
    def _tables(self) -> cells.Tables:
        return cells.tables_of(self.encodings, self.objective.layout)

    def fill(self, request: Request, start: int, key: Key) -> Codes:
        """Fill the holes of rows at start, start + 1, ... of the whole."""
        outcome, place = self._given(request, start, key)
        parts = []
        for inside, low, before in blocks(start, request.rows):
            barred = _barred(request.part(inside.start, inside.stop), self.encodings)
            parts.append(self._block(outcome[inside], place[inside], barred, low, before, key))
        arrays = [np.concatenate(part) for part in zip(*parts, strict=True)] if parts else []
        codes = {}
        for j, (name, encoding) in enumerate(self.encodings.items()):
            column = np.full(request.rows, MISSING, np.int64)
            if parts:
                column = self._decoded(encoding, name, arrays[0][:, j], arrays[1], j, start, key)
            condition = request.conditions.get(name)
            if condition is not None:
                column = np.where(condition.state == GIVEN, condition.value, column)
            codes[name] = column
        return Codes({name: codes[name] for name in self.columns}, request.rows)

    def _given(self, request: Request, start: int, key: Key) -> tuple[Int, Single]:
        """Outcomes and places of what is given, [rows, columns]; an outcome of -1 is a hole."""
        layout = self.objective.layout
        outcome = np.full((request.rows, layout.columns), -1, np.int64)
        place = np.zeros((request.rows, layout.columns), np.float32)
        given = self.objective.design.draw_given(request, self.encodings, start, key)
        for name, choices in given.items():
            j, encoding = layout.names.index(name), self.encodings[name]
            on_scale = encoding.continuous & (choices == encoding.outcomes)
            outcome[:, j] = np.where(on_scale, encoding.slots - 1, choices)
            condition = request.conditions.get(name)
            if condition is not None:
                place[:, j] = np.where(
                    condition.state == GIVEN, encoding.encode(condition.value).place, 0
                )
        return outcome, place

    def _block(
        self, outcome: Int, place: Single, barred: Single, low: int, before: int, key: Key
    ) -> tuple[Int, Single]:
        """Outcomes and places of the rows of a block that begins at row `low` of the whole."""
        layout, rows = self.objective.layout, len(outcome)
        sizes = (self.objective.design.noise, layout.scaled, layout.slots)
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
        outcomes, places = make(
            self.objective,
            self.flat,
            self._tables,
            placed(outcome, -1).astype(int),
            placed(place, 0.0),
            noise,
        )
        return np.asarray(outcomes)[inside], np.asarray(places)[inside]

    def _decoded(
        self,
        encoding: ColumnEncoding,
        name: str,
        outcome: Int,
        place: Single,
        j: int,
        start: int,
        key: Key,
    ) -> Int:
        """The codes of drawn outcomes and places of a column."""
        drawn = outcome.astype(np.int64)
        where = np.zeros(len(drawn))
        if encoding.continuous:
            drawn = np.where(drawn == encoding.slots - 1, encoding.outcomes, drawn)
            where = place[:, j - self.objective.layout.first_scaled].astype(np.float64)
        return encoding.decode(drawn, where, *decoding(key, name, start, len(drawn)))


def _barred(request: Request, encodings: Mapping[str, ColumnEncoding]) -> Single:
    """[rows, slots] what keeps missing values from being drawn where a value is asked for."""
    masks = []
    for name, encoding in encodings.items():
        part = np.zeros((request.rows, encoding.slots), np.float32)
        condition = request.conditions.get(name)
        if condition is not None and encoding.nullable:
            part[condition.state == PRESENT, 0] = _BARRED
        masks.append(part)
    return np.concatenate(masks, axis=1)


@partial(jax.jit, static_argnames=("objective",))
def make(
    objective: CellObjective,
    flat: Array,
    tables: cells.Tables,
    outcome: Array,
    place: Array,
    noise: Noise,
) -> tuple[Array, Array]:
    """Outcomes [rows, columns] and places [rows, scaled]; given where an outcome is not -1."""
    given = cells.real(objective.layout, outcome, place)
    known = (outcome >= 0).astype(jnp.float32)
    rows = objective.make(unpack(objective.generator, flat), tables, given, known, noise)
    return cells.outcome_of(objective.layout, rows), rows.place
