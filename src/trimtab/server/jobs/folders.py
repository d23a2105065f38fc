"""The folders of a job: one an attempt, so that those of former workers are in nobody's way.

jobs/<job>/<attempt>/   what `child` says
"""

from __future__ import annotations

import json
import shutil
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

    attempt: int
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
        return Done(attempt, said["result"], tuple(files), said["model"])

    def clear(self, attempt: int, *, checkpoint: bool = False) -> None:
        """Remove what an attempt that ended without a result has left, and those before it.

        checkpoint   keep where they were, and why they failed
        """
        for number, folder in self._numbered():
            if number <= attempt:  # a later one may be another's already
                _remove(folder / "work" if checkpoint else folder)

    def keep_only(self, done: Done) -> None:
        """Remove all but the files of a result, for good."""
        for folder in [folder for _, folder in self._numbered()]:
            if folder.name != str(done.attempt):
                _remove(folder)
                continue
            for rest in folder.iterdir():
                if rest.name != "done":
                    _remove(rest)

    def _before(self, attempt: int) -> list[Path]:
        """The folders of former attempts that this one goes on from, the last first."""
        found = sorted(self._numbered(), reverse=True)
        return [folder for number, folder in found if self.beginning <= number < attempt]

    def _numbered(self) -> list[tuple[int, Path]]:
        if not self.home.is_dir():
            return []
        return [(int(f.name), f) for f in self.home.iterdir() if f.name.isdecimal() and f.is_dir()]


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
