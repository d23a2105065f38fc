"""The results of folds, put together to a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from operator import add
from typing import TypeVar

import numpy as np

from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.controls import ShuffledResult, copy_controls, shuffled_controls
from trimtab.study.balancing.copies import Copies
from trimtab.study.balancing.curve import CurveResult, Point
from trimtab.study.balancing.fold import FoldResult, Outcome
from trimtab.study.balancing.groups import gaps, groups
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.result import CurvePoint, Line, Proof
from trimtab.study.balancing.tails import Tail
from trimtab.study.balancing.trained import TrainingRows, averaged
from trimtab.study.balancing.verdict import answers
from trimtab.study.inference import Difference, Mean, differences, mean
from trimtab.study.metrics import AUC, MEASURES, PRECISION

_Counted = TypeVar("_Counted", Copies, Tail)


@dataclass(frozen=True)
class Results:
    """What was done, by outer fold: the folds, those with shuffled classes, and the curve's."""

    folds: dict[int, FoldResult]
    shuffled: dict[int, ShuffledResult]
    curve: dict[tuple[int, int], CurveResult]
    seconds: float


def proof_of(study: Study, results: Results, ours: str, notes: Sequence[str]) -> Proof:
    """The proof that results make; `ours` is the name of the arm that is this package's own."""
    protocol, question = study.protocol, study.question
    folds = [results.folds[k] for k in sorted(results.folds)]
    share = 1 / (protocol.folds - 1)
    lines = _lines(study, folds, share)
    curve, curve_folds = _curve(study, results.curve, share)
    copies = _summed([f.copies for f in folds])
    controls = shuffled_controls([results.shuffled[k] for k in sorted(results.shuffled)])
    people = question.sample.people
    rates = groups(folds)
    proof = Proof(
        trimtab=version("trimtab"),
        target=question.target,
        positive=question.positive,
        rows=question.rows,
        positives=int(question.is_positive.sum()),
        minority=int(min(question.is_positive.sum(), (~question.is_positive).sum())),
        people=None if people is None else len(np.unique(people)),
        protected=tuple(question.protected),
        cost=protocol.cost,
        arms=tuple(a.name for a in study.arms),
        ours=ours,
        learners=tuple(x.name for x in study.learners),
        folds=len(folds),
        asked=protocol.folds * protocol.repeats,
        repeats=protocol.repeats,
        inner=protocol.inner,
        ratios=protocol.ratios,
        sizes=protocol.sizes,
        curve_folds=curve_folds,
        seed=study.key.seed,
        answers=(),
        lines=lines,
        trained=_trained(folds),
        curve=curve,
        controls=(*controls, *copy_controls(copies)),
        copies=copies,
        tails=_summed([f.tails for f in folds]),
        groups=rates,
        gaps=gaps(folds, share, protocol.repeats),
        notes=(*notes, *_unable(folds, results.curve)),
        cpu_seconds=results.seconds,
    )
    return proof.model_copy(update={"answers": answers(proof)})


