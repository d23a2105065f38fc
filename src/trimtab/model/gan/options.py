"""What can be asked of GANs, beyond what can be asked of every model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from trimtab.errors import InputError
from trimtab.model.kind import Options
from trimtab.request.base import Shown
from trimtab.request.parts import Counts, Names

Shares = Literal["equal"] | Counts | None  # of one column rows may say `value`, without its name


class GanOptions(Options):
    """What is asked of every kind of GAN."""

    recipe: Annotated[
        dict[str, JsonValue],
        Field(description="How a GAN is built and trained."),
        Shown(
            metavar="steps=1000,batch=64",
            form="changes",
            expected="names of numbers and what they are to be, such as {'steps': 1000}",
        ),
    ] = {}  # noqa: RUF012


class FairGanOptions(GanOptions):
    """What a fair GAN is fair to: p_z and p_y of the Fair Transformer GAN are the shares."""

    protected: Annotated[
        Names,
        Field(description="Columns that fair-gan makes the outcome fair to."),
        Shown(metavar="A,B"),
    ] = ()
    protected_shares: Annotated[
        Shares,
        Field(description="How fair-gan draws them: equally, or by a table with a column share."),
        Shown(metavar="equal|SHARES", form="shares", expected="'equal', or rows with a share"),
    ] = None
    target_shares: Annotated[
        Shares,
        Field(description="How fair-gan draws the outcome."),
        Shown(metavar="equal|SHARES", form="shares", expected="'equal', or rows with a share"),
    ] = None

    @classmethod
    def of_kind(cls, name: str, given: Mapping[str, Any]) -> FairGanOptions:
        """See `Options.of_kind`."""
        options = cls(**given)
        if not options.protected:
            raise InputError(
                f"{name} needs the columns that the outcome must not depend on: learn it by fit "
                "with `protected='race'`, or another column, and sample from that."
            )
        return options

    @property
    def fair_to(self) -> tuple[str, ...]:
        """See `Options.fair_to`."""
        return self.protected
