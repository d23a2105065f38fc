"""Which columns have to lead a chain, so that it conditions exactly on what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from trimtab.model.kind import Asked, Patterns, Refusal, Sizes
from trimtab.model.trees.block import MAX_CELLS

_PATTERNS_NAMED, _COLUMNS_NAMED = 3, 4  # patterns, and columns of each, that a refusal names


def for_ranges(
    first: tuple[str, ...], asked: Asked, sizes: Mapping[str, int]
) -> tuple[str, ...] | Refusal:
    """The columns for a plan that asks for ranges.

    A range lies in the enumerated block, or all columns before it are given by value.
    """
    ranged = frozenset().union(*(ranges for _, ranges in asked))
    if np.prod([float(sizes[n]) for n in first]) <= MAX_CELLS:
        return first
    order = (*(n for n in first if n not in ranged), *(n for n in first if n in ranged))
    fits = np.cumprod([float(sizes[n]) for n in order]) <= MAX_CELLS
    for at, name in enumerate(order):
        by_value = all(given.issuperset(order[:at]) for given, ranges in asked if name in ranges)
        if not fits[at] and not by_value:
            return Refusal(
                f"the combinations of {', '.join(first)} are more than {MAX_CELLS:,} cells of the "
                "model, so that no chain of trees conditions exactly on ranges among them",
                "ask for fewer columns, or for values",
            )
    return order


def for_patterns(
    first: tuple[str, ...], patterns: Patterns, sizes: Sizes
) -> tuple[str, ...] | Refusal:
    """The columns for rows that give these patterns.

    Either all their columns fit into the enumerated block, or each pattern holds the one before.
    Where no patterns are known, `first` is all that is asked.
    """
    nested = sorted(set(patterns) - {frozenset()}, key=len)
    every = frozenset().union(*nested)
    order = [*first, *sorted(every - set(first))]
    if not nested or (all(pattern == every for pattern in nested) and set(first) <= every):
        return tuple(order)
    known = sizes()
    if np.prod([float(known[n]) for n in order]) <= MAX_CELLS:
        return tuple(order)
    if first or any(not a < b for a, b in pairwise(nested)):
        return Refusal(
            "the rows give such different columns that no chain of trees conditions on them "
            f"exactly ({_named(patterns)})"
        )
    order = []
    for pattern in nested:
        order += sorted(pattern - set(order))
    return tuple(order)


def _named(patterns: Patterns) -> str:
    """The first of the patterns in words."""
    some = sorted(patterns, key=lambda p: (len(p), sorted(p)))
    examples = "; ".join(_pattern_name(sorted(p)) for p in some[:_PATTERNS_NAMED])
    more = len(some) - _PATTERNS_NAMED
    return f"{examples}; and {more} more" if more > 0 else examples


def _pattern_name(names: Sequence[str]) -> str:
    more = f" and {len(names) - _COLUMNS_NAMED} more" if len(names) > _COLUMNS_NAMED else ""
    return (", ".join(names[:_COLUMNS_NAMED]) or "nothing") + more
