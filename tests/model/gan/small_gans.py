"""A small table of every kind of column and GANs of it, at random and trained, for several tests.

JAX is imported only where something is trained or made at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa

from trimtab._random import Key
from trimtab._run import Run
from trimtab.codec.codec import Codec
from trimtab.codec.domain import Codes
from trimtab.model.coded import Coded
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design, Gan
from trimtab.model.gan.options import FairGanOptions
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.recipe import Recipe
from trimtab.model.gan.settings import design_of
from trimtab.model.grid.grid import Grid
from trimtab.model.neural.loop import Trained
from trimtab.table.prepare import prepare
from trimtab.table.table import Table

KEY = Key(53)
ROWS = 2000
KINDS = ("gan", "cgan", "fair-gan")
LABELS = ("sex", "town", "ill")
SIZES = {
    "gan": {"noise": 8, "hidden": (16, 32)},
    "cgan": {"noise": 8, "width": 32, "blocks": 1, "pack": 2, "moments": 1.0},
    "fair-gan": {
        "noise": 8,
        "width": 16,
        "heads": 2,
        "blocks": 1,
        "units": 16,
        "pack": 2,
        "moments": 3.0,
        "fairness": 1.0,
    },
}
RECIPE = Recipe(steps=600, batch=64, rate=1e-3, memory=0.99, every=50, patience=12)


def clinic(rows: int = ROWS, key: Key = KEY) -> pa.Table:
    """Labels, numbers on a scale and with few values, a spike, gaps; all hang together."""
    g = key.child("clinic").generator()
    female = g.random(rows) < 0.6
    age = np.where(female, g.integers(18, 60, rows), g.integers(45, 90, rows))
    ill = g.random(rows) < np.where(female, 0.15, 0.55) + (age - 54) / 250
    cost = np.round(np.where(g.random(rows) < 0.2, 0.0, g.gamma(2.0, 50.0, rows) + 30 * age), 2)
    dose = np.array([0.5, 1.0, 2.5, 5.0])[(age // 24 + g.integers(0, 2, rows)) % 4]
    town = np.array(["Oslo", "Graz", "Bari", "Lyon"])[2 * female + (g.random(rows) < 0.3)]
    return pa.table(
        {
            "sex": pa.array(np.where(female, "f", "m").tolist()),
            "age": pa.array(age),
            "cost": pa.array(cost, mask=g.random(rows) < 0.1),
            "town": pa.array(town.tolist(), mask=g.random(rows) < 0.2),
            "dose": pa.array(dose),
            "ill": pa.array(np.where(ill, "yes", "no").tolist()),
        }
    )


@cache
def table() -> Table:
    return prepare(clinic(), outcome="ill")


@cache
def in_codes() -> Coded:
    """`clinic` as models see it."""
    return Coded(table(), 5)


@cache
def coded() -> tuple[Codes, Codec, Mapping[str, Grid]]:
    """The codes of `clinic`, how they came about, and its grids."""
    return in_codes().codes, in_codes().codec, in_codes().grids


@cache
def design(kind: str, together: bool = False) -> Design:
    """A small design of each kind; cgan is given LABELS, fair-gan is fair to sex."""
    if kind == "gan":
        return PlainDesign(**SIZES[kind])
    if kind == "cgan":
        return ConditionalDesign(LABELS, together, **SIZES[kind])
    made, _ = design_of(kind, in_codes(), (), FairGanOptions(protected=("sex",)))
    assert isinstance(made, FairDesign)
    return replace(made, **SIZES[kind])


@cache
def at_random(kind: str, together: bool = False) -> Gan:
    """A GAN that learned nothing, but whose columns depend on each other and on what is given."""
    from trimtab.model.gan.nets import initial

    gan = Gan(coded()[2], design(kind, together), np.zeros(0, np.float32))
    flat = initial(gan.design.generator(gan.layout), KEY.child("weights", kind))
    return replace(gan, weights=np.asarray(flat) * np.float32(2.0))


def fitted(
    kind: str,
    recipe: Recipe = RECIPE,
    key: Key = KEY,
    run: Run | None = None,
) -> tuple[Gan, Trained, Mapping[str, float]]:
    """A small GAN trained on `clinic` for a second or two."""
    from trimtab.model.gan.fit import fit_gan

    codes, _, grids = coded()
    return fit_gan(codes, grids, design(kind), None, key, run, recipe)


@cache
def trained(kind: str) -> tuple[Gan, Trained, Mapping[str, float]]:
    """`fitted`, once."""
    return fitted(kind)


@cache
def fresh(seed: int, rows: int) -> Codes:
    """Codes of other rows of the same truth as `clinic`."""
    made = clinic(rows, KEY.child("fresh", seed))
    return coded()[1].encode(prepare(made, outcome="ill"))
