"""What neural models need to run, beyond what trimtab installs by itself."""

from __future__ import annotations

import importlib.util

from trimtab.errors import InputError

NEEDS = ("jax", "optax", "platformdirs")


def check_installed(model: str = "the network") -> None:
    """Raise InputError, with what to install, where such a model cannot run."""
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"{model} needs {', '.join(missing)}: install it with pip install 'trimtab[deep]', "
            "or learn a chain of trees with --model trees."
        )
