"""Rows made from a schema are as it says, keep its rules, and never pass for evidence."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab import cli
from trimtab.errors import InputError, RefusedError, TableWarning
from trimtab.synthesis.synthesizer import load
from trimtab.table.files import read
from trimtab.table.schema import Schema
from trimtab.table.table import MADE
from trimtab.table.toml import from_toml, to_toml
from trimtab.table.writing import write

SCHEMA = """
[[columns]]
name = "patient"
kind = "identifier"

[[columns]]
name = "age"
kind = "number"
decimals = 0
made = { low = 0, high = 99 }

[[columns]]
name = "weight"
kind = "number"
decimals = 1
made = { low = 3, high = 120.5, missing_share = 0.2 }

[[columns]]
name = "sex"
kind = "label"
made = { values = ["F", "M"], shares = [0.7, 0.3] }

[[columns]]
name = "smokes"
kind = "flag"

[[columns]]
name = "born"
kind = "datetime"
made = { low = 1930-01-01, high = 2000-12-31 }

[[columns]]
name = "seen"
kind = "datetime"
made = { low = "1950-01-01 08:00:00", high = "2024-12-31 18:00:00" }

[[columns]]
name = "name"
kind = "text"
role = "drop"

[[rules]]
text = "born <= seen"

[[rules]]
text = "weight <= 80 where age < 14"
"""


def schema(text: str = SCHEMA) -> Schema:
    return from_toml(text, "a schema")


def test_rows_are_as_the_schema_says() -> None:
    made = trimtab.datasets.from_schema(schema(), 4_000, seed=3)
    assert made.column_names == ["patient", "age", "weight", "sex", "smokes", "born", "seen"]
    assert made["patient"].to_pylist()[:2] == ["patient-1", "patient-2"]
    age, weight = made["age"].to_numpy(), made["weight"].drop_null().to_numpy()
    assert made["age"].type == pa.int64() and set(age.tolist()) == set(range(100))
    assert weight.min() >= 3 and weight.max() <= 120.5
    assert np.array_equal(weight, np.round(weight, 1))
    assert abs(made["weight"].null_count / 4_000 - 0.2) < 0.03
    women = pc.mean(pc.equal(made["sex"], "F").cast(pa.int8())).as_py()
    assert abs(women - 0.7) < 0.03
    assert made["smokes"].type == pa.bool_() and made["born"].type == pa.date32()
    born, seen = (made[n].to_numpy().astype("datetime64[s]") for n in ("born", "seen"))
    assert (born <= seen).all()
    assert not ((made["weight"].to_numpy() > 80) & (age < 14)).any()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9))
def test_a_row_is_the_same_however_many_are_asked_for(few: int, more: int, seed: int) -> None:
    one, other = (trimtab.datasets.from_schema(schema(), n, seed=seed) for n in (few, few + more))
    assert one.equals(other.slice(0, few).combine_chunks())


def test_a_schema_with_what_is_made_comes_back_from_toml_and_json(tmp_path: Path) -> None:
    for again in (
        from_toml(to_toml(schema()), "x"),
        Schema.parse(json.loads(schema().to_json()), "x"),
    ):
        assert again == schema()
    assert "made = { low = 0, high = 99 }" in to_toml(schema())
    trimtab.write_schema(schema(), tmp_path / "s.toml")
    assert trimtab.datasets.from_schema(tmp_path / "s.toml", 5) == (
        trimtab.datasets.from_schema(schema(), 5)
    )


BAD_COLUMNS = [
    ('kind = "number"', "is a number of which the schema says too little.*low = 0"),
    ('kind = "label"', "is a label of which .*values ="),
    ('kind = "text"', "prose cannot be made"),
    ('kind = "datetime"\nmade = { low = 1, high = 2 }', "is a datetime of which .*2024-01-01"),
    ('kind = "datetime"\nmade = { low = "x", high = "y" }', "expected dates or times"),
    ('kind = "number"\nmade = { low = "1", high = "2" }', "is a number of which"),
    ('kind = "number"\ndecimals = 0\nmade = { low = 0.2, high = 0.8 }', "no number of 0 decimals"),
    ('kind = "entity"', "rows of the same person cannot be made"),
    ('kind = "label"\nmade = { values = ["a"], shares = [0.5, 0.5] }', "2 shares of 1 values"),
    ('kind = "label"\nmade = { values = ["a", "b"], shares = [0.5, 0.1] }', "sum to 0.6"),
    ('kind = "label"\nmade = { values = ["a", "a"] }', "stands twice"),
    ('kind = "label"\nmade = { values = ["a", 1] }', "several types"),
    ('kind = "number"\nmade = { low = 1 }', "belong together"),
    ('kind = "number"\nmade = { low = 2, high = 1 }', "is above"),
    ('kind = "number"\nmade = { low = 1, high = 2, values = [1] }', "both values and a range"),
    ('kind = "number"\nmade = { low = 1, high = 2, missing_share = 2 }', "missing_share"),
    ('kind = "number"\nmade = { low = 0, high = inf }', "infinite or nan"),
    ('kind = "number"\nmade = { low = nan, high = 1 }', "infinite or nan"),
    ('kind = "label"\nmade = { values = ["a"], shares = [nan] }', "infinite or nan"),
    ('kind = "number"\ndecimals = 0\nmade = { low = 0, high = 1e300 }', "18 digits"),
    ('kind = "number"\nrole = "drop"', "no column to make"),
]


@pytest.mark.parametrize(("text", "message"), BAD_COLUMNS, ids=lambda v: None)
def test_a_column_that_says_too_little_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=f"(?s){message}"):
        trimtab.datasets.from_schema(schema(f'[[columns]]\nname = "x"\n{text}'), 10)


BAD_RULES = [
    ("age >= 100", r"'age >= 100' is kept by too few rows"),
    ("sex from age", "takes what is allowed from real rows"),
    ("name present", "is about name, which is not made"),
]


@pytest.mark.parametrize(("text", "message"), BAD_RULES, ids=lambda v: None)
def test_a_rule_that_cannot_be_kept_is_refused(text: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        trimtab.datasets.from_schema(schema().add_rule(text), 50)


def test_it_is_no_evidence_wherever_it_goes(tmp_path: Path) -> None:
    made = trimtab.datasets.from_schema(schema(), 300)
    write(read(made), tmp_path / "made.parquet")
    for table in (read(made), read(tmp_path / "made.parquet")):
        assert table.origin.notes == (MADE,)
        assert all(MADE in column.reason for column in table.schema)
    with pytest.warns(TableWarning, match="patient would come out"):
        synthesizer = trimtab.fit(tmp_path / "made.parquet", model="trees", rules=False)
    assert MADE in synthesizer.provenance.warnings
    synthesizer.save(tmp_path / "made.trimtab")
    drawn = load(tmp_path / "made.trimtab").sample(50)
    assert read(drawn).origin.notes == (MADE,)
    card = trimtab.evaluate(made, drawn, sections=["fidelity"], rules=False)
    for name in ("real", "synthetic"):
        assert f"The {name} table: {MADE}." in card.notes
    real = read(trimtab.datasets.strokes(50))
    assert real.origin.notes == () and real.origin.mark is None


def run(monkeypatch: pytest.MonkeyPatch, *words: Any) -> int:
    monkeypatch.setattr(sys, "argv", ["trimtab", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return int(stop.value.code or 0)


def test_the_command_makes_rows_and_says_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "s.toml"
    place.write_text(SCHEMA)
    for name in ("rows.csv", "rows.parquet"):
        words = ["sample", "--schema", place, "-n", 40, "-o", tmp_path / name]
        assert run(monkeypatch, *words) == 0
        said = capsys.readouterr()
        assert MADE in " ".join(said.err.split())
        assert ("no place for that" in said.err) == (name == "rows.csv")
        assert read(tmp_path / name).rows == 40
    assert run(monkeypatch, "inspect", tmp_path / "rows.parquet", "--no-rules") == 0
    assert MADE in " ".join(capsys.readouterr().out.split())
    for more, message in (
        (["-n", 5, "m.trimtab"], "leave out MODEL"),
        ([], "add -n 1000"),
        (["-n", 5, "--where", "sex=F"], "leave out --where"),
    ):
        words = ["sample", "--schema", place, "-o", tmp_path / "no.csv", *more]
        assert run(monkeypatch, *words) == 2
        assert message in capsys.readouterr().err
    assert run(monkeypatch, "sample", "-o", tmp_path / "no.csv") == 2
    assert "expected MODEL" in capsys.readouterr().err
    assert not (tmp_path / "no.csv").exists()
