"""The commands, each on small simulated tables."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from trimtab import cli, datasets, read, write
from trimtab.model.trees import fit as trees_fit
from trimtab.request.balance import Balance
from trimtab.request.fit import Fit
from trimtab.verbs.fit import fit

Run = Callable[..., tuple[int, str, str]]
COMMANDS = ("inspect", "fit", "sample", "balance", "impute", "evaluate", "demo")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with strokes.csv and a model of it."""
    folder = tmp_path_factory.mktemp("made")
    table = datasets.strokes(500).select(
        ["age", "gender", "hypertension", "bmi", "smoking_status", "stroke"]
    )
    write(read(table), folder / "strokes.csv")
    fit(folder / "strokes.csv", first=["gender", "bmi"]).save(folder / "strokes.trimtab")
    return folder


@pytest.fixture
def data(made: Path) -> str:
    return str(made / "strokes.csv")


@pytest.fixture
def model(made: Path) -> str:
    return str(made / "strokes.trimtab")


def rows_of(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_command_has_help_with_an_example(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for command in COMMANDS:
        assert f"  {command} " in out
        code, told, _ = run(command, "--help")
        assert code == 0
        assert f"Example: trimtab {command}" in told
        assert all(len(line) <= 100 for line in told.splitlines())


def test_commands_are_listed_without_importing_them() -> None:
    """What is told of each is the first line of its docstring."""
    code = (
        "import sys; from trimtab.cli import app; app(['--help'], standalone_mode=False); "
        "print(*(m for m in sys.modules if m.startswith('trimtab.cli.') or m == 'numpy'))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == ""
    for name, listed in cli.COMMANDS.items():
        function = getattr(import_module(f"trimtab.cli.{name}"), name)
        assert function.__doc__.splitlines()[0] == listed.summary


def test_the_flags_of_the_contract(run: Run) -> None:
    flags = {
        "inspect": "--json -o",
        "fit": "-o --schema --drop --first --outcome --model --min-count --seed",
        "sample": "-n --rows -o --given --plan --where --seed",
        "balance": "--by -o --to --mode -n --rows --target --unseen --min-support --schema --drop "
        "--outcome --model --min-count --origin --dry-run --save-plan --save --seed --json",
        "impute": "-o --multiple --from --schema --drop --outcome --model --min-count --seed "
        "--json",
    }
    for command, expected in flags.items():
        told = run(command, "--help")[1].replace(",", " ").split()
        assert set(expected.split()) <= set(told), command


def test_the_version(run: Run) -> None:
    assert run("--version")[1].startswith("trimtab ")


def test_inspect_shows_kinds_reasons_and_imbalance(run: Run, data: str) -> None:
    code, out, _ = run("inspect", data)
    assert code == 0
    for text in ("6 columns", "smoking_status", "label", "outcome", "how uneven the labels are"):
        assert text in out


def test_a_saved_schema_passes_back(run: Run, data: str) -> None:
    code, out, err = run("inspect", data, "--json", "-o", "schema.toml")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["rows"] == 500
    assert [c["name"] for c in told["columns"]][:2] == ["age", "gender"]
    assert {v for v, _ in told["labels"]["gender"]["rows"]} == {"Female", "Male"}
    text = Path("schema.toml").read_text(encoding="utf-8")
    assert 'name = "bmi"' in text
    edited = text.replace('name = "bmi"\nkind = "number"\nrole = "keep"',
                          'name = "bmi"\nkind = "number"\nrole = "drop"')  # fmt: skip
    assert edited != text
    Path("schema.toml").write_text(edited, encoding="utf-8")
    code, _, err = run(
        "balance", data, "--by", "gender", "-n", "20", "-o", "out.csv", "--schema", "schema.toml"
    )
    assert code == 0
    assert "Left out: bmi." in err
    assert "bmi" not in rows_of("out.csv")[0]


def test_fit_then_inspect_the_model(run: Run, data: str) -> None:
    code, out, err = run(
        *("fit", data, "-o", "m.trimtab", "--first", "gender", "--drop", "bmi,age"),
        *("--outcome", "stroke", "--model", "trees", "--min-count", "3", "--seed", "4"),
    )
    assert code == 0
    assert "Wrote m.trimtab" in out
    assert "stroke is taken as the outcome" in err
    code, out, _ = run("inspect", "m.trimtab", "--json")
    told = json.loads(out)
    made_by = told["provenance"]
    assert (made_by["min_count"], made_by["seed"], made_by["first"]) == (3, 4, ["gender"])
    assert told["order"][0] == "gender"
    assert told["order"][-1] == "stroke"
    held = {v["column"]: v["values"] for v in told["values"]}
    assert {"Male", "Female"} <= set(held["gender"])
    code, out, _ = run("inspect", "m.trimtab")
    assert "values of the real table that the file holds" in out
    assert "--min-count 3" in out


def test_fit_as_json(run: Run, data: str) -> None:
    code, out, err = run("fit", data, "-o", "m.trimtab", "--drop", "bmi,age", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["output"] == "m.trimtab"


def test_sample_some_rows(run: Run, model: str) -> None:
    assert run("sample", model, "-n", "7", "-o", "a.csv", "--seed", "5")[0] == 0
    code, out, err = run("sample", model, "--rows", "7", "-o", "b.csv", "--seed", "5", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["rows"] == 7
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert run("sample", model, "-n", "7", "-o", "c.csv", "--seed", "6")[0] == 0
    assert Path("a.csv").read_bytes() != Path("c.csv").read_bytes()
    assert len(rows_of("a.csv")) == 7
    assert run("sample", model, "-o", "d.parquet")[0] == 0
    assert read("d.parquet").rows == 500


def test_sample_completes_rows_with_holes(run: Run, model: str) -> None:
    Path("rows.csv").write_text("gender,smoking_status\nMale,\n,smokes\nFemale,smokes\n")
    assert run("sample", model, "--given", "rows.csv", "-o", "out.csv")[0] == 0
    made = rows_of("out.csv")
    assert [r["gender"] for r in made][::2] == ["Male", "Female"]
    assert [r["smoking_status"] for r in made][1:] == ["smokes", "smokes"]
    assert all(r["gender"] and r["smoking_status"] and r["age"] for r in made)


def test_sample_under_a_condition(run: Run, model: str) -> None:
    code, _, _ = run(
        "sample", model, "-n", "9", "-o", "o.csv", "--where", "gender=Male, smoking_status=smokes"
    )
    assert code == 0
    assert {(r["gender"], r["smoking_status"]) for r in rows_of("o.csv")} == {("Male", "smokes")}
    assert run("sample", model, "-n", "9", "-o", "o.csv", "--where", "bmi=")[0] == 0
    assert {r["bmi"] for r in rows_of("o.csv")} == {""}


def test_values_and_names_with_commas_are_quoted(run: Run) -> None:
    lines = ['"a,b",c', *(f'"{"x, y" if i % 3 else "z"}",{i % 7}' for i in range(40))]
    Path("odd.csv").write_text("\n".join(lines) + "\n")
    asked = ("balance", "odd.csv", "--by", '"a,b"', "-n", "10", "-o", "out.csv", "--save")
    assert run(*asked, "m.trimtab")[0] == 0
    assert Counter(r["a,b"] for r in rows_of("out.csv")) == {"x, y": 5, "z": 5}
    assert run("sample", "m.trimtab", "-n", "4", "-o", "s.csv", "--where", '"a,b=x, y"')[0] == 0
    assert {r["a,b"] for r in rows_of("s.csv")} == {"x, y"}


def test_balance_with_everything(run: Run, data: str) -> None:
    code, out, err = run(
        *("balance", data, "--by", "gender,stroke", "-n", "42", "-o", "out.csv", "--outcome"),
        *("smoking_status", "--model", "auto", "--min-count", "4", "--origin", "made", "--seed"),
        *("3", "--drop", "bmi", "--target", "product", "--unseen", "skip", "--mode", "replace"),
        *("--save-plan", "plan.json", "--save", "m.trimtab"),
    )
    assert code == 0
    assert "each of 4 cells of gender x stroke" in out
    assert "Wrote out.csv: 42 rows x 6 columns." in out
    made = rows_of("out.csv")
    assert sorted(Counter((r["gender"], r["stroke"]) for r in made).values()) == [10, 10, 11, 11]
    assert {r["made"] for r in made} == {"synthetic"}
    assert "Left out: bmi." in err
    # The plan and the model can be used again: the same seed, the same rows.
    assert (
        run("sample", "m.trimtab", "--plan", "plan.json", "-o", "again.csv", "--seed", "3")[0] == 0
    )
    again = rows_of("again.csv")
    assert again == [{k: v for k, v in r.items() if k != "made"} for r in made]


def test_balance_as_json(run: Run, data: str) -> None:
    code, out, err = run("balance", data, "--by", "gender", "-n", "10", "-o", "o.csv", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["output"] == "o.csv"
    assert [c["target_rows"] for c in told["plan"]["cells"]] == [5, 5]
    assert isinstance(told["warnings"], list)


def test_a_dry_run_fits_nothing(run: Run, data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees_fit, "fit_trees", lambda *_, **__: pytest.fail("it was fitted"))
    code, out, _ = run(
        *("balance", data, "--by", "gender", "--mode", "augment", "--dry-run"),
        *("--save-plan", "plan.json", "-o", "out.csv", "--json"),
    )
    assert code == 0
    told = json.loads(out)
    assert json.loads(Path("plan.json").read_text(encoding="utf-8")) == told["plan"]
    assert told["plan"]["mode"] == "augment"
    assert not Path("out.csv").exists()
    code, out, _ = run("balance", data, "--by", "gender,smoking_status", "--dry-run")
    assert code == 0
    assert "in the result" in out


def test_balance_to_counts_and_shares(run: Run, data: str) -> None:
    Path("to.csv").write_text("gender,stroke,count\nMale,1,7\nFemale,0,3\n")
    assert run("balance", data, "--by", "gender,stroke", "--to", "to.csv", "-o", "o.csv")[0] == 0
    found = Counter((r["gender"], r["stroke"]) for r in rows_of("o.csv"))
    assert found == {("Male", "1"): 7, ("Female", "0"): 3}
    Path("to.csv").write_text("gender;SHARE\nMale;0.25\nFemale;0.75\n")
    asked = ("balance", data, "--by", "gender", "--to", "to.csv", "-n", "8", "-o", "o.csv")
    assert run(*asked)[0] == 0
    assert Counter(r["gender"] for r in rows_of("o.csv")) == {"Male": 2, "Female": 6}


def test_augment_keeps_the_real_rows(run: Run, data: str) -> None:
    code, _, _ = run(
        *("balance", data, "--by", "gender", "--mode", "augment", "-o", "out.csv"),
        *("--origin", "where_from"),
    )
    assert code == 0
    real, made = rows_of(data), rows_of("out.csv")
    assert [{k: v for k, v in r.items() if k != "where_from"} for r in made[:500]] == real
    marks = Counter(r["where_from"] for r in made)
    assert marks["real"] == 500
    women, men = (Counter(r["gender"] for r in made)[g] for g in ("Female", "Male"))
    assert women == men


def test_a_refusal_prints_the_command_that_skips(run: Run) -> None:
    lines = ["g,h", *(["a,x", "b,y", "c,y"] * 10), *(["a,y"] * 5)]
    Path("t.csv").write_text("\n".join(lines) + "\n")
    code, out, err = run("balance", "t.csv", "--by", "g,h", "-o", "my out.csv")
    assert (code, out) == (3, "")
    assert err.startswith("refused: Leave the unseen cells out with --unseen skip")
    assert "\n2 of 6 cells are never seen" in err, "what was wrong stands behind what to do"
    assert "trimtab balance t.csv --by g,h -o 'my out.csv' --unseen skip" in err
    code, _, err = run("balance", "t.csv", "--by", "g,h", "-o", "my out.csv", "--unseen", "skip")
    assert code == 0
    assert "2 cells never seen" in err


@pytest.mark.stress
def test_the_demo_writes_its_tables(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = datasets.visits
    names = ["DATE", "PatientID", "RACE", "ETHNICITY", "GENDER", "UNITS"]
    monkeypatch.setattr(datasets, "visits", lambda: whole(600).select(names))
    code, out, err = run("demo", "--folder", "here/there")
    assert code == 0
    for text in ("GENDER", "before", "after", "RACE", "trees are walked by "):
        assert text in out
    assert "never seen in the real table are left out" in err
    assert len(rows_of("here/there/visits.csv")) == len(rows_of("here/there/balanced.csv")) == 600
    counts = Counter((r["GENDER"], r["ETHNICITY"]) for r in rows_of("here/there/balanced.csv"))
    assert max(counts.values()) - min(counts.values()) <= 1
    persons = {
        (r["PatientID"], r["GENDER"], r["ETHNICITY"]) for r in rows_of("here/there/persons.csv")
    }
    counts = Counter((gender, ethnicity) for _, gender, ethnicity in persons)
    assert len({who for who, *_ in persons}) == len(persons)
    assert max(counts.values()) - min(counts.values()) <= 1
    page = Path("here/there/report.html").read_text(encoding="utf-8")
    assert "Can I use this table" in page
    code, out, err = run("demo", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["rows"] == 600
    assert any(name.startswith("exact_copies") for name in told["headlines"])


def piped(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "trimtab", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_a_process_of_its_own(data: str, tmp_path: Path) -> None:
    """What in-process runs cannot show: a real pipe, a real exit code, the module entry."""
    out = tmp_path / "o.csv"
    ran = piped("balance", data, "--by", "gender", "-n", "6", "-o", str(out), "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["plan"]["rows"] == 6
    ran = piped("balance", data, "--by", "gendre", "-o", str(out))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Did you mean 'gender'" in ran.stderr


def test_json_says_what_was_asked(run: Run, data: str) -> None:
    code, out, _ = run("balance", data, "--by", "gender", "-n", "6", "-o", "o.csv", "--json")
    assert code == 0
    assert Balance.from_dict(json.loads(out)["request"]) == Balance(by=["gender"], rows=6)
    code, out, _ = run("fit", data, "-o", "m.trimtab", "--min-count", "3", "--json")
    assert Fit.from_dict(json.loads(out)["request"]) == Fit(min_count=3)
    assert "o.csv" not in out and "path" not in json.loads(out)["request"]


def stop(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_run_leaves_nothing(
    run: Run, data: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trimtab.model.trees.trees import Trees
    from trimtab.table.sources import text

    drawing = (
        ("sample", model, "-n", "5", "-o", "o.csv"),
        ("balance", data, "--by", "gender", "-o", "o.csv", "--save", "m.trimtab",
         "--save-plan", "p.json"),
    )  # fmt: skip
    for place, name in ((Trees, "fill"), (text, "write_text")):
        monkeypatch.setattr(place, name, stop)
        for words in drawing:
            code, out, err = run(*words)
            assert (code, out) == (130, "")
            assert "interrupted: nothing was written." in err
            assert list(Path().iterdir()) == []
