"""What a verb says it was given: the bytes that it judged, whatever becomes of the file."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv as arrow_csv
import pytest

from trimtab import datasets
from trimtab.table.inputs import Input, source_of
from trimtab.verbs.balance import balance
from trimtab.verbs.evaluate import evaluate
from trimtab.verbs.prove import prove

ROWS, GAPS = 400, 7
_PATIENCE_S = 60
Verb = Callable[..., dict[str, Input]]


@pytest.fixture(scope="module")
def text() -> bytes:
    """A table as a file holds it; of some rows the class is not known."""
    strokes = datasets.strokes(ROWS).select(["age", "gender", "stroke"]).to_pandas()
    strokes["stroke"] = strokes["stroke"].astype("object")
    strokes.loc[strokes.index[:GAPS], "stroke"] = None
    return strokes.to_csv(index=False).encode()


@pytest.fixture
def place(tmp_path: Path, text: bytes) -> Path:
    path = tmp_path / "strokes.csv"
    path.write_bytes(text)
    return path


def evaluated(place: Path, **more: Any) -> dict[str, Input]:
    synthetic = datasets.strokes(200).select(["age", "gender", "stroke"])
    return evaluate(place, synthetic, sections="fidelity", **more).inputs


def balanced(place: Path, **more: Any) -> dict[str, Input]:
    card = balance(place, ["gender"], target="margins", holdout=0.25, rows=300, **more).scorecard
    assert card is not None
    return card.inputs


def proven(place: Path, **more: Any) -> dict[str, Input]:
    options: dict[str, Any] = {
        "learner": "lr",
        "arms": ["none", "trimtab"],
        "folds": "2x1",
        "sizes": (),
    }
    given = prove(place, "stroke", **options, **more).given
    assert given is not None
    return {"real": given}


VERBS = pytest.mark.parametrize("verb", [evaluated, balanced, proven])


class Meanwhile:
    """Does something to a file once, at the first word of progress after it was read."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act, self.told, self.done = act, 0, False

    def __call__(self, phase: str, *_: object) -> None:
        if not self.done and phase != "reading":
            self.done = True
            self.act()


@VERBS
def test_a_file_that_changes_keeps_the_hash_of_what_was_judged(
    verb: Verb, place: Path, text: bytes
) -> None:
    meanwhile = Meanwhile(lambda: place.write_bytes(text[: len(text) // 2]))
    said = verb(place, progress=meanwhile)["real"]
    assert meanwhile.done and place.read_bytes() != text
    assert said.sha256 == hashlib.sha256(text).hexdigest()
    # The check can fail: now it is another file.
    assert source_of(place).sha256 != said.sha256


@VERBS
def test_a_file_that_is_gone_costs_nothing(verb: Verb, place: Path, text: bytes) -> None:
    said = verb(place, progress=Meanwhile(place.unlink))["real"]
    assert not place.exists() and said.sha256 == hashlib.sha256(text).hexdigest()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@VERBS
def test_a_named_pipe_is_read_once(verb: Verb, tmp_path: Path, text: bytes) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    said: list[Input] = []
    writer = threading.Thread(target=pipe.write_bytes, args=(text,), daemon=True)
    reader = threading.Thread(target=lambda: said.append(verb(pipe)["real"]), daemon=True)
    for thread in (writer, reader):
        thread.start()
    for thread in (writer, reader):
        thread.join(_PATIENCE_S)
    assert said, "it waits for a second writer"
    assert said[0].sha256 is None and said[0].name.startswith("pipe.csv")


def test_rows_are_those_that_were_judged(place: Path, tmp_path: Path) -> None:
    """Of a proof those with a known class, of marked rows the generated ones, of rows held out
    those of each part: `rows` is not the length of the file.
    """
    assert proven(place)["real"].rows == ROWS - GAPS
    parts = balanced(place)
    assert parts["real"].rows + parts["holdout"].rows == ROWS
    assert parts["real"].sha256 == parts["holdout"].sha256 == source_of(place).sha256
    assert parts["synthetic"] == Input(name="the table that this run made", rows=300)
    made = datasets.strokes(200).select(["age", "gender", "stroke"])
    marks = ["real"] * 150 + ["synthetic"] * 50
    marked = tmp_path / "marked.csv"
    arrow_csv.write_csv(made.append_column("origin", [marks]), marked)
    said = evaluate(place, marked, origin="origin", sections="fidelity").inputs["synthetic"]
    assert said.rows == 50 and said.sha256 == hashlib.sha256(marked.read_bytes()).hexdigest()


def test_what_cannot_be_hashed_is_left_to_the_reader(tmp_path: Path) -> None:
    for odd in (tmp_path, tmp_path / "gone.csv", tmp_path / ("x" * 4000), ""):
        assert source_of(odd).sha256 is None
    assert source_of(datasets.strokes(10)).name == "an Arrow table in memory"
