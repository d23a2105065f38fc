"""The runs of a study: in time, kept in a checkpoint, gone on with, and side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest

from tests.study.study_tables import question, study
from trimtab._random import Key
from trimtab._run import silent
from trimtab.errors import InputError, RefusedError
from trimtab.study import schedule
from trimtab.study.balancing import fold as fold_module
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.summary import Results, proof_of
from trimtab.study.question import Part, Training
from trimtab.study.schedule import CURVE, FOLD, SHUFFLED, Limits, execute, runs, workers_of

MARK = "the study"


def small(**protocol: Any) -> Study:
    settings = {"folds": 2, "repeats": 2, "sizes": (5,), "curve_folds": 2} | protocol
    return study(question(90, 30), [Untouched(), ClassWeights(), RandomOversampling()], **settings)


def found(results: Results) -> tuple[Any, ...]:
    """What was found, without the time it took."""
    return results.folds, results.shuffled, results.curve


@pytest.fixture(scope="module")
def fresh() -> Results:
    return execute(small(), Limits(), MARK, silent)


@dataclass(frozen=True)
class Breaking:
    """Does nothing, and breaks at the n-th training."""

    after: int
    done: list[int] = field(default_factory=list)
    name: str = "as it is"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        self.done.append(1)
        if len(self.done) > self.after:
            raise KeyboardInterrupt
        return Untouched().training(part, ratio, key)


class Time:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1e9

    def time(self) -> float:
        return self.now

    def process_time(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Slow:
    """Does nothing, in a minute."""

    clock: Time
    name: str = "as it is"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        self.clock.now += 60
        return Untouched().training(part, ratio, key)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    made = Time()
    monkeypatch.setattr(schedule, "time", made)
    monkeypatch.setattr(fold_module, "time", made)
    yield made


def test_what_the_verdict_needs_comes_first(fresh: Results) -> None:
    order = list(runs(small()))
    assert [r.phase for r in order] == [FOLD] * 4 + [SHUFFLED] * 2 + [CURVE] * 2
    assert len({r.name for r in order}) == len(order)
    assert sorted(fresh.folds) == [0, 1, 2, 3]
    assert sorted(fresh.shuffled) == [0, 1]
    assert sorted(fresh.curve) == [(0, 5), (1, 5)]
    assert fresh.seconds > 0


def test_the_same_again(fresh: Results) -> None:
    said: list[tuple[str, int, int]] = []
    again = execute(small(), Limits(), MARK, lambda *step: said.append(step))
    assert found(again) == found(fresh)
    assert said[:2] == [(FOLD, 0, 4), (FOLD, 1, 4)]
    assert said[-1] == (CURVE, 2, 2)
    assert [s for s in said if s[0] == FOLD][1:] == [(FOLD, k, 4) for k in range(1, 5)]
    assert said[-1] == (CURVE, 2, 2)


def test_time_is_kept(clock: Time) -> None:
    """Three minutes a fold (two inner trainings, an outer one), and ten minutes."""
    of = study(question(90, 30), [Slow(clock)], folds=3, repeats=2, sizes=(5,), curve_folds=2)
    began = clock.now
    made = execute(of, Limits(minutes=10), MARK, silent)
    assert sorted(made.folds) == [0, 1, 2]
    assert made.shuffled  # a minute was left for one
    assert clock.now - began <= 11 * 60
    proof = proof_of(of, made, "as it is", ())
    assert (proof.folds, proof.asked) == (3, 6)


def test_time_for_one_fold_is_too_little(clock: Time, tmp_path: Path) -> None:
    of = study(question(90, 30), [Slow(clock)], folds=3, repeats=2)
    kept = tmp_path / "part.json"
    with pytest.raises(RefusedError, match=r"minutes = 4 was enough for 1 of 6 outer folds"):
        execute(of, Limits(minutes=4, checkpoint=kept), MARK, silent)
    made = execute(of, Limits(minutes=4, checkpoint=kept, resume=True), MARK, silent)
    assert sorted(made.folds) == [0, 1]
    assert kept.exists()  # more is left to do
    whole = execute(of, Limits(checkpoint=kept, resume=True), MARK, silent)
    assert sorted(whole.folds) == list(range(6)) and not kept.exists()
    assert found(whole) == found(execute(of, Limits(), MARK, silent))


def test_broken_off_and_gone_on_with(fresh: Results, tmp_path: Path) -> None:
    kept = tmp_path / "part.json"
    of = small()
    breaking = Study(of.question, (Breaking(7), *of.arms[1:]), of.learners, of.protocol,
                     of.key)  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        execute(breaking, Limits(checkpoint=kept), MARK, silent)
    stored = json.loads(kept.read_text())
    assert list(stored["results"]) == ["outer folds 0", "outer folds 1"]
    made = execute(of, Limits(checkpoint=kept, resume=True), MARK, silent)
    assert found(made) == found(fresh)
    assert made.seconds > stored["seconds"] > 0
    assert not kept.exists()


def test_a_file_of_another_study_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "part.json"
    stored = {"version": 1, "fingerprint": MARK, "seconds": 0.0, "results": {}}
    kept.write_text(json.dumps(stored))
    limits = Limits(checkpoint=kept, resume=True)
    with pytest.raises(InputError, match="is of another table, other settings"):
        execute(small(), limits, "another", silent)
    kept.write_text(json.dumps(stored | {"version": 2}))
    with pytest.raises(InputError, match="is of another table, other settings"):
        execute(small(), limits, MARK, silent)
    with pytest.raises(InputError, match=r"exists: go on from it with --resume"):
        execute(small(), Limits(checkpoint=kept), MARK, silent)
    assert json.loads(kept.read_text())["version"] == 2  # left as it was
    with pytest.raises(InputError, match="does not exist: leave out resume"):
        execute(small(), Limits(checkpoint=tmp_path / "none.json", resume=True), MARK, silent)
    with pytest.raises(InputError, match="resume goes on from a checkpoint"):
        execute(small(), Limits(resume=True), MARK, silent)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"version": 1}',
        "\x00\xff",
        '{"version": 1, "fingerprint": "the study", "seconds": null, "results": {}}',
        '{"version": 1, "fingerprint": "the study", "seconds": 0, "results": [1]}',
        '{"version": 1, "fingerprint": "the study", "seconds": 0, "results": {"outer folds 0": 1}}',
        '{"version": 1, "fingerprint": "the study", "seconds": 0, "results": '
        '{"outer folds 0": {"outcomes": [{"arm": "as it is"}]}}}',
    ],
)
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    kept = tmp_path / "part.json"
    kept.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"^checkpoint .*begin anew"):
        execute(small(), Limits(checkpoint=kept, resume=True), MARK, silent)


def test_side_by_side_it_is_the_same(fresh: Results, tmp_path: Path) -> None:
    """In two processes, of which each is handed the study."""
    kept = tmp_path / "part.json"
    made = execute(small(), Limits(workers=2, checkpoint=kept), MARK, silent)
    assert not kept.exists()
    one, other = found(made), found(fresh)
    assert one[1:] == other[1:]
    for k, fold in other[0].items():
        for mine, theirs in zip(one[0][k].outcomes, fold.outcomes, strict=True):
            assert mine.figures == pytest.approx(theirs.figures)
            assert mine.thresholds == pytest.approx(theirs.thresholds)


def test_a_process_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As all do that a script without a guarded start starts."""

    class Broken(ThreadPoolExecutor):
        def __init__(self, *_: Any, **__: Any) -> None:
            super().__init__(1)

        def submit(self, *_: Any, **__: Any) -> Any:
            raise BrokenProcessPool

    monkeypatch.setattr(schedule, "ProcessPoolExecutor", Broken)
    with pytest.raises(InputError, match=r"workers = 2: a process ended.*__main__"):
        execute(small(), Limits(workers=2), MARK, silent)


def test_a_study_can_be_handed_to_a_process() -> None:
    assert len(ForkingPickler.dumps(small())) < 100_000


def test_how_many_workers() -> None:
    assert workers_of(3) == 3
    assert workers_of(None) >= 1
    bad: list[Any] = [0, -1, 1.5, True, "2"]
    for asked in bad:
        with pytest.raises(InputError, match="workers = "):
            workers_of(asked)
