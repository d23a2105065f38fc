"""The GANs as kinds of models: one that is given nothing, one given columns, and a fair one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trimtab.model.gan.options import FairGanOptions, GanOptions
from trimtab.model.kind import Fitted, ModelKind, Needs, Options, Refusal, Sizes
from trimtab.model.neural.extras import missing

if TYPE_CHECKING:
    from trimtab._arrays import Arrays
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.gan.gan import Gan
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored


@dataclass(frozen=True)
class GanKind(ModelKind):
    """A kind of GAN. What it conditions on is known when it is designed for a table."""

    name: str
    balances: bool = True
    options: type[GanOptions] = GanOptions
    noun = "GAN"
    pace = "is learned in some minutes"
    resumable = True
    watched = True
    holds_out = True

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.gan.store import StoredGan

        return StoredGan

    def missing(self) -> Refusal | None:
        """See `ModelKind.missing`."""
        return missing("a GAN")

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...]:
        """The columns that are to be given together."""
        if needs.ranges:
            return needs.first
        return needs.first or tuple(sorted(frozenset().union(*needs.patterns)))

    def refusal(self, coded: Coded, needs: Needs, options: Options) -> str | None:
        """Why it would not condition on what is asked."""
        from trimtab.model.gan.gan import range_refusal
        from trimtab.model.gan.settings import design_of

        assert isinstance(options, GanOptions)
        design, _ = design_of(self.name, coded, needs.first, options)
        given = {
            (pattern, frozenset[str]()) for pattern in (*needs.patterns, frozenset(needs.first))
        }
        for by_value, ranges in (*needs.asked, *given):
            reason = design.refusal(by_value, ranges) or range_refusal(coded.grids, ranges)
            if reason is not None:
                return reason
        return None

    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Train a GAN."""
        from trimtab.model.gan.fit import fit_gan
        from trimtab.model.gan.notes import notes_of
        from trimtab.model.gan.settings import design_of

        assert isinstance(options, GanOptions)
        design, recipe = design_of(self.name, coded, needs.first, options)
        gan, trained, lost = fit_gan(
            coded.codes, coded.grids, design, coded.persons, key, run, recipe
        )
        changes = ", ".join(f"{name} = {value}" for name, value in options.recipe.items())
        return Fitted(gan, (*notes_of(design, lost), *trained.notes), changes)

    def store(self, model: Gan) -> tuple[Stored, Arrays]:
        """See `ModelKind.store`."""
        from trimtab.model.gan.store import stored_gan

        return stored_gan(model)

    def restore(self, stored: Stored, grids: Mapping[str, Grid], shelf: Shelf) -> Gan:
        """See `ModelKind.restore`."""
        from trimtab.model.gan.store import StoredGan, gan_of
        from trimtab.model.grid.checks import demand

        assert isinstance(stored, StoredGan)
        demand(stored.design.kind == self.name, f"its GAN is no {self.name}")
        return gan_of(stored, grids, shelf)


GAN = GanKind("gan", balances=False)
CGAN = GanKind("cgan")
FAIR_GAN = GanKind("fair-gan", balances=False, options=FairGanOptions)
