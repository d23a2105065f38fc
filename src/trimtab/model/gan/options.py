"""What can be asked of GANs, beyond what can be asked of every model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from trimtab.errors import InputError
from trimtab.model.kind import Options


class GanOptions(Options):
    """The names of numbers in a recipe or a design, and what they are to be."""

    recipe: Mapping[str, Any] = Field(default_factory=dict)


class FairGanOptions(GanOptions):
    """What a fair GAN is fair to, as the caller gave it.

    protected         columns that the target must not depend on
    protected_shares  of these columns in what is drawn (p_z of the Fair Transformer GAN): those of
                      the table, "equal", or as `plan.balance.counts` reads them
    target_shares     of the target (p_y), likewise
    """

    protected: tuple[str, ...]
    protected_shares: Any = None
    target_shares: Any = None

    @classmethod
    def of(cls, name: str, given: Mapping[str, Any]) -> FairGanOptions:
        """See `Options.of`."""
        if not given.get("protected"):
            raise InputError(
                f"{name} needs the columns that the outcome must not depend on: learn it by fit "
                "with protected, such as --protected race, and sample from that."
            )
        return cls(**given)

    @property
    def fair_to(self) -> tuple[str, ...]:
        """See `Options.fair_to`."""
        return self.protected
