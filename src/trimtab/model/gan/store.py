"""A GAN as a small structure and named arrays, and back: JAX is not needed for either."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab.codec.domain import MISSING, Codes
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design, Gan
from trimtab.model.gan.layout import MAX_LAYERS, MAX_UNITS, MAX_WEIGHT, count
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid, LabelGrid
from trimtab.model.grid.store import Shelf, Stored
from trimtab.model.interface import Drawn
from trimtab.model.neural.encoding import arranged

_FARTHEST = 2**62  # codes are at most this large
_SLACK = 1e-6  # by which shares may miss 1

Units = Annotated[int, Field(ge=1, le=MAX_UNITS)]
Depth = Annotated[int, Field(ge=0, le=MAX_LAYERS)]
Weight = Annotated[float, Field(ge=0, le=MAX_WEIGHT)]
Share = Annotated[float, Field(ge=0, le=1)]


class StoredPlain(Stored):
    """See `PlainDesign`."""

    kind: Literal["gan"] = "gan"
    noise: Units
    hidden: list[Units] = Field(min_length=1, max_length=MAX_LAYERS)
    dropout: float = Field(ge=0, lt=1)
    bins: Units


class StoredConditional(Stored):
    """See `ConditionalDesign`."""

    kind: Literal["cgan"] = "cgan"
    columns: list[str]
    together: bool
    noise: Units
    width: Units
    blocks: Depth
    pack: Units
    moments: Weight


class StoredFair(Stored):
    """See `FairDesign`."""

    kind: Literal["fair-gan"] = "fair-gan"
    protected: list[str] = Field(min_length=1)
    target: str
    groups: list[list[Annotated[int, Field(ge=0)]]] = Field(min_length=2)
    group_shares: list[Share]
    class_shares: list[Share]
    noise: Units
    width: Units
    heads: Units
    blocks: Depth
    units: Units
    pack: Units
    moments: Weight
    fairness: Weight


class StoredGan(Stored):
    """The design."""

    kind: Literal["adversarial"] = "adversarial"
    design: Annotated[StoredPlain | StoredConditional | StoredFair, Field(discriminator="kind")]


_STORED_DESIGNS: dict[type[Design], type[StoredPlain | StoredConditional | StoredFair]] = {
    PlainDesign: StoredPlain,
    ConditionalDesign: StoredConditional,
    FairDesign: StoredFair,
}


def stored_gan(gan: Gan) -> tuple[StoredGan, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a GAN, grids apart."""
    type_ = _STORED_DESIGNS[type(gan.design)]
    design = type_.model_validate(
        {n: _listed(getattr(gan.design, n)) for n in type_.model_fields if n != "kind"}
    )
    stages, columns = gan.stages, gan.columns
    rows = stages[0].codes.rows if stages else 0
    codes = np.zeros((len(stages), len(columns), rows), np.int64)
    for i, stage in enumerate(stages):
        codes[i] = [stage.codes[name] for name in columns]
    arrays: dict[str, NDArray[Any]] = {
        "weights": gan.weights,
        "stage.codes": codes,
        "stage.figures": np.array([stage.figure for stage in stages], np.float64),
        "stage.steps": np.array([stage.step for stage in stages], np.int64),
    }
    return StoredGan(design=design), {
        name: np.asarray(values, order="C") for name, values in arrays.items()
    }


def gan_of(stored: StoredGan, grids: Mapping[str, Grid], shelf: Shelf) -> Gan:
    """The GAN. Raises BundleError where structure and arrays contradict each other."""
    design = _design(stored, grids)
    weights = shelf.take("weights")
    gan = Gan(grids, design, weights, _stages(shelf, grids))
    size = count(design.generator(gan.layout))
    demand(
        weights.dtype == np.float32 and weights.shape == (size,),
        f"weights is {weights.dtype} of shape {weights.shape}: expected float32 of shape ({size},)",
    )
    demand(bool(np.isfinite(weights).all()), "weights holds numbers that are not finite")
    return gan


def _design(stored: StoredGan, grids: Mapping[str, Grid]) -> Design:
    design = stored.design
    parameters = {
        name: _frozen(value) for name, value in design.model_dump(exclude={"kind"}).items()
    }
    if isinstance(design, StoredPlain):
        return PlainDesign(**parameters)
    if isinstance(design, StoredConditional):
        demand(set(design.columns) <= set(grids), "its GAN is given columns that it does not have")
        demand(len(set(design.columns)) == len(design.columns), "its GAN is given a column twice")
        return ConditionalDesign(**parameters)
    given = (*design.protected, design.target)
    demand(set(given) <= set(grids), "its GAN is given columns that it does not have")
    demand(len(set(given)) == len(given), "its GAN is given a column twice")
    encodings = arranged(grids)
    demand(not any(encodings[n].continuous for n in given), "its GAN is given numbers for groups")
    sizes = [encodings[name].outcomes for name in design.protected]
    sound = all(
        len(group) == len(sizes) and all(k < size for k, size in zip(group, sizes, strict=True))
        for group in design.groups
    )
    demand(sound, "its GAN has groups of values that its columns do not have")
    demand(len(design.group_shares) == len(design.groups), "its groups have other shares")
    sound = len(design.class_shares) == encodings[design.target].outcomes
    demand(sound, "its classes have other shares")
    for shares in (design.group_shares, design.class_shares):
        demand(abs(math.fsum(shares) - 1) < _SLACK, "its shares do not sum to 1")
    demand(design.width % design.heads == 0, "its heads do not fit its width")
    return FairDesign(**parameters)


def _listed(value: Any) -> Any:
    """Tuples as lists, which JSON has."""
    return [_listed(part) for part in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _stages(shelf: Shelf, grids: Mapping[str, Grid]) -> tuple[Drawn, ...]:
    codes, steps = shelf.take("stage.codes"), shelf.take("stage.steps")
    figures = shelf.take("stage.figures")
    sound = codes.dtype == np.int64 and codes.ndim == 3 and codes.shape[1] == len(grids)
    demand(sound, f"stage.codes is {codes.dtype} of shape {codes.shape}")
    sound = steps.dtype == np.int64 and steps.shape == codes.shape[:1]
    demand(sound, f"stage.steps is {steps.dtype} of shape {steps.shape}")
    demand(bool((np.diff(steps) > 0).all()), "stage.steps do not ascend")
    sound = figures.dtype == np.float64 and figures.shape == codes.shape[:1]
    demand(sound, f"stage.figures is {figures.dtype} of shape {figures.shape}")
    demand(bool(np.isfinite(figures).all()), "stage.figures holds numbers that are not finite")
    for j, (name, grid) in enumerate(grids.items()):
        known = codes[:, j][codes[:, j] != MISSING]
        low, high = (
            (0, len(grid.token) - 1) if isinstance(grid, LabelGrid) else (-_FARTHEST, _FARTHEST)
        )
        sound = bool(((known >= low) & (known <= high)).all())
        demand(sound, f"stage.codes holds codes that {name!r} does not have")
    return tuple(
        Drawn(
            int(steps[i]),
            float(figures[i]),
            Codes(dict(zip(grids, codes[i], strict=True)), codes.shape[2]),
        )
        for i in range(len(steps))
    )
