"""The chain of boosted trees as a kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.model.kind import Engine, Fitted, ModelKind, Needs, Options, Refusal, Sizes

if TYPE_CHECKING:
    from trimtab._arrays import Arrays
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored
    from trimtab.model.trees.trees import Trees


class TreesKind(ModelKind):
    """Learned in seconds; conditions exactly on its leading block, or on any columns together with
    all that come before them.
    """

    name = "trees"
    noun = "chain of trees"
    pace = "is learned in seconds"
    automatic = True
    masked = True
    relates = True

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.trees.store import StoredTrees

        return StoredTrees

    def engine(self) -> Engine:
        """The kernel or XGBoost, which draw the same."""
        from trimtab.model.trees.kernel.library import walker

        return Engine("trees are walked", *walker())

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """The columns that lead a chain which does what is asked."""
        from trimtab.model.trees import lead

        if needs.ranges:
            return lead.for_ranges(needs.first, needs.asked, sizes())
        return lead.for_patterns(needs.first, needs.patterns, sizes)

    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Learn a chain. Its columns are learned side by side, all from the same rows."""
        from trimtab.model.trees.fit import Order, fit_trees

        order = Order(needs.first, needs.outcomes, needs.row_weights)
        trees = fit_trees(
            coded.codes, coded.codec, order, coded.persons, key, run.tell, coded.grids
        )
        late = [name for name in needs.first if name not in trees.block.columns]
        if not late:
            return Fitted(trees)
        block = ", ".join(trees.block.columns) or "none"
        note = (
            f"The combinations of {', '.join(needs.first)} are too many to enumerate: any part of "
            f"{block} can be given, {', '.join(late)} only together with all columns before."
        )
        return Fitted(trees, (note,))

    def store(self, model: Trees) -> tuple[Stored, Arrays]:
        """See `ModelKind.store`."""
        from trimtab.model.trees.store import stored_trees

        return stored_trees(model)

    def restore(self, stored: Stored, grids: Mapping[str, Grid], shelf: Shelf) -> Trees:
        """See `ModelKind.restore`."""
        from trimtab.model.trees.store import StoredTrees, trees_of

        assert isinstance(stored, StoredTrees)
        return trees_of(stored, grids, shelf)


TREES = TreesKind()
