"""The notebook of the examples on a server: its counts come out as planned."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import trimtab
from tests.places import ROOT
from trimtab.client.client import Client


@pytest.mark.stress
def test_the_notebook_runs_on_a_server(
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRIMTAB_TOKEN", client.connection.token)
    notebook = runpy.run_path(str(ROOT / "examples" / "gretel_notebook.py"))
    table = trimtab.datasets.visits(300).select([*notebook["BALANCE"], "ObsDesc", "ObsValueFloat"])
    trimtab.write(trimtab.read(table), tmp_path / "visits.csv")
    # It sees itself that each combination of the full product is there as often as it should.
    notebook["main"](endpoint=client.connection.url, path=str(tmp_path / "visits.csv"))
    told = capsys.readouterr()
    assert "Signed in as owner" in told.out
    assert '"runner_mode": "cloud"' in told.err
    assert "WARNING: params.data_upsample_limit is not heeded here" in told.err
    assert "cells never seen in the real table" in told.err
    assert told.err.count("INFO: Status is completed.") == 2
    assert client.connection.token not in told.out + told.err
    assert [p.name for p in client.projects if p.name == "balancing-data-example"]
