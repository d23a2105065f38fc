"""Inference on real tables: the findings that matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.places import DATA
from trimtab.table.files import read
from trimtab.table.table import Table
from trimtab.table.writing import write

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent")


def kinds(table: Table) -> dict[str, str]:
    return {c.name: str(c.kind) for c in table.schema}


@pytest.mark.parametrize(
    ("name", "outcome", "expected"),
    [
        ("adult", "income", {"age": "number", "fnlwgt": "number", "workclass": "label",
                             "capital-gain": "number", "sex": "flag"}),
        ("stroke", "stroke", {"bmi": "number", "age": "number", "smoking_status": "label",
                              "hypertension": "flag", "avg_glucose_level": "number"}),
        ("default", "default_payment_next_month", {"LIMIT_BAL": "number", "EDUCATION": "label",
                                                   "SEX": "flag", "BILL_AMT1": "number"}),
        ("magic", "class", {"fLength": "number", "fDist": "number"}),
        ("compas", "two_year_recid", {"age": "number", "race": "label", "sex": "flag"}),
        ("california", None, {"longitude": "number", "median_house_value": "number",
                              "ocean_proximity": "label"}),
        ("synthea_patients", None, {"ZIP": "label", "STATE": "constant", "CITY": "label",
                                    "HEALTHCARE_EXPENSES": "number"}),
    ],
)  # fmt: skip
def test_kinds(name: str, outcome: str | None, expected: dict[str, str], tmp_path: Path) -> None:
    source = DATA / name / "train.csv"
    table = read(source)
    assert table.schema.outcomes == ((outcome,) if outcome else ())
    assert kinds(table).items() >= expected.items()
    assert not [
        c.name for c in table.schema if c.role == "drop" or c.kind in ("identifier", "text")
    ]
    # Written again, the file says the same.
    again = write(table, tmp_path / "again.csv")
    assert again.read_text() == source.read_text().replace("\r\n", "\n")


def test_adult_keeps_its_question_marks() -> None:
    assert "?" in read(DATA / "adult" / "train.csv").column("workclass").to_pylist()


def test_synthea_decimals_and_zip() -> None:
    schema = read(DATA / "synthea_patients" / "train.csv").schema
    assert [schema[n].decimals for n in ("HEALTHCARE_EXPENSES", "HEALTHCARE_COVERAGE")] == [2, 2]
    assert schema["ZIP"].flags == ("quasi-identifier",)
    assert "begin with 0: a code, not a number" in schema["ZIP"].reason


def test_synthea_raw_names_its_persons() -> None:
    schema = read(DATA / "synthea_patients" / "raw.csv").schema
    dropped = {c.name for c in schema if c.role == "drop"}
    assert dropped == {"SSN", "DRIVERS", "PASSPORT", "FIRST", "LAST", "MAIDEN", "ADDRESS"}
    assert schema["Id"].kind == "identifier"
    assert [schema[n].kind for n in ("BIRTHDATE", "DEATHDATE")] == ["datetime", "datetime"]
    flagged = {c.name for c in schema if "quasi-identifier" in c.flags}
    assert flagged == {"BIRTHDATE", "DEATHDATE", "BIRTHPLACE", "CITY", "ZIP", "LAT", "LON"}
    assert [schema[n].decimals for n in ("LAT", "LON")] == [None, None]
    assert schema.outcomes == ()
