"""Plain numbers as text, and the words for what is missing: recognised, read, and written again.

Everything here works on Arrow arrays without a loop over rows.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLE = r"^[+-]?\d+$"
LEADING_ZERO = r"^[+-]?0\d"
INFINITE = r"(?i)^[+-]?inf(inity)?$"
DIGIT = r"\d"

# Words for what is missing in a column of numbers, dates or times, in small letters.
MISSING_TOKENS = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "nat", "<na>", "#n/a", "#na", "#null!"}
    | {"?", "-", "--", "---", ".", "..", "#value!", "#div/0!", "k.a.", "k. a.", "missing"}
    | {"unknown", "not available", "not applicable"}
)
_NAMES_OF_NONE = frozenset({"none"})  # which may be a value: no drink, no child


def absent(text: str) -> bool:
    """Whether a text is a word for what is missing."""
    return text.strip().casefold() in MISSING_TOKENS


def may_be_none(text: str) -> bool:
    """Whether a word for what is missing may be a value, too: that there is none of something."""
    return text.strip().casefold() in _NAMES_OF_NONE


# A remark, and also what tells the writer that a float 22.0 was written "22".
BARE_WHOLE = "whole numbers without a point"


def trimmed(text: pa.Array) -> pa.Array:
    """The texts without white space around them."""
    return pc.utf8_trim_whitespace(text)


def by_distinct(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The distinct texts, and for each row which one it is (null where missing)."""
    encoded = text.dictionary_encode()
    return encoded.dictionary, encoded.indices


def masked(text: pa.Array, missing: tuple[str, ...]) -> pa.Array:
    """The texts with every one of `missing` made null."""
    if not missing:
        return text
    absent = pc.is_in(text, value_set=pa.array(list(missing), pa.string()))
    return pc.if_else(absent, pa.scalar(None, pa.string()), text)


def numbers(distinct: pa.Array, type_: pa.DataType) -> pa.Array:
    """Texts as numbers of an Arrow type. Raises pyarrow.ArrowInvalid where one is no number."""
    texts = trimmed(distinct)
    if pa.types.is_integer(type_):  # of which Arrow takes none with a plus sign
        texts = pc.replace_substring_regex(texts, r"^\+(\d)", r"\1")
    return pc.cast(texts, type_)


def number_texts(
    values: pa.Array, *, fixed: int | None = None, bare: bool = False, single: bool = False
) -> pa.Array:
    """Numbers as the shortest text that reads back the same, or with `fixed` decimals.

    `bare` writes 22.0 as "22"; `single` means that the numbers came with single precision.
    """
    if not pa.types.is_float64(values.type):
        return pc.cast(values, pa.string())
    if fixed:
        try:
            return pc.cast(pc.cast(values, pa.decimal128(38, fixed)), pa.string())
        except pa.ArrowInvalid:
            texts = [None if v is None else f"{v:.{fixed}f}" for v in values.to_pylist()]
            return pa.array(texts, pa.string())
    if single:
        values = pc.cast(values, pa.float32(), safe=False)
    text = pc.cast(values, pa.string())
    if bare:
        return text
    return pc.replace_substring_regex(text, pattern=r"^(-?\d+)$", replacement=r"\1.0")
