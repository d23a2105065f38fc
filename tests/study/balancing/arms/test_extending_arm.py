"""docs/extending-arm.md: what it shows is installed as a package, and compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import trimtab
from tests.places import ROOT
from trimtab import datasets

PAGE = (ROOT / "docs" / "extending-arm.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The one block of the page in a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(text)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the package of the page is installed in."""
    project = tomllib.loads(block("toml"))["project"]
    name, version = project["name"], project["version"]
    (tmp_path / "noisy_arm.py").write_text(block("python"))
    facts = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
    facts.mkdir()
    facts.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{key} = {value}" for key, value in points.items())]
    facts.joinpath("entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("installed")
def test_the_arm_of_the_page_is_compared() -> None:
    table = datasets.strokes(300).select(["age", "avg_glucose", "smoking_status", "stroke"])
    arms = ["none", "noisy", "trimtab"]
    proof = trimtab.prove(table, "stroke", learner="lr", arms=arms, folds="2x1", sizes=[5])
    assert proof.arms == ("as it is", "trimtab", "noisy copies")
    line = proof.line("noisy copies", "logistic regression")
    assert line is not None and "auc" in line.differences
    assert "noisy copies" in proof.copies and "noisy copies" in proof.tails
    assert any(point.arm == "noisy copies" for point in proof.curve)
    assert not any("could not be done" in note for note in proof.notes if "noisy" in note)


def test_the_command_of_the_page_compares_it(installed: Path) -> None:
    """As a program, whose worker processes find the package as well."""
    table = datasets.strokes(300).select(["age", "avg_glucose", "smoking_status", "stroke"])
    trimtab.write(trimtab.read(table), installed / "strokes.csv")
    command = [sys.executable, "-m", *shlex.split(block("sh")), "--workers", "2"]
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    ran = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=installed,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert ran.returncode == 0, ran.stderr
    assert "noisy copies" in (installed / "proof.html").read_text(encoding="utf-8")
    assert "noisy copies" in ran.stdout
