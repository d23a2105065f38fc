"""The network on the command line: trained, broken off, gone on with, looked at, drawn from."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from trimtab import datasets, load, read, write
from trimtab.cli import terminal
from trimtab.model.network import fit
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.model.network.training import NetworkTraining
from trimtab.model.neural import extras
from trimtab.verbs.fit import fit as fit_table

Run = Callable[..., tuple[int, str, str]]
TINY = Recipe(Shape(16, 1, 0, 3), 64, 30, 1e-2, 0.0, 0.0, 0.98, 20)
FIT = ("--model", "network", "--min-count", "3")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "recipe_for", lambda rows: TINY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with strokes.csv and a network of it."""
    folder = tmp_path_factory.mktemp("network")
    table = datasets.strokes(500).select(["age", "gender", "bmi", "smoking_status", "stroke"])
    write(read(table), folder / "strokes.csv")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit, "recipe_for", lambda rows: TINY)
        fit_table(folder / "strokes.csv", model="network", min_count=3).save(
            folder / "strokes.trimtab"
        )
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


def files() -> set[str]:
    return {p.name for p in Path().iterdir()}


# --- fit ------------------------------------------------------------------------------------------


def test_fit_a_network(run: Run, data: str, model: str) -> None:
    code, out, err = run("fit", data, "-o", "m.trimtab", *FIT)
    assert code == 0
    assert "Model: network: asked for." in out
    assert "Any cells of any columns can be given" in out
    assert "stroke is taken as the outcome." in err and "drawn last" not in err
    assert files() == {"m.trimtab"}, "no checkpoint is left of a training that was finished"
    np.testing.assert_array_equal(
        load("m.trimtab").learned.model.weights, load(model).learned.model.weights
    )


def test_fit_as_json(run: Run, data: str) -> None:
    code, out, err = run("fit", data, "-o", "m.trimtab", *FIT, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["model"], told["provenance"]["model"]) == ("network", "network")
    assert told["provenance"]["choice"] == "asked for" and "order" not in told


def test_minutes_let_auto_compare_and_say_why(run: Run, data: str) -> None:
    asked = ("--minutes", "1", "--min-count", "3", "--first", "gender")
    code, out, _ = run("fit", data, "-o", "m.trimtab", *asked)
    assert code == 0
    assert "of 50 rows held out the chain of trees holds one likelier" in " ".join(out.split())
    code, out, _ = run("inspect", "m.trimtab")
    assert code == 0 and "Why this model: of 50 rows held out" in out


def interrupting(monkeypatch: pytest.MonkeyPatch, looks: int) -> None:
    """Press Ctrl-C while training, after some progress."""
    plain, seen = terminal.progress, []

    def progress(quiet: bool) -> Any:
        with plain(quiet) as report:

            def told(phase: str, done: int, total: int, figure: str = "") -> None:
                report(phase, done, total, figure)
                seen.append(phase)
                if sum(p.startswith("training") for p in seen) == looks:
                    seen.append("training")
                    os.kill(os.getpid(), signal.SIGINT)

            yield told

    monkeypatch.setattr(terminal, "progress", contextmanager(progress))


