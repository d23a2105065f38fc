"""Another package, as a test offers one: a module, and what an installer would write beside it."""

from __future__ import annotations

from pathlib import Path

import pytest


def offer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, group: str, value: str, module: str
) -> Path:
    """Put a package called toy on the path that offers `value` ("module:NAME") to a group."""
    facts = folder / "toy-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[{group}]\ntoy = {value}\n")
    (folder / f"{value.partition(':')[0]}.py").write_text(module)
    monkeypatch.syspath_prepend(folder)
    return folder
