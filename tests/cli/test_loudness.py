"""How much is shown: notes in few lines, --verbose, --quiet, refusals, progress in pipes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from trimtab import datasets, read, write
from trimtab.cli.lines import Standing, lines
from trimtab.cli.notes import LINES, PREFIX, WIDTH, brief, refusal, wrapped

Run = Callable[..., tuple[int, str, str]]
CELLS = [
    f"{n} rows of sex = {sex}, race = Other rest on {k} real rows."
    for n, sex, k in ((8, "Male", 1), (27, "Female", 2), (66, "Male", 3))
]
REMEDY = f"{'Some of many cells are never seen: ' + 'sex = Male; ' * 40}. Use `unseen='skip'`."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A table with rare cells, and with cells that are never seen."""
    place = tmp_path_factory.mktemp("loud") / "strokes.csv"
    names = ["gender", "work_type", "smoking_status", "stroke"]
    write(read(datasets.strokes(300).select(names)), place)
    return str(place)


def height(notes: list[str]) -> int:
    """Lines of a terminal that notes take."""
    return sum(wrapped(PREFIX + note, WIDTH).count("\n") + 1 for note in notes)


# --- notes ----------------------------------------------------------------------------------------


def test_few_short_notes_stand_as_they_are() -> None:
    assert brief([["Left out: bmi."], ["One is missing."]]) == ["Left out: bmi.", "One is missing."]
    assert brief([[], []]) == []


def test_what_a_reader_can_use_comes_first_and_in_full() -> None:
    shown = brief([["Left out: bmi.", REMEDY], ["A calm one."]])
    assert shown[0].startswith("Some of many cells are never seen") and " ..." in shown[0]
    assert shown[0].endswith("Use --unseen skip.")
    assert shown[1:] == ["Left out: bmi.", "A calm one.", "--verbose shows all 3 notes in full."]


def test_notes_that_say_alike_of_other_cells_are_one() -> None:
    shown = brief([["Left out: bmi.", *CELLS]])
    assert shown[:2] == ["Left out: bmi.", f"{CELLS[0]} (and 2 more like it)"]
    assert len(shown) == 3
    apart = ["Training ended early after 50 steps.", "Labels of few rows are pooled in a, b, c."]
    assert brief([apart]) == apart


def test_however_many_there_are_they_take_eight_lines() -> None:
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    for long in (1, 40):
        notes = [f"{' '.join([word] * 6 * long)}. {word}." for word in words]
        shown = brief([notes[:5], notes[5:]])
        assert 3 < height(shown) <= LINES
        assert shown[0].startswith("one") and shown[-1] == "--verbose shows all 10 notes in full."
        assert all(height([note]) <= 2 for note in shown)
    exact = [f"{word} is left out." for word in words[:LINES]]
    assert brief([exact]) == exact and len(brief([[*exact, "More."]])) == LINES


def test_the_loudness_of_a_command(run: Run, data: str) -> None:
    words = ("balance", data, "--by", "gender,work_type,smoking_status", "--unseen", "skip", "-n")
    words += ("90", "-o", "o.csv")
    code, out, plain = run(*words)
    assert code == 0 and "in the" in out and out.endswith("Wrote o.csv: 90 rows x 4 columns.\n")
    assert height([line.removeprefix(PREFIX) for line in plain.splitlines()]) <= LINES
    code, louder, verbose = run(*words, "-v")
    assert code == 0 and louder == out
    assert len(verbose.splitlines()) > len(plain.splitlines()) and "--verbose" not in verbose
    assert run(*words, "--quiet") == (0, "Wrote o.csv: 90 rows x 4 columns.\n", "")
    told = json.loads(run(*words, "--json")[1])
    assert [f"{PREFIX}{w}" for w in told["warnings"]][-1] in verbose.splitlines()
    assert len(told["warnings"]) == len(verbose.splitlines())
    code, out, err = run(*words, "-q", "-v")
    assert (code, out) == (2, "") and "--verbose and --quiet exclude each other" in err
    assert "refused: " in run(*words[:4], "-o", "o.csv", "-q", "--target", "product")[2]


# --- refusals -------------------------------------------------------------------------------------


