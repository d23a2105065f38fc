"""Bad input on the command line, one row each: the exit code, the message, and nothing left over.

A message names what was given and says what to do. Codes: 0 with a sensible result, 2 for bad
input, 3 for what is refused.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trimtab import cli, datasets, read, write
from trimtab.verbs.fit import fit


@dataclass(frozen=True)
class Case:
    """A command line, given its input file as {} and what the messages must hold."""

    words: str
    code: int
    says: tuple[str, ...] = ()
    make: Callable[[Path], None] | None = None
    json_too: bool = False


def text(name: str, content: str | bytes) -> Callable[[Path], None]:
    """Write one file."""
    raw = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(raw) and None


def rows(header: str, *lines: str, times: int = 1) -> str:
    return "\n".join([header, *(lines * times)]) + "\n"


def cut_parquet(folder: Path) -> None:
    pq.write_table(pa.table({"a": list(range(500))}), folder / "t.parquet")
    whole = (folder / "t.parquet").read_bytes()
    (folder / "t.parquet").write_bytes(whole[: len(whole) // 2])


def model_cut(folder: Path) -> None:
    whole = (folder / "good.trimtab").read_bytes()
    (folder / "bad.trimtab").write_bytes(whole[: len(whole) // 2])


def model_with(member: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A copy of the good model with one member changed and nothing else."""

    def make(folder: Path) -> None:
        with (
            zipfile.ZipFile(folder / "good.trimtab") as good,
            zipfile.ZipFile(folder / "bad.trimtab", "w") as bad,
        ):
            for info in good.infolist():
                content = good.read(info)
                bad.writestr(info, change(content) if info.filename == member else content)

    return make


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def newer(content: bytes) -> bytes:
    told = json.loads(content)
    version = next(k for k in told if "version" in k and isinstance(told[k], int))
    return json.dumps({**told, version: told[version] + 1}).encode()


MANY = rows("many,x", *(f"label {i},{i % 12}" for i in range(10_000)))
PLAIN = rows("g,x", "a,1", "b,2", "a,3", "b,4", "a,5", times=4)


def spread(i: int) -> str:
    """A row of many values, with gaps in two columns but not in step."""
    cells = [f"{(i * step) % 101 / 7:.2f}" for step in (3, 11, 17, 29, 37)]
    cells[i % 2] = "" if i % 5 == 0 else cells[i % 2]
    return ",".join(cells)


IMPUTE = "impute gaps.csv -o out.csv"
GOOD = "balance good.csv --by g -n 6 -o out.csv"

