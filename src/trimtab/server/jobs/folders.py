"""The folders of a job: one an attempt, so that those of former workers are in nobody's way.

jobs/<job>/<attempt>/   what `child` says
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from trimtab.server.files import Files, room_needed

MANIFEST, PROBLEM, CHECKPOINT, TRACE = "manifest.json", "problem.json", "checkpoint", "trace.txt"
MODEL = "model.trimtab"
PUBLIC = "report-release.html"  # the only one that a link may show to anyone


@dataclass(frozen=True)
class Done:
    """What came of an attempt: its manifest, and the files, below the data folder."""

    result: dict[str, Any]
    files: tuple[dict[str, Any], ...]
    model: dict[str, Any] | None


@dataclass(frozen=True)
class Folders:
    """The folders of one job.

    beginning   the attempt from which on attempts go on from one another
    """

    files: Files
    job: str
    beginning: int = 1

    @property
    def home(self) -> Path:
        """The folder of the job."""
        return self.files.folder("jobs", self.job)

    def of(self, attempt: int) -> Path:
        """The folder of an attempt."""
        return self.home / str(attempt)

    def make(self, attempt: int) -> Path:
        """The folder of an attempt that begins, with the checkpoint of the last one."""
        folder = self.of(attempt)
        with room_needed():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700, parents=True)
            for before in self._before(attempt):
                if (before / CHECKPOINT).exists() and _made_by(before) == version("trimtab"):
                    shutil.copyfile(before / CHECKPOINT, folder / CHECKPOINT)
                    break
        return folder

    def former(self, attempt: int) -> Done | None:
        """What came of a former attempt that could not say so any more."""
        found = (self.done(int(before.name)) for before in self._before(attempt))
        return next((done for done in found if done is not None), None)

    def done(self, attempt: int) -> Done | None:
        """What came of an attempt; None where it is not there whole and sound."""
        home = self.of(attempt) / "done"
        try:
            said = json.loads((home / MANIFEST).read_text("utf-8"))
            kept = [self.files.keep(home / file["name"]) for file in said["files"]]
        except (OSError, ValueError):
            return None
        files = []
        for file, found in zip(said["files"], kept, strict=True):
            if (file["bytes"], file["sha256"]) != (found.bytes, found.sha256):
                return None
            files.append({**file, **vars(found)})
        return Done(said["result"], tuple(files), said["model"])

    def clear(self, keep: int | None = None, *, checkpoint: bool = False) -> None:
        """Remove what is not needed any more.

        keep         the attempt whose results stay; of none, everything goes but
        checkpoint   where the last attempts were, and why they failed
        """
        for folder in self._all():
            if keep is not None and self.of(keep) == folder:
                for rest in folder.iterdir():
                    if rest.name != "done":
                        _remove(rest)
            elif not checkpoint:
                _remove(folder)
            else:
                _remove(folder / "work")

    def _before(self, attempt: int) -> list[Path]:
        """The folders of former attempts that this one goes on from, the last first."""
        named = {int(folder.name): folder for folder in self._all()}
        return [named[n] for n in sorted(named, reverse=True) if self.beginning <= n < attempt]

    def _all(self) -> Iterator[Path]:
        if self.home.is_dir():
            yield from (f for f in self.home.iterdir() if f.name.isdecimal() and f.is_dir())


def _made_by(folder: Path) -> str | None:
    """The version of trimtab that an attempt was carried out by."""
    try:
        said: str = json.loads((folder / "job.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None
    return said


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
