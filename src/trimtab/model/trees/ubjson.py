"""The part of Universal Binary JSON that XGBoost speaks (ubjson.org, draft 12).

The reader only ever sees bytes that XGBoost made in this process; what the writer makes is given
to XGBoost. Numbers are big-endian; typed arrays become numpy arrays without a loop over values.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_DTYPES = {"i": ">i1", "U": ">u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8"}
_MARKS = {np.dtype(text).newbyteorder("="): mark.encode() for mark, text in _DTYPES.items()}
_NUMBERS = {
    mark.encode()[0]: struct.Struct(form)
    for mark, form in {
        "i": ">b",
        "U": ">B",
        "I": ">h",
        "l": ">i",
        "L": ">q",
        "d": ">f",
        "D": ">d",
    }.items()
}
_CONSTANTS = {ord("Z"): None, ord("T"): True, ord("F"): False}
_LENGTH = struct.Struct(">q")


def dumps(value: Any) -> bytes:
    """The bytes of dicts with text keys, lists, texts, ints, floats and numpy arrays, nested.

    Raises TypeError for anything else.
    """
    pieces: list[bytes] = []
    _write(value, pieces)
    return b"".join(pieces)


def _write(value: Any, out: list[bytes]) -> None:
    if isinstance(value, Mapping):
        out.append(b"{")
        for name, inner in value.items():
            out.append(_sized(name))
            _write(inner, out)
        out.append(b"}")
    elif isinstance(value, np.ndarray):
        native = value.dtype.newbyteorder("=")
        if native not in _MARKS:
            raise TypeError(f"an array of {value.dtype} cannot be written as UBJSON")
        out += (b"[$", _MARKS[native], b"#L", _LENGTH.pack(value.size))
        out.append(value.astype(native.newbyteorder(">"), copy=False).tobytes())
    elif isinstance(value, str):
        out += (b"S", _sized(value))
    elif isinstance(value, int):
        out += (b"L", _LENGTH.pack(value))
    elif isinstance(value, float):
        out.append(struct.pack(">cd", b"D", value))
    elif isinstance(value, Sequence):
        out += (b"[#L", _LENGTH.pack(len(value)))
        for inner in value:
            _write(inner, out)
    else:
        raise TypeError(f"a {type(value).__name__} cannot be written as UBJSON")


def _sized(text: str) -> bytes:
    raw = text.encode()
    return b"L" + _LENGTH.pack(len(raw)) + raw


def loads(data: bytes | bytearray) -> Any:
    """What `dumps` wrote, or XGBoost. Raises ValueError for anything else."""
    try:
        value, end = _read(bytes(data), 0)
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError(f"not UBJSON as XGBoost writes it: {error!r}") from error
    if end != len(data):
        raise ValueError(f"not UBJSON as XGBoost writes it: {len(data) - end} bytes too many")
    return value


def _read(data: bytes, at: int) -> tuple[Any, int]:
    """The value whose mark stands at `at`, and where it ends."""
    mark = data[at]
    if mark in _NUMBERS:
        form = _NUMBERS[mark]
        return form.unpack_from(data, at + 1)[0], at + 1 + form.size
    if mark == ord("S"):
        return _read_text(data, at + 1)
    if mark == ord("{"):
        return _read_object(data, at + 1)
    if mark == ord("["):
        return _read_array(data, at + 1)
    return _CONSTANTS[mark], at + 1


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    size, start = _read(data, at)
    return data[start : start + size].decode(), start + size


def _read_object(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    while data[at] != ord("}"):
        name, at = _read_text(data, at)
        members[name], at = _read(data, at)
    return members, at + 1


def _read_array(data: bytes, at: int) -> tuple[Any, int]:
    if data[at] == ord("$"):
        dtype = np.dtype(_DTYPES[chr(data[at + 1])])
        size, start = _read(data, at + 3)
        values = np.frombuffer(data, dtype, size, start)
        return values.astype(dtype.newbyteorder("=")), start + size * dtype.itemsize
    size, at = _read(data, at + 1)
    items = []
    for _ in range(size):
        item, at = _read(data, at)
        items.append(item)
    return items, at
