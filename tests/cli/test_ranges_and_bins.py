"""Ranges and bins on the command line."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

import trimtab
from trimtab import Range, datasets
from trimtab.cli.arguments import bins_of, condition_of
from trimtab.errors import InputError
from trimtab.synthesis.condition_text import typed_condition

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    """Labels that look like ranges and sets, numbers, days, numeric labels, identifiers."""
    rows = 240
    return trimtab.fit(
        pa.table(
            {
                "key": [f"K{i}" for i in range(rows)],
                "how": (["a..b", "x|y", "p", "q"] * rows)[:rows],
                "age": [18 + i % 60 for i in range(rows)],
                "size": [i % 97 / 4 for i in range(rows)],
                "stage": [1 + i % 3 for i in range(rows)],
                "day": pa.array([18_000 + i % 90 for i in range(rows)], pa.int32()).cast(
                    pa.date32()
                ),
            }
        ),
        first=["how", "age", "stage", "day"],
    )


CONDITIONS = [
    ("age=60..70", {"age": Range("60", "70")}),
    ("age=60..", {"age": Range("60", None)}),
    ("age= .. 30,how=p", {"age": Range(None, "30"), "how": "p"}),
    ("age=..", {"age": Range(None, None)}),
    ("size=-2.5..2.5", {"size": Range("-2.5", "2.5")}),
    ("day=2019-04-14..2019-05-01", {"day": Range("2019-04-14", "2019-05-01")}),
    ("stage=2..3", {"stage": Range("2", "3")}),
    ("how=a..b", {"how": "a..b"}),
    ("how=x|y", {"how": "x|y"}),
    ("how=p|q", {"how": ["p", "q"]}),
    ("how=a..b|p", {"how": ["a..b", "p"]}),
    ("how=q..z", {"how": "q..z"}),
    ("stage=1|3", {"stage": ["1", "3"]}),
    ("age=20|30|", {"age": ["20", "30", None]}),
    ("age=", {"age": None}),
    ("key=a..b", {"key": "a..b"}),
    ("nope=1..2", {"nope": "1..2"}),
]


@pytest.mark.parametrize(("text", "condition"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_what_a_condition_means(
    made: trimtab.Synthesizer, text: str, condition: dict[str, object]
) -> None:
    assert typed_condition(condition_of(text), made) == condition


def test_no_condition(made: trimtab.Synthesizer) -> None:
    assert typed_condition(None, made) is None


@pytest.mark.parametrize(
    ("text", "bins"),
    [
        (None, {}),
        ("age=4", {"age": 4}),
        ("age=18|65", {"age": ["18", "65"]}),
        ("age=65|", {"age": ["65"]}),
        ("age=18|65, income=3", {"age": ["18", "65"], "income": 3}),
        ("DATE=2020-01-01|2021-06-15", {"DATE": ["2020-01-01", "2021-06-15"]}),
        ("size=-1.5|", {"size": ["-1.5"]}),
    ],
)
def test_what_bins_mean(text: str | None, bins: dict[str, object]) -> None:
    assert bins_of(text) == bins


@pytest.mark.parametrize("text", ["age", "=4", "age=", "age=|", "age=1||2", "age=4,age=5"])
def test_texts_that_make_no_bins(text: str) -> None:
    with pytest.raises(InputError, match=r"makes no bins|stands twice"):
        bins_of(text)


def ages(path: Path) -> list[float]:
    with path.open(newline="") as file:
        return [float(row["age"]) for row in csv.DictReader(file)]


def test_sample_where_and_balance_in_bins(run: Run, tmp_path: Path) -> None:
    trimtab.write(trimtab.read(datasets.strokes(400)), tmp_path / "s.csv")
    command = (
        "balance s.csv --by age,gender --bins age=40|60 --unseen skip -o b.csv --save m.trimtab"
    )
    code, _, said = run(*command.split(), "--save-plan", "p.json")
    assert code == 0, said
    assert "Numbers among --by" not in said
    plan = json.loads((tmp_path / "p.json").read_text())
    assert plan["bins"] == {
        "age": {"cuts": [40, 60], "names": ["under 40", "40 to under 60", "60 and over"]}
    }
    wanted = Counter[int]()
    for cell in plan["cells"]:
        wanted[plan["bins"]["age"]["names"].index(cell["values"][0])] += cell["target_rows"]
    assert Counter(sum(a >= c for c in (40, 60)) for a in ages(tmp_path / "b.csv")) == wanted
    code, out, said = run("sample", "m.trimtab", "-n", "50", "-o", "w.csv", "--where", "age=60..70")
    assert code == 0, said
    assert "50 rows with age from 60 to 70" in " ".join(out.split())
    assert len(ages(tmp_path / "w.csv")) == 50
    assert all(60 <= a <= 70 for a in ages(tmp_path / "w.csv"))
    code, _, said = run("sample", "m.trimtab", "-n", "5", "-o", "w.csv", "--where", "age=300..")
    assert code != 0 and "age from 300: the model knows no such value" in " ".join(said.split())
    code, _, said = run(*["sample", "m.trimtab", "--plan", "p.json", "-o", "again.csv"])
    assert code == 0, said
    assert sorted(ages(tmp_path / "again.csv")) == sorted(ages(tmp_path / "b.csv"))


def test_a_dry_run_shows_the_bins(run: Run, tmp_path: Path) -> None:
    trimtab.write(trimtab.read(datasets.strokes(300)), tmp_path / "s.csv")
    code, out, said = run(*["balance", "s.csv", "--by", "bmi", "--dry-run"])
    assert code != 0 and "--bins bmi=5" in " ".join(said.split())
    code, out, said = run(*["balance", "s.csv", "--by", "bmi", "--bins", "bmi=3", "--dry-run"])
    assert code == 0, said
    assert "to under" in out and "and over" in out
