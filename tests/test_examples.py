"""Every example runs as it stands in an empty folder, notebooks also on the real tables at hand."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import DATA, ROOT

EXAMPLES = sorted(p for p in (ROOT / "examples").rglob("*") if p.suffix in (".py", ".sh"))
# What an extra installs, and the examples that cannot do without.
NEEDS = {
    "jax": ("complete_any_hole", "document_002", "document_003", "document_004"),
    "imblearn": ("pipeline", "smote_before_the_split", "document_001"),
}
# Real tables, and what the first cell says of them.
REAL = {
    "document_001": {"TABLE": DATA / "stroke" / "train.csv"},
    "document_002": {
        "TABLE": DATA / "adult" / "train.csv",
        "PROTECTED": "race",
        "OUTCOME": "income",
    },
    "document_003": {"TABLE": DATA / "synthea_patients" / "raw.csv"},
}
# One that takes longer than these is `stress`.
QUICK = {"analyst", "european_file", "pipeline", "privacy_officer", "document_001"}


def called(example: Path) -> str:
    """A short name: "analyst", "document_000"."""
    return re.sub(r"^(document_\d+).*", r"\1", example.stem)


def run(words: list[str], folder: Path) -> str:
    """Run an example in a folder, with this Python and its commands first in the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path}
    ran = subprocess.run(words, capture_output=True, text=True, cwd=folder, env=environment)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def skip_without_extras(name: str) -> None:
    for module, names in NEEDS.items():
        if name in names and importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


def cases() -> list[object]:
    marks = {False: [pytest.mark.stress], True: []}
    return [
        pytest.param(example, id=called(example), marks=marks[called(example) in QUICK])
        for example in EXAMPLES
    ]


@pytest.mark.parametrize("example", cases())
def test_an_example_runs_in_an_empty_folder(example: Path, tmp_path: Path) -> None:
    skip_without_extras(called(example))
    words = ["sh", "-eu"] if example.suffix == ".sh" else [sys.executable]
    said = run([*words, str(example)], tmp_path)
    assert said, "an example shows something"


@pytest.mark.stress
@pytest.mark.parametrize("name", REAL)
def test_a_notebook_runs_on_a_real_table(name: str, tmp_path: Path) -> None:
    """What its first cell says of the table is replaced, as a reader would."""
    if not Path(REAL[name]["TABLE"]).exists():
        pytest.skip("../shared/data is not here")
    skip_without_extras(name)
    (notebook,) = (p for p in EXAMPLES if called(p) == name)
    text = notebook.read_text(encoding="utf-8")
    told = f"{', '.join(REAL[name])} = {', '.join(repr(str(v)) for v in REAL[name].values())}\n"
    changed, times = re.subn(r"(?m)^TABLE\b.*\n", lambda _: told, text, count=1)
    assert times == 1, "the first cell names the table"
    place = tmp_path / notebook.name
    place.write_text(changed, encoding="utf-8")
    run([sys.executable, str(place)], tmp_path)


def test_every_example_is_listed() -> None:
    """The page of the examples leads to each of them."""
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    unlisted = [e.name for e in EXAMPLES if f"({e.relative_to(ROOT / 'examples')})" not in page]
    assert not unlisted, unlisted


def test_notebooks_are_cells() -> None:
    """Notebooks begin with a heading, and each cell of prose is a comment."""
    for notebook in (ROOT / "examples" / "notebooks").glob("*.py"):
        first, *cells = re.split(r"(?m)^# %%", notebook.read_text(encoding="utf-8"))
        assert not first and cells[0].startswith(" [markdown]\n# # "), notebook.name
        for cell in cells:
            if cell.startswith(" [markdown]"):
                assert all(line.startswith("#") for line in cell.split("\n")[1:] if line)
