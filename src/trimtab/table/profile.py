"""One column as given, and the few facts about it that inference looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Float, Int
from trimtab.table.schema import Column, Kind
from trimtab.table.text import MISSING_TOKENS, absent, by_distinct, trimmed

_SAMPLE = 500  # distinct values that are looked at one by one
_WORDS = 100  # of all spellings, that may stand for missing in one column


@dataclass(frozen=True)
class Given:
    """A column as a caller gave it: plain values (see canonical.plain) and where they came from.

    `from_text` is true for a CSV file, whose every cell is text only because files hold text.
    `unnamed` is true where the header had no name. `note` is what reading had to do.
    """

    name: str
    values: pa.Array
    storage: str
    from_text: bool = False
    unnamed: bool = False
    note: str = ""

    @cached_property
    def encoded(self) -> tuple[pa.Array, pa.Array]:
        """The distinct values, in the order in which they come first, and for each row which one it
        is (null where missing): values are hashed once."""
        return by_distinct(self.values)

    @property
    def codes(self) -> Int:
        """A number for each distinct value, and -1 for missing, shape (rows,)."""
        rows = self.encoded[1].fill_null(-1)
        return np.asarray(rows.to_numpy(zero_copy_only=False), np.int64)

    def column(self, kind: Kind, reason: str, **facts: Any) -> Column:
        """A schema column of this kind; its storage is the given one unless `facts` has another."""
        return Column(
            name=self.name, kind=kind, reason=reason, **{"storage": self.storage, **facts}
        )


@dataclass(frozen=True)
class Profile:
    """The distinct values of a column (missing ones apart) and how many rows hold each."""

    given: Given
    distinct: pa.Array
    counts: Int
    missing: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return len(self.given.values)

    @property
    def filled(self) -> int:
        """How many rows are not missing."""
        return int(self.counts.sum())

    @property
    def n(self) -> int:
        """How many distinct values."""
        return len(self.distinct)

    @property
    def unique(self) -> bool:
        """Whether no value repeats and hardly any is missing."""
        return self.n > 1 and self.n == self.filled and self.filled >= 0.9 * self.rows

    @property
    def repeats(self) -> bool:
        """Whether values come back often enough to be a few labels."""
        return self.filled >= 2 * self.n

    @property
    def constant(self) -> bool:
        """Whether every row holds the same value."""
        return self.n == 1 and self.filled == self.rows

    @property
    def entity_shaped(self) -> bool:
        """Whether many values repeat, each a few times, as persons do in a table of visits."""
        few = self.n <= 2 or (self.n <= 10 and self.n * 5 < self.filled)
        return not few and self.n < self.filled <= 50 * self.n

    @cached_property
    def sample(self) -> pa.Array:
        """Some distinct values, spread over all of them."""
        return self.distinct.take(pa.array(range(0, self.n, max(1, self.n // _SAMPLE))))

    @cached_property
    def trimmed_sample(self) -> pa.Array:
        """The sample of a column of text, without white space around."""
        return trimmed(self.sample)

    @cached_property
    def texts(self) -> pa.Array:
        """The distinct values of a column of text, without white space around."""
        return trimmed(self.distinct)

    def mostly(self, regex: str) -> bool:
        """Whether the distinct texts match, as far as a sample tells: words for missing are few."""
        sample = self.trimmed_sample
        fits = pc.sum(pc.match_substring_regex(sample, regex)).as_py() or 0
        return fits > 0 and fits >= 0.5 * (len(sample) - len(MISSING_TOKENS))

    @property
    def said_missing(self) -> str:
        """What stands for missing, for a reason."""
        words = [repr(word) for word in self.missing if word]
        stand = "stand" if len(words) > 1 else "stands"
        return f"; {', '.join(words)} {stand} for missing" if words else ""

    def without_words(self, regex: str) -> Profile | None:
        """The profile of the texts that match, trimmed; None where one of the others is no word
        for missing, or none matches."""
        fits = pc.match_substring_regex(self.texts, regex)
        rest = self.distinct.filter(pc.invert(fits))
        if not 0 <= len(rest) < min(self.n, _WORDS) or not all(map(absent, rest.to_pylist())):
            return None
        return self.where(fits, self.words(fits))

    def words(self, fits: pa.Array) -> tuple[str, ...]:
        """The texts that do not fit, the most frequent first: "" for the empty cell, if it is."""
        places = np.flatnonzero(~np.asarray(fits.to_numpy(zero_copy_only=False), dtype=bool))
        order = places[np.argsort(-self.counts[places], kind="stable")]
        found = tuple(self.distinct.take(pa.array(order)).to_pylist())
        empty = self.rows - self.filled
        return ("", *found) if len(order) and empty > self.counts[order[0]] else found

    def where(self, keep: pa.Array, missing: tuple[str, ...]) -> Profile:
        """The profile of the distinct values that `keep` marks; the others are `missing`."""
        mask = np.asarray(keep.to_numpy(zero_copy_only=False), dtype=bool)
        return Profile(self.given, self.distinct.filter(keep), self.counts[mask], missing)

    def with_values(self, distinct: pa.Array) -> Profile:
        """The same rows, with the distinct values read as something else."""
        return Profile(self.given, distinct, self.counts, self.missing)


def profile(given: Given) -> Profile:
    """The profile of a column. One pass over the rows."""
    distinct, rows = given.encoded
    filled = rows.drop_null().to_numpy(zero_copy_only=False)
    counts = np.bincount(filled, minlength=len(distinct)).astype(np.int64)
    return Profile(given, distinct, counts)


def decimals_of(values: Float, *, single: bool = False) -> int | None:
    """How many digits after the point the numbers were recorded with, however they are stored.

    A few units in the last place are noise, as sums leave it: 27897.579999999998 has 2. None where
    the numbers use all of a float's digits. `single` says that they came with single precision.
    """
    values = values[np.isfinite(values) & (values != 0)]
    spacing = (
        np.spacing(np.abs(values).astype(np.float32)) if single else np.spacing(np.abs(values))
    )
    noise = np.abs(spacing.astype(np.float64)) * (1 if single else 32)
    left = np.ones(len(values), dtype=bool)
    for digits in range(13):
        off = np.abs(np.round(values[left], digits) - values[left]) > noise[left]
        if digits == 0:
            # Whole numbers are whole whatever their size.
            off = values[left] != np.round(values[left])
            off &= np.abs(np.round(values[left]) - values[left]) > noise[left]
        left[np.flatnonzero(left)[~off]] = False
        if not left.any():
            # That every value is this near a multiple by accident must be all but impossible.
            accident = np.minimum(1.0, 2 * noise * 10.0**digits)
            evidence = -np.log(accident, where=accident > 0, out=np.zeros_like(accident)).sum()
            return digits if digits == 0 or evidence > 9 else None
    return None
