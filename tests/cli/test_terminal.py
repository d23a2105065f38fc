"""Every command on a table of names and labels that a terminal would obey, in a pipe and on a pty.

What is shown holds no such character, save those that rich writes itself on a terminal.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tests import hostile
from trimtab.cli import terminal
from trimtab.cli.arguments import command_line
from trimtab.cli.words import in_options, shell_line
from trimtab.errors import RefusedError

# Colours and styles, hiding the cursor, going up and clearing a line: progress and tables.
OF_RICH = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[2K|\x1b\[\d*A|\r")
RESULT = ("--seed", "1")


def quoted(*texts: str) -> str:
    """Texts as one option takes them."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(texts)
    return line.getvalue()


def commands(folder: Path) -> dict[str, tuple[int, list[str]]]:
    """By a name, what each command should end with, and its words."""
    data = str(folder / "data\x1b[2J\n\u202e.parquet")
    raw = os.fsdecode(os.fsencode(folder) + b"/\x80\x9b.csv")  # no UTF-8
    Path(raw).write_text("a,b\n" + "1,x\n2,y\n" * 20)
    held, counts, rows = (str(folder / n) for n in ("held.parquet", "to.parquet", "rows.parquet"))
    gaps, model, out = (str(folder / n) for n in ("gaps.parquet", "m.trimtab", "out.csv"))
    table = hostile.table()
    pq.write_table(table, data)
    pq.write_table(hostile.table(90), held)
    pq.write_table(table.slice(0, 6).select([hostile.GROUP, "plain"]), rows)
    holes = [None if k % 5 == 0 else v for k, v in enumerate(table[hostile.NUMBER].to_pylist())]
    pq.write_table(table.set_column(2, hostile.NUMBER, [holes]), gaps)
    wanted = pa.table({hostile.GROUP: [hostile.LABEL, hostile.OTHER], "count": [5, 9]})
    pq.write_table(wanted, counts)  # a CSV with zero bytes is refused
    by, where = quoted(hostile.GROUP), quoted(f"{hostile.GROUP}={hostile.LABEL}")
    asked = ["--target", hostile.TARGET, "--by", by, "--protected", by, "--triples"]
    quick = ["--learner", "lr", "--arms", "none,trimtab", "--workers", "1", "--folds", "2x1"]
    alone = ["--target", hostile.TARGET, "--positive", f"yes{hostile.SEQUENCE}"]
    again = str(folder / "again.trimtab")
    return {
        "inspect": (0, ["inspect", data, "-o", str(folder / "s.toml")]),
        "inspect as JSON": (0, ["inspect", data, "--json"]),
        "fit": (0, ["fit", data, "-o", model, "--first", by, "--outcome", quoted(hostile.TARGET)]),
        "fit with its schema": (0, ["fit", data, "-o", again, "--schema", str(folder / "s.toml")]),
        "inspect a model": (0, ["inspect", model]),
        "sample": (0, ["sample", model, "-n", "5", "-o", out, "--where", where, *RESULT]),
        "sample as JSON": (0, ["sample", model, "-n", "5", "-o", out, "--where", where, "--json"]),
        "plan": (0, ["balance", data, "--by", by, "--dry-run"]),
        "plan to shares": (0, ["balance", data, "--by", by, "--to", counts, "--dry-run"]),
        "balance": (0, ["balance", data, "--by", by, "-o", out, "--report",
                        str(folder / "r.md"), "--holdout", "0.2"]),
        "complete": (0, ["complete", data, "--given", rows, "-o", out]),
        "impute": (0, ["impute", gaps, "-o", out, "--multiple", "2"]),
        "evaluate": (0, ["evaluate", data, held, "--holdout", held, *asked]),
        "evaluate as JSON": (0, ["evaluate", data, held, *asked[:2], "--json"]),
        "prove": (0, ["prove", data, *alone, *quick]),
        "an unknown column": (2, ["balance", data, "--by", quoted(hostile.GROUP[1:]), "-o", out]),
        "an unknown label": (2, ["sample", model, "-n", "2", "-o", out, "--where",
                                 quoted(f"{hostile.GROUP}={hostile.LABEL}?")]),
        "a name of bytes": (0, ["balance", raw, "--by", "b", "-o", raw + ".csv"]),
        "a name of bytes as JSON": (0, ["fit", raw, "-o", raw + ".trimtab", "--json"]),
        "no such file": (2, ["inspect", data + "?.csv"]),
        "no such bytes": (2, ["inspect", raw + ".parquet"]),
        "no such model": (2, ["inspect", f"{hostile.LABEL}.trimtab"]),
        "no model": (2, ["fit", data, "-o", hostile.LABEL]),
        "no condition": (2, ["sample", model, "-o", out, "--where", hostile.LABEL]),
        "no number": (2, ["sample", model, "-n", hostile.LABEL, "-o", out]),
        "no such option": (2, ["fit", data, f"--{hostile.LABEL}", "1", "-o", out]),
        "no such command": (2, [hostile.LABEL]),
        "too much": (2, ["inspect", data, hostile.LABEL]),
        "refused": (3, ["sample", model, "-n", "2", "-o", out, "--where",
                        quoted(f"{hostile.TARGET}=no{hostile.MARKUP}",
                               f"{hostile.NUMBER}=1.25")]),
    }  # fmt: skip


