"""The labels of one column across tables: one list of texts, and the code of each cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.predict.sample import MISSING
from trimtab.table.text import NUMBER

_NUMBER = re.compile(NUMBER)


@dataclass(frozen=True)
class Labels:
    """The labels of one column of several tables.

    labels      the real table's `known` first, the most frequent first, then those that only the
                other tables hold
    codes       of the cells of each table by its name, MISSING for missing; shape (rows,)
    rewritten   texts of other tables that are only written otherwise, and the text they are read as
    """

    labels: list[str]
    known: int
    codes: dict[str, Int]
    rewritten: dict[str, str]


def aligned(texts: dict[str, pa.Array]) -> Labels:
    """The labels of the tables' texts, of which "real" is one.

    A text that the real table lacks is read as the one text there that is the same number or the
    same truth value: "1.0" as "1", "1234" as "01234", "true" as "True". For whether whole numbers
    come with a point, or lose leading zeros, says which library wrote the file, not what it holds.
    """
    labels = _by_frequency(texts["real"])
    known = len(labels)
    place = {text: k for k, text in enumerate(labels)}
    meant: dict[object, str | None] = {}
    for text in labels:
        meaning = _meaning(text)
        meant[meaning] = None if meaning in meant else text
    rewritten: dict[str, str] = {}
    for array in texts.values():
        for text in _by_frequency(array):
            if text in place:
                continue
            same = meant.setdefault(_meaning(text), text)
            if same is None or same == text:
                place[text] = len(labels)
                labels.append(text)
            else:
                place[text] = place[same]
                rewritten[text] = same
    codes = {name: _codes(array, place) for name, array in texts.items()}
    return Labels(labels, known, codes, rewritten)


def _meaning(text: str) -> object:
    """What a text says, however it is written: a number, a truth value, or the text itself."""
    if _NUMBER.match(text):
        return float(text)
    return text.lower() if text.lower() in ("true", "false") else text


def _codes(texts: pa.Array, place: dict[str, int]) -> Int:
    positions = pc.index_in(texts, value_set=pa.array(list(place), pa.string()))
    index = np.fromiter(place.values(), np.int64, len(place))
    cells = pc.fill_null(positions, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    valid = texts.is_valid().to_numpy(zero_copy_only=False)
    return np.where(valid, np.append(index, MISSING)[cells], MISSING)


def _by_frequency(texts: pa.Array) -> list[str]:
    counted = pc.value_counts(texts.drop_null()).to_pylist()
    return [c["values"] for c in sorted(counted, key=lambda c: (-c["counts"], c["values"]))]
