"""Compressed files: .gz, .zst and .zip, in and out, and not larger than they should be."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, Any

import pyarrow as pa

from trimtab.errors import TableError

ZIP = ".zip"
_CODECS = {".gz": "gzip", ".zst": "zstd"}
ENDINGS = (*_CODECS, ZIP)

# A file that is larger than both of these allow is taken for one that was made to fill the memory.
MOST_BYTES = 256 << 20
MOST_TIMES = 200

_STEP = 1 << 20
_LEVEL = 6
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time stamp of a zip: equal tables make equal bytes
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, OSError)


def bare(name: str) -> tuple[str, str]:
    """A name in small letters without the ending of a compressed file, after a point; and that
    ending, "" for none."""
    whole = "." + name.lower().lstrip(".")
    packing = next((p for p in ENDINGS if whole.endswith(p)), "")
    return whole.removesuffix(packing), packing


def unpacked(content: bytes, packing: str, where: str) -> bytes:
    """What a compressed file (.gz or .zst) holds. Raises TableError."""
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), _CODECS[packing]) as stream:
            return measured(stream, len(content), where)
    except OSError as error:
        raise TableError(
            f"{where} is no whole {_CODECS[packing]} file ({error}): it may be truncated. Fetch or "
            "compress it again."
        ) from None


def measured(stream: Any, packed: int, where: str, before: int = 0) -> bytes:
    """All that a stream gives, of a file of so many bytes. Raises TableError for too much."""
    parts, total = [], before
    while part := stream.read(_STEP):
        total += len(part)
        check_size(total, packed, where)
        parts.append(bytes(part))
    return b"".join(parts)


def check_size(unpacked: int, packed: int, where: str) -> None:
    """Raise TableError where a file grows beyond what tables do."""
    if unpacked > MOST_BYTES and unpacked > MOST_TIMES * packed:
        raise TableError(
            f"{where} grows from {packed:,} bytes to more than {unpacked:,}: expected at most "
            f"{MOST_TIMES} times as many, or {MOST_BYTES >> 20} MiB. If it is a table all the "
            "same, unpack it yourself and read that."
        )


def member_of(content: bytes, where: str) -> tuple[str, bytes]:
    """The name and the bytes of the only member of a zip. Raises TableError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _only(archive, where)
            with archive.open(member) as stream:
                return member.filename, measured(stream, len(content), where)
    except BROKEN as error:
        raise TableError(
            f"{where} is no zip file that can be read ({error}): it may be truncated or encrypted. "
            "Fetch it again, or unpack it yourself."
        ) from None


def _only(archive: zipfile.ZipFile, where: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:5]) + (", ..." if len(members) > 5 else "")
        raise TableError(
            f"{where} holds {len(members)} members ({names}): expected exactly one, the table. "
            "Unpack it, and read one file, or a folder of files with the same columns."
        )
    name = members[0].filename
    if PurePosixPath(name).name != name or "\\" in name or ":" in name:
        raise TableError(
            f"{where} holds {name!r}: expected a file without a path. Unpack it yourself, and read "
            "the file."
        )
    return members[0]


@contextmanager
def packed(out: IO[bytes], packing: str, name: str) -> Iterator[Any]:
    """A file that compresses what is written, as a name tells; no time stamp gets into it."""
    if packing == ".gz":
        with gzip.GzipFile("", "wb", compresslevel=_LEVEL, fileobj=out, mtime=0) as stream:
            yield stream
    elif packing == ".zst":
        with pa.CompressedOutputStream(pa.PythonFile(out, "w"), "zstd") as stream:
            yield stream
    elif packing == ZIP:
        inner = name[: -len(ZIP)]
        member = zipfile.ZipInfo(inner if "." in inner else f"{inner}.csv", _LONG_AGO)
        member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with (
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
            archive.open(member, "w", force_zip64=True) as stream,
        ):
            yield stream
    else:
        yield out
