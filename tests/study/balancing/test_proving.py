"""The study of balancing in the engine: what comes first, in time, broken off, side by side."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest

from tests.study.study_tables import question, study
from trimtab._executor import Processes
from trimtab._random import Key
from trimtab._run import Run
from trimtab.errors import StoppedError
from trimtab.study.balancing.arms.oversampling import RandomOversampling
from trimtab.study.balancing.arms.untouched import Untouched
from trimtab.study.balancing.arms.weights import ClassWeights
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.proving import CURVE, FOLD, SHUFFLED, Proving, execute
from trimtab.study.balancing.summary import Results, proof_of
from trimtab.study.engine import schedule, work
from trimtab.study.question import Part, Training


def small(**protocol: Any) -> Study:
    settings = {"folds": 2, "repeats": 2, "sizes": (5,), "curve_folds": 2} | protocol
    return study(question(90, 30), [Untouched(), ClassWeights(), RandomOversampling()], **settings)


def found(results: Results) -> tuple[Any, ...]:
    """What was found, without the time it took."""
    return results.folds, results.shuffled, results.curve


@pytest.fixture(scope="module")
def fresh() -> Results:
    return execute(small(), Run())


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
    monkeypatch.setattr(work, "time", made)
    yield made


def test_what_the_verdict_needs_comes_first(fresh: Results) -> None:
    order = list(Proving(small()).pieces())
    assert [p.phase for p in order] == [FOLD] * 4 + [SHUFFLED] * 2 + [CURVE] * 2
    assert len({p.name for p in order}) == len(order)
    assert sorted(fresh.folds) == [0, 1, 2, 3]
    assert sorted(fresh.shuffled) == [0, 1]
    assert sorted(fresh.curve) == [(0, 5), (1, 5)]
    assert fresh.seconds > 0


def test_the_same_again(fresh: Results) -> None:
    steps: list[tuple[Any, ...]] = []
    again = execute(small(), Run(lambda *step: steps.append(step)))
    assert found(again) == found(fresh)
    assert steps[:2] == [(FOLD, 0, 4), (FOLD, 1, 4)]
    assert steps[-1] == (CURVE, 2, 2)
    assert [s for s in steps if s[0] == FOLD][1:] == [(FOLD, k, 4) for k in range(1, 5)]
    assert steps[-1] == (CURVE, 2, 2)


def test_time_is_kept(clock: Time) -> None:
    """Three minutes a fold (two inner trainings, an outer one), and ten minutes."""
    of = study(question(90, 30), [Slow(clock)], folds=3, repeats=2, sizes=(5,), curve_folds=2)
    began = clock.now
    made = execute(of, Run(deadline=began + 600))
    assert sorted(made.folds) == [0, 1, 2]
    assert made.shuffled  # a minute was left for one
    assert clock.now - began <= 11 * 60
    proof = proof_of(of, made, "as it is", ())
    assert (proof.folds, proof.asked) == (3, 6)


def test_broken_off_and_gone_on_with(fresh: Results, tmp_path: Path) -> None:
    kept = tmp_path / "part.json"
    of = small()
    breaking = Study(of.question, (Breaking(7), *of.arms[1:]), of.learners, of.protocol,
                     of.key)  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        execute(breaking, Run(checkpoint=kept))
    stored = json.loads(kept.read_text())
    assert list(stored["results"]) == ["outer folds 0", "outer folds 1"]
    made = execute(of, Run(checkpoint=kept, resume=True))
    assert found(made) == found(fresh)
    assert made.seconds > stored["seconds"] > 0
    assert not kept.exists()


def test_side_by_side_it_is_the_same(fresh: Results, tmp_path: Path) -> None:
    """In two processes, of which each is handed the study."""
    kept = tmp_path / "part.json"
    made = execute(small(), Run(checkpoint=kept, executor=Processes(2)))
    assert not kept.exists()
    one, other = found(made), found(fresh)
    assert one[1:] == other[1:]
    for k, fold in other[0].items():
        for mine, theirs in zip(one[0][k].outcomes, fold.outcomes, strict=True):
            assert mine.figures == pytest.approx(theirs.figures)
            assert mine.thresholds == pytest.approx(theirs.thresholds)


def test_a_study_can_be_handed_to_a_process() -> None:
    assert len(ForkingPickler.dumps(small())) < 100_000


@dataclass(frozen=True)
class Asking:
    """Does nothing, and at the n-th training another thread asks for a stop."""

    run: Run
    after: int
    done: list[int] = field(default_factory=list)
    name: str = "as it is"
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        self.done.append(1)
        if len(self.done) == self.after:
            thread = threading.Thread(target=self.run.stop.ask)
            thread.start()
            thread.join()
        return Untouched().training(part, ratio, key)


def test_a_stop_is_heard_between_trainings(fresh: Results, tmp_path: Path) -> None:
    """In the third fold, of two inner trainings and an outer one."""
    run, of = Run(checkpoint=tmp_path / "part.json"), small()
    asking = Asking(run, 3 * 2 + 1)
    with pytest.raises(StoppedError):
        execute(replace(of, arms=(asking, *of.arms[1:])), run)
    assert len(asking.done) == 3 * 2 + 1
    assert run.checkpoint is not None
    assert list(json.loads(run.checkpoint.read_text())["results"]) == [
        *("outer folds 0", "outer folds 1")
    ]
    resumed = execute(of, Run(checkpoint=run.checkpoint, resume=True))
    assert found(resumed) == found(fresh)
