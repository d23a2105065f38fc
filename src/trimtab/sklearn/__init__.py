"""What trimtab does, with the face of scikit-learn: estimators for pipelines.

    Imputer      fills gaps, as `trimtab.impute` does: a transformer
    Synthesizer  draws rows and says how probable rows are: a density estimator
    Balancer     adds rows of the rarer classes: a sampler of imbalanced-learn, which it needs

Names are resolved on first use: imbalanced-learn is an extra, and takes a while to import.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from trimtab.errors import InputError

if TYPE_CHECKING:
    from trimtab.sklearn.balancer import Balancer as Balancer
    from trimtab.sklearn.imputer import Imputer as Imputer
    from trimtab.sklearn.synthesizer import Synthesizer as Synthesizer

_HOMES = {"Balancer": "balancer", "Imputer": "imputer", "Synthesizer": "synthesizer"}

__all__ = ["Balancer", "Imputer", "Synthesizer"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Balancer" and find_spec("imblearn") is None:
        raise InputError(
            "Balancer is a sampler of imbalanced-learn and needs the extra: "
            "pip install 'trimtab[imbalance]'. Without it, trimtab.balance balances a table."
        )
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
