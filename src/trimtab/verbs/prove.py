"""The verb `prove`: would balancing help a classifier of this table at all?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trimtab._executor import processes
from trimtab._random import Key
from trimtab._run import Progress, Run, silent
from trimtab.errors import RefusedError
from trimtab.plan.plan import CLASS_ROWS
from trimtab.predict.threshold import Cost, cost_of
from trimtab.request.prove import LEARNERS, Prove
from trimtab.study.balancing.arms.catalogue import arms_of
from trimtab.study.balancing.arms.generated import OURS
from trimtab.study.balancing.protocol import Protocol, Study, asked_folds, asked_sizes, thorough
from trimtab.study.balancing.proving import execute
from trimtab.study.balancing.result import Proof
from trimtab.study.balancing.summary import proof_of
from trimtab.study.folds import units
from trimtab.study.learners import SHORT, learners_of
from trimtab.study.question import Question, question_of
from trimtab.table.inputs import source_of, today
from trimtab.table.prepare import prepare
from trimtab.table.schema import Schema

_MIN_FOLDS = 2  # for an interval


def prove(
    data: Any,
    target: str,
    *,
    positive: str | None = None,
    protected: str | Sequence[str] = (),
    cost: Mapping[str, float] | None = None,
    learner: str | Sequence[str] | Mapping[str, Any] = tuple(SHORT),
    arms: Sequence[str] | None = None,
    folds: str | None = None,
    sizes: Sequence[int] | None = None,
    thorough: bool = False,
    minutes: float | None = None,
    workers: int | None = 1,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    schema: Schema | None = None,
    drop: str | Sequence[str] = (),
    seed: int = 0,
    progress: Progress = silent,
) -> Proof:
    """Whether balancing helps a classifier of `target`, and what to do instead.

    Real rows are split into outer folds, and everything that looks at classes (filling gaps,
    learning, adding rows, choosing thresholds and calibrations) happens inside their training part.

    Daily arguments:
    data       a path, a dataframe, or anything with the Arrow PyCapsule interface
    target     the column to be told; of more than two values `positive` names one, against the rest
    positive   the class it is about; the rarer one if not said
    protected  columns whose groups are compared at the tuned threshold
    cost       of wrong calls, {"fp": 1, "fn": 20}: the threshold is then chosen for least cost
    learner    some of "lr", "rf", "gbm"; or your own: {name: classifier of scikit-learn's kind}

    The rest:
    arms       some of "none", "weights", "oversample", "smote", "borderline", "adasyn", "trimtab";
               all but "borderline" and "adasyn" if not said, and no SMOTE without imbalanced-learn;
               and what other packages add (docs/extending.md)
    folds      outer folds x repeats, "5x2" if not said
    sizes      of the smaller class on the learning curve: 10, 20, 50, 100 if not said; () for none
    thorough   the whole protocol: 5 x 5 or 10 x 10 outer folds, 5 inner ones, all ratios and arms
    minutes    by the clock; the proof says how many folds that was enough for
    workers    processes side by side, None for one on each core. A script that asks for several
               must guard its start by `if __name__ == "__main__"`
    checkpoint a file that holds results until all is done
    resume     go on from that file, with the same table, settings and seed
    schema, drop, seed, progress   as in `fit`

    Raises InputError for bad input, RefusedError for too few rows of a class, or too little time.
    """
    own = learner if isinstance(learner, Mapping) else None
    request = Prove.of(locals(), learner=LEARNERS if isinstance(learner, Mapping) else learner)
    place = None if checkpoint is None else Path(checkpoint)
    run = Run(progress, checkpoint=place, resume=resume, executor=processes(workers))
    return carry_out(request, data, run, learners=own)


def carry_out(
    request: Prove,
    data: Any,
    run: Run,
    *,
    learners: Mapping[str, Any] | None = None,
    asked: str = "trimtab.prove, in Python",
) -> Proof:
    """Tell whether balancing helps, as asked; of `learners` of the caller's own, if there are.

    asked   the command or the function that asked, for the record
    """
    run.tell("reading", 0, 1)
    source = source_of(data)
    study, notes = study_of(request, data, learners)
    results = execute(study, run.within(request.minutes))
    _check_enough(len(results.folds), study, request.minutes)
    proof = proof_of(study, results, OURS, notes)
    said = {"given": source.judged(proof.rows), "date": today(), "asked_by": asked}
    return proof.model_copy(update=said)


def study_of(
    request: Prove, data: Any, learners: Mapping[str, Any] | None = None
) -> tuple[Study, tuple[str, ...]]:
    """The study that a request asks for, and notes on it."""
    costs = cost_of(request.cost)
    trained = learners_of(request.learner if learners is None else learners)
    key = Key(request.seed)
    given = prepare(data, schema=request.schema, drop=request.drop)
    question, table, notes = question_of(
        given, request.target, request.positive, request.protected, key
    )
    protocol = _protocol(question, request.folds, request.sizes, request.thorough, costs)
    chosen, absent = arms_of(request.arms, request.thorough, table)
    study = Study(question, chosen, trained, protocol, key.child("prove"))
    return study, (*table.origin.notes, *notes, *absent, *_of_persons(study), *_of_few(study))


def _of_persons(study: Study) -> tuple[str, ...]:
    """A note that splits keep persons together, where some have several rows."""
    people = study.question.sample.people
    if people is None or (many := len(np.unique(people))) == len(people):
        return ()
    return (
        f"The {len(people):,} rows are those of {many:,} persons: all rows of a person are on one "
        "side of every split, of the outer folds and of the inner ones. What arms add are rows, "
        "not persons.",
    )


def _of_few(study: Study) -> tuple[str, ...]:
    """A note where our arm multiplies a class that `balance` would refuse to multiply unasked."""
    protocol, size = study.protocol, units(study.question.part(np.arange(study.question.rows)))
    for folds in (protocol.folds, protocol.inner):
        size -= -(-size // folds)  # those of the largest test part
    least = min([size, *protocol.sizes])
    if least >= CLASS_ROWS:
        return ()
    noun = "rows" if study.question.sample.people is None else "persons"
    return (
        f"Some parts leave only {least} {noun} of the smaller class to learn from. To multiply a "
        f"class of fewer than {CLASS_ROWS} is refused by `balance()` unless min_support is 1; here "
        "it is done all the same, to find out what it is worth.",
    )


def _check_enough(folds: int, study: Study, minutes: float | None) -> None:
    if folds >= _MIN_FOLDS:
        return
    given = "the time" if minutes is None else f"minutes = {minutes:g}"
    raise RefusedError(
        f"{given} was enough for {folds} of "
        f"{study.protocol.folds * study.protocol.repeats} outer folds: at least "
        f"{_MIN_FOLDS} are needed for an interval. Give more minutes, fewer learners, or "
        "a checkpoint to go on from."
    )


def _protocol(
    question: Question,
    folds: str | None,
    sizes: Sequence[int] | None,
    whole_protocol: bool,
    cost: Cost | None,
) -> Protocol:
    """The protocol; fewer folds where a class has too few rows for them."""
    protocol = thorough(question.rows, cost) if whole_protocol else Protocol(cost=cost)
    if folds is not None:
        number, repeats = asked_folds(folds)
        protocol = replace(protocol, folds=number, repeats=repeats)
    if sizes is not None:
        protocol = replace(protocol, sizes=asked_sizes(sizes))
    every = question.part(np.arange(question.rows))
    size = units(every)
    least = protocol.inner + 1
    if size < 2 * least:
        raise RefusedError(
            f"{question.target} = {question.positive!r}: the smaller class has {size} "
            f"{'rows' if question.sample.people is None else 'persons'}: at least {2 * least} are "
            "needed to choose and test on different ones. Give more rows."
        )
    return replace(protocol, folds=min(protocol.folds, size // 2))
