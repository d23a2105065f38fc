"""The training loop, on something tiny that is trained without any library."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.model.neural.walker import (
    AT_ONCE,
    EVERY,
    STEPS,
    State,
    Walker,
    at,
    press,
    raises,
    run,
    same,
)
from trimtab import _run
from trimtab._run import Run, Stop
from trimtab.errors import InputError, RefusedError, StoppedError
from trimtab.model.neural import loop
from trimtab.model.neural.loop import Ending, Trained

quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# --- what is kept ---------------------------------------------------------------------------------


def test_the_state_that_did_best_on_held_out_rows_is_kept() -> None:
    walker = Walker(figure=lambda done, figure: figure - max(0, done - 330))
    made = run(walker)
    assert made.ending is Ending.FINISHED and made.reason == ""
    done, figure, state = max(walker.seen, key=lambda validation: validation[1])
    np.testing.assert_array_equal(made.best["place"], state[0])
    assert (made.schedule.best, made.schedule.best_at) == (figure, done)
    assert walker.seen[0][1] < figure - 1 and walker.seen[-1][1] < figure - 1
    assert made.schedule.finished


def test_a_peak_in_the_middle_is_kept() -> None:
    walker = Walker(figure=lambda done, figure: -abs(done - 120.0))
    made = run(walker)
    assert made.schedule.best_at == 120 and made.schedule.best == 0
    wanted = next(state for done, _, state in walker.seen if done == 120)
    np.testing.assert_array_equal(made.best["place"], wanted[0])
    # Having stood still for some validations, it went back there and cooled.
    back = walker.advances.index(120, walker.advances.index(120) + 1)
    assert made.schedule.cooled_at == 120 and made.schedule.end == 200
    assert max(walker.advances[back:]) < 200


def test_of_states_that_do_equally_well_the_coolest_is_kept() -> None:
    walker = Walker(figure=lambda done, figure: float(min(done, 300)))
    made = run(walker)
    np.testing.assert_array_equal(made.best["place"], walker.seen[-1][2][0])
    # But not where rates are still level: nothing tells the later state to be better.
    level = Walker(figure=lambda done, figure: float(min(done, 100)), happens=at(180, press))
    best = run(level).best["place"]
    at_100 = next(state for done, _, state in level.seen if done == 100)
    np.testing.assert_array_equal(best, at_100[0])
    assert level.seen[-1][0] > 100


def test_all_steps_are_walked_where_each_gains() -> None:
    walker = Walker(figure=lambda done, figure: float(done))
    made = run(walker)
    assert walker.advances == list(range(0, STEPS, AT_ONCE))
    assert [done for done, *_ in walker.seen] == list(range(EVERY, STEPS + 1, EVERY))
    assert made.schedule.best_at == STEPS


def test_progress_is_reported_with_the_figure() -> None:
    reported: list[tuple[str, int, int, str]] = []
    walker = Walker()
    run(walker, Run(lambda *said: reported.append((*said, "")[:4])))
    assert {phase for phase, *_ in reported} == {"walking"}
    assert len(reported) == len(walker.advances)
    assert all(0 < done <= total for _, done, total, _ in reported)
    assert reported[-1][1] == reported[-1][2]
    figures = [said for *_, said in reported if said]
    assert figures == [f"figure {figure:.3f}" for _, figure, _ in walker.seen]


# --- what stops it --------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["loss", "figure"])
def test_no_number_stops_it_and_the_last_good_state_is_kept(where: str, tmp_path: Path) -> None:
    def figure(done: int, figure: float) -> float:
        return np.nan if where == "figure" and done > 100 else float(done)

    walker = Walker(figure=figure)
    if where == "loss":
        plain = walker.advance
        walker.advance = lambda state, done, rates: (  # type: ignore[method-assign]
            plain(state, done, rates)[0],
            np.full(len(rates), np.nan if done > 100 else 0.0),
        )
    made = run(walker, Run(checkpoint=tmp_path / "m.training"))
    assert made.ending is Ending.DIVERGED
    assert "no number" in made.reason
    good = next(state for done, _, state in walker.seen if done == 100)
    np.testing.assert_array_equal(made.best["place"], good[0])
    assert np.isfinite(made.best["place"]).all()
    assert not (tmp_path / "m.training").exists(), "it would diverge again"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 bytes."),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_too_little_memory_stops_it_and_the_last_good_state_is_kept(error: Exception) -> None:
    walker = Walker(happens=at(100, raises(error)))
    made = run(walker)
    assert (made.ending, made.reason) == (Ending.EXHAUSTED, "there is not enough memory")
    best = max(walker.seen, key=lambda validation: validation[1])
    np.testing.assert_array_equal(made.best["place"], best[2][0])


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RuntimeError("RESOURCE_EXHAUSTED"), "not enough memory"),
        (FloatingPointError("nan!"), "nan"),
    ],
)
def test_where_nothing_was_reached_it_is_refused(error: Exception, says: str) -> None:
    with pytest.raises(RefusedError, match=rf"before it reached anything.*{says}.*`model`"):
        run(Walker(happens=at(0, raises(error))))


@pytest.mark.parametrize("error", [RuntimeError("a bug"), ValueError("x"), KeyError("y")])
def test_other_errors_are_not_swallowed(error: Exception, tmp_path: Path) -> None:
    place = tmp_path / "m.training"
    with pytest.raises(type(error)) as caught:
        run(Walker(happens=at(200, raises(error))), Run(checkpoint=place))
    assert caught.value is error
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    # What was written before can be gone on with.
    assert same(run(Walker(), Run(checkpoint=place, resume=True)), run(Walker()))


@pytest.mark.parametrize("step", [0, 5, 100, 390])
def test_ctrl_c_keeps_the_best(step: int, tmp_path: Path) -> None:
    walker = Walker(happens=at(step, press))
    made = run(walker, Run(checkpoint=tmp_path / "m.training"))
    assert (made.ending, made.reason) == (Ending.INTERRUPTED, "interrupted")
    assert max(walker.advances) == step, "it stops after the steps under way"
    best = max(walker.seen, key=lambda validation: validation[1])
    np.testing.assert_array_equal(made.best["place"], best[2][0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_twice_interrupts_at_once(tmp_path: Path) -> None:
    def twice() -> None:
        press()
        press()

    walker = Walker(happens=at(100, twice))
    with pytest.raises(KeyboardInterrupt):
        run(walker, Run(checkpoint=tmp_path / "m.training"))
    assert max(walker.advances) < 100
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_anything_was_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the handler and the first step."""
    monkeypatch.setattr(loop, "_walk", lambda *_: press())
    with pytest.raises(KeyboardInterrupt):
        run(Walker())


