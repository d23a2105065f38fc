"""Passes of trees as a kind of model: for gaps alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.model.kind import Fitted, ModelKind, Needs, Options, Refusal, Sizes

if TYPE_CHECKING:
    from trimtab._arrays import Arrays
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored
    from trimtab.model.trees.chained.chained import Chained


class ChainedKind(ModelKind):
    """Fills gaps wherever in a row they stand, near what the other cells say."""

    name = "chained"
    noun = "chain of trees with passes"
    pace = "is learned in some seconds"
    masked = True
    freely = True
    balances = False

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.trees.chained.store import StoredChained

        return StoredChained

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """Nothing can be given exactly: rows with gaps ask for less."""
        if needs.first or needs.asked or (needs.patterns and needs.binding):
            return Refusal("passes of trees fill gaps, and condition exactly on nothing")
        return ()

    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Learn the columns that rows do not always give; all of them, if nobody says which."""
        from trimtab.model.trees.chained.fit import fit_chained
        from trimtab.model.trees.fit import Order, fit_trees

        order = Order((), needs.outcomes)
        first = fit_trees(
            coded.codes, coded.codec, order, coded.persons, key, run.tell, coded.grids
        )
        always = frozenset(first.columns).intersection(*needs.patterns)
        names = [n for n in first.columns if n not in always or not needs.patterns]
        own = key.child("passes")
        model = fit_chained(first, coded.codes, coded.codec, names, coded.persons, own, run.tell)
        return Fitted(model)

    def store(self, model: Chained) -> tuple[Stored, Arrays]:
        """See `ModelKind.store`."""
        from trimtab.model.trees.chained.store import stored_chained

        return stored_chained(model)

    def restore(self, stored: Stored, grids: Mapping[str, Grid], shelf: Shelf) -> Chained:
        """See `ModelKind.restore`."""
        from trimtab.model.trees.chained.store import StoredChained, chained_of

        assert isinstance(stored, StoredChained)
        return chained_of(stored, grids, shelf)


CHAINED = ChainedKind()
