"""A plan and a command, as docs/extending.md writes them."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import trimtab
from tests.extensions import Install, shown
from trimtab import datasets

PLACES = ("trimtab/request/tally.py", "trimtab/verbs/tally.py", "trimtab/cli/tally.py")


def test_the_plan_of_the_page_is_drawn(install: Install) -> None:
    install("each", shown("each.py"), {})
    each: Any = importlib.import_module("each").each
    people = datasets.strokes(300).select(["age", "gender", "stroke"])
    synthesizer = trimtab.fit(people, first=["gender"], model="trees")
    values = sorted(set(people["gender"].to_pylist()))
    plan = each(synthesizer.schema, "gender", values, 7)
    drawn = synthesizer.sample(plan=plan)
    assert drawn["gender"].to_pylist() == [v for v in values for _ in range(7)]
    assert drawn["age"].null_count < len(drawn)


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The files that the page shows, as if they stood in the package."""
    for place, text in shown(*PLACES).items():
        name = place.removesuffix(".py").replace("/", ".")
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        folder, _, leaf = name.rpartition(".")
        monkeypatch.setattr(importlib.import_module(folder), leaf, module, raising=False)
        exec(compile(text, place, "exec"), module.__dict__)
    yield


@pytest.mark.usefixtures("inside")
def test_the_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(importlib.import_module("trimtab.cli.tally").tally)
    trimtab.write(trimtab.read(datasets.strokes(50).select(["age", "gender"])), tmp_path / "p.csv")

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, result.output
        return result.stdout

    told = run("--help")
    assert "--at-least" in told and "--drop" in told
    place = str(tmp_path / "p.csv")
    values = json.loads(run(place, "--json", "--drop", "age"))["values"]
    assert set(values) <= {"age", "gender"} and values["gender"] >= 2
    assert "gender" not in json.loads(run(place, "--json", "--at-least", "9"))["values"]
    assert "gender" in run(place)
