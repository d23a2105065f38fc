"""Results kept in a file while a study runs, so that it can go on after it was broken off."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trimtab.errors import InputError
from trimtab.table.output_path import check_output_path, replacing

_VERSION = 1


@dataclass
class Checkpoint:
    """Results by the name of their piece, and the CPU seconds they took; in a file if there is one.

    fingerprint   of the study: results of another one are refused
    """

    path: Path | None
    fingerprint: str
    results: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def opened(cls, path: Path | None, resume: bool, fingerprint: str) -> Checkpoint:
        """Empty, or what a file holds. Raises InputError for a file of another study."""
        if path is None:
            return cls(None, fingerprint)
        if not resume:
            if path.exists():
                raise InputError(
                    f"checkpoint {path} exists: go on from it with `resume=True`, or "
                    "remove it first."
                )
            check_output_path(path)
            return cls(path, fingerprint)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            version, mark = content["version"], content["fingerprint"]
            checkpoint = cls(path, fingerprint, dict(content["results"]), float(content["seconds"]))
        except FileNotFoundError:
            raise InputError(
                f"checkpoint {path} does not exist: leave out resume to begin anew."
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"checkpoint {path} cannot be read ({error}): begin anew.") from None
        if (version, mark) != (_VERSION, fingerprint):
            raise InputError(
                f"checkpoint {path} is of another table, other settings or another version of "
                "trimtab: give the same ones, or begin anew without resume."
            )
        return checkpoint

    def __contains__(self, name: str) -> bool:
        return name in self.results

    def __getitem__(self, name: str) -> Any:
        return self.results[name]

    def add(self, name: str, result: Any, seconds: float) -> None:
        """Keep one more result."""
        self.results[name] = result
        self.seconds += seconds
        if self.path is not None:
            content = {
                "version": _VERSION,
                "fingerprint": self.fingerprint,
                "seconds": self.seconds,
                "results": self.results,
            }
            with replacing(self.path) as temporary:
                Path(temporary).write_text(json.dumps(content), encoding="utf-8")

    def discard(self) -> None:
        """Remove the file: nothing is left to do."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
