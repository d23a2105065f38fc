"""The learning curve: what arms are worth where the smaller class has very few rows."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from trimtab._run import Run
from trimtab.study.balancing.protocol import Study
from trimtab.study.engine.work import check
from trimtab.study.metrics import known, ranked
from trimtab.study.question import UnableError


class Point(BaseModel):
    """One learner in one arm, trained on few rows of the smaller class and tested on a fold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: str
    learner: str
    figures: dict[str, float | None]


class CurveResult(BaseModel):
    """What one size of one fold found; no points where the fold has no more rows than that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    points: tuple[Point, ...] = ()
    unable: tuple[tuple[str, str, str], ...] = ()


def run_curve(study: Study, number: int, size: int, run: Run) -> CurveResult:
    """Cut the smaller class to `size` training rows in one outer fold. Raises what `check` raises.

    The other class, the test rows and the settings of the arms stay the same. Which rows are left
    is the same for all arms.
    """
    whole, tested = (study.question.part(rows) for rows in study.split(number))
    key = study.key.child("curve", number, size)
    few = np.flatnonzero(whole.minority)
    if len(few) <= size:
        return CurveResult(size=size)
    chosen = key.child("kept").generator().choice(few, size, replace=False)
    part = whole.at(np.sort(np.concatenate([np.flatnonzero(~whole.minority), chosen])))
    points, unable = [], []
    for arm in study.arms:
        try:
            check(run)
            rows = arm.training(part, max(study.protocol.ratios), key.child(arm.name))
        except UnableError as error:
            unable.append((arm.name, "", str(error)))
            continue
        for learner in study.learners:
            check(run)
            try:
                rank = learner.trained(part.features, rows, key.child("learner"))
                figures = known(ranked(rank(tested.sample), tested.is_positive))
            except UnableError as error:
                unable.append((arm.name, learner.name, str(error)))
                continue
            points.append(Point(arm=arm.name, learner=learner.name, figures=figures))
    return CurveResult(size=size, points=tuple(points), unable=tuple(unable))
