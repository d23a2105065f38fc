"""Libraries that only some forms need, and that not every installation has."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from trimtab.errors import TableError


def needed(module: str, extra: str, why: str) -> Any:
    """The module of an extra. Raises TableError, with what to install, where it is not there."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise TableError(
            f"{why}, which needs {module.partition('.')[0].replace('_', '-')}: install it with "
            f"pip install 'trimtab[{extra}]'."
        ) from None
