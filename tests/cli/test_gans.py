"""GANs on the command line: trained, looked at, drawn from, shown in a report, and refused."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.model.gan.small_gans import KINDS, LABELS, SIZES, clinic, design
from trimtab import load, read, write
from trimtab.cli import terminal
from trimtab.model.gan.layout import count
from trimtab.model.neural import extras
from trimtab.verbs.fit import fit

pytest.importorskip("jax", reason="GANs need the extra `deep`")

Run = Callable[..., tuple[int, str, str]]
PREFIX = {2: "error: ", 3: "refused: "}


def recipe_of(kind: str) -> dict[str, Any]:
    """A hundred steps of the small GANs: the programs are those of their other tests."""
    sizes = {n: "-".join(map(str, v)) if n == "hidden" else v for n, v in SIZES[kind].items()}
    return {**sizes, "steps": 100, "every": 50, "batch": 64, "memory": 0.9, "rate": 1e-3}


def asked(kind: str) -> tuple[str, ...]:
    """What `fit` is asked for."""
    recipe = ",".join(f"{name}={value}" for name, value in recipe_of(kind).items())
    protected = ("--protected", "sex") if kind == "fair-gan" else ()
    return ("--model", kind, "--outcome", "ill", "--recipe", recipe, *protected)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with clinic.csv and a GAN of each kind of it, and few.csv with less rows."""
    folder = tmp_path_factory.mktemp("gans")
    write(read(clinic()), folder / "clinic.csv")
    write(read(clinic(100)), folder / "few.csv")
    for kind in KINDS:
        fit(
            folder / "clinic.csv",
            outcome="ill",
            model=kind,
            protected=("sex",) if kind == "fair-gan" else (),
            recipe=recipe_of(kind),
        ).save(folder / f"{kind}.trimtab")
    yield folder


@pytest.fixture
def data(made: Path) -> str:
    return str(made / "clinic.csv")


def rows_of(path: str | Path) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def files() -> set[str]:
    return {p.name for p in Path().iterdir()}


def told(text: str) -> str:
    """Messages without the line breaks of a narrow terminal."""
    return " ".join(text.split())


# --- fit and inspect ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_fit_a_gan(run: Run, data: str, made: Path, kind: str) -> None:
    code, out, err = run("fit", data, "-o", "m.trimtab", *asked(kind))
    assert code == 0, err
    assert f"Model: {kind}: asked for, with noise = 8" in told(out) and "steps = 100" in told(out)
    can = {
        "gan": "Nothing can be given when sampling",
        "cgan": f"One cell at a time of {', '.join(LABELS)} can be given",
        "fair-gan": "Any cells of sex, ill can be given",
    }
    assert can[kind] in told(out)
    assert "ill is taken as the outcome." in told(err) and "drawn last" not in err
    assert ("Drawn independently of each other" in told(err)) is (kind == "fair-gan")
    assert files() == {"m.trimtab"}, "no checkpoint is left of a training that was finished"
    one, other = (load(p) for p in ("m.trimtab", made / f"{kind}.trimtab"))
    np.testing.assert_array_equal(one.learned.model.weights, other.learned.model.weights)
    assert one.learned.model.design == other.learned.model.design == design(kind)
    assert one.provenance == other.provenance
    assert one.provenance.protected == (("sex",) if kind == "fair-gan" else ())


def test_fit_as_json(run: Run, data: str) -> None:
    code, out, err = run("fit", data, "-o", "m.trimtab", *asked("gan"), "--json")
    said = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["model"], said["provenance"]["model"]) == ("gan", "gan")
    assert "order" not in said and set(said["nets"]) == {"generator", "critic"}


@pytest.mark.parametrize("kind", KINDS)
def test_inspect_a_gan(run: Run, made: Path, kind: str) -> None:
    model = str(made / f"{kind}.trimtab")
    code, out, _ = run("inspect", model)
    assert code == 0
    gan = load(model).learned.model
    generator = count(gan.design.generator(gan.layout))
    critic = count(gan.design.critic(gan.layout))
    for text in (
        f"{kind}, learned from 2,000 rows",
        "Why this model: asked for, with",
        f"generator: {generator:,} weights",
        f"critic: {critic:,} weights",
        "values of the real table that the file holds",
    ):
        assert text in told(out)
    assert "Draws in this order" not in out
    code, out, err = run("inspect", model, "--json")
    said = json.loads(out)
    assert (code, err, said["model"]) == (0, "", kind)
    sums = {net: sum(layer["weights"] for layer in layers) for net, layers in said["nets"].items()}
    assert sums == {"generator": generator, "critic": critic}
    assert {"Oslo", "Graz"} <= {v for h in said["values"] for v in h["values"]}


