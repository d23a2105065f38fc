"""All sections of an evaluation, one after the other, into one scorecard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pkgutil import walk_packages

from trimtab import measure
from trimtab._random import Key
from trimtab.errors import ColumnError, unknown_column
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.weighting import weighted
from trimtab.measure.fairness import classifiers, labels, proxies
from trimtab.measure.fidelity import (
    detection,
    group_fidelity,
    manifold,
    marginals,
    pairs,
    tails,
    triples,
    validity,
)
from trimtab.measure.fidelity.training_stages import Stage, staged
from trimtab.measure.privacy import copies
from trimtab.measure.score import Findings, Measure, Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.measure.utility import trial, utility

MAX_ROWS = 50_000  # of each table, for everything but the copy check
Progress = Callable[[str, int, int], None]  # phase, done, in all


@dataclass(frozen=True)
class Planned:
    """How many rows a plan asked for in each combination of its columns."""

    columns: tuple[str, ...]
    rows: Mapping[str, int]  # by the names that weighting.Groups gives


def evaluate(
    comparison: Comparison,
    settings: Settings,
    *,
    planned: Planned | None = None,
    stages: Sequence[Stage] = (),
    library: str = "pyarrow",
    progress: Progress = lambda phase, done, total: None,
) -> Scorecard:
    """Judge a synthetic table. What cannot be computed is a score that says why.

    Everything but the copy check looks at no more than MAX_ROWS rows of each table, chosen at
    random, and the notes say so. `stages` of the training of what made the table are shown.
    Raises ColumnError where the settings name a column that is not compared, and InputError for
    stages that do not fit the compared columns.
    """
    _check(comparison, settings)
    key = Key(settings.seed).child("evaluate")
    sampled = comparison.sampled(MAX_ROWS, key.child("sample"))
    findings = Findings(notes=(*comparison.notes, *_notes(comparison, sampled, settings)))
    parts = list(_parts(comparison, sampled, settings, planned, key))
    if stages:
        # First, for they may be unfit, and the rest takes long.
        first = ("the training", lambda: staged(sampled, stages, key.child("stages")))
        parts = [first, *parts]
    for done, (phase, judge) in enumerate(parts):
        progress(f"judging {phase}", done, len(parts))
        findings += judge()
    return _scorecard(comparison, settings, findings, library)


def measures() -> list[Measure]:
    """The definitions of all figures that an evaluation may hold, section by section."""
    defined = []
    for module in walk_packages(measure.__path__, f"{measure.__name__}."):
        for value in vars(import_module(module.name)).values():
            several = value if isinstance(value, tuple) else (value,)
            defined += [one for one in several if isinstance(one, Measure)]
    return sorted(defined, key=lambda one: list(Section).index(one.section))


def _parts(
    comparison: Comparison,
    sampled: Comparison,
    settings: Settings,
    planned: Planned | None,
    key: Key,
) -> Iterator[tuple[str, Callable[[], Findings]]]:
    """What is to be done, each with the name of its section."""
    if Section.FIDELITY in settings.sections:
        judged = weighted(sampled, settings.by) if settings.by else sampled
        yield from _fidelity(comparison, sampled, judged, settings, planned, key)
    if planned is not None:
        yield "the plan", lambda: group_fidelity.achieved(comparison, planned.columns, planned.rows)
    if {Section.USEFULNESS, Section.FAIRNESS} & set(settings.sections):
        yield "usefulness and fairness", lambda: _trials(sampled, settings, key)
    if Section.COPIES in settings.sections:
        yield "copies", lambda: copies.copies(comparison, key.child("copies"))


def _fidelity(
    comparison: Comparison,
    sampled: Comparison,
    judged: Comparison,
    settings: Settings,
    planned: Planned | None,
    key: Key,
) -> Iterator[tuple[str, Callable[[], Findings]]]:
    """`judged` is `sampled` with real rows weighted to the synthetic shares, if that was asked."""
    yield "columns", lambda: Findings(notes=judged.notes) + marginals.marginals(judged, key)
    yield "pairs of columns", lambda: pairs.pairs(judged, key)
    if settings.triples:
        yield "triples of columns", lambda: triples.triples(judged, key)
    yield "whole rows", lambda: detection.detection(judged, key) + manifold.manifold(judged, key)
    yield (
        "rare and extreme rows",
        lambda: validity.validity(sampled, key) + tails.tails(judged, key),
    )
    if settings.by:
        rows = planned.rows if planned is not None and planned.columns == settings.by else None
        yield "groups", lambda: group_fidelity.group_fidelity(comparison, settings.by, key, rows)
    for name in settings.protected:
        if (name,) != settings.by:
            # Weighted, because a group's make-up may differ on purpose too.
            yield "groups", partial(group_fidelity.group_fidelity, judged, (name,), key)


def _trials(sampled: Comparison, settings: Settings, key: Key) -> Findings:
    """Usefulness and fairness, which look at the same classifiers."""
    target, protected = settings.target, settings.protected
    useful = Section.USEFULNESS in settings.sections
    fair = Section.FAIRNESS in settings.sections and bool(protected)
    findings = Findings()
    if fair:
        findings += proxies.proxies(sampled, protected, target, key)
    if target is None:
        return findings
    if fair:
        findings += labels.data_fairness(sampled, target, protected, key, settings.positive)
    if useful or fair:
        result = trial.run_trial(sampled, target, key, settings.positive)
        if useful:
            findings += utility.utility(result, key)
        if fair:
            findings += classifiers.classifier_fairness(sampled, result, protected, key)
    return findings


def _check(comparison: Comparison, settings: Settings) -> None:
    named = {"target": (settings.target,), "protected": settings.protected, "by": settings.by}
    known = [f.name for f in comparison.features]
    for what, names in named.items():
        for name in names:
            if name is not None and name not in known:
                raise unknown_column(name, known, f"{what}, among the columns compared")
    if settings.target in settings.protected:
        raise ColumnError(
            f"target and protected both name {settings.target!r}: expected the outcome as target, "
            "and as protected the columns that it should not depend on."
        )


def _notes(comparison: Comparison, sampled: Comparison, settings: Settings) -> Iterator[str]:
    """What cannot be known, and what was sampled."""
    if comparison.holdout is None:
        yield (
            "No held-out real rows were given. What real rows that the generator never saw would "
            "score is not known, so learning by heart cannot be told from learning."
        )
    if sampled is not comparison:
        yield (
            f"At most {MAX_ROWS:,} rows of each table, chosen at random, are judged; the search "
            "for copies looks at all rows."
        )
    if not settings.protected and Section.FAIRNESS in settings.sections:
        yield "Fairness is not judged: no protected column was named (--protected SEX,RACE)."
    if settings.target is None and Section.USEFULNESS in settings.sections:
        yield "Usefulness is not judged: no target column was named or guessed (--target Y)."


def _scorecard(
    comparison: Comparison, settings: Settings, findings: Findings, library: str
) -> Scorecard:
    samples = [comparison.real, comparison.synthetic]
    samples += [comparison.holdout] if comparison.holdout is not None else []
    used = {score.measure for score in findings.scores}
    return Scorecard(
        trimtab=version("trimtab"),
        rows={sample.name: sample.rows for sample in samples},
        columns=tuple(f.name for f in comparison.features),
        settings=settings,
        scores=findings.scores,
        measures={m.name: m for m in measures() if m.name in used},
        exhibits=findings.exhibits,
        notes=tuple(dict.fromkeys(findings.notes)),
        library=library,
    )
