"""A network as a small structure and named arrays, and back: JAX is not needed for either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab._arrays import Single
from trimtab.model.grid.checks import demand
from trimtab.model.grid.grid import Grid
from trimtab.model.grid.store import Shelf, Stored
from trimtab.model.masks.store import StoredMasks, any_order_masks, stored_masks
from trimtab.model.network.gaussian import Gaussian, traits_of
from trimtab.model.network.network import Network
from trimtab.model.network.shape import Shape, weight_count
from trimtab.model.neural.encoding import arranged

_GAUSSIAN = tuple(field.name for field in fields(Gaussian))
_WIDEST, _DEEPEST, _MAX_COMPONENTS = 4096, 64, 256


class StoredNetwork(Stored):
    """The network's shape."""

    kind: Literal["network"] = "network"
    width: int = Field(ge=1, le=_WIDEST)
    shared: int = Field(ge=0, le=_DEEPEST)
    own: int = Field(ge=0, le=_DEEPEST)
    components: int = Field(ge=1, le=_MAX_COMPONENTS)
    masks: StoredMasks | None = None


def stored_network(network: Network) -> tuple[StoredNetwork, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a network, grids apart."""
    arrays: dict[str, NDArray[Any]] = {"weights": network.weights}
    arrays |= {f"gaussian.{name}": getattr(network.gaussian, name) for name in _GAUSSIAN}
    shape, masks = network.shape, None
    if network.masks is not None:
        masks, own = stored_masks(network.masks, network.columns)
        arrays |= own
    stored = StoredNetwork(
        width=shape.width,
        shared=shape.shared,
        own=shape.own,
        components=shape.components,
        masks=masks,
    )
    return stored, {name: np.asarray(values, order="C") for name, values in arrays.items()}


def network_of(stored: StoredNetwork, grids: Mapping[str, Grid], shelf: Shelf) -> Network:
    """The network. Raises BundleError where structure and arrays contradict each other."""
    shape = Shape(stored.width, stored.shared, stored.own, stored.components)
    weights = _singles(shelf, "weights", (weight_count(grids, shape),))
    count = len(traits_of(arranged(grids)).column)
    gaussian = Gaussian(
        _singles(shelf, "gaussian.middle", (count,)),
        _singles(shelf, "gaussian.spread", (count,)),
        _singles(shelf, "gaussian.correlation", (count, count)),
    )
    demand(bool((gaussian.spread > 0).all()), "gaussian.spread holds numbers that are not above 0")
    _check_correlation(gaussian.correlation)
    network = Network(grids, shape, gaussian, weights)
    if stored.masks is None:
        return network
    return network.masked(any_order_masks(stored.masks, grids, shelf, network.maskable))


def _singles(shelf: Shelf, name: str, shape: tuple[int, ...]) -> Single:
    """An array of finite single-precision numbers."""
    values = shelf.take(name)
    demand(
        values.dtype == np.float32 and values.shape == shape,
        f"{name} is {values.dtype} of shape {values.shape}: expected float32 of shape {shape}",
    )
    demand(bool(np.isfinite(values).all()), f"{name} holds numbers that are not finite")
    return values


def _check_correlation(values: Single) -> None:
    """It must have a Cholesky factor in any order of its rows."""
    name = "gaussian.correlation"
    demand(bool((values == values.T).all()), f"{name} is not symmetric")
    demand(bool((np.diag(values) == 1).all()), f"{name} is not 1 on its diagonal")
    least = float(np.linalg.eigvalsh(values.astype(np.float64)).min(initial=1.0))
    demand(least > 0, f"{name} is not positive definite")
