"""Files of the service: below one folder, named by ids alone, there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trimtab.server.ids import is_id, new_id
from trimtab.server.problems import NoRoom

_CHUNK = 1024**2
FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Kept:
    """A file that is kept: where below the data folder, and what it holds."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Files:
    """The files below a folder."""

    root: Path

    def folder(self, table: str, id: str) -> Path:
        """The folder of a thing. Raises ValueError for what is no id: a fault of ours."""
        if not is_id(id, table):
            raise ValueError(f"{id!r} is no id of {table}")
        return self.root / table / id

    def place(self, file: str) -> Path:
        """The place of a kept file. Raises ValueError for one that is not below the folder."""
        place = (self.root / file).resolve()
        if not place.is_relative_to(self.root.resolve()):
            raise ValueError(f"{file!r} is not below the data folder")
        return place

    def keep(self, place: Path) -> Kept:
        """What is to be known of a file that lies below the folder."""
        digest, size = hashlib.sha256(), 0
        with place.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return Kept(str(place.relative_to(self.root)), size, digest.hexdigest())

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that vanishes at the end of the block."""
        place = self.root / "scratch" / new_id("jobs")
        with room_needed():
            place.mkdir(mode=0o700, parents=True)
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def move(self, place: Path, table: str, id: str) -> Path:
        """Move a folder to where a thing has its files: whole, on the disk, in one step."""
        home = self.folder(table, id)
        with room_needed():
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            land(place)
            os.rename(place, home)
            sync(home.parent)
        return home

    def remove(self, table: str, id: str) -> None:
        """Remove the files of a thing, if it has any."""
        shutil.rmtree(self.folder(table, id), ignore_errors=True)

    def check_room(self, mib: int) -> None:
        """Refuse to begin where the disk has less left than that. Raises NoRoom."""
        if shutil.disk_usage(self.root).free < mib * 1024**2:
            raise NoRoom("the disk of the server is nearly full: remove what is not needed.")


@contextmanager
def room_needed() -> Iterator[None]:
    """Say NoRoom where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(
                "the disk of the server is full: nothing was kept. Remove what is not needed."
            ) from error
        raise


def unplaced(text: str, root: Path) -> str:
    """A text in which files below a folder have their bare names."""
    return re.sub(rf"{re.escape(str(root))}(?:/[^\s/:]+)*/", "", text)


def land(folder: Path) -> None:
    """Have everything in a folder reach the disk."""
    for here, _, names in os.walk(folder):
        for name in names:
            sync(Path(here) / name)
        sync(Path(here))


def sync(place: Path) -> None:
    """Have a file, or the names in a folder, reach the disk."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