def test_inspect_shows_the_layers(run: Run, made: Path) -> None:
    out = run("inspect", str(made / "gan.trimtab"))[1]
    lines = [tuple(line.replace("│", " ").split()) for line in out.split("\n")]
    for line in ("dense0 16 144", "dense1 32 544", "dense2 6 198", "dense2 1 17"):
        assert tuple(line.split()) in lines


# --- sample ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_sample_rows(run: Run, made: Path, kind: str) -> None:
    model = str(made / f"{kind}.trimtab")
    for name in ("a.csv", "b.csv"):
        assert run("sample", model, "-n", "700", "-o", name, "--seed", "3")[0] == 0
    found = rows_of("a.csv")
    assert len(found) == 700 and list(found[0]) == clinic().column_names
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert run("sample", model, "-n", "30", "-o", "few.csv", "--seed", "3")[0] == 0
    assert rows_of("few.csv") == found[:30]
    assert {r["sex"] for r in found} <= {"f", "m"} and {r["ill"] for r in found} <= {"no", "yes"}
    assert all(18 <= float(r["age"]) < 90 for r in found)


def test_a_fair_gan_draws_groups_and_classes_independently(run: Run, made: Path) -> None:
    model = str(made / "fair-gan.trimtab")
    assert run("sample", model, "-n", "4000", "-o", "o.csv")[0] == 0

    def parity(rows: list[dict[str, str]]) -> float:
        cells = Counter((r["sex"], r["ill"]) for r in rows)
        ill = {s: cells[s, "yes"] / (cells[s, "yes"] + cells[s, "no"]) for s in "fm"}
        return ill["m"] - ill["f"]

    assert abs(parity(rows_of("o.csv"))) < 0.06
    assert parity(rows_of(made / "clinic.csv")) > 0.3, "in the table they hang together"


@pytest.mark.parametrize(
    ("kind", "where", "wanted"),
    [
        ("cgan", "town=Bari", {"town": "Bari"}),
        ("cgan", "town=", {"town": ""}),
        ("cgan", "ill=yes", {"ill": "yes"}),
        ("fair-gan", "sex=m", {"sex": "m"}),
        ("fair-gan", "sex=m,ill=yes", {"sex": "m", "ill": "yes"}),
    ],
)
def test_sample_under_a_condition(
    run: Run, made: Path, kind: str, where: str, wanted: dict[str, str]
) -> None:
    model = str(made / f"{kind}.trimtab")
    code, _, err = run("sample", model, "-n", "40", "-o", "o.csv", "--where", where)
    assert code == 0, err
    found = rows_of("o.csv")
    assert len(found) == 40
    assert all(row[name] == value for row in found for name, value in wanted.items())
    rest = set(clinic().column_names) - set(wanted)
    assert all(len({row[name] for row in found}) > 1 for name in rest - {"dose", "sex", "ill"})


def test_rows_that_give_one_cell_each_are_completed(run: Run, made: Path) -> None:
    Path("rows.csv").write_text("sex,town,ill\n" + "m,,\n,Oslo,\n,,yes\n,,\n" * 5)
    model = str(made / "cgan.trimtab")
    code, _, err = run("sample", model, "--given", "rows.csv", "-o", "o.csv")
    assert code == 0, err
    found = rows_of("o.csv")
    assert len(found) == 20 and all(row["sex"] and row["town"] and row["ill"] for row in found)
    assert {row["sex"] for row in found[::4]} == {"m"}
    assert {row["town"] for row in found[1::4]} == {"Oslo"}
    assert {row["ill"] for row in found[2::4]} == {"yes"}
    # In Python, a list asks for any of its values.
    made_ = load(model).sample(60, where={"town": ["Oslo", "Graz"]})
    assert set(made_.column("town").to_pylist()) == {"Oslo", "Graz"}


