"""What validations leave behind on the way of a training, and trainings that are not cooled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.model.neural.walker import AT_ONCE, EVERY, STEPS, Walker, at, press, run, same_stages
from trimtab._run import Run
from trimtab.model.neural.checkpoint import read_checkpoint
from trimtab.model.neural.rate_schedule import RateSchedule


def test_each_validation_leaves_a_stage() -> None:
    walker = Walker(figure=lambda done, figure: float(done))
    made = run(walker)
    assert [(s.step, s.figure) for s in made.stages] == [(done, f) for done, f, _ in walker.seen]
    for stage, (_, _, state) in zip(made.stages, walker.seen, strict=True):
        np.testing.assert_array_equal(stage.sample["place"], state[0])


def test_stages_that_were_gone_back_behind_are_forgotten() -> None:
    """What is left is the way to where it ended: steps ascend, and the best is among them."""
    walker = Walker(figure=lambda done, figure: -abs(done - 120.0))
    made = run(walker)
    steps = [stage.step for stage in made.stages]
    assert steps == list(range(EVERY, 201, EVERY)) and made.schedule.end == 200
    assert max(done for done, *_ in walker.seen) > 200, "it had gone further"
    # Those after 120 are of the second time, which was cooled.
    last = {done: state[0] for done, _, state in walker.seen}
    first = {done: state[0] for done, _, state in reversed(walker.seen)}
    for stage in made.stages:
        np.testing.assert_array_equal(stage.sample["place"], last[stage.step])
    assert not np.array_equal(first[160], last[160])


def test_a_training_without_cooling_ends_at_its_best_when_it_gains_nothing() -> None:
    """As a GAN's does: level to the end, or back to the best state and no further."""
    schedule = RateSchedule(STEPS, 20, 0.01, cooling=0.0, patience=3)
    walker = Walker(figure=lambda done, figure: -abs(done - 120.0))
    made = run(walker, schedule=schedule)
    assert max(done for done, *_ in walker.seen) == 120 + 3 * EVERY
    assert made.schedule.finished and made.schedule.done == made.schedule.best_at == 120
    assert [stage.step for stage in made.stages] == list(range(EVERY, 121, EVERY))
    wanted = next(state for done, _, state in walker.seen if done == 120)
    np.testing.assert_array_equal(made.best["place"], wanted[0])
    patient = Walker(figure=lambda done, figure: float(done))
    whole = run(patient, schedule=schedule)
    assert whole.schedule.done == STEPS and len(patient.advances) == STEPS // AT_ONCE


@pytest.mark.parametrize("stop", [100, 305])
def test_stages_are_kept_in_a_checkpoint(stop: int, tmp_path: Path) -> None:
    place = tmp_path / "m.training"
    run(Walker(happens=at(stop, press)), Run(checkpoint=place))
    kept = read_checkpoint(place, "walker").stages
    whole = run(Walker())
    assert len(kept) == (stop + AT_ONCE) // EVERY
    assert same_stages(kept, whole.stages[: len(kept)])
    resumed = run(Walker(), Run(checkpoint=place, resume=True))
    assert same_stages(resumed.stages, whole.stages)
