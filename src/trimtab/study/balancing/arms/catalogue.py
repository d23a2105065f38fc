"""The arms there are, by the names that callers ask for them by."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab._extensions import check_distinct, extensions
from trimtab._validate import one_of, several
from trimtab.errors import InputError
from trimtab.study.balancing.arms import generated, oversampling, smote, untouched, weights
from trimtab.study.balancing.arms.arm import Arm, ArmKind
from trimtab.table.table import Table

# In the order in which they are compared and shown.
OWN = (
    untouched.KIND,
    weights.KIND,
    oversampling.KIND,
    *smote.KINDS,
    generated.KIND,
)
_COMPARED = (untouched.KIND, generated.KIND)  # with each other: what a proof is about


def kinds() -> tuple[ArmKind, ...]:
    """All kinds: our own, then those of other packages.

    Raises InputError for two that go by one name.
    """
    every = (*OWN, *extensions("trimtab.arms", ArmKind))
    check_distinct((kind.short for kind in every), "arms are asked for by")
    return every


def arms_of(
    asked: Sequence[str] | None, whole_protocol: bool, table: Table
) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """The arms, and what is missing of the usual ones.

    Those of other packages are carried out where they are asked for by name, and only there: what
    is compared otherwise shall not hang on what else is installed.
    """
    if asked is None:
        chosen = [kind for kind in OWN if whole_protocol or kind.usual]
    else:
        chosen = _asked(several(asked))
    absent: dict[ArmKind, str] = {}
    for kind in chosen:
        try:
            kind.check_installed()
        except InputError as error:
            if asked is not None:
                raise
            absent[kind] = f"{kind.family or kind.short} is not compared: {error}"
    arms = tuple(kind.arm(table) for kind in chosen if kind not in absent)
    check_distinct((arm.name for arm in arms), "arms are called")
    return arms, tuple(dict.fromkeys(absent.values()))


def _asked(names: Sequence[str]) -> list[ArmKind]:
    """The kinds that are asked for, in the order of all. Raises InputError."""
    every = {kind.short: kind for kind in kinds()}
    for name in names:
        one_of(every, arms=name)
    if not all(kind.short in names for kind in _COMPARED):
        first, second = (repr(kind.short) for kind in _COMPARED)
        raise InputError(
            f"arms = {', '.join(names)}: expected {first} and {second} among them, because they "
            "are what is compared."
        )
    return [kind for short, kind in every.items() if short in names]