def _summed(parts: Sequence[dict[str, _Counted]]) -> dict[str, _Counted]:
    """What folds counted of each arm, together."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {n: reduce(add, [part[n] for part in parts if n in part]) for n in names}


def _trained(folds: Sequence[FoldResult]) -> dict[str, tuple[TrainingRows, ...]]:
    names = dict.fromkeys(name for fold in folds for name in fold.trained)
    return {n: averaged([f.trained[n] for f in folds if n in f.trained]) for n in names}


def _lines(study: Study, folds: Sequence[FoldResult], share: float) -> tuple[Line, ...]:
    lines = []
    for learner in study.learners:
        by_arm = {
            arm.name: {
                k: o
                for k, fold in enumerate(folds)
                for o in fold.outcomes
                if (o.arm, o.learner) == (arm.name, learner.name)
            }
            for arm in study.arms
        }
        compared = {
            name: _compared({a: _figures(o, name) for a, o in by_arm.items()}, name, share)
            for name in MEASURES
        }
        for arm, outcomes in by_arm.items():
            if outcomes:
                against = {m: c[arm] for m, c in compared.items() if arm in c}
                lines.append(_line(arm, learner.name, outcomes, against, share))
    return tuple(lines)


def _figures(by_fold: Mapping[int, Outcome | Point], name: str) -> dict[int, float]:
    """One figure of each fold that has it."""
    known = {k: o.figures.get(name) for k, o in by_fold.items()}
    return {k: v for k, v in known.items() if v is not None}


def _compared(
    by_arm: dict[str, dict[int, float]], measure: str, share: float
) -> dict[str, Difference]:
    """Differences to the untouched arm, by arm; none where neither way is better."""
    _, higher, margin = MEASURES[measure]
    base = by_arm.get(UNTOUCHED, {})
    if higher is None or not base:
        return {}
    sign = 1.0 if higher else -1.0
    paired = {
        arm: [sign * (v - base[k]) for k, v in figures.items() if k in base]
        for arm, figures in by_arm.items()
        if arm != UNTOUCHED
    }
    return differences(paired, share, margin)


def _line(
    arm: str,
    learner: str,
    outcomes: dict[int, Outcome],
    against: dict[str, Difference],
    share: float,
) -> Line:
    fold_outcomes = list(outcomes.values())
    known = dict.fromkeys(name for o in fold_outcomes for name in o.figures)
    chosen: dict[str, list[float]] = {}
    for outcome in fold_outcomes:
        for name, value in outcome.thresholds.items():
            chosen.setdefault(name, []).append(value)
    ratios = [str(o.ratio) for o in fold_outcomes]
    forms = dict.fromkeys(form for o in fold_outcomes for form in o.bins)
    return Line(
        arm=arm,
        learner=learner,
        figures={n: mean(list(_figures(outcomes, n).values()), share) for n in known},
        differences=against,
        thresholds={n: float(np.median(v)) for n, v in chosen.items()},
        spread={n: (min(v), max(v)) for n, v in chosen.items()},
        ratios={r: ratios.count(r) for r in dict.fromkeys(ratios)},
        bins={form: reduce(add, [o.bins[form] for o in fold_outcomes]) for form in forms},
    )


def _curve(
    study: Study, results: dict[tuple[int, int], CurveResult], share: float
) -> tuple[tuple[CurvePoint, ...], int]:
    """The points, and how many folds were done at every size that any fold has rows for."""
    sizes = {size for (_, size), r in results.items() if r.points}
    numbers = {number for number, _ in results}
    whole = sorted(n for n in numbers if all((n, size) in results for size in study.protocol.sizes))
    curve = []
    for size in sorted(sizes):
        points = [(n, p) for n in whole if (n, size) in results for p in results[n, size].points]
        for learner in study.learners:
            mine = {
                arm.name: {
                    n: p for n, p in points if (p.arm, p.learner) == (arm.name, learner.name)
                }
                for arm in study.arms
            }
            mine = {name: ps for name, ps in mine.items() if ps}
            compared = {
                m: _compared({a: _figures(ps, m) for a, ps in mine.items()}, m, share)
                for m in (AUC, PRECISION)
            }
            for arm_name, ps in mine.items():
                figures: dict[str, Mean] = {
                    m: mean(list(_figures(ps, m).values()), share) for m in (AUC, PRECISION)
                }
                against = {m: c[arm_name] for m, c in compared.items() if arm_name in c}
                curve.append(
                    CurvePoint(
                        size=size,
                        arm=arm_name,
                        learner=learner.name,
                        figures=figures,
                        differences=against,
                    )
                )
    return tuple(curve), len(whole)


def _unable(
    folds: Sequence[FoldResult], curve: dict[tuple[int, int], CurveResult]
) -> tuple[str, ...]:
    """What could not be done, each reason once."""
    reasons: dict[tuple[str, str, str], int] = {}
    runs = [*(f.unable for f in folds), *(c.unable for c in curve.values())]
    for unable in runs:
        for key in dict.fromkeys(unable):
            reasons[key] = reasons.get(key, 0) + 1
    return tuple(
        f"{arm}{f' with {learner}' if learner else ''} could not be done in {count} "
        f"{'run' if count == 1 else 'runs'}: {why.rstrip('.')}."
        for (arm, learner, why), count in reasons.items()
    )
