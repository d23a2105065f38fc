"""A plan and a command, as docs/extending.md writes them."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import trimtab
from tests.extensions import Install, shown
from trimtab import datasets


def test_the_plan_of_the_page_is_drawn(install: Install) -> None:
    install("twins", shown("twins.py"), {})
    twins: Any = importlib.import_module("twins").twins
    people = datasets.strokes(300).select(["age", "gender", "stroke"])
    synthesizer = trimtab.fit(people, first=["gender"], model="trees")
    values = sorted(set(people["gender"].to_pylist()))
    plan = twins(synthesizer.schema, "gender", values, 7)
    drawn = synthesizer.sample(plan=plan)
    assert drawn["gender"].to_pylist() == [v for v in values for _ in range(7)]
    assert drawn["age"].null_count < len(drawn)


def test_the_command_of_the_page_does_what_it_says(
    install: Install, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("tally", shown("request/tally.py", "verbs/tally.py", "cli/tally.py"), {})
    for folder in ("request", "verbs", "cli"):  # that are not the ones of another package
        monkeypatch.delitem(importlib.sys.modules, folder, raising=False)  # type: ignore[attr-defined]
    app = typer.Typer()
    app.command()(importlib.import_module("cli.tally").tally)
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
