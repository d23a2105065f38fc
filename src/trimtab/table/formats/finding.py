"""How the numbers of a column are written, found from its cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Int
from trimtab.table.formats.marks import Marks, Reading, reading
from trimtab.table.formats.number import SHARES, Cells, NumberFormat, cells_of

_SIGNS = {"-": "-#", "\u2212": "\u2212#"}


@dataclass(frozen=True)
class Found:
    """The format of a column of numbers.

    unsure  the place of a number that may be another one, if there is one
    both    places of two numbers of which one has a decimal point and one a decimal comma
    """

    format: NumberFormat
    unsure: int | None = None
    both: tuple[int, int] | None = None


def find_format(texts: pa.Array, counts: Int, decimal: str | None) -> Found | None:
    """The format that most cells are written in; None where not every one is a number.

    texts    distinct ones, without white space around them; `counts` says how many cells hold each
    decimal  the mark that the rest of the file has, where these cells tell none
    """
    cells = cells_of(texts)
    if not len(texts) or cells.body.null_count or not _one_unit(cells):
        return None
    read = reading(cells.body)
    if read is None:
        return None
    mark = read.decimal or decimal or "."
    weights = counts.astype(float)
    before, behind = (_most(part.to_pylist(), weights) for part in (cells.before, cells.behind))
    exponent, mantissa = _exponent(cells.body, weights)
    negative, inner = _sign(cells, weights)
    format_ = NumberFormat(
        Marks(mark, _thousands(cells.body, weights, read, mark)),
        before=before,
        behind=behind,
        plus=_plus(cells, weights),
        negative=negative,
        inner=inner and bool(before),
        exponent=exponent,
        mantissa=mantissa,
    )
    told = read.decimal or decimal
    return Found(format_, None if told and not read.both else read.unsure, read.both)


def tells(sample: pa.Array) -> str | None:
    """The decimal mark that some cells show; None where they tell none, or are no numbers."""
    bodies = cells_of(sample).body.drop_null()
    if len(bodies) < 0.5 * len(sample):
        return None
    read = reading(bodies)
    return None if read is None or read.both else read.decimal


def _one_unit(cells: Cells) -> bool:
    """Whether cells have one currency at most; and a percent sign all of them, if one has it."""
    both = pc.binary_join_element_wise(cells.before, cells.behind, "")
    units = {unit.strip(" \u00a0\u202f") for unit in pc.unique(both).to_pylist()}
    named = units - {""}
    return len(named) < 2 and not (named & set(SHARES) and "" in units)


def _most(values: list[str], weights: np.ndarray) -> str:
    """The value of most cells."""
    totals = Counter[str]()
    for value, weight in zip(values, weights, strict=True):
        totals[value or ""] += weight
    return totals.most_common(1)[0][0]


def _thousands(bodies: pa.Array, weights: np.ndarray, read: Reading, decimal: str) -> str:
    """What stands between the thousands of most numbers that have some."""
    mark = read.neutral or ("," if decimal == "." else ".")
    own = r"\." if mark == "." else mark
    grouped = pc.match_substring_regex(bodies, rf"^\d{{1,3}}{own}\d{{3}}")
    bare = pc.match_substring_regex(bodies, r"^\d{4}")
    return mark if _weight(grouped, weights) > _weight(bare, weights) else ""


def _exponent(bodies: pa.Array, weights: np.ndarray) -> tuple[str, int | None]:
    """How exponents are written, where nearly all numbers have one, and the digits before them."""
    parts = pc.extract_regex(bodies, r"(?P<head>[\d.,]*)(?P<e>[eE])(?P<sign>[+-]?)(?P<n>\d+)$")
    if _weight(pc.is_valid(parts), weights) < 0.9 * weights.sum():
        return "", None
    valid = parts.drop_null()
    letters, signs, powers = (valid.field(n).to_pylist() for n in ("e", "sign", "n"))
    plus = "+" if "+" in signs else ""
    width = min(len(power) for power in powers)
    after = {
        len(head.replace(",", ".").partition(".")[2]) for head in valid.field("head").to_pylist()
    }
    written = letters[0] + plus + ("03" if width > 1 else "3")
    return written, after.pop() if len(after) == 1 else None


def _sign(cells: Cells, weights: np.ndarray) -> tuple[str, bool]:
    """How most numbers below zero are written, and whether their sign is behind the currency."""
    forms = Counter[tuple[str, bool]]()
    below = np.flatnonzero(cells.negative.to_numpy(zero_copy_only=False))
    parts = cells.parts.take(pa.array(below))
    for part, weight in zip(parts.to_pylist(), weights[below], strict=True):
        sign = part["sign"] or part["inner"]
        form = "(#)" if part["open"] else "#-" if part["last"] else _SIGNS[sign]
        forms[form, bool(part["inner"])] += weight
    return forms.most_common(1)[0][0] if forms else ("-#", False)


def _plus(cells: Cells, weights: np.ndarray) -> bool:
    """Whether most numbers above zero have a sign."""
    signed = pc.or_(
        pc.equal(cells.parts.field("sign"), "+"), pc.equal(cells.parts.field("inner"), "+")
    )
    above = pc.and_(pc.invert(cells.negative), pc.match_substring_regex(cells.body, "[1-9]"))
    return 2 * _weight(pc.and_(above, signed), weights) > _weight(above, weights)


def _weight(mask: pa.Array, weights: np.ndarray) -> float:
    return float(weights[mask.to_numpy(zero_copy_only=False)].sum())
