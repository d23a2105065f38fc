"""How a table is to be learned, as a caller asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from trimtab._random import Key
from trimtab._validate import above_zero, whole
from trimtab.errors import InputError
from trimtab.model.kind import ModelKind, Options
from trimtab.synthesis.choose import UNNAMED, of_persons, options_of


@dataclass(frozen=True)
class Settings:
    """How to learn: the model asked for and its options, value protection, randomness, and the
    minutes that a training may take.
    """

    model: str
    min_count: int
    key: Key
    minutes: float | None = None
    options: Options = field(default_factory=Options)

    def of_kind(self, kind: ModelKind | None) -> Settings:
        """The same for a kind that was not asked for; as they are where there is none."""
        if kind is None:
            return self
        return replace(self, model=kind.name, options=kind.options())


def settings_of(
    model: str,
    min_count: int,
    seed: int,
    minutes: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """What a caller asked for, checked. Raises InputError."""
    chosen = options_of(model, options or {})
    above_zero(5, minutes=minutes)
    key = Key(whole(0, seed=seed))
    return Settings(model, whole(0, min_count=min_count), key, minutes, chosen)


def model_of(model: str, *, persons: bool) -> str:
    """The model to learn where a model was asked for: the one that draws persons, for these.

    Raises InputError where another one was asked for.
    """
    if not persons:
        return model
    if model not in (*UNNAMED, of_persons()):
        raise InputError(
            f"model = {model!r} draws rows one by one, and persons are to be balanced: leave it "
            "out."
        )
    return of_persons()
