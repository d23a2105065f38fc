"""Arms of other packages, as docs/extending.md adds them: installed, and compared."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import trimtab
from tests.extensions import PAGE, Install, documented
from trimtab import datasets

COMMAND = next(line for line in PAGE.splitlines() if line.startswith("trimtab prove "))


@pytest.fixture
def installed(install: Install) -> Path:
    """The folder that the package of the page is installed in."""
    return install("noisy-arm", *documented("noisy-arm"))


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


@pytest.mark.stress
def test_the_command_of_the_page_compares_it(installed: Path) -> None:
    """As a program, whose worker processes find the package as well."""
    table = datasets.strokes(300).select(["age", "avg_glucose", "smoking_status", "stroke"])
    trimtab.write(trimtab.read(table), installed / "strokes.csv")
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])

    def program(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *words],
            capture_output=True,
            text=True,
            cwd=installed,
            env=os.environ | {"PYTHONPATH": path},
        )

    assert "noisy" in program("trimtab", "prove", "--help").stdout
    ran = program(*shlex.split(COMMAND), "--workers", "2")
    assert ran.returncode == 0, ran.stderr
    assert "noisy copies" in (installed / "proof.html").read_text(encoding="utf-8")
    assert "noisy copies" in ran.stdout