def piped(words: list[str]) -> tuple[str, str]:
    """What a process writes to standard output and error, in pipes."""
    ran = subprocess.run(words, capture_output=True, check=False)
    return ran.stdout.decode(), ran.stderr.decode()


def on_terminal(words: list[str]) -> tuple[str, str]:
    """The same on a terminal, where both are one."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(words, stdin=follower, stdout=follower, stderr=follower)
    os.close(follower)
    content = b""
    while True:
        try:
            piece = os.read(leader, 1 << 16)
        except OSError:  # Linux says so where the other side is closed
            break
        if not piece:
            break
        content += piece
    process.wait()
    os.close(leader)
    return content.decode(), ""


@pytest.mark.stress
@pytest.mark.parametrize("run", [piped, on_terminal])
def test_every_command(run: Callable[[list[str]], tuple[str, str]], tmp_path: Path) -> None:
    asked = commands(tmp_path)
    (tmp_path / "commands.json").write_text(json.dumps({n: w for n, (_, w) in asked.items()}))
    script = Path(__file__).with_name("every_command.py")
    codes = tmp_path / "codes.json"
    words = [sys.executable, str(script), str(tmp_path / "commands.json"), str(codes)]
    shown = run(words)
    said = "".join(shown)
    assert codes.exists(), said[-3000:]
    ended = {name: code or 0 for name, code in json.loads(codes.read_text()).items()}
    assert ended == {name: code for name, (code, _) in asked.items()}, said
    assert "a bug of ours" not in said and "Traceback" not in said
    for text in shown:
        for name, part in zip(asked, re.split("^=== .*\n", text, flags=re.M)[1:], strict=False):
            seen = [c for c in hostile.OBEYED if c + hostile.MARK in part or c + "q" in part]
            assert not seen, (name, seen)
            left = part if run is piped else OF_RICH.sub("", part)
            assert not set(left) & set(hostile.OBEYED) - {"\n"}, (name, left)
    for name in ("\\x1b", "\\x9b", "\\u202e", "\\n¤", "\\udc80", "[red]", ":smile:"):
        assert name in said, name
    if run is piped:
        stdout = dict(zip(asked, re.split("^=== .*\n", shown[0], flags=re.M)[1:], strict=True))
        told = json.loads(stdout["inspect as JSON"])
        assert told["columns"][0]["name"] == hostile.GROUP, "what JSON says is what the table has"
        assert json.loads(stdout["evaluate as JSON"])["settings"]["target"] == hostile.TARGET


Run = Callable[..., tuple[int, str, str]]


def test_a_table_and_a_plan(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data\x1b[2J.parquet"
    pq.write_table(hostile.table(60), data)
    by = quoted(hostile.GROUP)
    for words, code in (
        (("inspect", str(data)), 0),
        (("balance", str(data), "--by", by, "--dry-run"), 0),
        (("balance", str(data), "--by", quoted(hostile.GROUP[2:]), "--dry-run"), 2),
        (("inspect", str(data), "--\x1b[2J"), 2),
        (("\u202e\x1b[2J",), 2),
    ):
        found, out, err = run(*words)
        assert found == code, err
        assert not set(out + err) & set(hostile.OBEYED) - {"\n"}
        assert "\\x1b" in out + err
        if code == 0:
            lines = [line for line in out.splitlines() if line.startswith(("┃", "│"))]
            assert len({len(line) for line in lines}) <= 2, "the lines of a table are alike"


def test_what_rich_would_take_for_markup() -> None:
    """A column's name is no markup, in heads, titles and progress."""
    screen = io.StringIO()
    name = f"{hostile.MARKUP}\x1b[2J"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(terminal, "out", Console(file=screen, width=200, color_system=None))
        terminal.show_counts(name, [name, "n"], [(name, "3")])
        patched.setattr(
            terminal, "err", Console(file=screen, width=200, force_terminal=True, color_system=None)
        )
        with terminal.progress(False) as report:
            report(f"phase {name}", 1, 3, f"figure {name}")
    text = screen.getvalue()
    assert text.count("[red]:smile:[/nothing]\\x1b[2J") >= 5
    assert "\x1b[2J" not in text