TABLES = {
    "empty file": Case("balance t.csv --by a -o out.csv", 2, ("t.csv", "empty"), text("t.csv", "")),
    "header only": Case("fit t.csv -o m.trimtab", 2, ("t.csv", "rows"), text("t.csv", "a,b\n")),
    "one row": Case(
        "fit t.csv -o m.trimtab", 3, ("1 row", "Give more rows"), text("t.csv", "a,b\n1,x\n")
    ),
    "one row, and all may show": Case(
        "fit t.csv -o m.trimtab --min-count 0",
        3,
        ("1 row", "at least 2", "never copied out"),
        text("t.csv", "a,b\n1,x\n"),
    ),
    "three rows": Case(
        "balance t.csv --by b -o out.csv",
        3,
        ("3 rows", "--min-count"),
        text("t.csv", "a,b\n1,x\n2,y\n3,y\n"),
    ),
    "three rows, on request": Case(
        "balance t.csv --by b -n 4 -o out.csv --min-count 0 --min-support 1",
        0,
        ("rest on 1 real row",),
        text("t.csv", "a,b\n1,x\n2,y\n3,y\n"),
    ),
    "one column": Case(
        "balance t.csv --by a -n 4 -o out.csv", 0, (), text("t.csv", rows("a", "x", "y", times=9))
    ),
    "constant and all-missing columns": Case(
        "balance t.csv --by g -n 4 -o out.csv",
        0,
        (),
        text("t.csv", rows("g,c,m", "a,k,", "b,k,", times=9)),
    ),
    "nothing but constant columns": Case(
        "balance t.csv --by c -n 4 -o out.csv", 0, (), text("t.csv", rows("c,m", "k,", times=9))
    ),
    "duplicate names": Case(
        "fit t.csv -o m.trimtab", 2, ("'a' stands 2 times",), text("t.csv", rows("a,a", "1,2"))
    ),
    "infinities": Case(
        "fit t.csv -o m.trimtab",
        2,
        ("'x' is infinite in row 3", "Replace"),
        text("t.csv", rows("x,y", "1,2", "2,2", "inf,2", *["4,5"] * 60)),
    ),
    "mixed types": Case(
        "balance t.csv --by x -n 4 -o out.csv --unseen skip",
        0,
        (),
        text("t.csv", rows("x,y", "1,2", "red,3", "2020-01-01,4", times=8)),
    ),
    "10,000 categories": Case("fit t.csv -o out.trimtab", 0, (), text("t.csv", MANY)),
    "10,000 categories to balance over": Case(
        "balance t.csv --by many,x -o out.csv", 2, ("many", "cells", "--to"), text("t.csv", MANY)
    ),
    "wrong encoding": Case(
        "fit t.csv -o m.trimtab",
        2,
        ("t.csv", "two encodings", "line 4", "--encoding cp1252"),
        text("t.csv", "a,b\né,ü\nç,2\n".encode() + b"\xe9,3\n"),
    ),
    "truncated Parquet": Case(
        "fit t.parquet -o m.trimtab", 2, ("t.parquet", "truncated"), cut_parquet
    ),
    "a path that is not there": Case("inspect nope.csv", 2, ("nope.csv does not exist",)),
    "a folder for a table": Case("fit here -o m.trimtab", 2, ("here is a folder",)),
    "an unknown kind of file": Case(
        "inspect t.docx", 2, ("t.docx", ".csv", ".parquet"), text("t.docx", "x")
    ),
}  # fmt: skip

PLACES = {
    "no folder to write in": Case(
        "balance good.csv --by g -o no/out.csv", 2, ("no/out.csv", "does not exist", "Create")
    ),
    "several tables, one of them the input": Case(
        "impute t-1.csv -o t.csv --multiple 2",
        2,
        ("t-1.csv", "DATA"),
        text("t-1.csv", rows("x,y", "1,", "2,3", times=9)),
    ),
    "several tables in no folder": Case(
        "impute good.csv -o no/out.csv --multiple 2", 2, ("no/out-1.csv", "does not exist")
    ),
    "a table for a model to fill from": Case(
        "impute good.csv -o out.csv --from good.csv", 2, ("good.csv",)
    ),
    "a folder as the output": Case("balance good.csv --by g -o here", 2, ("here",)),
    "a folder named as a table": Case(
        "sample good.trimtab -n 3 -o dir.csv",
        2,
        ("dir.csv", "is a folder"),
        lambda folder: (folder / "dir.csv").mkdir(),
    ),
    "a file as a folder": Case(
        "sample good.trimtab -n 3 -o good.csv/out.csv", 2, ("good.csv", "does not exist")
    ),
    "an unknown output": Case("sample good.trimtab -n 3 -o out.docx", 2, ("out.docx", ".csv")),
    "a model that is no .trimtab": Case("fit good.csv -o model.bin", 2, ("model.bin", ".trimtab")),
    "the input as the output": Case("balance good.csv --by g -o good.csv", 2, ("good.csv", "DATA")),
    "one output twice": Case(
        "balance good.csv --by g -o out.csv --save-plan out.csv", 2, ("out.csv", "--save-plan")
    ),
    "a model in no folder": Case(GOOD + " --save no/m.trimtab", 2, ("no/m.trimtab", "folder")),
    "a plan in no folder": Case(GOOD + " --save-plan no/p.json", 2, ("no/p.json", "folder")),
    "a schema of another kind": Case("inspect good.csv -o s.yaml", 2, ("s.yaml", ".toml")),
    "a demo in a file": Case("demo --folder good.csv", 2, ("good.csv", "--folder")),
}

