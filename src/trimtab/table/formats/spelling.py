"""Words that are the same whatever their case: True, TRUE and true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int

_ANSWERS = (
    *({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}),
    *({"oui", "non"}, {"sí", "no"}, {"si", "no"}, {"wahr", "falsch"}, {"vrai", "faux"}),
)


@dataclass(frozen=True)
class Spellings:
    """How words are written whose case tells nothing: "Yes|No"."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return "|".join(self.words)

    def plain(self, texts: pa.Array) -> pa.Array:
        """Texts in these spellings; null is what is none of the words."""
        lower = pa.array([word.lower() for word in self.words], pa.string())
        return pa.array(self.words, pa.string()).take(pc.index_in(pc.utf8_lower(texts), lower))

    def dressed(self, texts: pa.Array) -> pa.Array:
        """Words as they are written."""
        return texts


def spellings_of(words: list[str], counts: Sequence[int] | Int) -> Spellings | None:
    """The most frequent spelling of two answers, such as yes and no; None where the words are
    others, or have one spelling each."""
    lower = {word.lower() for word in words}
    if lower not in _ANSWERS or len(words) == 2:
        return None
    ranked = sorted(zip(counts, words, strict=True), key=lambda pair: -pair[0])
    chosen: dict[str, str] = {}
    for _, word in ranked:
        chosen.setdefault(word.lower(), word)
    return Spellings(tuple(chosen.values()))
