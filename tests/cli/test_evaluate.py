"""`trimtab evaluate` and `balance --report`: files, messages, exit codes, and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from trimtab import Scorecard, datasets, read, write
from trimtab.measure.evidence import Stage
from trimtab.synthesis import synthesizer
from trimtab.table.table import Table
from trimtab.verbs.fit import fit

Run = Callable[..., tuple[int, str, str]]
SOME = ["age", "gender", "hypertension", "bmi", "smoking_status", "stroke"]


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seen.csv, held.csv, and drawn.csv made from seen.csv."""
    folder = tmp_path_factory.mktemp("tables")
    patients = read(datasets.strokes(1600).select(SOME))
    parts = {"seen": patients.data.slice(0, 1200), "held": patients.data.slice(1200)}
    for name, data in parts.items():
        write(Table(patients.schema, data, patients.origin), folder / f"{name}.csv")
    made = fit(folder / "seen.csv")
    write(read(made.sample(1200)), folder / "drawn.csv")
    return folder


@pytest.fixture
def here(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with these tables, to work in."""
    for table in tables.glob("*.csv"):
        (tmp_path / table.name).write_bytes(table.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_report_and_the_facts_are_written(run: Run, here: Path) -> None:
    code, out, err = run(
        *["evaluate", "seen.csv", "drawn.csv", "--holdout", "held.csv", "--protected", "gender"],
        *["-o", "report.html", "--facts", "facts.json"],
    )
    assert code == 0, err
    assert "Wrote report.html" in out and "Wrote facts.json" in out
    facts = Scorecard.parse((here / "facts.json").read_text(encoding="utf-8"))
    assert facts.rows == {"real": 1200, "synthetic": 1200, "holdout": 400}
    assert facts.settings.target == "stroke"
    assert {s.section.value for s in facts} == {"fidelity", "usefulness", "fairness", "copies"}
    page = (here / "report.html").read_text(encoding="utf-8")
    assert "stroke" in page and "<script" not in page


def test_two_columns_are_shown_by_a_third(run: Run, here: Path) -> None:
    asked = ["evaluate", "seen.csv", "drawn.csv", "--sections", "copies", "--group", "stroke"]
    code, _, err = run(*asked, "--show", "age,bmi,gender,smoking_status", "-o", "report.md")
    assert code == 0, err
    told = (here / "report.md").read_text(encoding="utf-8")
    assert "**age, bmi, stroke.** Points of 400 real and 400 synthetic rows, in 2 groups." in told
    assert "**gender, smoking_status, stroke.**" in told
    code, _, err = run(*asked, "--show", "age,bmj")
    assert code == 2
    assert "Did you mean 'bmi'" in err
    code, _, err = run(*asked)
    assert code == 2
    assert "group = 'stroke': it colours the pairs of columns in --show" in err


def test_json_is_the_scorecard(run: Run, here: Path) -> None:
    code, out, err = run(
        *["evaluate", "seen.csv", "drawn.csv", "--sections", "copies", "--json", "--seed", "3"]
    )
    assert code == 0 and err == ""
    made = Scorecard.parse(out)
    assert made.settings.seed == 3
    assert any("held-out" in note for note in made.notes)
    again = run(
        *["evaluate", "seen.csv", "drawn.csv", "--sections", "copies", "--json", "--seed", "3"]
    )[1]
    assert again == out


def test_a_foreign_table_with_columns_besides_is_judged(run: Run, here: Path) -> None:
    """In every form the columns are named, and what is judged is judged as without them."""
    drawn = read(here / "drawn.csv").data
    wide = drawn.append_column("tool", pa.array(["x 1.2"] * len(drawn)))
    write(read(wide), here / "wide.csv")
    said = "The synthetic table has a column that the real table lacks: 'tool'."
    results = []
    for name in ("drawn.csv", "wide.csv"):
        places = ["-o", "r.md", "--facts", "facts.json"]
        code, _, err = run("evaluate", "seen.csv", name, "--sections", "copies", *places)
        assert code == 0, err
        facts = Scorecard.parse((here / "facts.json").read_text(encoding="utf-8"))
        page = (here / "r.md").read_text(encoding="utf-8")
        for text in (" ".join(err.split()), page, "\n".join(facts.notes)):
            assert (said in text) == (name == "wide.csv")
        results.append(facts)
    assert results[0].scores == results[1].scores


@pytest.mark.stress
def test_balance_holds_rows_out_and_reports(run: Run, here: Path) -> None:
    code, out, err = run(
        *[
            "balance",
            "seen.csv",
            "--by",
            "gender,hypertension",
            "--unseen",
            "skip",
            "-o",
            "level.csv",
        ],
        *["--holdout", "0.25", "--report", "level.html", "--json"],
    )
    assert code == 0, err
    told = json.loads(out)
    rows = told["scorecard"]["rows"]
    assert rows["real"] + rows["holdout"] == 1200
    assert rows["synthetic"] == read(here / "level.csv").rows == 1200
    assert sum(c["real_rows"] for c in told["plan"]["cells"]) == 1200
    assert any("held out" in w for w in told["warnings"])
    planned = next(s for s in told["scorecard"]["scores"] if "planned" in s["measure"])
    assert planned["value"] == 1.0
    assert (here / "level.html").stat().st_size > 10_000


@pytest.mark.stress
def test_an_augmented_table_is_judged_by_what_was_generated(run: Run, here: Path) -> None:
    code, _, err = run(
        *[
            "balance",
            "seen.csv",
            "--by",
            "stroke",
            "--mode",
            "augment",
            "--origin",
            "made",
            "-o",
            "more.csv",
        ]
    )
    assert code == 0, err
    words = "evaluate seen.csv more.csv --origin made --by stroke --sections fidelity,usefulness"
    code, out, _ = run(*words.split(), "--json")
    assert code == 0
    made = Scorecard.parse(out)
    marks = read(here / "more.csv").column("made").to_pylist()
    assert made.rows["synthetic"] == marks.count("synthetic")
    useful = [s for s in made if s.section == "usefulness"]
    assert useful and all(s.value is None for s in useful)
    # Weighted to what was generated, the real rows are of one class: nothing can be concluded.
    reasons = {s.because for s in useful}
    assert any("contains" in because for because in reasons)
    assert all("contains" in because or "holds only" in because for because in reasons)
    code, out, _ = run(*words.split(), *["--holdout", "held.csv", "--json"])
    assert any(s.value is not None for s in Scorecard.parse(out) if s.section == "usefulness")


def test_the_release_edition_is_marked(run: Run, here: Path) -> None:
    words = "evaluate seen.csv drawn.csv --sections fidelity,copies --edition release -o out.md"
    code, _, err = run(*words.split())
    assert code == 0, err
    bare = (here / "out.md").read_text(encoding="utf-8")
    assert "RELEASE" in bare
    code, _, err = run(*words.split(), "--allow", "fidelity")
    assert code == 0, err
    assert len((here / "out.md").read_text(encoding="utf-8")) > len(bare)


class Learned:
    """A model that keeps stages of its training."""

    def __init__(self, *steps: int) -> None:
        rows = read("drawn.csv")
        self.stages = tuple(Stage(step, -1 / step, rows) for step in steps)


def test_stages_of_a_model_are_shown(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    model = Learned(10, 200)
    monkeypatch.setattr(synthesizer, "load", lambda path: loaded.append(path) or model)
    words = "evaluate seen.csv drawn.csv --sections copies --stages m.trimtab -o report.html"
    code, _, err = run(*words.split(), "--facts", "facts.json")
    assert code == 0, err
    assert loaded == ["m.trimtab"]
    page = (here / "report.html").read_text(encoding="utf-8")
    assert "How did it learn?" in page and "step 200" in page
    facts = Scorecard.parse((here / "facts.json").read_text(encoding="utf-8"))
    assert facts.exhibit("stages", "age") is not None
    assert run(*words.replace(".html", ".md").split(), "--edition", "release")[0] == 0
    assert "step 200" not in (here / "report.md").read_text(encoding="utf-8")


def test_a_model_without_stages_is_refused(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Learned()
    monkeypatch.setattr(synthesizer, "load", lambda path: model)
    code, _, err = run("evaluate", "seen.csv", "drawn.csv", "--stages", "m.trimtab", "-o", "r.html")
    assert code == 2
    assert "m.trimtab keeps no stages of its training" in " ".join(err.split())
    assert "gan, cgan, fair-gan" in " ".join(err.split())
    assert not (here / "r.html").exists()


def other(name: str, **columns: list[object]) -> Callable[[Path], None]:
    """Write one more table."""
    return lambda folder: write(read(pa.table(columns)), folder / name) and None


def without(column: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        data = read(folder / "drawn.csv").data.drop_columns([column])
        write(read(data), folder / "t.csv")

    return make


def with_words(folder: Path) -> None:
    lines = (folder / "drawn.csv").read_text().splitlines()
    lines[1] = ",".join(["old", *lines[1].split(",")[1:]])
    (folder / "t.csv").write_text("\n".join(lines))


BAD = {
    "a real table that is not there": ("nope.csv drawn.csv", ("nope.csv does not exist",), None),
    "a synthetic table that is not there": ("seen.csv nope.csv", ("the synthetic table",), None),
    "a holdout that is not there": ("seen.csv drawn.csv --holdout no.csv", ("holdout",), None),
    "a column missing": ("seen.csv t.csv", ("lacks 'bmi'", "--drop"), without("bmi")),
    "a column under another name": (
        "seen.csv t.csv",
        ("lacks 'bmi' and has 'x', 'BMI' besides", "rename 'BMI' to 'bmi'", "--drop"),
        other("t.csv", x=[1, 2], BMI=[1, 2], **{n: [1, 2] for n in SOME if n != "bmi"}),
    ),
    "other columns": ("seen.csv t.csv", ("lacks", "besides"), other("t.csv", x=[1, 2], y=[3, 4])),
    "words among numbers": ("seen.csv t.csv", ("age", "'old'"), with_words),
    "an empty table": (
        "seen.csv t.csv",
        ("the synthetic table", "no rows"),
        lambda folder: (folder / "t.csv").write_text(",".join(SOME) + "\n") and None,
    ),
    "an unknown target": ("seen.csv drawn.csv --target Stroke", ("Did you mean 'stroke'",), None),
    "an unknown class": (
        "seen.csv drawn.csv --target stroke --positive yes --sections usefulness",
        ("'yes'",),
        None,
    ),
    "an unknown protected column": ("seen.csv drawn.csv --protected sex", ("'sex'",), None),
    "a protected target": (
        "seen.csv drawn.csv --target stroke --protected stroke",
        ("both name 'stroke'",),
        None,
    ),
    "an unknown --by": ("seen.csv drawn.csv --by sex", ("'sex'",), None),
    "an unknown --drop": ("seen.csv drawn.csv --drop sex", ("'sex'",), None),
    "an unknown origin": ("seen.csv drawn.csv --origin made", ("'made'",), None),
    "an origin of the real table": ("seen.csv drawn.csv --origin gender", ("'gender'",), None),
    "an unknown section": ("seen.csv drawn.csv --sections beauty", ("'beauty'", "copies"), None),
    "an unknown edition": ("seen.csv drawn.csv --edition draft", ("'draft'", "release"), None),
    "a release without a report": ("seen.csv drawn.csv --edition release", ("-o",), None),
    "leave for the internal edition": (
        "seen.csv drawn.csv -o r.html --allow copies",
        ("--edition release",),
        None,
    ),
    "an unknown kind of report": ("seen.csv drawn.csv -o r.pdf", ("r.pdf", ".html"), None),
    "no folder for the report": ("seen.csv drawn.csv -o no/r.html", ("no", "folder"), None),
    "no folder for the facts": ("seen.csv drawn.csv --facts no/f.json", ("no", "folder"), None),
    "a report over a table": ("seen.csv drawn.csv --facts drawn.csv", ("drawn.csv",), None),
    "a plan that is not there": ("seen.csv drawn.csv --plan p.json", ("p.json",), None),
    "a model that is not there": ("seen.csv drawn.csv --stages m.trimtab", ("m.trimtab",), None),
    "a report over a model": (
        "seen.csv drawn.csv --stages held.csv --facts held.csv",
        ("--facts", "the same file"),
        None,
    ),
    "a negative seed": ("seen.csv drawn.csv --seed -1", ("seed = -1",), None),
}


@pytest.mark.parametrize(("words", "says", "make"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named_and_nothing_is_written(
    words: str,
    says: tuple[str, ...],
    make: Callable[[Path], None] | None,
    run: Run,
    here: Path,
) -> None:
    if make is not None:
        make(here)
    elif "t.csv" in words:
        other("t.csv", x=[1, 2], **{n: [1, 2] for n in SOME})(here)
    before = {p: p.read_bytes() for p in here.rglob("*")}
    code, out, err = run("evaluate", *words.split())
    assert code == 2, err
    assert out == "" and "Traceback" not in err
    for word in says:
        assert word in " ".join(err.split()), err
    assert {p: p.read_bytes() for p in here.rglob("*")} == before


@pytest.mark.parametrize("share", ["0.9", "-1", "nan"])
def test_a_holdout_of_no_share_is_refused(share: str, run: Run, here: Path) -> None:
    words = f"balance seen.csv --by gender -o out.csv --unseen skip --holdout {share}"
    code, _, err = run(*words.split())
    assert code == 2 and "holdout" in err
    assert not (here / "out.csv").exists()
