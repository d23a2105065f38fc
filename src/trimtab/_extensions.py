"""What other installed packages add to the lists of this one.

A package offers an object under an entry point, in its own pyproject.toml:

    [project.entry-points."trimtab.arms"]
    mine = "my_package.arms:MINE"

It then stands behind our own in the list of that group, everywhere. The groups are
`trimtab.models`, `trimtab.scores`, `trimtab.exhibits` and `trimtab.arms`: see docs/extending.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from trimtab.errors import InputError


def extensions(group: str, type_: type) -> tuple[Any, ...]:
    """The objects of a group that other packages offer, by the names of their entry points.

    Raises InputError for one that cannot be imported, or is not of the type that it should be.
    """
    return _found(group, type_, tuple(sys.path))  # which tells where packages are looked for


@lru_cache(maxsize=16)
def _found(group: str, type_: type, path: tuple[str, ...]) -> tuple[Any, ...]:
    from importlib.metadata import entry_points

    offered = []
    for point in sorted(entry_points(group=group), key=lambda one: one.name):
        origin = f"{point.value}, which {_package(point)} adds to {group},"
        try:
            value = point.load()
        except Exception as error:  # whatever a module of somebody else raises on import
            raise InputError(
                f"{origin} cannot be imported ({type(error).__name__}: {error}): mend or uninstall "
                "that package."
            ) from error
        if not isinstance(value, type_):
            raise InputError(
                f"{origin} is of type {type(value).__name__}: expected {type_.__name__}. Mend or "
                "uninstall that package."
            )
        offered.append(value)
    return tuple(offered)


def check_distinct(names: Iterable[str], what: str) -> None:
    """Raise InputError where two objects of a list have one name: what they are, and "called"."""
    listed = list(names)
    for name in listed:
        if listed.count(name) > 1:
            raise InputError(
                f"two {what} {name!r}: rename or uninstall the one that another package adds."
            )


def _package(point: Any) -> str:
    return "a package" if point.dist is None else str(point.dist.name)
