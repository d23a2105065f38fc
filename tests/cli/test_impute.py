"""The `impute` command: what it writes, and what it says of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from trimtab import datasets, read, write
from trimtab.cli.impute import numbered
from trimtab.table.sources import text
from trimtab.verbs import impute
from trimtab.verbs.fit import fit

Run = Callable[..., tuple[int, str, str]]
NAMES = ["gender", "age", "stroke", "bmi"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients of whom some have no bmi, and a model of them."""
    made = tmp_path_factory.mktemp("gaps")
    table = datasets.strokes(600).select(NAMES)
    write(read(table), made / "strokes.csv")
    fit(table, outcome="bmi").save(made / "strokes.trimtab")
    return made


@pytest.fixture
def data(folder: Path) -> str:
    return str(folder / "strokes.csv")


def rows_of(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def filled(given: list[dict[str, str]], made: list[dict[str, str]]) -> bool:
    """Whether rows are the given ones with every gap of bmi filled, and nothing else."""
    gaps = sum(not row["bmi"] for row in given)
    assert 0 < gaps < len(given) == len(made)
    for before, after in zip(given, made, strict=True):
        assert {n: after[n] for n in before if before[n]} == {n: v for n, v in before.items() if v}
    return all(row["bmi"] for row in made)


def test_one_table(run: Run, data: str) -> None:
    code, out, err = run("impute", data, "-o", "out.csv", "--model", "trees", "--seed", "2")
    assert code == 0
    assert filled(rows_of(data), rows_of("out.csv"))
    assert "cells filled" in out and "Wrote out.csv: 600 rows." in out
    assert "note: Each gap is filled by one draw" in err
    assert run("impute", data, "-o", "again.csv", "--model", "trees", "--seed", "2")[0] == 0
    assert run("impute", data, "-o", "other.csv", "--model", "trees", "--seed", "3")[0] == 0
    first = Path("out.csv").read_bytes()
    assert first == Path("again.csv").read_bytes() != Path("other.csv").read_bytes()


def test_several_tables_are_pooled(run: Run, data: str) -> None:
    asked = ("impute", data, "-o", "out.csv", "--model", "trees", "--multiple", "2")
    code, out, err = run(*asked)
    assert (code, err) == (0, "")
    names = ["out-1.csv", "out-2.csv"]
    assert sorted(p.name for p in Path().iterdir()) == names
    tables = [rows_of(n) for n in names]
    assert all(filled(rows_of(data), table) for table in tables) and tables[0] != tables[1]
    assert "mean of bmi" in out and "pooled over the tables, where gaps made a difference" in out
    assert "mean of age" not in out  # no gap made a difference to it
    code, out, err = run(*asked, "--json")
    told = json.loads(out)
    assert (code, err, told["outputs"], told["proper"]) == (0, "", names, True)
    pooled = {p["name"]: p for p in told["pooled"]}
    assert {"mean of age", "mean of bmi", "share of gender = Male"} <= set(pooled)
    means = [sum(float(r["bmi"]) for r in table) / 600 for table in tables]
    assert pooled["mean of bmi"]["value"] == pytest.approx(sum(means) / 2)
    assert told["filled"] == {"bmi": sum(not r["bmi"] for r in rows_of(data))}


def test_tables_from_one_model_are_not_pooled(run: Run, data: str, folder: Path) -> None:
    model = str(folder / "strokes.trimtab")
    code, out, err = run("impute", data, "-o", "o.parquet", "--from", model, "--multiple", "2")
    assert code == 0 and "mean of bmi" not in out
    assert "2 tables are draws of one fitted model" in err
    assert read("o-1.parquet").column("bmi").null_count == 0
    code, out, _ = run("impute", data, "-o", "one.csv", "--from", model, "--json")
    told = json.loads(out)
    assert (told["outputs"], told["proper"], told["pooled"]) == (["one.csv"], False, [])
    assert filled(rows_of(data), rows_of("one.csv"))


def test_what_is_left_out_comes_back(run: Run, data: str) -> None:
    code, _, err = run("impute", data, "-o", "o.csv", "--drop", "bmi", "--model", "trees")
    assert code == 0
    assert "Gaps stay in bmi: left out." in err and "nothing to fill" in err
    assert rows_of("o.csv") == rows_of(data)


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("a.csv", ["a-1.csv", "a-2.csv"]),
        ("in/a.b.tsv", ["in/a.b-1.tsv", "in/a.b-2.tsv"]),
        ("a.csv.gz", ["a-1.csv.gz", "a-2.csv.gz"]),
    ],
)
def test_names_of_several_tables(output: str, names: list[str]) -> None:
    assert numbered(output, 2) == [str(Path(n)) for n in names]
    assert numbered(output, 1) == [output]


@pytest.mark.parametrize("failing", ["drawing", "writing the second table"])
def test_an_interrupted_run_leaves_nothing(
    run: Run, data: str, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("out-1.csv").write_text("mine")
    calls = []
    whole = text.write_text

    def stop(*asked: object, **named: object) -> None:
        calls.append(asked)
        if failing == "drawing" or len(calls) == 2:
            raise KeyboardInterrupt
        whole(*asked, **named)  # type: ignore[arg-type]

    place = (impute.fill, "fill") if failing == "drawing" else (text, "write_text")
    monkeypatch.setattr(*place, stop)
    code, out, err = run("impute", data, "-o", "out.csv", "--model", "trees", "--multiple", "2")
    assert (code, out) == (130, "")
    assert "interrupted: nothing was written." in err
    assert [p.name for p in Path().iterdir()] == ["out-1.csv"]
    assert Path("out-1.csv").read_text() == "mine"