def test_another_thread_can_train() -> None:
    """Where Python allows no handler of signals."""
    found: list[Trained] = []
    thread = threading.Thread(target=lambda: found.append(run(Walker())))
    thread.start()
    thread.join()
    assert same(found[0], run(Walker()))


def test_any_thread_can_stop_a_training(tmp_path: Path) -> None:
    """What was reached is kept, and can be gone on with; other work is not done any more."""
    stop, found, place = Stop(), list[Trained](), tmp_path / "m.training"
    walker = Walker(happens=at(100, stop.ask))
    thread = threading.Thread(
        target=lambda: found.append(run(walker, Run(stop=stop, checkpoint=place)))
    )
    thread.start()
    thread.join()
    assert (found[0].ending, found[0].reason) == (Ending.INTERRUPTED, "interrupted")
    assert max(walker.advances) == 100
    with pytest.raises(StoppedError):
        Run(stop=stop).tell("drawing", 0, 1)
    with pytest.raises(StoppedError):
        run(Walker(), Run(stop=stop))
    assert same(run(Walker(), Run(checkpoint=place, resume=True)), run(Walker()))


def test_ctrl_c_ends_one_training_and_no_later_work() -> None:
    stop = Stop()
    assert run(Walker(happens=at(100, press)), Run(stop=stop)).ending is Ending.INTERRUPTED
    assert not stop.asked
    assert run(Walker(), Run(stop=stop)).ending is Ending.FINISHED


# --- minutes --------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until it is set."""
    made = SimpleNamespace(now=1000.0)
    for module in (loop, _run):
        monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: made.now))
    return made


def ticking(clock: SimpleNamespace, seconds: float) -> Callable[[int], None]:
    def happens(done: int) -> None:
        clock.now += seconds

    return happens


