"""Proxies: how well the other columns of a table give a protected column away.

A protected column that is left out of a model, or made fair, comes back through what stands for it.
The balanced error rate of predicting it is 1 - 1/classes where the others say nothing, and 0 where
they give it away (Feldman et al. 2015, section 4; Xu et al. 2018, FairGAN).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import wilson
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import grouped
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, once
from trimtab.measure.score import (
    Direction,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
    Verdict,
)
from trimtab.measure.scorecard import figure
from trimtab.predict.learners import CLASSIFIERS, fitted
from trimtab.predict.sample import Feature, Sample

BALANCED_ERROR = Measure(
    name="balanced_error_rate",
    section=Section.FAIRNESS,
    topic=Topic.FAIRNESS,
    split=Split.TABLE,
    title="Hidden by other columns",
    meaning="The mean over the groups of the share that is told wrong when the protected column is "
    "predicted from the other columns, by the learner that does best. A low one means that they "
    "stand for it, so that leaving it out does not make a model blind to it.",
    direction=Direction.HIGHER,
    source="balanced error rate (Feldman et al. 2015, section 4)",
)
MAX_ROWS = 8_000  # of each table
_TRAINED = 0.7
_FEW, _MAX_CLASSES = 10, 20
_BARE, _BLURRED = 0.9, 0.2  # of what could be told
_DRAWS = 1000
_REAL, _SYNTHETIC, _OTHERS = "real", "synthetic", "(others)"


def proxies(
    comparison: Comparison, protected: Sequence[str], target: str | None, key: Key
) -> Findings:
    """How well all other columns but the target predict each protected column, in either table.

    Logistic regression, a forest and boosted trees, with classes weighted alike, are trained on 70
    % of a table's rows and tested on its others; the one that errs least counts. Both tables give
    equally many rows, at most 8,000, so that neither is learned better for being larger. All
    delivered rows of the synthetic table are looked at.
    Rows where the column is missing are left out, numbers of more than 20 values are cut into
    tenths, and classes with fewer than 10 rows in either table count as one.
    Raises ColumnError for an unknown column.
    """
    findings = Findings()
    for name in dict.fromkeys(protected):
        findings += _of_column(comparison, comparison[name], target, key.child("leakage", name))
    return findings


def _of_column(comparison: Comparison, feature: Feature, target: str | None, key: Key) -> Findings:
    """How well the other columns predict one protected column."""
    about, where = (feature.name,), f"{_SYNTHETIC} data"
    features = tuple(f for f in comparison.features if f.name != feature.name and f.name != target)
    if not features:
        because = "there is no other column to predict it from"
        return Findings(scores=(BALANCED_ERROR.missing(because, about=about, within=where),))
    samples, classes, notes = _prepared(comparison, feature, key)
    if len(classes) < 2:
        because = f"{feature.name} has fewer than two groups of {_FEW} rows or more in both tables"
        missing = BALANCED_ERROR.missing(because, about=about, within=where)
        return Findings(scores=(missing,), notes=notes)
    others = "all other columns" if target is None else f"all other columns but {target}"
    rows = samples[_REAL][0].rows
    notes += (f"{feature.name} is predicted from {others}, in {rows:,} rows of each table.",)
    # The same splits and seeds for both tables.
    by_table = {
        name: _proxy(sample, codes, classes, features, key)
        for name, (sample, codes) in samples.items()
    }
    return Findings(scores=tuple(_scores(by_table, len(classes), about, key)), notes=notes)


def _prepared(
    comparison: Comparison, feature: Feature, key: Key
) -> tuple[dict[str, tuple[Sample, Int]], tuple[str, ...], tuple[str, ...]]:
    """Equally many rows of both tables with the codes of their classes, the classes, and notes."""
    tables = {_REAL: comparison.real, _SYNTHETIC: comparison.delivered}
    known = {name: sample.take(~sample.missing(feature)) for name, sample in tables.items()}
    notes = [
        f"{feature.name} is missing in {tables[n].rows - sample.rows:,} {n} rows, which say "
        "nothing of its leakage."
        for n, sample in known.items()
        if sample.rows < tables[n].rows
    ]
    most = min(MAX_ROWS, *(sample.rows for sample in known.values()))
    samples = {n: sample.sampled(most, key.child("rows", n)) for n, sample in known.items()}
    if most == 0:
        return {}, (), tuple(notes)
    cells = grouped(comparison, (feature.name,), samples)
    counts = np.stack([cells.counts(name) for name in samples]).min(axis=0)
    order = np.argsort(-counts, kind="stable")
    chosen = np.sort(order[:_MAX_CLASSES][counts[order[:_MAX_CLASSES]] >= _FEW])
    new = np.full(len(cells.names), len(chosen))
    new[chosen] = np.arange(len(chosen))
    classes = [cells.names[k] for k in chosen]
    codes = {name: new[cells.codes[name]] for name in samples}
    rest = [int((c == len(chosen)).sum()) for c in codes.values()]
    if max(rest) > 0:
        few = [cells.names[k] for k in np.flatnonzero(new == len(chosen))]
        listing = f"{'; '.join(few[:5])}{f'; and {len(few) - 5} more' if len(few) > 5 else ''}"
        pooled = min(rest) >= _FEW
        classes += [_OTHERS] if pooled else []
        notes.append(
            f"{feature.name}: groups with fewer than {_FEW} rows in one of the tables, or beyond "
            f"the {_MAX_CLASSES} largest, "
            f"{'count as one' if pooled else 'are left out'} for its leakage: {listing}."
        )
    used = {}
    for name, sample in samples.items():
        counted = codes[name] < len(classes)
        used[name] = (sample.take(counted), codes[name][counted])
    return used, tuple(classes), tuple(notes)


@dataclass(frozen=True)
class _Proxy:
    """What the learner that errs least does.

    rows    effective tested rows of each class, shape (classes,)
    """

    learner: str
    value: float
    low: float
    high: float
    rows: Float
    tested: int


def _proxy(
    sample: Sample, codes: Int, classes: Sequence[str], features: Sequence[Feature], key: Key
) -> _Proxy:
    """Train on a part of the rows of a table, and test on the others."""
    trained = _training_rows(sample, codes, key)
    train, test = sample.take(trained), sample.take(~trained)
    truth = codes[~trained]
    candidates = []
    for learner in CLASSIFIERS:
        model = fitted(
            learner,
            features,
            train,
            codes[trained],
            len(classes),
            key=key.child("learner"),
            weights=train.weights if train.weighted else None,
            balanced=True,
        )
        candidates.append(
            _tested(learner, truth == model.predict(test), truth, test.weights, classes)
        )
    return min(candidates, key=lambda proxy: proxy.value)


def _training_rows(sample: Sample, codes: Int, key: Key) -> Bool:
    """Which rows to train on: 70 % of each class, the rows of one person together."""
    generator = key.child("split").generator()
    if sample.people is not None:
        persons, person = np.unique(sample.people, return_inverse=True)
        if len(persons) < sample.rows:
            return (generator.permutation(len(persons)) < _TRAINED * len(persons))[person]
    order = np.lexsort((generator.random(sample.rows), codes))
    place = np.empty(sample.rows, np.int64)
    starts = np.searchsorted(codes[order], codes[order], side="left")
    place[order] = np.arange(sample.rows) - starts
    return place < np.ceil(_TRAINED * np.bincount(codes))[codes]


def _tested(
    learner: str,
    right: Bool,
    truth: Int,
    weights: Float,
    classes: Sequence[str],
) -> _Proxy:
    """The balanced error rate with its interval, of errors in classes that are independent."""
    size = len(classes)
    total = np.bincount(truth, weights, size)
    rows = np.square(total) / np.maximum(np.bincount(truth, np.square(weights), size), 1e-300)
    present = np.flatnonzero(total)
    wrong = np.bincount(truth, weights * ~right, size)[present] / total[present]
    ends = np.array([wilson(w * n, n) for w, n in zip(wrong, rows[present], strict=True)])
    value = float(wrong.mean())
    # Means of rates, by MOVER (Newcombe 1998, Stat. Med. 17: 873).
    down, up = (float(np.sqrt(np.square(e - wrong).sum())) / len(present) for e in ends.T)
    return _Proxy(learner, value, value - down, value + up, rows[present], len(truth))


def _scores(
    by_table: Mapping[str, _Proxy], classes: int, about: tuple[str, ...], key: Key
) -> Iterator[Score]:
    """The score of the synthetic table, and that of the real one beside it."""
    chance = 1 - 1 / classes
    measure = BALANCED_ERROR.model_copy(update={"ideal": chance})
    for name in (_SYNTHETIC, _REAL):
        proxy = by_table[name]
        noise = _noise(proxy, classes, key.child("noise", name))
        verdict, because = Verdict.NONE, "the real table, for comparison"
        if name == _SYNTHETIC:
            verdict, because = _verdict(proxy, by_table[_REAL], chance, noise)
        score = measure.score(
            proxy.value,
            n=proxy.tested,
            about=about,
            within=f"{name} data",
            interval=(proxy.low, proxy.high),
            covers="tested rows of the table drawn again",
            noise=noise,
        )
        reason = f"{because}; by {proxy.learner}; chance among {classes} groups is {figure(chance)}"
        yield score.model_copy(update={"verdict": verdict, "because": reason})


def _noise(proxy: _Proxy, classes: int, key: Key) -> float:
    """What the best of three learners gets once in twenty where there is nothing to learn."""
    rows = np.maximum(np.rint(proxy.rows), 1).astype(np.int64)
    shape = (_DRAWS, len(CLASSIFIERS), len(rows))
    right = key.generator().binomial(rows, 1 / classes, shape) / rows
    return float(np.quantile((1 - right.mean(axis=2)).min(axis=1), 0.05))


def _verdict(proxy: _Proxy, real: _Proxy, chance: float, noise: float) -> tuple[Verdict, str]:
    if proxy.value >= noise:
        if noise < (1 - _BLURRED) * chance:
            return Verdict.NONE, f"too few rows to tell: chance alone gets {figure(noise)}"
        return Verdict.GOOD, "the other columns say no more of it than chance alone would"
    known = f"(error {figure(real.value)})"
    # In the synthetic table most of what could be told is told.
    bare = proxy.high < (1 - _BARE) * chance
    word = ", nearly all of it" if bare else ""
    if real.value - proxy.value > hypot(proxy.high - proxy.value, real.value - real.low):
        return Verdict.POOR, f"gives it away more than the real table does {known}{word}"
    if proxy.value - real.value > hypot(proxy.value - proxy.low, real.high - real.value):
        verdict = Verdict.MIDDLING if bare else Verdict.GOOD
        return verdict, f"hides it better than the real table does {known}{word}"
    verdict = Verdict.POOR if bare else Verdict.MIDDLING
    return verdict, f"gives it away as the real table does {known}{word}"


def _judge(evidence: Evidence) -> Findings:
    settings = evidence.settings
    return proxies(evidence.sampled, settings.protected, settings.target, evidence.key)


PART = Part(
    name="proxies",
    phase="usefulness and fairness",
    section=Section.FAIRNESS,
    measures=(BALANCED_ERROR,),
    steps=once(_judge),
)
