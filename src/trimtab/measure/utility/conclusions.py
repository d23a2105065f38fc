"""Whether an analyst comes to the same conclusions: effects on the target, and groups.

A regression of the target on all other columns, the means of numbers in groups, and the rates of
the target in them, estimated from as many rows of each table. A conclusion is a sign that is
significant at 5 %. "Not shown" is none, so that tables too small or too blurred to show anything do
not agree by saying nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.intervals import Z
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.target import OneValueError, Target, target_of
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, Step
from trimtab.measure.score import Direction, Exhibit, Findings, Measure, Score, Section
from trimtab.measure.utility.agreement import MEASURES, SAME, Pair, shown
from trimtab.measure.utility.analyses import Analysis, Questions, Term
from trimtab.measure.utility.regression import Estimates
from trimtab.predict.sample import Sample

MAX_ROWS = 10_000  # of each table
_MIN_ROWS, _MIN_OF_CLASS = 50, 10
_MIN_SHOWN = 3  # effects: fewer are no share
_DRAWS, _NOISE = 200, 0.95
_SHOWN = 30  # conclusions of an exhibit
_COVERS = "rows of both tables drawn again"


def conclusions(
    comparison: Comparison,
    target: str,
    key: Key,
    positive: str | None = None,
    protected: tuple[str, ...] = (),
) -> Findings:
    """Whether the tables lead to the same conclusions about a target.

    What is asked is settled by the real rows alone, so that what only a synthetic table could
    answer is not missed there. The ceiling is what the held-out rows get against the same real
    rows; without them, what chance makes of other rows like the real ones. Persons are the units of
    errors. Raises ColumnError for an unknown target, and for a `positive` that is no class of it.
    """
    try:
        wanted = target_of(comparison, target, positive)
    except OneValueError as error:
        return _none(str(error), target)
    samples = _level(comparison, wanted, key)
    real = samples["real"]
    because = _too_few(samples, wanted)
    if because:
        return _none(because, target)
    questions = Questions.of(comparison.features, real, wanted, protected)
    if not questions.terms:
        return _none(f"no other column has effects on {target} that could be compared", target)
    told = {name: questions.answers(sample) for name, sample in samples.items()}
    found = _Found(target, questions.terms, told, real.rows)
    return Findings(
        scores=tuple(_scores(found, key)),
        exhibits=tuple(_exhibits(found)),
        notes=tuple(_notes(found, questions, samples)),
    )


@dataclass(frozen=True)
class _Found:
    """What the tables say, by their names."""

    target: str
    terms: tuple[Term, ...]
    told: Mapping[str, Estimates]
    rows: int

    @property
    def kinds(self) -> Int:
        """The analysis of each term, by its place in Analysis."""
        return np.array([list(Analysis).index(t.analysis) for t in self.terms])

    def pair(self, other: str) -> Pair:
        """Another table beside the real one."""
        real, told = self.told["real"], self.told[other]
        return Pair(real.values, real.errors, told.values, told.errors)

    def shown(self, other: str) -> tuple[Int, Int]:
        """What the real table and another one show, shape (terms,) each."""
        pair = self.pair(other)
        return shown(pair.real, pair.real_errors), shown(pair.other, pair.other_errors)

    def redrawn(self, key: Key) -> Pair:
        """Both tables as rows drawn again might say, shape (draws, terms)."""
        pair, names = self.pair("synthetic"), ("real", "synthetic")
        real, other = (_moved(self.told[n], key.child(n)) for n in names)
        return Pair(real, pair.real_errors, other, pair.other_errors)

    def alike(self, key: Key) -> Pair:
        """The real table, and others whose rows are of the same source; shape (draws, terms)."""
        told = self.told["real"]
        # Both err: what other rows say strays from these as the difference of two does.
        other = _moved(told, key.child("alike"), np.sqrt(2.0))
        return Pair(told.values, told.errors, other, told.errors)


def _moved(told: Estimates, key: Key, factor: float = 1.0) -> Float:
    """Estimates with normal factors to their influences: the wild bootstrap (Wu 1986)."""
    normal = key.generator().standard_normal((_DRAWS, len(told.influence)))
    return np.asarray(told.values + factor * (normal @ told.influence))


def _level(comparison: Comparison, target: Target, key: Key) -> dict[str, Sample]:
    """As many rows of each table, or as many as those are worth that are weighted."""
    samples = [comparison.real, comparison.synthetic]
    samples += [comparison.holdout] if comparison.holdout is not None else []
    usable = {s.name: s.take(target.known(s)) for s in samples}
    if not all(s.rows for s in usable.values()):
        return usable
    worth = min(float(MAX_ROWS), *(s.effective_rows for s in usable.values()))
    return {
        name: s.sampled(round(s.rows * worth / s.effective_rows), key.child("conclusions"))
        for name, s in usable.items()
    }


def _too_few(samples: Mapping[str, Sample], target: Target) -> str:
    """Why the real rows say nothing; "" where they do."""
    rows = {name: sample.rows for name, sample in samples.items()}
    if min(rows.values()) < _MIN_ROWS:
        listing = ", ".join(f"{n:,} {name}" for name, n in rows.items())
        return (
            f"as many rows of each table are compared, and those with a known "
            f"{target.feature.name} are {listing}: {_MIN_ROWS} are needed"
        )
    if target.is_number:
        return ""
    counts = np.sort(target.shares(target.of(samples["real"]).astype(np.int64)))
    if counts[-2] * rows["real"] < _MIN_OF_CLASS:
        return (
            f"of {rows['real']:,} real rows, which are as many as the smallest table has, fewer "
            f"than {_MIN_OF_CLASS} have another {target.feature.name} than the most frequent"
        )
    return ""


def _none(because: str, target: str) -> Findings:
    return Findings(scores=(SAME.missing(because, about=(target,), headline=True),))


def _scores(found: _Found, key: Key) -> Iterator[Score]:
    """The three measures: over all analyses, then for each."""
    kinds = found.kinds
    redrawn, alike = found.redrawn(key), found.alike(key)
    for measure in MEASURES:
        yield _score(found, measure, np.ones(len(kinds), bool), "", redrawn, alike)
        for kind in np.unique(kinds):
            within = str(list(Analysis)[kind])
            yield _score(found, measure, kinds == kind, within, redrawn, alike)


def _score(
    found: _Found, measure: Measure, chosen: Bool, within: str, redrawn: Pair, alike: Pair
) -> Score:
    def figure(pair: Pair) -> Float:
        part = Pair(*(v[..., chosen] for v in vars(pair).values()))
        return part.figure(measure, found.kinds[chosen])

    headline = measure is SAME and not within
    about = (found.target,)
    value = float(figure(found.pair("synthetic")))
    either = int(np.logical_or(*found.shown("synthetic"))[chosen].sum())
    if (measure is SAME and either < _MIN_SHOWN) or not np.isfinite(value):
        because = (
            f"{found.rows:,} rows of the tables show only {either} of {int(chosen.sum())} effects, "
            f"which is too little to compare: at least {_MIN_SHOWN} are needed"
        )
        return measure.missing(because, about=about, within=within, headline=headline)
    chance = figure(alike)
    chance = chance[~np.isnan(chance)]
    holdout = "holdout" in found.told
    ceiling = float(figure(found.pair("holdout"))) if holdout else float(np.mean(chance))
    reach = Z * float(np.nanstd(figure(redrawn)))
    low, high = value - reach, value + reach
    share = measure.direction is Direction.HIGHER  # and else a distance, which has no greatest
    level = 1 - _NOISE if share else _NOISE
    return measure.score(
        value,
        n=found.rows,
        about=about,
        within=within,
        interval=(max(0.0, low), min(1.0, high) if share else high),
        covers=_COVERS,
        ceiling=ceiling,
        noise=float(np.quantile(chance, level)),
        headline=headline,
        note=_counted(found, chosen) if measure is SAME else "",
    )


def _counted(found: _Found, chosen: Bool) -> str:
    """What the tables show, in numbers."""
    real, other = (side[chosen] for side in found.shown("synthetic"))
    opposite = int((real * other < 0).sum())
    return (
        f"of {len(real)} effects real rows show {int((real != 0).sum())}, synthetic rows "
        f"{int((other != 0).sum())}, both with the same sign {int((real * other > 0).sum())}"
        + (f", with opposite signs {opposite}" if opposite else "")
    )


def _exhibits(found: _Found) -> Iterator[Exhibit]:
    """The estimates with their intervals, those first that real rows show most clearly."""
    kinds = found.kinds
    real = found.told["real"]
    strength = np.nan_to_num(np.abs(real.values / real.errors))
    sides = [s for s in ("real", "synthetic", "holdout") if s in found.told]
    for kind in np.unique(kinds):
        mine = np.flatnonzero(kinds == kind)
        mine = mine[np.argsort(-strength[mine], kind="stable")][:_SHOWN]
        lines = []
        for place in mine.tolist():
            term = found.terms[place]
            for side in sides:
                told = found.told[side]
                value, error = float(told.values[place]), float(told.errors[place])
                lines.append(
                    (term.outcome, term.effect, side, value, value - Z * error, value + Z * error)
                )
        names = ("outcome", "effect", "side", "estimate", "low", "high")
        columns = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
        yield Exhibit(
            name="conclusions",
            title=f"Estimates: {list(Analysis)[kind]}",
            about=(found.target,),
            within=str(list(Analysis)[kind]),
            columns=columns,
            rests_on=tuple(sides),
        )


def _notes(found: _Found, questions: Questions, samples: Mapping[str, Sample]) -> Iterator[str]:
    real = samples["real"]
    worth = f", worth {real.effective_rows:,.0f}" if real.weighted else ""
    yield (
        f"Conclusions about {found.target} are drawn from {real.rows:,} real rows{worth}, "
        f"{samples['synthetic'].rows:,} synthetic ones"
        + (f" and {samples['holdout'].rows:,} held-out ones" if "holdout" in samples else "")
        + ", so that all tables can show as much."
    )
    yield from questions.notes
    silent = np.isnan(found.told["synthetic"].values)
    if silent.any():
        first = [f"{t.effect}" for t, s in zip(found.terms, silent, strict=True) if s]
        names = list(dict.fromkeys(first))
        yield (
            f"The synthetic rows do not tell {int(silent.sum())} of {len(silent)} effects: they "
            f"hold too little of {', '.join(names[:5])}{', ...' if len(names) > 5 else ''}."
        )


def _steps(evidence: Evidence) -> tuple[Step, ...]:
    settings = evidence.settings
    if settings.target is None:
        return ()
    judge = partial(
        conclusions,
        evidence.weighted,
        settings.target,
        evidence.key.child("conclusions"),
        settings.positive,
        settings.protected,
    )
    return (judge,)


PART = Part(
    name="conclusions",
    phase="an analyst's conclusions",
    section=Section.USEFULNESS,
    measures=MEASURES,
    steps=_steps,
)
