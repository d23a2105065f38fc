"""Files of text on the command line: said how they are read, and read as a person says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
GERMAN = "nr;preis;ort\n" + "".join(f"{k};{k % 97 + 1}.{k % 7}25,50 €;Köln\n" for k in range(90))


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "german.csv"
    path.write_bytes(GERMAN.encode("cp1252"))
    return path


def test_inspect_says_how_a_file_is_written(run: Run, german: Path) -> None:
    code, out, _ = run("inspect", str(german), "--no-rules")
    assert code == 0 and "cp1252, separated by semicolons, decimal comma" in out
    assert "nr counts the rows: leave it out (--drop)" in out and "1.234,5 €" in out
    code, out, _ = run("inspect", str(german), "--no-rules", "--json")
    told = json.loads(out)
    assert told["told"][0].startswith("cp1252") and told["columns"][1]["format"] == "1.234,5 €"


def test_what_a_person_says_goes_before_what_is_found(run: Run, german: Path) -> None:
    code, out, _ = run("inspect", str(german), "--no-rules", "--encoding", "iso8859-15")
    assert code == 0 and "as asked" in out
    code, out, _ = run("inspect", str(german), "--no-rules", "--delimiter", "|", "--json")
    assert code == 0 and len(json.loads(out)["columns"]) == 1
    for options in (("--encoding", "utf-8"), ("--delimiter", "xx"), ("--decimal", "x")):
        code, _, err = run("inspect", str(german), *options)
        assert (code == 2 and "expected" in err) or "--encoding cp1252" in err


def test_fit_warns_before_it_works(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rare.csv"
    names = [f"c{k}" for k in range(8)]
    rows = [",".join(f"v{(j + k) // 2}x" for k in range(8)) + f",{j * 37 % 50}" for j in range(90)]
    path.write_text("\n".join([",".join([*names, "x"]), *rows]) + "\n")
    code, _, err = run("fit", str(path), "-o", str(tmp_path / "m.trimtab"), "--no-rules")
    lines = [line for line in err.splitlines() if line.startswith("warning")]
    assert code == 0 and len(lines) == 6 and "and 3 more columns" in lines[-1]
    assert "c0 would come out 100%" in lines[0] and "--min-count" in lines[0]


def test_rows_are_drawn_in_the_dialect_of_the_table(run: Run, german: Path, tmp_path: Path) -> None:
    model, out = str(tmp_path / "m.trimtab"), tmp_path / "out.csv"
    assert run("fit", str(german), "-o", model, "--drop", "nr", "--no-rules")[0] == 0
    assert run("sample", model, "-n", "5", "-o", str(out))[0] == 0
    header, first, *_ = out.read_bytes().decode("cp1252").split("\n")
    assert header == "preis;ort" and first.endswith(" €;Köln") and "," in first


PLANNED = """
[[columns]]
name = "price"
kind = "number"
decimals = 2
format = "1.234,5 €"
missing = ["k.A."]
made = { low = 1000, high = 9000, missing_share = 0.3 }

[[columns]]
name = "seen"
kind = "datetime"
pattern = "%d.%m.%Y"
made = { low = "2024-01-01", high = "2024-12-31" }

[[columns]]
name = "unused"
kind = "text"
role = "drop"
"""


def test_rows_that_are_made_are_written_as_the_schema_says(run: Run, tmp_path: Path) -> None:
    (tmp_path / "planned.toml").write_text(PLANNED, encoding="utf-8")
    out = tmp_path / "rows.tsv"
    planned = str(tmp_path / "planned.toml")
    code, _, _ = run("sample", "--schema", planned, "-n", "40", "-o", str(out))
    header, *rows = out.read_text(encoding="utf-8").splitlines()
    assert code == 0 and header == "price\tseen"
    row = r"(k\.A\.|\d\.\d{3}(,\d\d?)? €)\t\d\d\.\d\d\.2024"
    assert len(rows) == 40 and all(re.fullmatch(row, text) for text in rows)
    assert any(text.startswith("k.A.") for text in rows)
