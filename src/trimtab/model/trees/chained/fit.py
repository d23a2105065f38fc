"""Learning what each column is given all others, from rows whose gaps are filled by turns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._executor import Threads
from trimtab._random import Key
from trimtab._run import Progress, silent
from trimtab.codec.codec import Codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.grid import Features, Grid, has_values
from trimtab.model.grid.table import encode_all
from trimtab.model.interface import Request
from trimtab.model.trees.chain_rows import View
from trimtab.model.trees.chained.chained import PASSES, Chained, gaps_filled
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.fit import recipe_of, workers
from trimtab.model.trees.fit_conditional import fit_conditional
from trimtab.model.trees.parents import best_parents
from trimtab.model.trees.trees import Trees

_TURNS = 2  # learning anew from what was filled
_BETWEEN = 2  # passes between them


def fit_chained(
    first: Trees,
    codes: Codes,
    codec: Codec,
    names: Collection[str],
    persons: Int | None,
    key: Key,
    progress: Progress = silent,
) -> Chained:
    """Learn passes over some columns, whose gaps `first` has been learned to fill before them.

    `persons` groups the rows that must not be split between training and stopping.
    """
    names = [n for n in first.columns if n in names and has_values(first.grids[n])]
    gaps = Request(codes.rows, {n: gaps_filled(first.grids[n], codes[n]) for n in first.columns})
    filled = first.fill(gaps, 0, key.child("gaps"))
    views = [View.of(grid) for grid in first.grids.values()]
    model = Chained(first, {}, 0)
    for turn in range(_TURNS):
        own = key.child("turn", turn)
        encoded = encode_all(first.grids, Codes({n: filled[n] for n in first.columns}, codes.rows))
        learning = _Learning(first.grids, views, codes, encoded, persons, codec.min_count, own)
        conditionals = {}
        with Threads(workers()).pool(tasks=len(names)) as pool:
            jobs = {n: pool.submit(learning.conditional, n) for n in names}
            for done, name in enumerate(names):
                progress(f"learning passes, turn {turn + 1} of {_TURNS}", done, len(names))
                conditionals[name] = jobs[name].result()
        model = Chained(first, conditionals, _BETWEEN)
        if turn + 1 < _TURNS:
            filled = model.passed(filled, gaps, 0, own.child("gaps"))
    return Chained(first, model.conditionals, PASSES)


@dataclass(frozen=True, eq=False)
class _Learning:
    """One turn.

    codes    of the rows as they are, gaps included
    encoded  features, normal scores and elements of the same without gaps
    """

    grids: Mapping[str, Grid]
    views: Sequence[View]
    codes: Codes
    encoded: tuple[Features, Float, dict[str, Int]]
    persons: Int | None
    min_count: int
    key: Key

    def conditional(self, name: str) -> Conditional:
        """A column given all others, from the rows that hold a value of it."""
        features, scores, elements = self.encoded
        rows = np.flatnonzero(self.codes[name] != MISSING)
        others = np.flatnonzero([n != name for n in self.grids])
        features, own = features[rows], self.key.child(name)
        persons = None if self.persons is None else self.persons[rows]
        best = best_parents(features[:, others], elements[name][rows], own.child("parents"))
        return fit_conditional(
            others[best],
            self.grids[name],
            elements[name][rows],
            features,
            scores[rows],
            recipe_of(len(rows), persons, self.min_count, own),
            own.child("jitter").uniforms(0, self.codes.rows)[rows],
            views=self.views,
        )
