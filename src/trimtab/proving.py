"""The verb `prove`: would balancing help a classifier of this table at all?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trimtab._progress import Progress, silent
from trimtab._random import Key
from trimtab._validate import one_of, several, whole
from trimtab.errors import ColumnError, InputError, RefusedError, unknown_column
from trimtab.learning import MIN_COUNT, learn, prepare, settings_of
from trimtab.measure.comparison import Comparison, compare
from trimtab.measure.target import target_of
from trimtab.plan.balance import plan_balance
from trimtab.plan.counts import counts_table
from trimtab.proof import interpolation, schedule
from trimtab.proof.arms import (
    Arm,
    ClassWeights,
    RandomOversampling,
    UnableError,
    Untouched,
    extended,
)
from trimtab.proof.folds import units
from trimtab.proof.interpolation import Interpolation
from trimtab.proof.learners import SHORT, learners_of
from trimtab.proof.proof import Proof
from trimtab.proof.protocol import Protocol, Study, thorough
from trimtab.proof.question import Part, Question, Training
from trimtab.proof.schedule import Limits, workers_of
from trimtab.proof.summary import proof_of
from trimtab.proof.threshold import cost_of
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.table import Table

OURS = "trimtab"
ARMS = ("none", "weights", "oversample", "smote", "borderline", "adasyn", OURS)
USUAL_ARMS = ("none", "weights", "oversample", "smote", OURS)
MOST_ROWS = 30_000  # of a larger table so many are drawn at random
_YES, _NO = "yes", "no"
_ANSWERS_ALL = 0.995  # AUC of one number by itself, from which on it may know the answer


@dataclass(frozen=True)
class Generated:
    """Rows of the smaller class drawn by what this package learns of all rows: `balance`.

    table   the features of all rows of the question, and the column that names persons
    """

    table: Table
    name: str = OURS
    adds: bool = True

    def training(self, part: Part, ratio: float, key: Key) -> Training:
        """The rows, then the drawn ones. Raises UnableError for too few rows to learn from."""
        wanting = part.wanting(ratio)
        if not wanting:
            return extended(part, part.side.take(np.zeros(0, np.int64)))
        rows, name = self._with_class(part)
        few, many = (_YES, _NO) if part.rarer else (_NO, _YES)
        held = int(part.minority.sum())
        if not held:
            raise UnableError("there is no row of the smaller class to learn from")
        to = counts_table({few: held + wanting, many: len(part.hit) - held}, (name,))
        try:
            plan = plan_balance(rows, (name,), to, mode="augment")
            settings = settings_of("trees", MIN_COUNT, int(key.generator().integers(2**31)))
            made = learn(rows, settings, silent, first=(name,), public=(name,), plan=plan)
        except RefusedError as error:
            raise UnableError(str(error)) from None
        drawn = made.draw(plan, seed=settings.key.seed)
        kept = tuple(f.name for f in part.features)
        schema = Schema(columns=tuple(drawn.schema[n] for n in kept))
        new = Table(schema, drawn.data.select(list(kept)), drawn.origin)
        return extended(part, compare(self.table, new).synthetic)

    def _with_class(self, part: Part) -> tuple[Table, str]:
        """The rows of a part and their class, and the name of its column."""
        name = "class"
        while name in self.table.schema:
            name += " of the row"
        data = self.table.data.take(pa.array(part.positions))
        labels = pa.array(np.where(part.hit, _YES, _NO))
        column = Column(name=name, kind=Kind.LABEL, storage="string", role=Role.OUTCOME)
        schema = Schema(locked=True, columns=(*self.table.schema.columns, column))
        data = data.append_column(name, labels).combine_chunks()
        return Table(schema, data, self.table.origin), name


def prove(
    data: Any,
    target: str,
    *,
    positive: str | None = None,
    protected: str | Sequence[str] = (),
    cost: Mapping[str, float] | None = None,
    learner: str | Sequence[str] | Mapping[str, Any] = tuple(SHORT),
    arms: Sequence[str] | None = None,
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
               all but "borderline" and "adasyn" if not said, and no SMOTE without imbalanced-learn
    thorough   the whole protocol: 5 x 5 or 10 x 10 outer folds, 5 inner ones, all ratios and arms
    minutes    by the clock; the proof says how many folds that was enough for
    workers    processes side by side, None for one on each core. A script that asks for several
               must guard its start by `if __name__ == "__main__"`
    checkpoint a file that holds results until all is done
    resume     go on from that file, with the same table, settings and seed
    schema, drop, seed, progress   as in `fit`

    Raises InputError for bad input, RefusedError for too few rows of a class, or too little time.
    """
    limits = _limits(workers, minutes, checkpoint, resume)
    progress("reading", 0, 1)
    asked: dict[str, Any] = {"positive": positive, "protected": protected, "cost": cost}
    asked |= {"learner": learner, "arms": arms, "thorough": thorough}
    study, notes = study_of(data, target, **asked, schema=schema, drop=drop, seed=seed)
    results = schedule.execute(study, limits, _fingerprint(study), progress)
    return proof_of(study, results, OURS, notes)


