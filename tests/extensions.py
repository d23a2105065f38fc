"""Other packages, as tests install them: what docs/extending.md shows, or texts of a test."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.places import ROOT

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", PAGE, re.S)

Points = Mapping[str, Mapping[str, str]]  # group -> name -> "module:OBJECT"
Install = Callable[[str, Mapping[str, str], Points], Path]


def documented(name: str) -> tuple[dict[str, str], Points]:
    """The files of a package that the page shows, and its entry points."""
    projects = (tomllib.loads(text)["project"] for place, text in BLOCKS if place.endswith(".toml"))
    (points,) = (p["entry-points"] for p in projects if p["name"] == name)
    modules = {value.partition(":")[0] for group in points.values() for value in group.values()}
    places = {module.replace(".", "/") + ".py" for module in modules}
    files = {place: text for place, text in BLOCKS if place in places}
    assert files.keys() == places
    return files, points


def shown(*places: str) -> dict[str, str]:
    """Some files that the page shows."""
    files = dict(BLOCKS)
    return {place: files[place] for place in places}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a package that looks like an installed one, for one test; gives the folder it is in."""
    folder = tmp_path / "packages"

    def installed(name: str, files: Mapping[str, str], points: Points) -> Path:
        facts = folder / f"{name}-1.0.dist-info"
        lines = [
            line
            for group, members in points.items()
            for line in (f"[{group}]", *(f"{key} = {value}" for key, value in members.items()))
        ]
        written = {
            facts / "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            facts / "entry_points.txt": "\n".join(lines) + "\n",
            **{folder / place: text for place, text in files.items()},
        }
        for place, text in written.items():
            place.parent.mkdir(exist_ok=True, parents=True)
            place.write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(folder)
        for place in files:
            module = place.removesuffix(".py").replace("/", ".")
            monkeypatch.delitem(sys.modules, module, raising=False)
        return folder

    return installed
