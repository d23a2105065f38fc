"""Rules on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.model.trees.persons.panels import survey
from trimtab import Rule, datasets, read, read_schema, write, write_schema
from trimtab.table.rules.rule import Source

Run = Callable[..., tuple[int, str, str]]
COLUMNS = ["PatientID", "DATE", "ProcedureDate", "RACE", "ETHNICITY", "ObsDesc", "UNITS"]


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("visits") / "visits.csv"
    write(read(datasets.visits().select(COLUMNS)), place)
    return str(place)


def test_inspect_shows_rules_in_words(run: Run, visits: str) -> None:
    code, out, err = run("inspect", visits)
    assert (code, err) == (0, "")
    shown = " ".join(out.replace("│", " ").split())
    assert "rules that are kept" in shown
    assert "RACE from ETHNICITY" in shown and "ProcedureDate <= DATE" in shown
    assert "no exception in 338 persons" in shown and "at 95 % confidence" in shown
    code, out, _ = run("inspect", visits, "--no-rules")
    assert code == 0 and "rule" not in out


def test_inspect_says_what_belongs_to_persons(run: Run, tmp_path: Path) -> None:
    panel = survey().rename(columns={"who": "person_id"})
    panel.loc[[0, 5], "born"] += 1  # changes in few of them
    panel.to_csv(tmp_path / "survey.csv", index=False)
    code, out, _ = run("inspect", str(tmp_path / "survey.csv"), "--no-rules")
    said = " ".join(out.split())
    assert code == 0 and "rows are in order of year" in said
    assert "Changed in few persons, and so not theirs once: born." in said
    code, out, _ = run("inspect", str(tmp_path / "survey.csv"), "--no-rules", "--json")
    assert len(json.loads(out)["persons"]) == 2


def test_inspect_writes_rules_that_pass_back(run: Run, visits: str) -> None:
    code, out, _ = run("inspect", visits, "--json", "-o", "s.toml")
    told = json.loads(out)["rules"]
    assert {r["text"] for r in told if r["status"] == "kept"} >= {"RACE from ETHNICITY"}
    schema = read_schema("s.toml")
    assert [r.text for r in schema.rules or ()] == [r["text"] for r in told]
    write_schema(schema.set_rule("RACE from ETHNICITY", "dropped"), "t.toml")
    code, out, _ = run("fit", visits, "-o", "m.trimtab", "--schema", "t.toml", "--json")
    assert code == 0
    kept = sum(r["status"] == "kept" for r in told)
    assert json.loads(out)["provenance"]["kept"] == kept - 1
    assert json.loads(out)["request"]["rules"] is True
    code, out, _ = run("inspect", "m.trimtab")
    assert code == 0 and "rules that are dropped" in out and "declared" not in out


def test_a_wrong_rule_is_named(run: Run, visits: str) -> None:
    run("inspect", visits, "--no-rules", "-o", "s.toml")
    text = Path("s.toml").read_text(encoding="utf-8")
    Path("s.toml").write_text(text + '\n[[rules]]\ntext = "DATE < ProcedureDate"\n')
    code, out, err = run("fit", visits, "-o", "m.trimtab", "--schema", "s.toml")
    assert (code, out) == (2, "") and not Path("m.trimtab").exists()
    assert err.startswith("error: schema: rule 1, 'DATE < ProcedureDate': 33")
    assert "of 338 persons break it, the first in row 1." in err
    code, _, err = run("fit", visits, "-o", "m.trimtab", "--schema", "s.toml", "--no-rules")
    assert code == 0
    assert "Nobody looked for rules" in run("inspect", "m.trimtab")[1]
    code, _, err = run("inspect", "m.trimtab", "-o", "u.toml")
    text = Path("u.toml").read_text(encoding="utf-8")
    Path("u.toml").write_text(text + '\n[[rules]]\ntext = "DATE <"\n')
    code, _, err = run("fit", visits, "-o", "n.trimtab", "--schema", "u.toml")
    assert code == 2 and err.startswith("error: u.toml: rule 1, 'DATE <': expected ")


def test_fit_says_how_many_rules(run: Run, visits: str) -> None:
    _, out, _ = run("fit", visits, "-o", "m.trimtab")
    assert re.search(r"\d rules: \d kept.* \(`trimtab inspect m\.trimtab` shows them\)\.", out)


def test_many_rules_are_not_all_shown(run: Run, visits: str) -> None:
    schema = read(visits).schema
    rules = tuple(
        Rule(text=f"DATE > '1900-01-{k:02}'", source=Source.FOUND) for k in range(1, 31)
    ) + tuple(Rule(text=f"DATE > '1901-01-{k:02}'", source=Source.FOUND) for k in range(1, 31))
    write_schema(schema.model_copy(update={"rules": rules}), "s.toml")
    code, _, _ = run("fit", visits, "-o", "m.trimtab", "--schema", "s.toml")
    assert code == 0
    _, out, _ = run("inspect", "m.trimtab")
    assert "1901-01-10" in out and "DATE > '1901-01-11'" not in out
    assert "... and 20 more rules" in out