def test_ctrl_c_saves_and_resume_goes_on(
    run: Run, data: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("fit", data, "-o", "m.trimtab", *FIT)
    with monkeypatch.context() as patched:
        interrupting(patched, 2)
        code, out, err = run(*asked)
    assert code == 0
    assert "Training ended early after 100 steps (interrupted)" in err
    assert "m.trimtab.training keeps what was trained" in err and "--resume" in err
    assert files() == {"m.trimtab", "m.trimtab.training"}
    assert run("sample", "m.trimtab", "-n", "5", "-o", "o.csv")[0] == 0
    shown = run("inspect", "m.trimtab")
    assert "Training ended early" in shown[2], "the file itself remembers"
    # Another seed is another training, and nothing is lost by asking.
    before = Path("m.trimtab").read_bytes()
    code, out, err = run(*asked, "--resume", "--seed", "7")
    assert (code, out) == (2, "") and "another seed" in err
    assert Path("m.trimtab").read_bytes() == before
    code, _, err = run(*asked, "--resume")
    assert code == 0 and "ended early" not in err
    assert files() == {"m.trimtab", "o.csv"}
    whole, found = (load(p).learned.model for p in (model, "m.trimtab"))
    np.testing.assert_array_equal(found.weights, whole.weights)


def test_ctrl_c_twice_writes_no_model(run: Run, data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(NetworkTraining, "advance", twice)
    code, out, err = run("fit", data, "-o", "m.trimtab", *FIT)
    assert (code, out) == (130, "")
    assert "interrupted: nothing was written." in err and files() == set()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--model", "network", "--resume"), 2, ("no training to resume", "leave out --resume")),
        (("--resume",), 2, ("resume", "--model network")),
        (("--model", "trees", "--resume"), 2, ("resume", "asked for", "--model network")),
        (("--minutes", "0"), 2, ("minutes = 0", "above 0")),
        (("--minutes", "-1"), 2, ("minutes = -1", "above 0")),
        (("--minutes", "nan"), 2, ("minutes = nan", "above 0")),
        (("--minutes", "inf"), 2, ("minutes = inf", "above 0")),
        (("--minutes", "soon"), 2, ("'soon' is no number",)),
        (
            ("--model", "net"),
            2,
            ("'net'", "auto, best, cgan, chained, fair-gan, gan, network, persons, trees"),
        ),
    ],
)
def test_bad_requests(
    run: Run, data: str, words: tuple[str, ...], code: int, says: tuple[str, ...]
) -> None:
    for more in ((), ("--json",)):
        found, out, err = run("fit", data, "-o", "m.trimtab", *words, *more)
        assert (found, out) == (code, "")
        assert "Traceback" not in err and all(part in " ".join(err.split()) for part in says), err
        assert files() == set()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00" * 100, b"\x40" + bytes(7) + b"{" * 64, b"{}"]
)
def test_a_damaged_checkpoint(run: Run, data: str, content: bytes) -> None:
    Path("m.trimtab.training").write_bytes(content)
    code, out, err = run("fit", data, "-o", "m.trimtab", *FIT, "--resume")
    assert (code, out) == (2, "")
    assert "m.trimtab.training cannot be read" in err and "without --resume" in err
    assert "Traceback" not in err and files() == {"m.trimtab.training"}


