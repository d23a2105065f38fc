"""The one list of the kinds of models: ours, and those of other packages."""

from __future__ import annotations

from trimtab._extensions import check_distinct, extensions
from trimtab._validate import one_of
from trimtab.model.gan.kind import CGAN, FAIR_GAN, GAN
from trimtab.model.kind import ModelKind
from trimtab.model.network.kind import NETWORK
from trimtab.model.trees.chained.kind import CHAINED
from trimtab.model.trees.kind import TREES
from trimtab.model.trees.persons.kind import PERSONS

KINDS: tuple[ModelKind, ...] = (
    TREES,
    CHAINED,
    NETWORK,
    GAN,
    CGAN,
    FAIR_GAN,
    PERSONS,
)


def kinds() -> tuple[ModelKind, ...]:
    """All kinds of models that are installed, the quickest of those that "auto" chooses first.

    Raises InputError for a package whose kind cannot be used.
    """
    every = (*KINDS, *extensions("trimtab.models", ModelKind))
    check_distinct((kind.name for kind in every), "kinds of models are called")
    return every


def kind_of(name: str) -> ModelKind:
    """The kind of a name. Raises InputError for a name that is none."""
    by_name = {kind.name: kind for kind in kinds()}
    return by_name[one_of(by_name, model=name)]
