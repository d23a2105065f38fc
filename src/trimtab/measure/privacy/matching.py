"""Which rows match a real row: equal, equal but for one column, or equal but for shifted numbers.

Every row is held against every real row. Equality is looked up by hash: each feature's value is
hashed to 64 bits, and the hash of a row is their sum, so that a feature is left out by subtracting
its own. What the hashes find is then checked on the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.compare.embedding import Ranks
from trimtab.predict.sample import Feature, Sample

Hash = NDArray[np.uint64]
_Plain = TypeVar("_Plain", np.bool_, np.int64)
REACH = 0.01  # of the real table's ranks: how far a shifted number may lie
_CHUNK = 100_000
_SINGLE = ("float", "halffloat")  # Arrow types that hold fewer digits than another table may


@dataclass(frozen=True)
class Among:
    """Which real rows match another real row (one of another person).

    hit     shape (rows,)
    alone   whether there is only one such row, so that the match hangs on it; shape (rows,)
    """

    hit: Bool
    alone: Bool


@dataclass(frozen=True)
class _Index:
    """Rows in the order of their hashes."""

    hashes: Hash
    rows: Int

    @classmethod
    def of(cls, hashes: Hash) -> _Index:
        rows = np.argsort(hashes)
        return cls(hashes[rows], rows)

    def find(self, wanted: Hash) -> Int:
        """A row with each hash, -1 where there is none."""
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.rows[at], -1)

    @cached_property
    def starts(self) -> Int:
        """Where each distinct hash begins."""
        return np.flatnonzero(np.append(True, self.hashes[1:] != self.hashes[:-1]))

    @cached_property
    def sizes(self) -> Int:
        """How many rows have each distinct hash."""
        return np.diff(np.append(self.starts, len(self.hashes)))

    def ends(self, people: Int) -> tuple[Int, Int]:
        """The first and the last person of each distinct hash: equal if there is one only."""
        mine = people[self.rows]
        return np.minimum.reduceat(mine, self.starts), np.maximum.reduceat(mine, self.starts)

    def by_row(self, values: NDArray[_Plain]) -> NDArray[_Plain]:
        """What holds of each distinct hash, for each row."""
        spread = np.empty(len(self.rows), values.dtype)
        spread[self.rows] = np.repeat(values, self.sizes)
        return spread


@dataclass(frozen=True)
class Matcher:
    """The real rows, ready to be matched.

    key      of the hash functions
    people   codes of the persons that the rows belong to: without any, each row is its own
    """

    features: tuple[Feature, ...]
    real: Sample
    key: Key
    people: Int

    @classmethod
    def of(cls, features: Sequence[Feature], real: Sample, key: Key) -> Matcher:
        people = np.arange(real.rows) if real.people is None else real.people
        return cls(tuple(features), real, key, people)

    def equal(self, sample: Sample) -> Bool:
        """Which rows equal a real row in every feature, shape (rows,)."""
        return self._verified(sample, self._index.find(self._hashes(sample)), self.features)

    def equal_among(self) -> Among:
        """Which real rows equal another one."""
        low, high = self._index.ends(self.people)
        hit = self._index.by_row(low != high)
        return Among(hit, hit & (self._index.by_row(self._index.sizes) == 2))

    def equal_but_one(self, sample: Sample) -> Bool:
        """Which rows equal a real row in all features or in all but one, shape (rows,)."""
        whole = self._hashes(sample)
        hit = np.zeros(sample.rows, bool)
        for feature in self.features:
            index = _Index.of(self._real_hashes - self._part(feature, self.real))
            rest = np.flatnonzero(~hit)
            candidates = np.full(sample.rows, -1)
            candidates[rest] = index.find((whole - self._part(feature, sample))[rest])
            others = [f for f in self.features if f is not feature]
            hit |= self._verified(sample, candidates, others)
        return hit

    def equal_but_one_among(self) -> Among:
        """Which real rows equal another one in all features or in all but one."""
        same = self._index.by_row(self._index.sizes)
        hit = np.zeros(self.real.rows, bool)
        matches = same - 1
        for feature in self.features:
            index = _Index.of(self._real_hashes - self._part(feature, self.real))
            low, high = index.ends(self.people)
            hit |= index.by_row(low != high)
            matches += index.by_row(index.sizes) - same
        return Among(hit, hit & (matches == 1))

    def shifted(self, sample: Sample) -> Bool:
        """Which rows equal a real row but for numbers that lie within 1 % of the real ranks.

        Labels are equal, and so is which numbers are missing. Shape (rows,).
        """
        hit = np.zeros(sample.rows, bool)
        for start in range(0, sample.rows, _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, sample.rows))
            chunk = sample.take(rows)
            blocks = self._block_index(chunk)
            known = blocks >= 0
            if known.any():
                points = self._points(chunk.take(known), blocks[known])
                distances, _ = self._tree.query(points, k=1, p=np.inf, distance_upper_bound=_BOUND)
                hit[rows[known]] = np.isfinite(distances)
        return hit

    def shifted_among(self) -> Among:
        """Which real rows equal another one but for shifted numbers."""
        index = self._index
        low, high = index.ends(self.people)
        hit, matches = low != high, index.sizes - 1
        rest = np.arange(len(low))
        most = int(np.bincount(self.people).max())
        count = 3  # itself, and two others, which tell whether a match hangs on one row
        while len(rest):
            undecided = []
            for rows in np.array_split(rest, -(-len(rest) // _CHUNK)):
                _, near = self._tree.query(
                    self._tree.data[rows], k=count, p=np.inf, distance_upper_bound=_BOUND
                )
                other = (near < len(low)) & (near != rows[:, None])
                near = np.where(other, near, 0)
                # The points found may all be the same person's; then there may be more behind.
                mine = low[rows, None]
                strange = other & ((low[near] != mine) | (high[near] != mine))
                hit[rows] |= strange.any(axis=1)
                if count == 3:
                    matches[rows] += np.where(other, index.sizes[near], 0).sum(axis=1)
                full = other.sum(axis=1) >= count - 1
                undecided.append(rows[full & ~hit[rows]])
            rest = np.concatenate(undecided) if count <= most else rest[:0]
            count *= 3
        return Among(index.by_row(hit), index.by_row(hit & (matches == 1)))

    @cached_property
    def _real_hashes(self) -> Hash:
        return self._hashes(self.real)

    @cached_property
    def _index(self) -> _Index:
        return _Index.of(self._real_hashes)

    @cached_property
    def _ranks(self) -> dict[str, Ranks]:
        return {f.name: Ranks.of(self.real.values[f.name]) for f in self.features if f.is_number}

    @cached_property
    def _blocks(self) -> Hash:
        """The distinct combinations of labels and missing numbers, in order."""
        return np.unique(self._block_hashes(self.real))

    @cached_property
    def _tree(self) -> cKDTree:
        """The distinct real rows as points; the number of the block keeps blocks far apart."""
        distinct = self.real.take(self._index.rows[self._index.starts])
        points = self._points(distinct, self._block_index(distinct))
        # Midpoints part values that are frequent from their neighbours, medians do not.
        return cKDTree(points, balanced_tree=False)

    def _part(self, feature: Feature, sample: Sample) -> Hash:
        """The part of a row's hash that one feature makes."""
        return _mixed(bits(feature, sample), self.key.child(feature.name))

    def _hashes(self, sample: Sample) -> Hash:
        total = np.zeros(sample.rows, np.uint64)
        for feature in self.features:
            total += self._part(feature, sample)
        return total

    def _block_hashes(self, sample: Sample) -> Hash:
        total = np.zeros(sample.rows, np.uint64)
        for feature in self.features:
            if feature.is_number:
                absent = sample.missing(feature).astype(np.uint64)
                total += _mixed(absent, self.key.child(feature.name))
            else:
                total += self._part(feature, sample)
        return total

    def _block_index(self, sample: Sample) -> Int:
        """The number of each row's block, -1 where no real row has its labels."""
        hashes = self._block_hashes(sample)
        at = np.minimum(np.searchsorted(self._blocks, hashes), len(self._blocks) - 1)
        return np.where(self._blocks[at] == hashes, at, -1)

    def _points(self, sample: Sample, blocks: Int) -> Float:
        """Rows as points: the block, and the ranks of the numbers."""
        ranks = [np.nan_to_num(r(sample.values[n])) for n, r in self._ranks.items()]
        return np.stack([blocks.astype(np.float64), *ranks], axis=1)

    def _verified(self, sample: Sample, candidates: Int, features: Sequence[Feature]) -> Bool:
        """Where the candidate, a real row (-1: none), does equal the sample's row."""
        hit = candidates >= 0
        mine, theirs = sample.take(hit), self.real.take(candidates[hit])
        same = np.ones(mine.rows, bool)
        for feature in features:
            same &= bits(feature, mine) == bits(feature, theirs)
        hit[hit] = same
        return hit


_BOUND = REACH + 1e-9  # the bound itself is not found by the search
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def bits(feature: Feature, sample: Sample) -> Hash:
    """Values as 64 bits that are equal where the values are; missing equals missing."""
    values = sample.values[feature.name]
    if not feature.is_number:
        return values.astype(np.int64).view(np.uint64)
    if feature.storage in _SINGLE:
        values = values.astype(np.float32).astype(np.float64)
    # Minus zero becomes zero, and every nan the same one.
    return np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)


def _mixed(values: Hash, key: Key) -> Hash:
    """A random function of 64 bits (the mixing of splitmix64, Steele et al. 2014)."""
    salt = key.generator().integers(2**64, dtype=np.uint64)
    mixed = values ^ salt
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    return mixed ^ (mixed >> np.uint64(31))
