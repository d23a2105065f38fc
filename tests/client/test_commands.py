"""Commands whose work is done on a server: the same files, and what is not there is said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import trimtab
from trimtab import cli
from trimtab.client.client import Client

COLUMNS = ["GENDER", "RACE", "ObsDesc", "ObsValueFloat"]


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    place = tmp_path / "patients.csv"
    trimtab.write(trimtab.read(trimtab.datasets.visits(150, seed=4).select(COLUMNS)), place)
    return place


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> int | str | None:
    """The exit code of a command."""
    monkeypatch.setattr(sys, "argv", ["trimtab", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


@pytest.mark.parametrize("judged", [False, pytest.param(True, marks=pytest.mark.stress)])
def test_the_same_command_there(
    judged: bool,
    client: Client,
    patients: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRIMTAB_TOKEN", client.connection.token)
    folder, url = patients.parent, client.connection.url
    for at, where in (("here", []), ("there", ["--server", url, "--project", "commands"])):
        made, model = folder / f"{at}.csv", folder / f"{at}.trimtab"
        words = ["--by", "GENDER,RACE", "--target", "margins", "-o", made, "--save", model]
        if judged:
            words += ["--holdout", 0.3, "--report", folder / f"{at}.md"]
        assert command(monkeypatch, *where, "balance", patients, *words) == 0
        told = capsys.readouterr()
        assert f"{made}: 150 rows x 4 columns." in told.out
        assert client.connection.token not in told.out + told.err
        drawn = ["-n", 5, "--where", "RACE=black|asian", "-o", folder / f"{at}-drawn.csv"]
        assert command(monkeypatch, *where, "sample", model, *drawn) == 0
        capsys.readouterr()
    for name in ("{}.csv", "{}-drawn.csv"):
        here, there = (folder / name.format(at) for at in ("here", "there"))
        assert there.read_bytes() == here.read_bytes()
    if judged:
        assert "Rows that could be true" in (folder / "there.md").read_text("utf-8")


def test_what_a_server_does_not_do_is_said(
    patients: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRIMTAB_TOKEN", "tt_x")
    url = "http://127.0.0.1:9"
    balance = ("balance", patients, "--by", "GENDER", "-o", patients.parent / "out.csv")
    for words, said in {
        ("inspect", patients): "inspect is done here",
        ("prove", patients, "--target", "GENDER", "--workers", 2): "--workers: not with --server",
        (*balance, "--report", patients.parent / "r.md"): "add --holdout 0.2",
    }.items():
        assert command(monkeypatch, "--server", url, *words) == 2
        assert said in capsys.readouterr().err
    assert command(monkeypatch, "--server", "http://192.0.2.1", *balance) == 3
    assert "for everyone between to read" in capsys.readouterr().err
    monkeypatch.delenv("TRIMTAB_TOKEN")
    assert command(monkeypatch, "--server", url, *balance) == 2
    assert "set TRIMTAB_TOKEN" in capsys.readouterr().err
    assert not (patients.parent / "out.csv").exists()
