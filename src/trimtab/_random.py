"""Randomness: counter-based streams, keyed by a seed, a name and a row number.

Row i of a stream is the same number however many rows are asked for and wherever a batch starts, so
that a draw does not depend on batch size, worker count or shard (Salmon et al. 2011, Philox).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float

_WORDS_PER_COUNTER = 4  # Philox 4x64 makes four 64-bit words from each counter value


@dataclass(frozen=True)
class Key:
    """A seed and the path of names under it. Two keys with different paths are independent."""

    seed: int
    path: tuple[str, ...] = ()

    def child(self, *names: str | int) -> Key:
        """The key of a named part of the work."""
        return Key(self.seed, (*self.path, *(str(n) for n in names)))

    def _philox_key(self) -> NDArray[np.uint64]:
        text = "\x1f".join((str(self.seed), *self.path)).encode()
        return np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype="<u8").copy()

    def generator(self) -> np.random.Generator:
        """A generator for work whose result does not depend on rows (splits, shuffles)."""
        return np.random.Generator(np.random.Philox(key=self._philox_key()))

    def uniforms(self, start: int, stop: int) -> Float:
        """Uniform numbers in [0, 1) for rows start..stop-1, shape (stop - start,)."""
        bits = np.random.Philox(key=self._philox_key())
        skipped = start % _WORDS_PER_COUNTER
        bits.advance(start // _WORDS_PER_COUNTER)
        raw = bits.random_raw(stop - start + skipped)[skipped:]
        return np.asarray((raw >> np.uint64(11)) * 2.0**-53)
