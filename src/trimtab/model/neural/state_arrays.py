"""A state of training (nested tuples of JAX arrays) as named NumPy arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

State = TypeVar("State")


def arrays_of(state: Any) -> dict[str, NDArray[Any]]:
    """All of a state, by the paths of its parts."""
    names = jax.tree_util.tree_flatten_with_path(state)[0]
    # Copies: the arrays of a state are given up when it advances.
    return {jax.tree_util.keystr(path): np.array(leaf) for path, leaf in names}


def state_of(arrays: Mapping[str, NDArray[Any]], like: State) -> State:
    """The state that `arrays` came from; `like` is one of the same form.

    Raises KeyError where an array is missing.
    """
    state: State = jax.tree_util.tree_map_with_path(
        lambda path, _: jnp.array(arrays[jax.tree_util.keystr(path)]), like
    )
    return state