@pytest.mark.parametrize(
    ("kind", "where", "code", "says"),
    [
        (
            "gan",
            "sex=m",
            3,
            ("cannot condition on sex", "--model cgan", "--model trees and"),
        ),
        ("cgan", "age=30", 3, ("not trained to be given age", "--first age")),
        ("cgan", "sex=m,ill=yes", 3, ("one column at a time", "--first ill,sex")),
        ("fair-gan", "town=Oslo", 3, ("cannot condition on town", "or with --model network")),
        ("cgan", "town=Rome", 2, ("'Rome'", "expected one of")),
        ("cgan", "Town=Oslo", 2, ("'Town'", "Did you mean 'town'")),
        ("fair-gan", "sex=", 2, ("sex is asked to be missing", "value")),
    ],
)
def test_conditions_that_are_refused(
    run: Run, made: Path, kind: str, where: str, code: int, says: tuple[str, ...]
) -> None:
    for more in ((), ("--json",)):
        model = str(made / f"{kind}.trimtab")
        found, out, err = run("sample", model, "-n", "3", "-o", "o.csv", "--where", where, *more)
        assert (found, out) == (code, ""), err
        assert err.startswith(PREFIX[code]) and "Traceback" not in err
        assert all(part in told(err) for part in says), err
        assert files() == set()


# --- requests that cannot be met ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--model fair-gan --outcome ill", 2, ("needs the columns", "--protected race")),
        ("--model fair-gan --outcome ill --protected sexx", 2, ("'sexx'", "Did you mean 'sex'")),
        ("--model fair-gan --outcome ill --protected ill", 2, ("'ill' is the outcome",)),
        ("--model fair-gan --outcome ill --protected age", 2, ("'age' is a number", "label")),
        ("--model fair-gan --outcome age --protected sex", 2, ("the outcome: 'age'", "label")),
        ("--model fair-gan --outcome ill,town --protected sex", 2, ("several (", "--outcome")),
        (
            "--model fair-gan --outcome ill --protected sex --protected-shares shares.csv",
            2,
            ("shares.csv does not exist",),
        ),
        (
            "--model fair-gan --outcome ill --protected sex --first town",
            3,
            ("cannot condition on town", "Or use --model trees or --model network"),
        ),
        ("--model cgan --protected sex", 2, ("protected is for the model fair-gan, not for cgan",)),
        ("--model gan --target-shares equal", 2, ("target_shares is for the model fair-gan",)),
        ("--protected sex", 2, ("protected is for the model fair-gan, not for auto",)),
        ("--model trees --recipe steps=5", 2, ("recipe is for the models gan, cgan, fair-gan",)),
        ("--model gan --first sex", 3, ("cannot condition on sex", "--model cgan")),
        ("--model cgan --first sexx", 2, ("first", "'sexx'")),
        ("--model gan --recipe stepps=5", 2, ("'stepps'", "expected one of", "steps")),
        ("--model gan --recipe steps", 2, ("'steps' is no change", "NAME=NUMBER")),
        ("--model gan --recipe steps=", 2, ("'steps=' is no change",)),
        ("--model gan --recipe steps=abc", 2, ("steps = 'abc'", "whole number")),
        ("--model gan --recipe steps=0", 2, ("steps = '0'", "from 1 to")),
        ("--model gan --recipe steps=-1", 2, ("steps = '-1'",)),
        ("--model gan --recipe rate=nan", 2, ("rate = 'nan'", "above 0")),
        ("--model gan --recipe hidden=128-x", 2, ("hidden = '128-x'", "128-256-512")),
        ("--model cgan --recipe pack=4,batch=30", 2, ("batch = 30 with pack = 4", "multiple of 4")),
        ("--model gan --resume", 2, ("no training to resume", "leave out --resume")),
        ("--model gan --minutes 0", 2, ("minutes = 0", "above 0")),
        (
            "--model vae",
            2,
            ("'vae'", "auto, best, cgan, chained, fair-gan, gan, network, persons, trees"),
        ),
    ],
)
def test_bad_requests(run: Run, made: Path, words: str, code: int, says: tuple[str, ...]) -> None:
    few = str(made / "few.csv")
    for more in ((), ("--json",)):
        found, out, err = run("fit", few, "-o", "m.trimtab", *words.split(), *more)
        assert (found, out) == (code, ""), err
        assert PREFIX[code] in err and "Traceback" not in err
        assert all(part in told(err) for part in says), err
        assert files() == set()