def test_what_to_do_leads_a_long_refusal_only() -> None:
    short = "there is no column 'a'. Did you mean 'b'?"
    assert refusal(short, "error: ") == [short]
    long = f"some cells are never seen: {'sex = Male; ' * 30}and more. They may be impossible."
    assert refusal(f"{long} Leave them out with --unseen skip.", "refused: ") == [
        "Leave them out with --unseen skip.",
        f"S{long[1:]}",
    ]
    without = refusal(f"{long} Give more rows.", "refused: ")
    assert without[0] == "Give more rows." and "They may be impossible." in without[1]
    one = refusal(f"no chain can do this ({'age, ' * 60}sex): leave out --model.", "refused: ")
    assert one == ["Leave out --model.", f"No chain can do this ({'age, ' * 60}sex)."]


def test_refusals_of_commands_lead_with_the_remedy(run: Run, data: str, tmp_path: Path) -> None:
    by = "gender,work_type,smoking_status"
    asked = ("balance", data, "--by", by, "--target", "product", "-o", "o.csv")
    code, _, err = run(*asked)
    first, second, *_ = err.splitlines()
    assert code == 3 and first.startswith("refused: Leave the unseen cells out with --unseen skip")
    assert "never seen in the real table" in second
    names = [f"a long name of column number {k}" for k in range(12)]
    rows = [",".join(str((i * (k + 3)) % 17 / 7) for k in range(12)) for i in range(60)]
    Path("t.csv").write_text("\n".join([",".join(names), *rows]))
    holes = [",".join("" if k == j else "1" for k in range(12)) for j in range(12)]
    Path("rows.csv").write_text("\n".join([",".join(names), *holes]))
    asked = ("complete", "t.csv", "--given", "rows.csv", "--model", "trees", "-o", "o.csv")
    code, _, err = run(*asked)
    first, second = err.splitlines()
    assert code == 3 and len(second) > 3 * WIDTH
    assert first.startswith("refused: Leave out --model") and "chain of trees" in second


# --- progress in a pipe ---------------------------------------------------------------------------


def test_a_standing_in_words() -> None:
    one = Standing("training", 50, 200, "held-out -2", 0, 100.0)
    assert one.line(110.0) == "training, 50/200, 0:00:30 left, held-out -2"
    resumed = Standing("training", 150, 200, "", 100, 100.0)
    assert resumed.line(160.0) == "training, 150/200, 0:01:00 left"
    assert Standing("reading", 0, 1, "", 0, 100.0).line(112.0) == "reading, for 0:00:12"
    assert Standing("training", 200, 200, "", 0, 100.0).line(130.0) == "training, 200/200"


def test_lines_come_while_work_goes_on_and_not_before() -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=80)
    with lines(console) as report:
        report("reading", 0, 1)
    assert screen.getvalue() == "", "short commands are silent"
    with lines(console, seconds=0.005) as report:
        report("training\x1b[2J", 10, 20, "held-out -2")
        report("training\x1b[2J", 11, 20)
        while "\n" not in screen.getvalue():
            time.sleep(0.005)
    first = screen.getvalue().splitlines()[0]
    assert first.startswith("training\\x1b[2J, 11/20") and first.endswith("held-out -2")
    ended = screen.getvalue()
    time.sleep(0.05)
    assert screen.getvalue() == ended, "nothing comes when the work is over"


# --- who reads it ---------------------------------------------------------------------------------


# What the installed script does: shells know a command by the name that it is called by.
_SCRIPT = "import sys; from trimtab.cli import main; sys.argv[0] = 'trimtab'; main()"


def trimtab(*words: str, **settings: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **settings},
    )


@pytest.mark.parametrize("words", ["inspect DATA", "inspect DATA --json", "balance --help"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_who_leaves_is_no_error(words: str, buffered: str, data: str) -> None:
    """The other end of a real pipe is closed before anything is written: as late as it can be."""
    process = trimtab(*words.replace("DATA", data).split(), PYTHONUNBUFFERED=buffered)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(), said) == (0, "")


def test_the_shells_are_told_commands_and_options() -> None:
    """What the scripts of `--install-completion` ask for."""
    asked = {
        "bash": {"COMP_WORDS": "trimtab balance --", "COMP_CWORD": "2"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "trimtab balance --"},
    }
    for shell, settings in asked.items():
        out = trimtab(_TRIMTAB_COMPLETE=f"complete_{shell}", **settings).communicate()[0].decode()
        for option in ("--by", "--unseen", "--verbose", "--quiet", "--json"):
            assert option in out, shell
    words = {"COMP_WORDS": "trimtab im", "COMP_CWORD": "1"}
    out = trimtab(_TRIMTAB_COMPLETE="complete_bash", **words).communicate()[0].decode()
    assert out.split() == ["impute"]