def study_of(
    data: Any,
    target: str,
    *,
    positive: str | None = None,
    protected: str | Sequence[str] = (),
    cost: Mapping[str, float] | None = None,
    learner: str | Sequence[str] | Mapping[str, Any] = tuple(SHORT),
    arms: Sequence[str] | None = None,
    thorough: bool = False,
    schema: Schema | None = None,
    drop: str | Sequence[str] = (),
    seed: int = 0,
) -> tuple[Study, tuple[str, ...]]:
    """The study that `prove` would run, and notes on it; the arguments are the same."""
    costs = cost_of(cost)
    learners = learners_of(learner)
    key = Key(whole(0, seed=seed))
    given = prepare(data, schema=schema, drop=drop)
    question, table, notes = _question(given, target, positive, several(protected), key)
    protocol = _protocol(question, thorough, costs)
    chosen, absent = _arms(arms, thorough, table)
    study = Study(question, chosen, learners, protocol, key.child("prove"))
    return study, (*notes, *absent)


def _limits(
    workers: int | None, minutes: float | None, checkpoint: str | Path | None, resume: bool
) -> Limits:
    number = isinstance(minutes, (int, float)) and not isinstance(minutes, bool)
    if minutes is not None and not (number and 0 < minutes < float("inf")):
        raise InputError(f"minutes = {minutes!r}: expected a number above 0, such as 10.")
    place = None if checkpoint is None else Path(checkpoint)
    return Limits(workers_of(workers), minutes, place, resume)