def test_where_the_network_is_not_installed(
    run: Run, data: str, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    for words in (
        ("fit", data, "-o", "m.trimtab", "--model", "network"),
        ("sample", model, "-n", "3", "-o", "o.csv"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert "needs no_such_module" in err and "pip install 'trimtab[deep]'" in err
        assert files() == set()
    assert run("inspect", model)[0] == 0
    assert run("fit", data, "-o", "m.trimtab")[0] == 0, "auto takes the chain"


# --- inspect and sample ---------------------------------------------------------------------------


def test_inspect_a_network(run: Run, model: str) -> None:
    code, out, _ = run("inspect", model)
    assert code == 0
    for text in ("network, learned from 500 rows", "Why this model: asked for", "--min-count 3"):
        assert text in out
    assert "Any cells of any columns can be given" in out
    assert "values of the real table that the file holds" in out
    assert "Draws in this order" not in out
    code, out, err = run("inspect", model, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["model"] == "network" and "Any cells" in told["conditions"]
    assert not {"order", "block"} & told.keys()
    assert {"Male", "Female"} <= {v for h in told["values"] for v in h["values"]}


def test_any_holes_are_filled_from_the_file(run: Run, model: str) -> None:
    """Every row gives other cells, in every pattern, and none comes out empty."""
    names = ["age", "gender", "bmi", "smoking_status", "stroke"]
    full = ["61", "Male", "27.3", "smokes", "1"]
    given_ = [
        [cell if pattern >> j & 1 else "" for j, cell in enumerate(full)]
        for pattern in range(1, 2**5)
    ]
    lines = [",".join(names), *(",".join(row) for row in given_)]
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    code, _, err = run("sample", model, "--given", "rows.csv", "-o", "out.csv", "--seed", "3")
    assert code == 0, err
    assert "1 of the 31 given rows have nothing missing" in err
    found = rows_of("out.csv")
    assert len(found) == 31
    for row, asked in zip(found, given_, strict=True):
        assert all(row[n] for n in names)
        assert all(float(row[n]) == float(cell) if n in ("age", "bmi") else row[n] == cell
                   for n, cell in zip(names, asked, strict=True) if cell)  # fmt: skip
    # The same rows again, and row by row the same whatever stands behind them.
    assert run("sample", model, "--given", "rows.csv", "-o", "b.csv", "--seed", "3")[0] == 0
    assert Path("b.csv").read_bytes() == Path("out.csv").read_bytes()
    Path("few.csv").write_text("\n".join(lines[:11]) + "\n")
    assert run("sample", model, "--given", "few.csv", "-o", "few.out.csv", "--seed", "3")[0] == 0
    assert rows_of("few.out.csv") == found[:10]
    assert run("sample", model, "--given", "rows.csv", "-o", "c.csv", "--seed", "4")[0] == 0
    assert Path("c.csv").read_bytes() != Path("out.csv").read_bytes()


def test_conditions_on_any_column(run: Run, model: str) -> None:
    code, _, _ = run("sample", model, "-n", "9", "-o", "o.csv", "--where", "age=44,stroke=0")
    assert code == 0
    assert {(float(r["age"]), r["stroke"]) for r in rows_of("o.csv")} == {(44.0, "0")}
    assert run("sample", model, "-n", "9", "-o", "o.csv", "--where", "bmi=")[0] == 0
    assert {r["bmi"] for r in rows_of("o.csv")} == {""}


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("agee,gender\n3,Male\n", 2, ("'agee'", "Did you mean 'age'")),
        ("gender\nRobot\n", 2, ("'Robot'", "expected one of")),
        ("age\nold\n", 2, ("'age'", "number", "'old'")),
        ("age\n1e9\n", 2, ("age =", "range")),
        ("gender,age\n", 2, ("rows",)),
        ("", 2, ("empty",)),
    ],
)
def test_rows_that_cannot_be_completed(
    run: Run, model: str, content: str, code: int, says: tuple[str, ...]
) -> None:
    Path("rows.csv").write_text(content)
    found, out, err = run("sample", model, "--given", "rows.csv", "-o", "out.csv")
    assert (found, out) == (code, ""), err
    assert "Traceback" not in err and all(part in " ".join(err.split()) for part in says), err
    assert files() == {"rows.csv"}


def test_rows_of_nothing_but_holes(run: Run, model: str) -> None:
    Path("rows.csv").write_text("age,gender\n,\n,\n")
    code, _, err = run("sample", model, "--given", "rows.csv", "-o", "out.csv")
    assert code == 0, err
    assert all(r["age"] and r["gender"] for r in rows_of("out.csv"))


def test_a_balance_by_a_network(run: Run, data: str) -> None:
    code, _, err = run(
        *("balance", data, "--by", "gender,stroke", "-n", "8", "-o", "o.csv", "--model", "network"),
        *("--unseen", "skip", "--save", "m.trimtab", "--min-count", "3"),
    )
    assert code == 0, err
    found = [(r["gender"], r["stroke"]) for r in rows_of("o.csv")]
    assert {found.count(cell) for cell in set(found)} == {2} and len(found) == 8
    assert isinstance(load("m.trimtab").learned.model, Network)


# --- what is seen on a terminal -------------------------------------------------------------------


def shown(monkeypatch: pytest.MonkeyPatch, *told: tuple[Any, ...], width: int = 80) -> str:
    """What stands on a terminal after some reports of progress."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    monkeypatch.setattr(terminal, "err", console)
    with terminal.progress(False) as report:
        for said in told:
            report(*said)
        # The live display draws itself again as it ends.
    lines = screen.getvalue().split("\n")
    return "\n".join(lines[-1 - len({phase for phase, *_ in told}) :])


def test_the_progress_of_a_training_fits_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        ("reading", 0, 1),
        ("reading", 1, 1),
        ("compiling for cpu", 0, 1),
        ("training on cpu", 50, 1850, "held-out -20.866 nats a row"),
        ("training on cpu", 100, 1850),
    )
    for width in (80, 120):
        text = shown(monkeypatch, *told, width=width)
        assert "training on cpu" in text and "100/1,850" in text
        assert "held-out -20.866 nats a row" in text, "what was reached stays in sight"
        pieces = [line for line in text.split("\n") if "reading" in line or "compiling" in line]
        assert pieces and not any("/" in line for line in pieces), "one piece has no count"


def test_nothing_is_shown_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=screen))
    with terminal.progress(False) as report:
        report("training on cpu", 50, 1850, "held-out -20.866 nats a row")
    assert screen.getvalue() == ""