def test_a_command_that_can_be_given_again() -> None:
    """What is hidden in a word is written so that a shell reads it back."""
    words = ["trimtab", "it's \\ \x1b[2J\n\u202e9", "plain one", os.fsdecode(b"\x80.csv")]
    line = shell_line(words)
    assert not set(line) & set(hostile.OBEYED)
    ran = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert ran.stdout == b"".join(os.fsencode(w) + b"\0" for w in words)
    assert "\x1b" not in in_options("use `first='\\x1b[2J'` or `min_count=3`")


def test_the_command_of_the_record_can_be_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a report says it was asked by is read back by a shell, files of odd names among it."""
    words = [
        "evaluate",
        "it's \\ \x1b[2J\n.csv",
        "made \u202e9.csv",
        os.fsdecode(b"\x80.csv"),
        "-o",
    ]
    monkeypatch.setattr("sys.argv", ["/somewhere/bin/trimtab", *words])
    line = command_line()
    assert not set(line) & set(hostile.OBEYED) and "/somewhere" not in line
    ran = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert ran.stdout == b"".join(os.fsencode(w) + b"\0" for w in ["trimtab", *words])
    monkeypatch.setattr("sys.argv", ["/somewhere/pytest", *words])
    assert command_line() == "trimtab"


def test_what_others_raise(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bugs, tracebacks, refusals and warnings: whatever a library quotes."""

    def fail(*_: object, **__: object) -> None:
        raise KeyError(hostile.SEQUENCE) from ValueError(hostile.LABEL)

    monkeypatch.setattr("trimtab.verbs.inspect.inspect_table", fail)
    for traceback in ("", "1"):
        monkeypatch.setenv("TRIMTAB_TRACEBACK", traceback)
        code, out, err = run("inspect", "here.csv")
        assert code == 1 and out == ""
        assert not set(err) & set(hostile.OBEYED) - {"\n"} and "\\x1b]0;owned" in err
        assert ("Traceback" in err) is bool(traceback)

    def refuse(*_: object, **__: object) -> None:
        raise RefusedError(f"{hostile.LABEL}: use `unseen='skip'`.")

    monkeypatch.setattr("trimtab.verbs.inspect.inspect_table", refuse)
    code, _, err = run("inspect", "here\x1b[2J.csv")
    assert code == 3 and not set(err) & set(hostile.OBEYED) - {"\n"}
    assert "'here\\033[2J.csv' --unseen skip" in err

    def warn(*_: object, **__: object) -> None:
        sys.stderr.write(warnings.formatwarning(hostile.SEQUENCE, UserWarning, "here.py", 1))
        raise RefusedError("no more.")

    before = warnings.formatwarning
    monkeypatch.setattr("trimtab.verbs.inspect.inspect_table", warn)
    code, _, err = run("inspect", "here.csv")
    assert "UserWarning: \\x1b]0;owned\\x07" in err and "\x1b" not in err
    assert warnings.formatwarning is before, "left as it was found"
