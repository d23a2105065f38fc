"""One zip file of named members, with a manifest that holds the size and checksum of each.

The same members make the same bytes: no clock, no path and no owner goes in.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trimtab.errors import BundleError
from trimtab.table.output_path import replacing

# 2: the rules of a schema; 3: computed columns
FORMAT, FORMAT_VERSION = "trimtab-model", 3
MANIFEST = "manifest.json"

_MAX_BYTES = 2**32  # of a member, unpacked
_FREE_BYTES = 2**26  # up to this size a member may be packed however tightly
_MAX_PACKED = 200  # beyond it, deflate never packs honest arrays as tightly as this
_CLOCK = (1980, 1, 1, 0, 0, 0)
_LEVEL = 6
_AGAIN = "Fetch or copy the file again, or make it anew with `trimtab fit`."


def write_archive(path: str | Path, members: Mapping[str, bytes], made_by: str) -> None:
    """Write the members and their manifest at `path`, in one step; TableError if it cannot."""
    sizes = {n: {"sha256": _digest(raw), "size": len(raw)} for n, raw in members.items()}
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "trimtab": made_by,
        "members": sizes,
    }
    with (
        replacing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as out,
    ):
        _add(out, MANIFEST, json.dumps(manifest, indent=1).encode())
        for name, raw in members.items():
            _add(out, name, raw)


def _add(out: zipfile.ZipFile, name: str, raw: bytes) -> None:
    info = zipfile.ZipInfo(name, _CLOCK)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3  # the same bytes on every system
    info.external_attr = 0o644 << 16
    out.writestr(info, raw)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def read_archive(path: str | Path, expected: frozenset[str]) -> dict[str, bytes]:
    """The members of the file that `write_archive` wrote, each as its manifest says.

    Raises BundleError for a file that is none, is newer, or was damaged or tampered with.
    """
    place = Path(path)
    if not place.is_file():
        what = "is a folder" if place.is_dir() else "does not exist"
        raise BundleError(f"{what}: expected a .trimtab file that `trimtab fit` wrote.")
    try:
        with zipfile.ZipFile(place) as archive:
            infos = _infos(archive)
            sizes = _manifest(_read(archive, infos, MANIFEST), expected)
            _check_names(set(infos), {*expected, MANIFEST})
            members = {name: _read(archive, infos, name) for name in sorted(expected)}
    except zipfile.BadZipFile as error:
        raise BundleError(
            f"is no .trimtab file, or it is truncated or damaged ({error}): expected a file that "
            f"`trimtab fit` wrote. {_AGAIN}"
        ) from None
    except (zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise BundleError(f"is truncated or damaged ({error}). {_AGAIN}") from None
    for name, raw in members.items():
        if len(raw) != sizes[name][0] or _digest(raw) != sizes[name][1]:
            raise BundleError(
                f"its member {name} does not have the checksum of its manifest: it was damaged or "
                f"tampered with. {_AGAIN}"
            )
    return members


def _infos(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in infos:
            raise BundleError(f"holds the member {info.filename!r} twice. {_AGAIN}")
        infos[info.filename] = info
    if MANIFEST not in infos:
        raise BundleError(
            f"is a zip file without {MANIFEST}: expected a .trimtab file that `trimtab fit` wrote."
        )
    return infos


def _read(archive: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo], name: str) -> bytes:
    info = infos[name]
    size, packed = info.file_size, info.compress_size
    if size > _MAX_BYTES or (size > _FREE_BYTES and size > _MAX_PACKED * packed):
        raise BundleError(
            f"its member {name} claims {size} bytes, packed into {packed}: more than any model of "
            "trimtab needs. It was not unpacked; do not trust this file."
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise BundleError(f"its member {name} is encrypted or packed in an unknown way. {_AGAIN}")
    return archive.read(info)


def _manifest(raw: bytes, expected: frozenset[str]) -> dict[str, tuple[int, str]]:
    """The size and checksum of each member."""
    manifest: Any = parse_json(raw, MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"its {MANIFEST} is not that of a {FORMAT}. {_AGAIN}")
    version = manifest.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BundleError(f"its format version is {version!r}: expected {FORMAT_VERSION}. {_AGAIN}")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"has format version {version}, and this trimtab reads up to {FORMAT_VERSION}: it was "
            f"made by a newer trimtab ({manifest.get('trimtab')}). Upgrade trimtab to read it."
        )
    members = manifest.get("members")
    if not isinstance(members, dict):
        raise BundleError(f"its {MANIFEST} lists no members. {_AGAIN}")
    _check_names(set(members), set(expected))
    sizes: dict[str, tuple[int, str]] = {}
    for name, entry in members.items():
        size, digest = (
            (entry.get("size"), entry.get("sha256")) if isinstance(entry, dict) else (0, 0)
        )
        if not isinstance(size, int) or not isinstance(digest, str):
            raise BundleError(f"its {MANIFEST} has no size and checksum for {name}. {_AGAIN}")
        sizes[name] = size, digest
    return sizes


def _check_names(names: set[str], expected: set[str]) -> None:
    if names == expected:
        return
    wrong = [f"{n!r} is missing" for n in sorted(expected - names)]
    wrong += [f"{n!r} is unknown" for n in sorted(names - expected)]
    raise BundleError(f"does not hold the members of a model: {', '.join(wrong[:5])}. {_AGAIN}")


def parse_json(raw: bytes, name: str) -> Any:
    """The value of a JSON member. Raises BundleError if it is none."""
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"its {name} is no JSON ({error}). {_AGAIN}") from None


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")