REQUESTS = {
    "unknown --by": Case(
        "balance good.csv --by G,y -o out.csv", 2, ("'G'", "Did you mean 'g'"), json_too=True
    ),
    "empty --by": Case("balance good.csv --by , -o out.csv", 2, ("at least one column",)),
    "unknown --drop": Case("fit good.csv -o m.trimtab --drop gg", 2, ("drop", "'gg'")),
    "unknown --first": Case("fit good.csv -o m.trimtab --first gg", 2, ("first", "'gg'")),
    "unknown --outcome": Case("fit good.csv -o m.trimtab --outcome gg", 2, ("outcome", "'gg'")),
    "unknown --where": Case(
        "sample good.trimtab -n 3 -o out.csv --where G=a", 2, ("'G'", "Did you mean 'g'")
    ),
    "a condition without a sign": Case(
        "sample good.trimtab -n 3 -o out.csv --where ga", 2, ("'ga'", "COLUMN=VALUE")
    ),
    "a condition twice": Case(
        "sample good.trimtab -n 3 -o out.csv --where g=a,g=b", 2, ("'g'", "twice")
    ),
    "a value that never occurred": Case(
        "sample good.trimtab -n 3 -o out.csv --where g=q", 2, ("'q'", "expected one of a, b")
    ),
    "a number far outside": Case(
        "sample good.trimtab -n 3 -o out.csv --where x=1e9", 2, ("x =", "range")
    ),
    "missing where nothing is": Case(
        "sample good.trimtab -n 3 -o out.csv --where g=", 2, ("g is asked to be missing", "value")
    ),
    "a column that cannot be given": Case(
        "sample good.trimtab -n 3 -o out.csv --where late=3", 3, ("late", "--first late")
    ),
    "a value that never occurred, in counts": Case(
        "balance good.csv --by g --to t.csv -o out.csv",
        2,
        ("q never occurs", "a, b"),
        text("t.csv", "g,count\nq,3\n"),
    ),
    "counts without a count": Case(
        "balance good.csv --by g --to t.csv -o out.csv",
        2,
        ("many", "'count' or 'share'"),
        text("t.csv", "g,many\na,3\nb,3\n"),
    ),
    "-n 0": Case("sample good.trimtab -n 0 -o out.csv", 2, ("rows = 0", "at least 1")),
    "-n negative": Case("balance good.csv --by g -n -5 -o out.csv", 2, ("-5", "at least 1")),
    "-n abc": Case("sample good.trimtab -n abc -o out.csv", 2, ("'abc'", "whole number")),
    "-n of no memory": Case(
        "sample good.trimtab -n 99999999999999999999 -o out.csv", 2, ("at most 1,000,000,000",)
    ),
    "--seed negative": Case("sample good.trimtab -n 3 --seed -1 -o out.csv", 2, ("seed = -1",)),
    "--min-count negative": Case(GOOD + " --min-count -1", 2, ("min_count = -1",)),
    "an unknown mode": Case(GOOD + " --mode both", 2, ("'both'", "augment, replace")),
    "an unknown model": Case(GOOD + " --model forest", 2, ("'forest'", "trees")),
    "an unknown target": Case(GOOD + " --target margin", 2, ("'margin'", "margins, product")),
    "--min-support 0": Case(GOOD + " --min-support 0", 2, ("min_support = 0", "at least 1")),
    "margins asked as combinations": Case(
        "balance good.csv --by g --to t.csv --target product -o out.csv",
        2,
        ("'product'", "each column by itself", "leave out the target"),
        text("t.csv", "column,value,share\ng,a,0.5\ng,b,0.5\n"),
    ),
    "margins that contradict each other": Case(
        "balance t.csv --by g,h --target margins -o out.csv",
        3,
        ("g = a should be 50 % and can be 33.33 % at most", "while h = x is 33.33 % or less"),
        text("t.csv", rows("g,h", "a,x", "b,x", "b,y", "b,z", times=9)),
        json_too=True,
    ),
    "an unknown word for unseen": Case(GOOD + " --unseen maybe", 2, ("'maybe'", "skip")),
    "an origin that is there": Case(GOOD + " --origin x", 2, ("'x'", "another name")),
    "no output": Case("balance good.csv --by g", 2, ("-o", "--dry-run")),
    "an unknown option": Case(GOOD + " --bogus", 2, ("--bogus",)),
    "an unknown command": Case("blance good.csv", 2, ("blance",)),
    "too few rows to augment": Case(
        "balance good.csv --by g --mode augment -n 20 -o out.csv",
        3,
        ("at least 24", "--mode replace"),
    ),
    "cells never seen": Case(
        "balance t.csv --by g,h -o out.csv",
        3,
        ("2 of 6 cells", "g = a, h = y", "--unseen skip", "contradict each other"),
        text("t.csv", rows("g,h", "a,x", "b,x", "b,y", "b,z", times=9)),
        json_too=True,
    ),
    "a class of one row": Case(
        "balance t.csv --by label --mode augment -o out.csv",
        3,
        ("label = spy (1 real row): 25 rows", "--unseen skip", "--to", "--min-support 1"),
        text("t.csv", rows("g,label", "a,probe", "b,smurf", "b,probe", times=13) + "a,spy\n"),
        json_too=True,
    ),
    "two ways to condition": Case(
        "sample good.trimtab -o out.csv --where g=a --given good.csv", 2, ("exclude each other",)
    ),
    "a number of rows and given rows": Case(
        "sample good.trimtab -n 3 -o out.csv --given t.csv",
        2,
        ("rows = 3", "leave out"),
        text("t.csv", "g\na\nb\n"),
    ),
    "a column unknown in given rows": Case(
        "sample good.trimtab -o out.csv --given t.csv", 2, ("'gg'",), text("t.csv", "gg\na\nb\n")
    ),
    "given rows that are not there": Case(
        "sample good.trimtab -o out.csv --given nope.csv", 2, ("nope.csv does not exist",)
    ),
    "a plan that is not there": Case(
        "sample good.trimtab -o out.csv --plan nope.json", 2, ("nope.json",)
    ),
    "a plan that is none": Case(
        "sample good.trimtab -o out.csv --plan t.json",
        2,
        ("t.json is no plan", "--save-plan"),
        text("t.json", "{}"),
    ),
    "--multiple 0": Case(IMPUTE + " --multiple 0", 2, ("multiple = 0", "at least 1")),
    "--multiple abc": Case(IMPUTE + " --multiple abc", 2, ("'abc'", "whole number")),
    "unknown --drop of gaps": Case(IMPUTE + " --drop Y", 2, ("'Y'", "Did you mean 'y'")),
    "an unknown model for gaps": Case(IMPUTE + " --model forest", 2, ("'forest'", "trees")),
    "gaps that a chain cannot fill": Case(
        "impute t.csv -o out.csv --model trees",
        3,
        ("cannot condition exactly", "--model network"),
        text("t.csv", "\n".join(["v,w,x,y,z", *(spread(i) for i in range(300))])),
    ),
    "gaps and nothing else": Case(
        "impute t.csv -o out.csv",
        3,
        ("no value in a, b",),
        text("t.csv", rows("a,b", ",", times=9)),
    ),
    "gaps in three rows": Case(
        "impute t.csv -o out.csv --model trees",
        3,
        ("3 rows", "Give more rows", "--min-count"),
        text("t.csv", "a,b\n1,x\n,y\n2,y\n"),
    ),
    "a row with a gap": Case(
        "impute t.csv -o out.csv", 0, ("stay in a: there is no value",), text("t.csv", "a,b\n,x\n")
    ),
    "no gaps": Case("impute good.csv -o out.csv", 0, ("nothing to fill",)),
    "a model and how to learn one": Case(
        IMPUTE + " --from good.trimtab --model trees", 2, ("--from", "leave out")
    ),
    "a model of other columns": Case(
        IMPUTE + " --from good.trimtab", 2, ("'y'", "The columns are: g, late, x", "drop")
    ),
    "a model of other values": Case(
        "impute t.csv -o out.csv --from good.trimtab",
        2,
        ("'x' is a number", "'red'"),
        text("t.csv", rows("g,x", "a,red", ",3")),
    ),
    "a model that takes no such gaps": Case(
        "impute t.csv -o out.csv --from good.trimtab",
        3,
        ("late", "--model network"),
        text("t.csv", rows("g,x,late", "a,,3", ",23,4")),
    ),
    "a schema that is not there": Case(GOOD + " --schema nope.toml", 2, ("nope.toml", "inspect")),
    "a schema that is none": Case(
        GOOD + " --schema t.toml", 2, ("t.toml", "inspect"), text("t.toml", "columns = 3")
    ),
    "a schema of another table": Case(
        GOOD + " --schema t.toml",
        2,
        ("'gg'",),
        text("t.toml", '[[columns]]\nname = "gg"\nkind = "label"\nstorage = "string"\n'),
    ),
}  # fmt: skip