@pytest.mark.parametrize("minutes", [0.5, 1.0, 2.0])
def test_minutes_are_kept_and_leave_time_to_cool(minutes: float, clock: SimpleNamespace) -> None:
    rates: list[float] = []
    walker = Walker(happens=ticking(clock, 2.0), figure=lambda done, figure: float(done))
    plain = walker.advance

    def advance(state: State, done: int, given_: np.ndarray) -> Any:
        rates.extend(given_.tolist())
        return plain(state, done, given_)

    walker.advance = advance  # type: ignore[method-assign]
    made = run(walker, Run().within(minutes))
    spent = clock.now - 1000
    assert spent <= 60 * minutes + 2
    assert made.ending is Ending.FINISHED
    if minutes == 2.0:  # 80 advances would take 160 seconds
        assert spent > 100
    assert made.schedule.cooled_at == pytest.approx(0.6 * len(walker.advances) * AT_ONCE, abs=5)
    assert rates[-1] < 0.1 * max(rates), "it was cooled"


def test_enough_minutes_change_nothing(clock: SimpleNamespace) -> None:
    assert same(run(Walker(happens=ticking(clock, 2.0)), Run().within(60.0)), run(Walker()))


def test_where_a_single_step_takes_too_long_something_is_kept(clock: SimpleNamespace) -> None:
    walker = Walker(happens=ticking(clock, 500.0))
    made = run(walker, Run().within(1.0))
    assert walker.advances == [0] and made.best and made.ending is Ending.FINISHED


# --- checkpoints ----------------------------------------------------------------------------------


def test_checkpoints_are_written_now_and_then(tmp_path: Path, clock: SimpleNamespace) -> None:
    place, stamps = tmp_path / "m.training", set()

    def happens(done: int) -> None:
        clock.now += 1.0
        if place.exists():
            stamps.add(place.stat().st_mtime_ns)

    made = run(Walker(happens=happens, figure=lambda done, _: float(done)), Run(checkpoint=place))
    # 80 advances of a second, a validation every fourth: after 15 seconds at the soonest.
    assert 3 <= len(stamps) <= 6
    assert made.ending is Ending.FINISHED and not place.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_training_of_something_else_is_not_resumed(tmp_path: Path) -> None:
    place = tmp_path / "m.training"
    with pytest.raises(InputError, match="no training to resume"):
        run(Walker(), Run(checkpoint=place, resume=True))
    run(Walker(happens=at(100, press)), Run(checkpoint=place))
    with pytest.raises(InputError, match="another table"):
        run(Walker(fingerprint="other"), Run(checkpoint=place, resume=True))
    lacking = Walker()
    lacking.restored = lambda arrays: (arrays["place"], arrays["mass"])  # type: ignore[method-assign]
    with pytest.raises(InputError, match=r"mass.*without `resume`"):
        run(lacking, Run(checkpoint=place, resume=True))
    assert place.is_file()


@quick
@given(
    st.lists(st.integers(0, STEPS - 1), min_size=1, max_size=4),
    st.sampled_from(["as it is", "a peak", "ups and downs"]),
)
def test_resuming_equals_a_run_that_was_not_broken_off(
    tmp_path: Path, stops: list[int], shape: str
) -> None:
    """Bit for bit, wherever Ctrl-C came: also between two validations, and after going back."""
    figures: dict[str, Callable[[int, float], float]] = {
        "as it is": lambda done, figure: figure,
        "a peak": lambda done, figure: -abs(done - 137.0),
        "ups and downs": lambda done, figure: done / 100 + 3 * np.sin(done / 3),
    }
    place, resume = tmp_path / "m.training", False
    whole = run(Walker(figure=figures[shape]))
    for stop in stops:
        walker = Walker(happens=at(stop, press), figure=figures[shape])
        made = run(walker, Run(checkpoint=place, resume=resume))
        resume = made.ending is Ending.INTERRUPTED
        if not resume:
            break
        assert place.is_file()
    if resume:
        made = run(Walker(figure=figures[shape]), Run(checkpoint=place, resume=True))
    assert made.ending is Ending.FINISHED
    assert same(made, whole)


def test_a_killed_run_is_gone_on_with_from_the_last_checkpoint(tmp_path: Path) -> None:
    """A crash leaves what was written last; what it repeats is the same."""
    place = tmp_path / "m.training"
    with pytest.raises(SystemExit):
        run(Walker(happens=at(330, raises(SystemExit()))), Run(checkpoint=place))
    resumed = Walker()
    made = run(resumed, Run(checkpoint=place, resume=True))
    assert resumed.advances[0] > 0 and same(made, run(Walker()))
