"""Which columns are computed: those that follow from others in every row, in codes, by a kept rule.

That a rule holds of the values is not enough. Rare labels are pooled and numbers are rounded before
a model sees them: where a column cannot be computed from the codes of its inputs in each and every
row, it is learned like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.codec import Codec
from trimtab.codec.datetime import DatetimeCodec
from trimtab.codec.domain import LARGEST, MISSING
from trimtab.codec.label import LabelCodec
from trimtab.model.coded import Coded
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.amounts import (
    amounts,
    codes_of,
    is_scaled,
    label_numbers,
    scale,
)
from trimtab.synthesis.computed.computation import Computation, Lookup, Same, Sum
from trimtab.table.persons import holders
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.linear import PARTS, Linear, Term
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.reading import Read, kept_rules
from trimtab.table.rules.view import DAY

_KINDS = (Equal, Linear, Matches, From)  # the surest first
_MOST = 100_000  # codes that are tried one by one
_CLOCK = {"hour": 24, "minute": 60}

Pair = tuple[str, tuple[str, ...], Read]  # what may be computed, from what, and why


def computations(coded: Coded, needs: Needs, fixed: Collection[str]) -> dict[str, Computation]:
    """What is computed, in an order in which each column comes after its inputs.

    coded   the whole table
    needs   what the model will have to do: columns that are asked for are learned
    fixed   further columns to be learned
    """
    schema = coded.table.schema
    learned = {
        *needs.first,
        *schema.outcomes,
        *fixed,
        *([schema.order.name] if schema.order else []),
    }
    chosen: dict[str, Computation] = {}
    for name, inputs, read in _candidates(kept_rules(schema)):
        if name in chosen or name in learned or not {name, *inputs} <= {*coded.codec.modelled}:
            continue
        if name in _upstream(inputs, chosen) or needs.gives_without(name, inputs):
            continue
        computation = _computed(name, inputs, read, coded)
        if computation is not None and not _to_be_filled(computation, needs):
            chosen[name] = computation
    return _in_order(chosen)


def needs_without(needs: Needs, away: Collection[str]) -> Needs:
    """What a model has to do that does not learn some columns."""
    if not away:
        return needs
    names = frozenset(away)
    return replace(
        needs,
        outcomes=tuple(n for n in needs.outcomes if n not in names),
        patterns={pattern - names for pattern in needs.patterns},
        asked=tuple((given - names, sets - names) for given, sets in needs.asked),
    )


def _candidates(kept: Collection[Read]) -> Iterator[Pair]:
    for kind in _KINDS:
        for read in kept:
            statement = read.statement
            if not isinstance(statement, kind):
                continue
            decided, *others = statement.columns
            if not isinstance(statement, From) or len(others) == 1:
                yield decided, tuple(others), read
            if isinstance(statement, Equal | Matches):
                yield others[0], (decided,), read


def _upstream(names: Collection[str], chosen: Mapping[str, Computation]) -> set[str]:
    """The columns and all that they are computed from."""
    found = set(names)
    for name in names:
        if name in chosen:
            found |= _upstream(chosen[name].inputs, chosen)
    return found


def _to_be_filled(computation: Computation, needs: Needs) -> bool:
    """Whether rows to complete ask for a value where the column is missing by what they give."""
    return not computation.keeps_missing and any(
        computation.column not in pattern and pattern.issuperset(computation.inputs)
        for pattern in needs.patterns
    )


def _in_order(chosen: Mapping[str, Computation]) -> dict[str, Computation]:
    ordered: dict[str, Computation] = {}
    left = dict(chosen)
    while left:
        ready = [n for n, c in left.items() if not set(c.inputs) & left.keys()]
        ordered |= {name: left.pop(name) for name in ready}
    return ordered


def _computed(name: str, inputs: tuple[str, ...], read: Read, coded: Coded) -> Computation | None:
    """How a column is computed; None where it is not, in some row."""
    codecs, statement, rule = coded.codec.columns, read.statement, read.rule.text
    if len(inputs) == 1 and isinstance(codecs[inputs[0]], LabelCodec):
        return _lookup(name, inputs[0], rule, coded)
    found: Computation | None = None
    if isinstance(statement, Equal):
        found = _equal(name, inputs[0], rule, coded.codec)
    elif isinstance(statement, Linear):
        found = _sum(Sum(name, rule, statement.terms, statement.constant), coded)
    if found is None or not np.array_equal(
        found.codes(coded.codes.columns, coded.codec), coded.codes[name]
    ):
        return None
    return found


def _lookup(name: str, by: str, rule: str, coded: Coded) -> Lookup | None:
    """The code that goes with each label, if that is one and enough rows (persons) show it."""
    source, own = coded.codec.columns[by], coded.codec.columns[name]
    assert isinstance(source, LabelCodec)
    size, codes = source.size + 1, coded.codes[name]
    labels = np.where(coded.codes[by] == MISSING, size - 1, coded.codes[by])
    of_code = np.full(size, MISSING, np.int64)
    of_code[labels] = codes
    if not np.array_equal(of_code[labels], codes):
        return None
    held = holders(labels, coded.persons, size)
    unsaid = of_code == MISSING
    if isinstance(own, LabelCodec) and own.marker is not None:
        unsaid |= of_code == own.size - 1
    few = (held < coded.min_count) & ~unsaid
    return None if few.any() else Lookup(name, rule, by, of_code)


def _equal(name: str, by: str, rule: str, codec: Codec) -> Computation | None:
    """The computation of an equal number or date, if it is recorded as finely as the other."""
    own, source = codec.columns[name], codec.columns[by]
    if own == source or (
        isinstance(own, DatetimeCodec)
        and isinstance(source, DatetimeCodec)
        and own.unit == source.unit
    ):
        return Same(name, rule, by)
    if type(own) is not type(source) or not (is_scaled(own) and is_scaled(source)):
        return None
    finer = scale(own) >= scale(source)
    return Sum(name, rule, (Term(1.0, by),)) if finer else None


def _sum(found: Sum, coded: Coded) -> Sum | None:
    """The sum, if whatever is drawn of its terms has one that the column can hold."""
    own = coded.codec.columns[found.column]
    if isinstance(own, LabelCodec):
        return found if _all_kept(found, own, coded) else None
    if not is_scaled(own):
        return None
    most = abs(found.constant)
    for term in found.terms:
        codec = coded.codec.columns[term.column]
        if isinstance(codec, LabelCodec):
            sizes = label_numbers(codec)
            if np.isnan(sizes).any() or term.part:
                return None
        else:
            grid = coded.grids[term.column]
            assert isinstance(grid, NumberGrid)
            ends = np.array(grid.reach if len(grid.low) else (0, 0))
            sizes = amounts(codec, ends)
        most += abs(term.factor) * float(np.abs(sizes).max(initial=0.0))
    return found if most * scale(own) < LARGEST else None


def _all_kept(found: Sum, own: LabelCodec, coded: Coded) -> bool:
    """Whether all numbers that can come out are kept labels."""
    if len(found.terms) > 1:
        return False
    (term,) = found.terms
    grid = coded.grids[term.column]
    assert isinstance(grid, NumberGrid)
    if not len(grid.low):
        return False
    if term.part in _CLOCK:
        values = term.factor * np.arange(_CLOCK[term.part]) + found.constant
    else:
        tried = _tried(term, grid.reach, coded.codec)
        if tried is None:
            return False
        values = term.factor * tried + found.constant
    kept = codes_of(own, np.unique(values))
    return bool(((kept != MISSING) & (kept < len(own.values))).all())


def _tried(term: Term, reach: tuple[int, int], codec: Codec) -> Float | None:
    """All that a term without its factor comes to between two codes; None if that is too much."""
    source = codec.columns[term.column]
    ends: Int = np.array(reach)
    if not term.part:
        if ends[1] - ends[0] >= _MOST:
            return None
        return amounts(source, np.arange(ends[0], ends[1] + 1))
    first, last = np.floor(amounts(source, ends) / DAY)
    if last - first >= _MOST:
        return None
    return np.asarray(PARTS[term.part](np.arange(first, last + 1) * DAY))
