"""What neural models need to run, beyond what trimtab installs by itself."""

from __future__ import annotations

import importlib.util

from trimtab.errors import InputError
from trimtab.model.kind import Refusal

NEEDS = ("jax", "optax", "platformdirs")


def missing(model: str) -> Refusal | None:
    """Why such a model cannot run here, and what to install; None if it can."""
    absent = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if not absent:
        return None
    return Refusal(
        f"{model} needs {', '.join(absent)}", "install it with pip install 'trimtab[deep]'"
    )


def check_installed(model: str = "the network") -> None:
    """Raise InputError, with what to install, where such a model cannot run."""
    if why := missing(model):
        raise InputError(f"{why}.")