def _protocol(question: Question, whole_protocol: bool, cost: Any) -> Protocol:
    """The protocol; fewer folds where a class has too few rows for them."""
    found = thorough(question.rows, cost) if whole_protocol else Protocol(cost=cost)
    every = question.part(np.arange(question.rows))
    held = units(every)
    least = found.inner + 1
    if held < 2 * least:
        raise RefusedError(
            f"{question.target} = {question.positive!r}: the smaller class has {held} "
            f"{'rows' if question.side.people is None else 'persons'}: at least {2 * least} are "
            "needed to choose and test on different ones. Give more rows."
        )
    return replace(found, folds=min(found.folds, held // 2))


def _question(
    table: Table, target: str, positive: str | None, protected: tuple[str, ...], key: Key
) -> tuple[Question, Table, tuple[str, ...]]:
    """What the proof is about, the features of the same rows as a table, and notes."""
    for name, where in ((target, "target"), *((p, "protected") for p in protected)):
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, where)
        if name == target and where == "protected":
            raise ColumnError(f"protected: {name!r} is the target: name other columns.")
    comparison = compare(table, table)
    wanted = target_of(comparison, target, positive)
    if wanted.is_number:
        raise ColumnError(
            f"target {target!r} is a number with many values: expected a column of classes. Make "
            "it one, such as whether it is above some value."
        )
    if wanted.positive is None:
        raise ColumnError(
            f"target {target!r} has {len(wanted.classes)} classes: name the one that the proof is "
            f"about with --positive (positive=), against the rest: {', '.join(wanted.classes)}."
        )
    chosen, notes = _rows(comparison, wanted, key)
    hit = (wanted.of(comparison.real) == wanted.positive)[chosen]
    features = tuple(f for f in comparison.features if f.name != target)
    if not features:
        raise ColumnError(f"target {target!r}: there is no other column to tell it from.")
    data = table.data.take(pa.array(chosen))
    names = [f.name for f in features]
    entity = table.schema.entity
    kept = [*names, *([entity.name] if entity is not None else [])]
    rest = Table(
        Schema(locked=True, columns=tuple(table.schema[n] for n in kept)),
        data.select(kept).combine_chunks(),
        table.origin,
    )
    # Labels are coded by how frequent they are in these rows, as those of rows drawn later will be.
    used = compare(rest, rest)
    question = Question(
        target=target,
        positive=wanted.classes[wanted.positive],
        features=used.features,
        side=used.real,
        hit=hit,
        protected={p: _texts(data.column(p)) for p in protected},
    )
    return question, rest, (*comparison.notes, *wanted.notes, *notes, *_knowing(question))


def _rows(
    comparison: Comparison, wanted: Any, key: Key
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The rows that are used: those with a known class, and not too many."""
    known = np.flatnonzero(wanted.known(comparison.real))
    notes = []
    if len(known) < comparison.real.rows:
        notes.append(
            f"{comparison.real.rows - len(known):,} rows without a known {wanted.feature.name} are "
            "left out."
        )
    if len(known) > MOST_ROWS:
        notes.append(f"{MOST_ROWS:,} of {len(known):,} rows were drawn at random for the proof.")
        known = np.sort(key.child("rows").generator().choice(known, MOST_ROWS, replace=False))
    return known, tuple(notes)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    texts = pc.fill_null(pc.cast(column, pa.string()), "(missing)")
    return np.asarray(texts.to_pylist(), dtype=object)


def _knowing(question: Question) -> tuple[str, ...]:
    """Remarks on features that tell the class almost by themselves: they may know the answer."""
    from trimtab.measure.classification import ranking

    found = []
    for feature in question.features:
        values = question.side.values[feature.name]
        if feature.is_number:
            known = values[~np.isnan(values)]
            score = np.nan_to_num(values, nan=np.median(known) if len(known) else 0.0)
        else:
            size = len(feature.labels) + 1
            hits = np.bincount(values + 1, question.hit, size)
            rows = np.bincount(values + 1, minlength=size)
            if (rows > 0).sum() > len(values) / 10:
                continue  # shares of so few rows a label say nothing
            score = (hits / np.maximum(rows, 1))[values + 1]
        auc = float(ranking(score, question.hit, np.ones((1, len(values))))[0][0])
        if max(auc, 1 - auc) > _ANSWERS_ALL:
            found.append(
                f"{feature.name} alone ranks the rows almost without error (AUC "
                f"{max(auc, 1 - auc):.3f}): if it is known only after {question.target} is, leave "
                "it out with --drop."
            )
    return tuple(found)


def _arms(
    asked: Sequence[str] | None, whole_protocol: bool, table: Table
) -> tuple[tuple[Arm, ...], tuple[str, ...]]:
    """The arms, and what is missing of the usual ones."""
    names = list(ARMS if whole_protocol else USUAL_ARMS) if asked is None else list(several(asked))
    for name in names:
        one_of(ARMS, arms=name)
    for needed in ("none", OURS):
        if needed not in names:
            raise InputError(
                f"arms = {', '.join(names)}: expected 'none' and {OURS!r} among them, because they "
                "are what is compared."
            )
    notes: tuple[str, ...] = ()
    if set(names) & {"smote", "borderline", "adasyn"}:
        try:
            interpolation.check_installed()
        except InputError as error:
            if asked is not None:
                raise
            names = [n for n in names if n not in ("smote", "borderline", "adasyn")]
            notes = (f"SMOTE is not compared: {error}",)
    made: dict[str, Arm] = {
        "none": Untouched(),
        "weights": ClassWeights(),
        "oversample": RandomOversampling(),
        "smote": Interpolation(interpolation.SMOTE),
        "borderline": Interpolation(interpolation.BORDERLINE),
        "adasyn": Interpolation(interpolation.ADASYN),
        OURS: Generated(table),
    }
    return tuple(made[n] for n in ARMS if n in names), notes


def _fingerprint(study: Study) -> str:
    """Of everything that results hang on."""
    from importlib.metadata import version

    question = study.question
    digest = hashlib.blake2b(digest_size=16)
    for feature in question.features:
        digest.update(repr(feature).encode())
        digest.update(np.ascontiguousarray(question.side.values[feature.name]).tobytes())
    digest.update(question.hit.tobytes())
    for texts in question.protected.values():
        digest.update(repr(texts.tolist()).encode())
    if question.side.people is not None:
        digest.update(question.side.people.tobytes())
    said = (
        version("trimtab"),
        question.target,
        question.positive,
        tuple(question.protected),
        tuple(a.name for a in study.arms),
        study.learners,
        study.protocol,
        study.key,
    )
    digest.update(repr(said).encode())
    return digest.hexdigest()
