"""The engine, by a study that has nothing to do with balancing: means of numbers over folds."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from trimtab._executor import Executor, Inline, Processes, Threads
from trimtab._run import Run
from trimtab.errors import InputError, StoppedError
from trimtab.study.engine import schedule, work
from trimtab.study.engine.schedule import Done, execute
from trimtab.study.engine.work import Piece, check

MEANS, LARGEST = "means", "largest"
ALL: list[Executor] = [Inline(), Threads(2), Processes(2)]
FOLDS = 6
Happens = Callable[[Piece, Run], None]


def kind(executor: Executor) -> str:
    return type(executor).__name__


def nothing(piece: Piece, run: Run) -> None:
    pass


class Mean(BaseModel):
    """The mean of what a fold leaves."""

    value: float


class Largest(BaseModel):
    """The largest number of a fold."""

    value: int


@dataclass(frozen=True)
class Averaging:
    """Numbers, of which each fold leaves some out; `happens` in every piece."""

    numbers: tuple[int, ...] = tuple(range(60))
    happens: Happens = nothing
    fingerprint: str = "sixty numbers"
    results: Mapping[str, type[BaseModel]] = field(
        default_factory=lambda: {MEANS: Mean, LARGEST: Largest}
    )

    def pieces(self) -> Iterator[Piece]:
        yield from (Piece(MEANS, (k,)) for k in range(FOLDS))
        yield from (Piece(LARGEST, (k, 10)) for k in range(2))

    def carry_out(self, piece: Piece, run: Run) -> BaseModel:
        self.happens(piece, run)
        check(run)
        if piece.phase == MEANS:
            left = [n for n in self.numbers if n % FOLDS != piece.place[0]]
            return Mean(value=sum(left) / len(left))
        fold, limit = piece.place
        return Largest(value=max(n for n in self.numbers[:limit] if n % FOLDS == fold))


def until_stopped(piece: Piece, run: Run) -> None:
    """The pieces from the third mean on wait until they are stopped."""
    end = time.time() + 20
    while piece.place[0] >= 2 and time.time() < end:
        check(run)
        time.sleep(0.01)


def interrupted(piece: Piece, run: Run) -> None:
    if piece.place == (3,):
        raise KeyboardInterrupt


def broken(piece: Piece, run: Run) -> None:
    if piece.place == (1,):
        raise ZeroDivisionError("a fold without numbers")


class Time:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1e9

    def time(self) -> float:
        return self.now

    def process_time(self) -> float:
        return 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    for module in (schedule, work):
        monkeypatch.setattr(module, "time", clock)
    return clock


def by_name(done: Done) -> list[tuple[str, Any]]:
    return [(piece.name, result) for piece, result in done.results.items()]


def stored(path: Path) -> list[str]:
    return list(json.loads(path.read_text())["results"])


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_every_piece_is_done_in_order(executor: Executor, tmp_path: Path) -> None:
    steps: list[tuple[Any, ...]] = []
    place = tmp_path / "part.json"
    done = execute(
        Averaging(), Run(lambda *s: steps.append(s), checkpoint=place, executor=executor)
    )
    assert by_name(done) == [
        *((f"means {k}", Mean(value=(1770 - 270 - 10 * k) / 50)) for k in range(FOLDS)),
        ("largest 0 10", Largest(value=6)),
        ("largest 1 10", Largest(value=7)),
    ]
    assert done.of(LARGEST) == {(0, 10): Largest(value=6), (1, 10): Largest(value=7)}
    assert [s for s in steps if s[0] == MEANS] == [(MEANS, k, FOLDS) for k in range(FOLDS + 1)]
    assert steps[-1] == (LARGEST, 2, 2)
    assert not place.exists()


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_another_thread_stops_it_and_it_is_gone_on_with(executor: Executor, tmp_path: Path) -> None:
    """What was done is kept, what is under way ends between its steps."""
    run = Run(checkpoint=tmp_path / "part.json", executor=executor)
    began, place = time.time(), run.checkpoint
    assert place is not None

    def ask() -> None:
        while not (place.exists() and len(stored(place)) == 2):
            time.sleep(0.01)
        run.stop.ask()

    thread = threading.Thread(target=ask)
    thread.start()
    with pytest.raises(StoppedError):
        execute(Averaging(happens=until_stopped), run)
    thread.join()
    assert time.time() - began < 15
    assert sorted(stored(place)) == ["means 0", "means 1"]
    done = execute(Averaging(), Run(checkpoint=place, resume=True, executor=executor))
    assert by_name(done) == by_name(execute(Averaging(), Run()))
    assert not place.exists()


def test_it_can_run_in_another_thread() -> None:
    results: list[Done] = []
    run = Run(executor=Processes(2))
    thread = threading.Thread(target=lambda: results.append(execute(Averaging(), run)))
    thread.start()
    thread.join()
    assert by_name(results[0]) == by_name(execute(Averaging(), Run()))


def test_what_was_stopped_before_is_not_begun() -> None:
    run = Run()
    run.stop.ask()
    with pytest.raises(StoppedError):
        execute(Averaging(happens=broken), run)


def test_ctrl_c_breaks_it_off_at_once(tmp_path: Path) -> None:
    place = tmp_path / "part.json"
    with pytest.raises(KeyboardInterrupt):
        execute(Averaging(happens=interrupted), Run(checkpoint=place))
    assert stored(place) == ["means 0", "means 1", "means 2"]
    done = execute(Averaging(), Run(checkpoint=place, resume=True))
    assert by_name(done) == by_name(execute(Averaging(), Run()))


@pytest.mark.parametrize("executor", ALL, ids=kind)
def test_an_error_of_a_piece_comes_out(executor: Executor) -> None:
    with pytest.raises(ZeroDivisionError, match="a fold without numbers"):
        execute(Averaging(happens=broken), Run(executor=executor))


def test_time_is_kept(clock: Time, tmp_path: Path) -> None:
    """Three minutes a mean and one a largest, and ten minutes."""

    def slow(piece: Piece, run: Run) -> None:
        clock.now += 180 if piece.phase == MEANS else 60

    run = Run(deadline=clock.now + 600, checkpoint=tmp_path / "part.json")
    began = clock.now
    done = execute(Averaging(happens=slow), run)
    assert list(done.of(MEANS)) == [(0,), (1,), (2,)]
    assert list(done.of(LARGEST)) == [(0, 10)]  # a minute was left for one
    assert clock.now - began == 600
    assert run.checkpoint is not None and run.checkpoint.exists()  # more is left to do


def test_a_piece_that_takes_too_long_is_dropped(clock: Time) -> None:
    def slow(piece: Piece, run: Run) -> None:
        clock.now += 400 if piece.place == (1,) else 100

    done = execute(Averaging(happens=slow), Run(deadline=clock.now + 300))
    assert [piece.name for piece in done.results] == ["means 0"]


def test_a_file_of_other_work_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "part.json"
    content = {"version": 1, "fingerprint": "sixty numbers", "seconds": 0.0, "results": {}}
    place.write_text(json.dumps(content))
    resumed = Run(checkpoint=place, resume=True)
    with pytest.raises(InputError, match="is of another table, other settings"):
        execute(replace(Averaging(), fingerprint="other numbers"), resumed)
    place.write_text(json.dumps(content | {"version": 2}))
    with pytest.raises(InputError, match="is of another table, other settings"):
        execute(Averaging(), resumed)
    with pytest.raises(InputError, match=r"exists: go on from it with `resume=True`"):
        execute(Averaging(), Run(checkpoint=place))
    assert json.loads(place.read_text())["version"] == 2  # left as it was
    with pytest.raises(InputError, match="does not exist: leave out resume"):
        execute(Averaging(), Run(checkpoint=tmp_path / "none.json", resume=True))


HEAD = '{"version": 1, "fingerprint": "sixty numbers", "seconds": 0'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"version": 1}',
        "\x00\xff",
        '{"version": 1, "fingerprint": "sixty numbers", "seconds": null, "results": {}}',
        HEAD + ', "results": [1]}',
        HEAD + ', "results": {"means 0": 1}}',
        HEAD + ', "results": {"means 0": {"values": 3}}}',
    ],
)
def test_a_damaged_file_is_refused(text: str, tmp_path: Path) -> None:
    place = tmp_path / "part.json"
    place.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"^checkpoint .*begin anew"):
        execute(Averaging(), Run(checkpoint=place, resume=True))
