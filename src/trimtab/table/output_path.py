"""Where files are written: checked before the work, and replaced in one step after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trimtab.errors import TableError


def check_output_path(path: str | Path) -> Path:
    """Check that a file can be written at `path`, before any work is done.

    Raises TableError if it is a folder, or its folder is missing or not writable.
    """
    place = Path(path)
    folder = place.parent
    if place.is_dir():
        raise TableError(f"cannot write {place}: it is a folder. Give the name of a file.")
    if not folder.is_dir():
        raise TableError(
            f"cannot write {place}: the folder {folder} does not exist. "
            "Create it first, or write to another folder."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise TableError(
            f"cannot write {place}: the folder {folder} is not writable. "
            "Write to another folder, or change its permissions."
        )
    return place


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path that becomes `path` when the block ends well, and vanishes otherwise.

    Raises TableError as `check_output_path` does, and where the disk refuses.
    """
    place = check_output_path(path)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
        os.close(handle)
    except OSError as error:
        raise _refused(place, error) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask())
        os.replace(temporary, place)
    except OSError as error:
        raise _refused(place, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    # The only portable way to read it is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refused(place: Path, error: OSError) -> TableError:
    return TableError(
        f"cannot write {place}: {error.strerror or error}. "
        "Nothing was changed; free some space or write elsewhere."
    )
