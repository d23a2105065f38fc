"""How the learning rate runs, whatever the held-out figures and the clock do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from trimtab.model.neural.rate_schedule import RateSchedule

PATIENCE = 5  # validations without a gain that a schedule bears


def rates_of(schedule: RateSchedule, count: int = 10) -> np.ndarray:
    """All rates from here to the end, `count` steps at a time."""
    found = []
    while not schedule.finished:
        found.append(schedule.rates(count))
        schedule = schedule.walked(count)
    return np.concatenate(found) if found else np.zeros(0)


@pytest.mark.parametrize("count", [1, 10, 70])
def test_an_undisturbed_schedule_rises_stays_and_falls_to_nothing(count: int) -> None:
    schedule = RateSchedule(1000, 100, 0.5)
    rates = rates_of(schedule, count)[:1000]
    assert len(rates) == 1000
    np.testing.assert_allclose(rates[:100], 0.5 * np.arange(1, 101) / 100, rtol=1e-6)
    np.testing.assert_allclose(rates[100:600], 0.5)
    np.testing.assert_allclose(rates[600:], 0.5 * np.arange(400, 0, -1) / 400, rtol=1e-5)
    assert not rates_of(schedule, count)[1000:].any()


def test_rates_do_not_depend_on_how_many_are_asked_for() -> None:
    np.testing.assert_array_equal(
        rates_of(RateSchedule(500, 30, 1.0), 1)[:500],
        rates_of(RateSchedule(500, 30, 1.0), 50)[:500],
    )


@pytest.mark.parametrize("cut", [1, 30, 150, 590])
def test_a_schedule_that_is_cut_short_is_whole(cut: int) -> None:
    """Three fifths are walked when cooling begins, two fifths cool down to nothing."""
    schedule = RateSchedule(1000, 100, 0.5).walked(cut).cooled()
    assert schedule.end == pytest.approx(cut / 0.6, abs=1)
    rates = rates_of(schedule, 1)
    assert len(rates) == schedule.end - cut
    assert (np.diff(rates) < 0).all() or len(rates) < 3 or cut < 100
    assert rates[-1] <= 0.5 / len(rates) * 1.01
    assert not schedule.rates(schedule.end)[schedule.end - cut :].any()
    assert schedule.cooled() is schedule


def test_a_level_rate_that_gains_nothing_goes_back_to_the_best() -> None:
    schedule = RateSchedule(1000, 10, 1.0, least_gain=0.1).walked(100).validated(1.0)
    for k in range(PATIENCE):
        assert not schedule.stuck
        # Gains that are too small count for the best, and not against being stuck.
        schedule = schedule.walked(50).validated(1.0 + k / 1000)
    assert schedule.stuck and schedule.best == pytest.approx(1.004)
    back = schedule.back()
    assert (back.done, back.cooled_at, back.stale) == (schedule.best_at, schedule.best_at, 0)
    assert not back.stuck and back.end < 1000
    for _ in range(2 * PATIENCE):
        back = back.validated(-1.0)
    assert not back.stuck, "a schedule that cools is not turned back"


def test_a_gain_makes_patient_again() -> None:
    schedule = RateSchedule(1000, 10, 1.0, least_gain=0.1).walked(50).validated(0.0)
    for k in range(20):
        schedule = schedule.walked(10).validated(0.2 * (k // 4))
    assert not schedule.stuck


@pytest.mark.parametrize("patience", [1, 3, 10])
def test_patience_is_what_it_is_asked_to_be(patience: int) -> None:
    schedule = RateSchedule(1000, 10, 1.0, patience=patience).walked(100).validated(1.0)
    for _ in range(patience):
        assert not schedule.stuck
        schedule = schedule.walked(10).validated(0.5)
    assert schedule.stuck


@pytest.mark.parametrize("cooling", [0.0, 0.2, 0.5, 0.8])
def test_cooling_takes_its_share_of_a_schedule(cooling: float) -> None:
    level = round(1000 * (1 - cooling))
    rates = rates_of(RateSchedule(1000, 100, 0.5, cooling=cooling), 1)
    assert len(rates) == 1000
    np.testing.assert_allclose(rates[100:level], 0.5)
    assert (np.diff(rates[level:]) < 0).all()
    # What is cut short cools for the same share of what it is then.
    cut = RateSchedule(1000, 100, 0.5, cooling=cooling).walked(150).cooled()
    assert cut.end - 150 == pytest.approx(cooling * cut.end, abs=1)
    assert not cut.must_cool(0.0, 100.0)
    level_still = RateSchedule(1000, 100, 0.5, cooling=cooling).walked(100)
    assert level_still.must_cool(100 * (1 - cooling) + 1e-9, 100.0)
    assert not level_still.must_cool(100 * (1 - cooling) - 0.1, 100.0)


@pytest.mark.parametrize("best_at", [100, 300])
def test_a_schedule_without_cooling_ends_where_it_was_best(best_at: int) -> None:
    schedule = RateSchedule(1000, 10, 1.0, cooling=0.0, patience=2).walked(best_at).validated(1.0)
    schedule = schedule.walked(100).validated(0.0).walked(100).validated(0.0)
    assert schedule.stuck and not schedule.finished
    back = schedule.back()
    assert back.finished and back.done == back.end == best_at and len(rates_of(back)) == 0


@settings(deadline=None, derandomize=True)
@given(st.floats(-50, -0.5), st.floats(0, 1e-5))
def test_on_the_way_down_the_coolest_of_equals_is_kept(best: float, loss: float) -> None:
    level = RateSchedule(1000, 10, 1.0).walked(100).validated(best)
    assert level.keeps(best + 0.01) and not level.keeps(best) and not level.keeps(best - loss)
    cooling = level.cooled()
    assert cooling.keeps(best + 0.01) and cooling.keeps(best * (1 + loss))
    assert not cooling.keeps(best * 1.1)


@pytest.mark.parametrize(("spent", "wanted"), [(0.0, False), (59.9, False), (60.1, True)])
def test_a_budget_of_time_leaves_enough_to_cool(spent: float, wanted: bool) -> None:
    schedule = RateSchedule(1000, 10, 1.0).walked(100)
    assert schedule.must_cool(spent, 100.0) is wanted
    assert not schedule.cooled().must_cool(spent, 100.0)


class Walk(RuleBasedStateMachine):
    """A training that is validated, turned back and cut short as it comes."""

    @initialize(
        steps=st.integers(1, 40).map(lambda k: 10 * k),
        warm=st.integers(0, 60),
        least_gain=st.sampled_from([0.0, 0.5]),
    )
    def begin(self, steps: int, warm: int, least_gain: float) -> None:
        self.schedule = RateSchedule(steps, warm, 0.25, least_gain)
        self.seen: list[tuple[float, int]] = []
        self.turned = 0

    @precondition(lambda self: not self.schedule.finished)
    @rule(count=st.sampled_from([10, 50]))
    def walk(self, count: int) -> None:
        before, rates = self.schedule, self.schedule.rates(count)
        self.schedule = before.walked(count)
        assert rates.dtype == np.float32 and len(rates) == count
        assert ((rates >= 0) & (rates <= np.float32(0.25))).all()
        assert rates[0] > 0, "a schedule that is not over moves"
        if before.done < before.warm - count and before.cooled_at is None:
            if before.done + count < 0.6 * before.steps:
                assert (np.diff(rates) > 0).all()
        elif before.done >= before.warm and before.cooled_at is not None:
            assert (np.diff(rates) <= 0).all()
        after = before.end - before.done
        assert not rates[max(after, 0) :].any()

    @rule(figure=st.floats(-3, 3))
    def validate(self, figure: float) -> None:
        self.seen.append((figure, self.schedule.done))
        self.schedule = self.schedule.validated(figure)
        if self.schedule.stuck:
            recent = [f for f, _ in self.seen[-PATIENCE:]]
            earlier = max((f for f, _ in self.seen[:-PATIENCE]), default=-np.inf)
            assert len(recent) == PATIENCE and max(recent) <= earlier + PATIENCE * 0.5
            self.schedule = self.schedule.back()
            self.turned += 1
            assert self.schedule.done == self.schedule.best_at

    @rule()
    def cut(self) -> None:
        level = self.schedule.cooled_at is None
        self.schedule = self.schedule.cooled()
        assert self.schedule.cooled_at is not None
        if level:
            assert self.schedule.cooled_at == max(self.schedule.done, 1)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "schedule"):
            return
        schedule = self.schedule
        assert 1 <= schedule.end <= schedule.steps
        assert self.turned <= 1
        if schedule.cooled_at is None:
            assert schedule.end == schedule.steps and schedule.done < 0.6 * schedule.steps
        if self.seen:
            assert schedule.best == max(f for f, _ in self.seen)
            assert (schedule.best, schedule.best_at) in self.seen
        else:
            assert schedule.best == -np.inf

    def teardown(self) -> None:
        """Left alone it ends, and at no rate at all."""
        if hasattr(self, "schedule"):
            rates = rates_of(self.schedule)
            assert len(rates) <= self.schedule.steps + 10
            if len(rates):
                step = 0.25 / max(self.schedule.end - (self.schedule.cooled_at or 0), 1)
                assert rates[-1] <= 10 * max(step, 0.25 / (0.4 * self.schedule.steps)) + 1e-6


Walk.TestCase.settings = settings(
    max_examples=80, stateful_step_count=25, deadline=None, derandomize=True
)
TestWalk = Walk.TestCase
