"""What the documentation shows is run: Python blocks, and commands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import trimtab
from tests.places import ROOT
from trimtab import cli
from trimtab.table.made import Made
from trimtab.table.rules.rule import Evidence, Rule, Status
from trimtab.table.schema import Column, Kind, Per, Role, Schema
from trimtab.table.toml import from_toml, to_toml

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Of the table that pages speak of: what they name, and a few that hang together with it.
COLUMNS = ["DATE", "PatientID", "RACE", "ETHNICITY", "GENDER", "ObsDesc", "ObsValueFloat"]
COLUMNS += ["EncounterReasonDesc"]  # has gaps
README = PAGES[0]
# Pages whose commands, or whose Python, train for more than a few seconds.
LONG = {
    "console": {
        "evaluation.md",
        "gans.md",
        "imputation.md",
        "models.md",
        "persons.md",
        "proving.md",
    },
    "python": {"imputation.md", "models.md", "proving.md"},
}


def blocks(language: str) -> list[Any]:
    """All fenced blocks of a language, by page name."""
    cases = []
    for page in PAGES:
        if (page, language) == (README, "console"):
            continue  # tests of its own
        text = page.read_text(encoding="utf-8")
        # What names a file is a file of a package: tests/extensions.py installs those.
        joined = "\n".join(re.findall(rf"```{language}\n(?!# \S+\.py\n)(.*?)```", text, re.S))
        if joined:
            marks = [pytest.mark.stress] if page.name in LONG[language] else []
            cases.append(pytest.param(page.name, joined, id=page.name, marks=marks))
    return cases


@pytest.fixture
def patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the table that the documentation speaks of, and rows to complete."""
    visits = trimtab.datasets.visits(1_000).select(COLUMNS)
    trimtab.write(trimtab.read(visits), tmp_path / "patients.csv")
    trimtab.write(trimtab.read(trimtab.datasets.strokes(1_500)), tmp_path / "strokes.csv")
    rows = visits.select(["GENDER", "RACE", "DATE"]).slice(0, 20).to_pylist()
    lines = [f"{r['GENDER']},{r['RACE']},{r['DATE'] if i % 3 else ''}" for i, r in enumerate(rows)]
    (tmp_path / "rows.csv").write_text("\n".join(["GENDER,RACE,DATE", *lines, ""]))
    who = visits.column("PatientID").unique().to_pylist()[:3]
    (tmp_path / "next.csv").write_text("\n".join(["PatientID,DATE", *(f"{w}," for w in who), ""]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_blocks_run(page: str, code: str, patients: Path) -> None:
    exec(compile(code, page, "exec"), {"__name__": "documentation"})


def commands(page: str, code: str) -> list[list[str]]:
    """The words of each command of a page that begins with "$ trimtab"."""
    lines = re.findall(r"^\$ (trimtab .*(?:\\\n.*)*)", code, re.M)
    assert lines, f"{page} shows no trimtab command"
    return [shlex.split(line.replace("\\\n", " ")) for line in lines]


@pytest.mark.parametrize(("page", "code"), blocks("console"))
def test_commands_run(
    page: str,
    code: str,
    patients: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Commands that begin with "$ trimtab" succeed; their output is not compared."""
    for words in commands(page, code):
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert stop.value.code == 0, f"{page}: {shlex.join(words)}\n{capsys.readouterr().err}"


def run(words: list[str], folder: Path) -> None:
    """Run Python in a folder, as a reader does."""
    ran = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=folder)
    assert ran.returncode == 0, f"{shlex.join(words)}\n{ran.stderr}"


def test_the_readme_speaks_of_the_table_that_the_demo_writes(tmp_path: Path) -> None:
    """Its commands, as programs, on fewer rows of the table."""
    visits = trimtab.datasets.visits(400).select(COLUMNS)
    (tmp_path / "demo").mkdir()
    trimtab.write(trimtab.read(visits), tmp_path / "demo" / "visits.csv")
    first, *rest = commands(README.name, README.read_text(encoding="utf-8"))
    assert first == ["trimtab", "demo"] and rest, "tests/cli run the demo"
    for words in rest:
        run(["-m", *words], tmp_path)


@pytest.mark.stress
def test_the_readme_runs_in_an_empty_folder(tmp_path: Path) -> None:
    """All that it shows, in its order; but for the installation, which needs a network."""
    text = README.read_text(encoding="utf-8")
    for language, code in re.findall(r"```(console|python)\n(.*?)```", text, re.S):
        asked = (
            [["-m", *words] for words in commands(README.name, code)]
            if language == "console"
            else [["-c", code]]
        )
        for words in asked:
            run(words, tmp_path)


def test_the_page_of_the_schema_speaks_of_all_that_a_schema_can_say() -> None:
    """Its whole example is read and written back; every key and every word of one stands there."""
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    schema = from_toml(shown, "schema.md")
    assert from_toml(to_toml(schema), "again") == schema
    keys = {k for model in (Schema, Column, Made, Rule, Evidence) for k in model.model_fields}
    words = {f'"{word}"' for words in (Kind, Role, Per, Status) for word in words}
    unsaid = [k for k in keys - {"columns", "rules"} if f"`{k}`" not in text]
    unsaid += [word for word in words if f"`{word}`" not in text]
    assert not unsaid, f"docs/schema.md says nothing of {sorted(unsaid)}"


def anchors(page: Path) -> set[str]:
    """What links to parts of a page may name: its headings, as they are written in addresses."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    kept = (re.sub(r"[^\w\- ]", "", re.sub(r"\]\(.*?\)", "", head)) for head in heads)
    return {head.strip().lower().replace(" ", "-") for head in kept}


def test_links_between_pages_hold() -> None:
    """Every relative link leads to a file, and to a part of it that is there."""
    inner = [
        p
        for folder in ("docs/decisions", "docs/benchmarks", "examples")
        for p in (ROOT / folder).glob("*.md")
    ]
    for page in [*PAGES, *inner]:
        for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
            name, _, part = link.partition("#")
            place = page.parent / name if name else page
            assert place.exists(), f"{page.name} links to {link}"
            assert not part or part in anchors(place), f"{page.name} links to {link}"