def test_shares_from_a_file_that_the_table_does_not_have(run: Run, made: Path) -> None:
    for text, code, says in (
        ("sex,share\nf,0.5\nx,0.5\n", 2, "'x'"),
        ("sex,share\nf,0.5\nm,0.4\n", 2, "sum to 0.9"),
        ("sexx,share\nf,0.5\nm,0.5\n", 2, "'sex'"),
        ("sex\nf\nm\n", 2, "'count' or 'share'"),
    ):
        Path("shares.csv").write_text(text)
        found, out, err = run(
            *("fit", str(made / "few.csv"), "-o", "m.trimtab", "--model", "fair-gan"),
            *("--outcome", "ill", "--protected", "sex", "--protected-shares", "shares.csv"),
        )
        assert (found, out) == (code, "") and says in told(err), err
        assert "Traceback" not in err and files() == {"shares.csv"}


def test_where_jax_is_not_installed(
    run: Run, data: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    model = str(made / "cgan.trimtab")
    for words in (
        ("fit", data, "-o", "m.trimtab", *asked("gan")),
        ("sample", model, "-n", "3", "-o", "o.csv"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "a GAN needs no_such_module" in err and "pip install 'trimtab[deep]'" in err
        assert files() == set()
    assert run("inspect", model)[0] == 0


# --- broken off, and gone on with -----------------------------------------------------------------


def test_ctrl_c_saves_and_resume_goes_on(
    run: Run, data: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, seen = terminal.progress, []

    def progress(quiet: bool) -> Any:
        with plain(quiet) as report:

            def shown(phase: str, *rest: Any) -> None:
                report(phase, *rest)
                seen.append(phase.startswith("training"))
                if seen[-1] and sum(seen) == 1:
                    os.kill(os.getpid(), signal.SIGINT)

            yield shown

    words = ("fit", data, "-o", "m.trimtab", *asked("gan"))
    with monkeypatch.context() as patched:
        patched.setattr(terminal, "progress", contextmanager(progress))
        code, _, err = run(*words)
    assert code == 0 and "Training ended early after 50 steps (interrupted)" in told(err)
    assert "m.trimtab.training keeps what was trained" in told(err)
    assert files() == {"m.trimtab", "m.trimtab.training"}
    code, out, err = run(*words, "--resume", "--seed", "7")
    assert (code, out) == (2, "") and "another seed" in err
    code, _, err = run(*words, "--resume")
    assert code == 0 and "ended early" not in err and files() == {"m.trimtab"}
    one, other = (load(p).learned.model for p in ("m.trimtab", made / "gan.trimtab"))
    np.testing.assert_array_equal(one.weights, other.weights)
    assert [s.step for s in one.stages] == [s.step for s in other.stages] == [50, 100]


# --- stages in a report ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gan", "fair-gan"])
def test_evaluate_shows_the_stages(run: Run, data: str, made: Path, kind: str) -> None:
    model = str(made / f"{kind}.trimtab")
    assert run("sample", model, "-n", "200", "-o", "o.csv")[0] == 0
    asked_ = ("evaluate", data, "o.csv", "--stages", model, "--sections", "fidelity")
    code, _, err = run(*asked_, "-o", "r.md", "--facts", "f.json")
    assert code == 0, err
    text = Path("r.md").read_text()
    assert "step 50" in text and "step 100" in text
    facts = json.loads(Path("f.json").read_text())
    course = next(e for e in facts["exhibits"] if e["name"] == "training")
    assert course["columns"]["step"] == [50, 100]
    figures = [stage.figure for stage in load(model).stages]
    assert course["columns"]["distance"] == pytest.approx([-f for f in figures])


def test_models_without_stages_are_refused(run: Run, made: Path) -> None:
    data = str(made / "few.csv")
    fit(data, model="trees").save("m.trimtab")
    code, out, err = run("evaluate", data, data, "--stages", "m.trimtab", "-o", "r.md")
    assert (code, out) == (2, "") and "keeps no stages" in told(err)
    assert "Traceback" not in err and files() == {"m.trimtab"}


# --- watched --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_both_sides_are_watched_on_request(run: Run, data: str, kind: str) -> None:
    """A line a look at held-out rows, which says what each side minimises and what decides."""
    code, _, err = run("fit", data, "-o", "m.trimtab", *asked(kind), "--verbose")
    assert code == 0
    looks = [line for line in err.splitlines() if line.startswith("step ")]
    assert looks and looks[-1].startswith("step 100: ")
    for line in looks:
        number = r"-?\d+\.\d{3}"
        losses = rf"generator's loss {number}, critic's {number}, critic right \d+%; pairs "
        assert re.search(losses, line), line
    assert "critic" not in run("fit", data, "-o", "m.trimtab", *asked(kind))[2]
