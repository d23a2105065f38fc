"""What inference says of small columns: kind, role, facts, flags."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trimtab.table.files import read
from trimtab.table.profile import decimals_of
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.toml import from_toml, read_schema, to_toml, write_schema

N = 60
RNG = np.random.default_rng(7)


def of_text(name: str, cells: list[str], tmp_path: Path) -> Column:
    """What a CSV column is; a last column after it keeps it from being taken for the outcome."""
    lines = [f'"{name}",end'] + [f'"{c}",{i * 37 % 101 / 7}' for i, c in enumerate(cells)]
    path = tmp_path / "given.csv"
    path.write_text("\n".join(lines) + "\n")
    return read(path).schema[name]


def cycle(*values: Any) -> list[Any]:
    return [values[i % len(values)] for i in range(N)]


IDS = [str(uuid.UUID(int=i * 7919 + 2**100)) for i in range(N)]
AMOUNTS = [f"{v:.2f}" for v in RNG.normal(100, 30, N)]
TEXTS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("age", [str(20 + i * 7 % 47) for i in range(N)], {"kind": "number", "decimals": 0}),
    ("pay", AMOUNTS, {"kind": "number", "decimals": 2, "fixed_decimals": True}),
    ("noise", ["27897.579999999998", *AMOUNTS[1:]], {"decimals": 2, "fixed_decimals": False}),
    ("whole", [f"{i * 7 % 47}.0" for i in range(N)], {"decimals": 0, "storage": "double"}),
    ("exp", [f"{i}e-3" for i in range(1, N + 1)], {"kind": "number", "decimals": 3}),
    ("full", [repr(float(v)) for v in RNG.normal(size=N)], {"kind": "number", "decimals": None}),
    ("bmi", ["N/A", "?", *AMOUNTS[2:]], {"kind": "number", "missing": ("N/A", "?")}),
    ("pay2", ["n.b.", *AMOUNTS[1:]], {"kind": "text"}),
    ("level", cycle("1", "2", "3"), {"kind": "label", "storage": "int64"}),
    ("on", cycle("0", "1", "1"), {"kind": "flag", "storage": "int64"}),
    ("answer", cycle("NA", "None", "?"), {"kind": "label", "missing": ()}),
    ("sex", cycle("m", "f"), {"kind": "flag"}),
    ("part", cycle("", "", "x"), {"kind": "label"}),
    ("same", cycle("x"), {"kind": "constant"}),
    ("same number", cycle("7"), {"kind": "constant", "storage": "int64"}),
    ("nothing", cycle(""), {"kind": "constant", "flags": ("all missing",)}),
    ("ZIP", [f"0{1100 + i % 20}" for i in range(N)], {"kind": "label", "storage": "string"}),
    ("zip code", [f"{21100 + i % 20}" for i in range(N)], {"kind": "label"}),
    ("code", [f"{i % 20:03}" for i in range(N)], {"kind": "label", "storage": "string"}),
    ("price", [f"${i},{i:03}.50" for i in range(1, N + 1)],
     {"kind": "number", "format": "$1,234.5", "decimals": 2, "fixed_decimals": True}),
    ("Id", IDS, {"kind": "identifier", "role": "keep"}),
    ("anything", IDS, {"kind": "identifier"}),
    ("ref", [f"AB-{i * 17:05}" for i in range(N)], {"kind": "identifier"}),
    ("key", [str(i * i + 5) for i in range(N)], {"kind": "identifier"}),
    ("sequence", [str((i * 7) % N + 5) for i in range(N)], {"kind": "identifier"}),
    ("fnlwgt", [str(i * i * 31 + 5) for i in range(N)], {"kind": "number"}),
    ("", [str(i) for i in range(N)], {"kind": "identifier", "role": "drop"}),
    ("Unnamed: 0", [str(i) for i in range(1, N + 1)], {"kind": "identifier", "role": "drop"}),
    ("row", [str(i) for i in range(N)], {"role": "keep", "flags": ("index-like",)}),
    ("PatientID", [str(1000 + i * i % 23) for i in range(N)], {"kind": "entity"}),
    ("patient_id", [f"P{1000 + i // 3}" for i in range(N)], {"kind": "entity"}),
    ("customer", [f"C{1000 + i // 3}" for i in range(N)], {"kind": "entity"}),
    ("plan_id", cycle("a", "b", "c"), {"kind": "label"}),
    ("contact", [f"p{i}@mail.example" for i in range(N)], {"role": "drop"}),
    ("Phone", [f"555{i:07}" for i in range(N)], {"role": "drop"}),
    ("SSN", [f"999-{i % 90 + 10}-{i * 37 % 9000 + 1000}" for i in range(N)], {"role": "drop"}),
    ("full_name", [f"Ann {chr(65 + i % 26)}ox{chr(97 + i // 26)}" for i in range(N)],
     {"role": "drop"}),
    ("ADDRESS", [f"{i} Elm Street" for i in range(N)], {"role": "drop"}),
    ("home", [f"{i} Elm Street Unit 4" for i in range(N)], {"role": "drop"}),
    ("product name", cycle("nut", "bolt", "cog"), {"role": "keep", "kind": "label"}),
    ("has_phone", cycle("yes", "no"), {"role": "keep", "kind": "flag"}),
    ("LAT", [repr(float(42 + v)) for v in RNG.normal(size=N)],
     {"kind": "number", "flags": ("quasi-identifier",)}),
    ("CITY", cycle("Rome", "Oslo", "Bern"), {"flags": ("quasi-identifier",)}),
    ("BirthDate", [f"19{i + 30}-01-01" for i in range(N)],
     {"kind": "datetime", "pattern": "%Y-%m-%d", "flags": ("quasi-identifier",)}),
    ("d", [f"2020-01-{i % 28 + 1:02}T10:11:{i:02}Z" for i in range(N)],
     {"kind": "datetime", "pattern": "%Y-%m-%dT%H:%M:%SZ"}),
    ("d", [f"{i % 28 + 1:02}/02/2020" for i in range(N)], {"pattern": "%d/%m/%Y"}),
    ("d", [f"02/{i % 28 + 1:02}/2020" for i in range(N)], {"pattern": "%m/%d/%Y"}),
    ("d", [f"02/{i % 12 + 1:02}/2020" for i in range(N)],
     {"kind": "label", "flags": ("ambiguous date",)}),
    ("d", ["NaT", *[f"2020-01-{i % 28 + 1:02}" for i in range(N - 1)]],
     {"kind": "datetime", "missing": ("NaT",)}),
    ("d", cycle("2020-02-30", "2020-02-28", "2020-02-27"), {"kind": "label"}),
    ("p", [f"{i % 30},{i % 10} %" for i in range(N)],
     {"kind": "number", "format": "1234,5 %", "decimals": 1}),
    ("k", [f"{i + 1}.575.{i + 100}" for i in range(N)],
     {"kind": "number", "format": "1.234,5", "storage": "int64"}),
    ("k", [f"{i + 1}'575.25" for i in range(N)], {"kind": "number", "format": "1'234.5"}),
    ("k", [f"{i + 1} 575 {i + 100}" for i in range(N)], {"format": "1 234.5"}),
    ("k", [f"({i},5)" if i % 3 else f"{i},5" for i in range(N)], {"format": "(1234,5)"}),
    ("k", [f"+{i}" if i % 3 else f"-{i}" for i in range(N)], {"format": "+1234.5"}),
    ("k", [f"{i + 1}.25e+{i % 9:02}" for i in range(N)], {"format": "1.23e+03"}),
    ("mixed", [f"{i},5" if i % 2 else f"{i}.5" for i in range(N)],
     {"kind": "number", "decimals": 1}),
    ("few", ["unknown", "N/A"] * 20 + [f"{i}.5" for i in range(20)],
     {"kind": "number", "missing": ("unknown", "N/A")}),
    ("money", [f"{i} €" if i % 2 else f"{i} $" for i in range(N)], {"kind": "text"}),
    ("at", [f"{i % 24:02}:{i % 60:02}" for i in range(N)],
     {"kind": "number", "format": "%H:%M", "storage": "int64"}),
    ("at", [f"{i % 12 + 1}:{i % 60:02} PM" for i in range(N)], {"format": "%-I:%M %p"}),
    ("d", [f"{i % 28 + 1}/2/2020" for i in range(N)], {"pattern": "%-d/%-m/%Y"}),
    ("d", [f"2/{i % 28 + 1}/20" for i in range(N)], {"pattern": "%-m/%-d/%y"}),
    ("d", [f"200410{i % 28 + 1:02}" for i in range(N)], {"kind": "datetime"}),
    ("d", [f"{i % 28 + 1}. März 2004" for i in range(N)], {"pattern": "de:%-d. %B %Y"}),
    ("d", [f"{i % 28 + 1:02}-MAR-04" for i in range(N)], {"pattern": "%d-%^b-%y"}),
    ("d", ["n/a"] * 40 + [f"{i % 28 + 1}.3.2004 {i}:30" for i in range(20)],
     {"pattern": "%-d.%-m.%Y %-H:%M", "missing": ("n/a",)}),
    ("yes", cycle("Yes", "YES", "no", "No", "yes", "Yes"), {"kind": "flag", "format": "Yes|no"}),
    ("note", [f"the patient came on day {i} and left" for i in range(N)], {"kind": "text"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cells", "expected"), TEXTS, ids=[f"{t[0]}-{t[1][0]}" for t in TEXTS]
)
def test_text(name: str, cells: list[str], expected: dict[str, Any], tmp_path: Path) -> None:
    found = of_text(name or "", cells, tmp_path) if name else None
    if found is None:
        path = tmp_path / "given.csv"
        path.write_text("\n".join([",end", *(f"{c},{i / 7}" for i, c in enumerate(cells))]))
        found = read(path).schema["column_1"]
        assert "index-like" in found.flags
    assert {key: getattr(found, key) for key in expected} == expected
    assert found.reason


TYPED: list[tuple[str, pa.Array, dict[str, Any]]] = [
    ("b", pa.array(cycle(True, False, None)), {"kind": "flag"}),
    ("b", pa.array(cycle(True)), {"kind": "constant"}),
    ("day", pa.array(cycle(dt.date(2020, 1, 1), dt.date(2021, 1, 1))), {"kind": "datetime"}),
    ("f", pa.array(np.float32([0.1, 0.25, 1.7] * 20)), {"kind": "number", "decimals": 2}),
    ("f", pa.array(cycle(0.0, 1.0, None)), {"kind": "flag", "decimals": 0}),
    ("x", pa.array(cycle("12", "13", "14")), {"kind": "label", "storage": "string"}),
    ("x", pa.array(AMOUNTS), {"kind": "number", "storage": "string", "fixed_decimals": True}),
    ("d", pa.array([dt.timedelta(seconds=i * 3) for i in range(N)]), {"kind": "number"}),
    ("zip", pa.array([1100 + i % 20 for i in range(N)]), {"kind": "label"}),
    ("user", pa.array([1100 + i % 20 for i in range(N)]), {"kind": "entity"}),
    ("__index_level_0__", pa.array(range(N)), {"role": "drop"}),
]


@pytest.mark.parametrize(("name", "values", "expected"), TYPED, ids=lambda v: None)
def test_typed(name: str, values: pa.Array, expected: dict[str, Any]) -> None:
    found = read(pa.table({name: values, "end": RNG.normal(size=N)})).schema[name]
    assert {key: getattr(found, key) for key in expected} == expected


def test_leading_zeros_are_told_with_evidence(tmp_path: Path) -> None:
    found = of_text("z", cycle("01103", "21103", "31103"), tmp_path)
    assert (
        found.reason == "every one of 60 values has 5 digits and 20 begin with 0: a code, "
        "not a number"
    )


@pytest.mark.parametrize(
    ("columns", "outcome"),
    [
        ({"x": AMOUNTS, "target": AMOUNTS, "z": cycle("a", "b")}, ("target",)),
        ({"x": AMOUNTS, "income": cycle("a", "b"), "z": AMOUNTS}, ("income",)),
        ({"x": AMOUNTS, "is_recid": cycle("a", "b"), "z": AMOUNTS}, ("is_recid",)),
        ({"x": AMOUNTS, "z": cycle("a", "b")}, ("z",)),
        ({"x": AMOUNTS, "gender": cycle("a", "b")}, ()),
        ({"x": AMOUNTS, "z": cycle("a", "b", "c", "d", "e")}, ()),
        ({"x": cycle("a", "b"), "z": AMOUNTS}, ()),
    ],
)
def test_outcome(columns: dict[str, list[str]], outcome: tuple[str, ...]) -> None:
    schema = read(pa.table(columns)).schema
    assert schema.outcomes == outcome
    for name in outcome:
        assert "guessed as the outcome" in schema[name].reason


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 0.0], 0),
        ([0.1 + 0.2, 1.5], 1),
        ([27897.579999999998, 324.9599999999999], 2),
        ([1e15, 0.125], 3),
        ([1 / 3, 2 / 3], None),
        ([], 0),
        ([1e300, 1e-300], None),
        ([float("inf"), 1.5], 1),
    ],
)
def test_decimals(values: list[float], expected: int | None) -> None:
    assert decimals_of(np.array(values, dtype=float)) == expected


def test_a_schema_survives_toml_and_json(tmp_path: Path) -> None:
    table = read(
        pa.table({"a b": AMOUNTS, 'q"\\\n\t\x7f': cycle("x", "y"), "zip": cycle("01", "02", "03")})
    )
    schema = table.schema.change("zip", missing=("?", "\\N"), role=Role.DROP)
    assert from_toml(to_toml(schema), "here") == schema
    for name in ("s.toml", "s.json"):
        write_schema(schema, tmp_path / name)
        assert read_schema(tmp_path / name) == schema


def test_an_edited_schema_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_text("zip,grade,old,y\n" + "01103,1,?,0\n02203,2,x,1\n01104,3,x,1\n" * 20)
    schema = read(path).schema
    edited = schema.change("grade", kind=Kind.NUMBER).change("old", missing=("?",), role="drop")
    edited = edited.change("zip", kind="number")
    edited = Schema(columns=tuple(c for c in edited if c.name != "y"))
    table = read(path, edited)
    assert [c.kind for c in table.schema] == ["number", "number", "flag", "flag"]
    assert table.schema["old"].role is Role.DROP
    assert table.column("old").null_count == 20
    assert table.column("zip")[0].as_py() == 1103
    locked = table.schema.model_copy(update={"locked": True})
    assert read(path, locked).schema == locked
    assert read(table, schema.change("y", kind="label")).schema["y"].kind is Kind.LABEL


def test_a_locked_schema_gives_the_same_types_for_other_rows(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("code,n,d\n" + "01,5,31.12.2020\n02,6,30.12.2020\n11,7,\n" * 20)
    test.write_text("code,n,d\n11,5,01.02.2020\n")
    first = read(train)
    again = read(test, first.schema.model_copy(update={"locked": True}))
    assert again.data.schema == first.data.schema
    assert again.data.to_pylist() == [{"code": "11", "n": 5, "d": dt.date(2020, 2, 1)}]