MODELS = {
    "a model that is not there": Case("sample nope.trimtab -n 3 -o out.csv", 2, ("nope.trimtab",)),
    "a model that is none": Case(
        "inspect bad.trimtab", 2, ("bad.trimtab",), text("bad.trimtab", "hello")
    ),
    "an empty model": Case("inspect bad.trimtab", 2, ("bad.trimtab",), text("bad.trimtab", "")),
    "a table for a model": Case("sample good.csv -n 3 -o out.csv", 2, ("good.csv",)),
    "a truncated model": Case(
        "sample bad.trimtab -n 3 -o out.csv", 2, ("bad.trimtab",), model_cut, json_too=True
    ),
    "a model tampered with": Case(
        "sample bad.trimtab -n 3 -o out.csv",
        2,
        ("bad.trimtab", "schema.json"),
        model_with("schema.json", flipped),
    ),
    "trees tampered with": Case(
        "inspect bad.trimtab",
        2,
        ("bad.trimtab", "arrays.safetensors"),
        model_with("arrays.safetensors", flipped),
    ),
    "a model from a newer version": Case(
        "inspect bad.trimtab", 2, ("bad.trimtab", "newer"), model_with("manifest.json", newer)
    ),
}

CASES = {**TABLES, **PLACES, **REQUESTS, **MODELS}


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound table and a sound model of it."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "good.csv").write_text(PLAIN)
    (folder / "gaps.csv").write_text(rows("y,x", "a,1.5", ",2.5", "b,3.5", times=20))
    late = datasets.strokes(60).select(["gender", "age", "bmi"]).rename_columns(["g", "late", "x"])
    late = late.set_column(0, "g", pa.array(["a", "b"] * 30))
    schema = read(late).schema.change("late", role="outcome")
    fit(late, schema=schema, first=["g", "x"]).save(folder / "good.trimtab")
    write(read(late), folder / "late.csv")
    return folder


LONG = {"10,000 categories"}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=[pytest.mark.stress] if name in LONG else [])
        for name, case in CASES.items()
    ],
)
def test_bad_input(
    case: Case,
    good: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("good.csv", "gaps.csv", "good.trimtab"):
        (tmp_path / name).write_bytes((good / name).read_bytes())
    (tmp_path / "here").mkdir()
    if case.make is not None:
        case.make(tmp_path)
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}

    for words in [case.words] + [case.words + " --json"] * case.json_too:
        monkeypatch.setattr(sys, "argv", ["trimtab", *words.split()])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        assert left.value.code == case.code, err
        assert "Traceback" not in out + err
        for part in case.says:
            assert part in " ".join(err.split()), err
        after = {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}
        if case.code == 0:
            made = set(after) - set(before)
            assert [p.stem for p in made] == ["out"], made
        else:
            assert out == ""
            assert after == before
