"""A network as a small structure and named arrays, and back: JAX is not needed for either."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from trimtab.model.network.network import Network, Shape, weight_count
from trimtab.model.stored_checks import demand
from trimtab.model.stored_grids import Arrays, Shelf, Stored, StoredGrid, grid_arrays, stored_grid

_WIDEST, _DEEPEST, _COMPONENTS_MOST = 4096, 64, 256


class StoredNetwork(Stored):
    """The columns in the schema's order, and the network's shape."""

    kind: Literal["network"] = "network"
    grids: list[StoredGrid]
    width: int = Field(ge=1, le=_WIDEST)
    shared: int = Field(ge=0, le=_DEEPEST)
    own: int = Field(ge=0, le=_DEEPEST)
    components: int = Field(ge=1, le=_COMPONENTS_MOST)


def stored_network(network: Network) -> tuple[StoredNetwork, dict[str, NDArray[Any]]]:
    """The structure and the arrays of a network."""
    arrays: dict[str, NDArray[Any]] = {"weights": network.weights}
    for i, grid in enumerate(network.grids.values()):
        arrays |= grid_arrays(f"grid.{i}", grid)
    shape = network.shape
    stored = StoredNetwork(
        grids=[stored_grid(n, g) for n, g in network.grids.items()],
        width=shape.width,
        shared=shape.shared,
        own=shape.own,
        components=shape.components,
    )
    return stored, {name: np.asarray(values, order="C") for name, values in arrays.items()}


def network_of(stored: StoredNetwork, arrays: Arrays) -> Network:
    """The network. Raises BundleError where structure and arrays contradict each other."""
    shelf = Shelf(dict(arrays))
    grids = shelf.grids(stored.grids)
    demand(bool(grids), "its network has no columns")
    shape = Shape(stored.width, stored.shared, stored.own, stored.components)
    weights = shelf.take("weights")
    wanted = weight_count(grids, shape)
    demand(
        weights.dtype == np.float32 and weights.shape == (wanted,),
        f"weights is {weights.dtype} of shape {weights.shape}: expected float32 of shape "
        f"({wanted},)",
    )
    demand(bool(np.isfinite(weights).all()), "weights holds numbers that are not finite")
    shelf.check_empty()
    return Network(grids, shape, weights)
