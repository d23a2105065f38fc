"""`trimtab evaluate` by the rules of the real table: what a terminal shows, and what not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from trimtab.cli import terminal

Run = Callable[..., tuple[int, str, str]]
TITLE = "rules of the real table that it breaks"


def stays(seed: int, people: int = 200) -> pd.DataFrame:
    """Three stays of each person, none of which ends before it begins."""
    rng = np.random.default_rng(seed)
    rows = 3 * people
    begin = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D")
    end = begin + pd.to_timedelta(rng.integers(1, 90, rows), "D")
    return pd.DataFrame(
        {
            "PatientID": np.repeat(np.arange(people), 3) + 1_000 * seed,
            "begin": begin.strftime("%Y-%m-%d"),
            "end": end.strftime("%Y-%m-%d"),
            "ward": rng.choice(["red", "green", "blue"], rows),
        }
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with real stays, and others of which every tenth ends before it begins."""
    stays(0).to_csv(tmp_path / "real.csv", index=False)
    other = stays(1)
    some = other.index % 10 == 6
    other.loc[some, ["begin", "end"]] = other.loc[some, ["end", "begin"]].to_numpy()
    other.to_csv(tmp_path / "other.csv", index=False)
    stays(2).to_csv(tmp_path / "good.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_worst_rules_are_shown(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "out", Console(width=120))  # no cell is cut in two
    code, out, err = run("evaluate", "real.csv", "other.csv", "--sections", "fidelity")
    assert code == 0, err
    assert TITLE in out
    table = " ".join(out[out.index(TITLE) :].split())
    assert "begin <= end" in table or "begin < end" in table
    assert "60" in table and "10.0 %" in table and "7, 17, 27, 37, 47" in table
    assert "Rules of the real table that every row keeps" in " ".join(err.split())


def test_nothing_is_shown_where_all_rules_are_kept_or_none_is_asked_for(
    run: Run, here: Path
) -> None:
    for words in (["good.csv"], ["other.csv", "--no-rules"]):
        code, out, err = run("evaluate", "real.csv", *words, "--sections", "fidelity")
        assert code == 0, err
        assert TITLE not in out
        unasked = "Rules of the real table are not judged by" in " ".join(err.split())
        assert unasked == ("--no-rules" in words)


def test_the_share_is_that_of_rows_and_its_interval_that_of_persons(run: Run, here: Path) -> None:
    code, out, _ = run("evaluate", "real.csv", "other.csv", "--sections", "fidelity", "--json")
    assert code == 0
    scores = json.loads(out)["scores"]
    (head,) = [s for s in scores if s["measure"] == "rows_breaking_rules"]
    assert head["value"] == pytest.approx(0.1) and head["n"] == 600
    assert head["verdict"] == "poor" and head["beyond_doubt"]
    low, high = head["interval"]
    assert low < 0.1 < high
