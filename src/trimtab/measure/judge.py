"""All parts of an evaluation, one after the other, into one scorecard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import groupby, zip_longest

from trimtab._random import Key
from trimtab.errors import ColumnError, InputError, TrimtabError, unknown_column
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.evidence import Evidence, Planned, Stage
from trimtab.measure.part import Part, Step
from trimtab.measure.parts import PARTS, measures, parts
from trimtab.measure.score import Findings, Section
from trimtab.measure.scorecard import NOT_HELD_OUT, Scorecard, Settings
from trimtab.table.rules.rule import Rule
from trimtab.table.schema import Kind

_KINDS = {Kind.TEXT: "free text", Kind.IDENTIFIER: "an identifier", Kind.ENTITY: "an identifier"}
MAX_ROWS = 50_000  # of each table, for everything but the copy check
Progress = Callable[[str, int, int], None]  # phase, done, in all


def evaluate(
    comparison: Comparison,
    settings: Settings,
    *,
    planned: Planned | None = None,
    stages: Sequence[Stage] = (),
    rules: Sequence[Rule] | None = None,
    library: str = "pyarrow",
    progress: Progress = lambda phase, done, total: None,
) -> Scorecard:
    """Judge a synthetic table. What cannot be computed is a score that says why.

    Everything but the rules and the copy check looks at no more than MAX_ROWS rows of each table,
    chosen at random, and the notes say so. `stages` of the training of what made the table are
    shown. `rules` are those of the real table; without any given, rows are not judged by rules.
    Raises ColumnError where the settings name a column that is not compared, and InputError for
    stages that do not fit the compared columns.
    """
    _check(comparison, settings)
    key = Key(settings.seed).child("evaluate")
    kept = None if rules is None else tuple(rules)
    evidence = Evidence(comparison, settings, key, MAX_ROWS, planned, tuple(stages), kept)
    findings = Findings(notes=(*comparison.notes, *_notes(evidence)))
    steps = list(_steps(evidence))
    for done, (phase, together) in enumerate(steps):
        progress(f"judging {phase}", done, len(steps))
        for step in together:
            findings += step()
    return _scorecard(comparison, settings, findings, library)


def _steps(evidence: Evidence) -> Iterator[tuple[str, list[Step]]]:
    """What is to be done, each with the name of its phase; parts of one phase go together."""
    sections = evidence.settings.sections
    asked = (part for part in parts() if part.section is None or part.section in sections)
    for phase, group in groupby(asked, lambda part: part.phase):
        for together in zip_longest(*(_steps_of(part, evidence) for part in group)):
            yield phase, [step for step in together if step is not None]


def _steps_of(part: Part, evidence: Evidence) -> Iterable[Step]:
    """The steps of a part; of another package's, each names the part where it fails."""
    if part in PARTS:
        return part.steps(evidence)
    return (partial(_done, part, step) for step in part.steps(evidence))


def _done(part: Part, step: Step) -> Findings:
    try:
        return step()
    except TrimtabError:
        raise
    except Exception as error:  # whatever somebody else's code raises
        raise InputError(
            f"{part.phase} (the part {part.name!r}, which another package adds) failed: "
            f"{type(error).__name__}: {error}. Mend or uninstall that package."
        ) from error


def _check(comparison: Comparison, settings: Settings) -> None:
    named = {"target": (settings.target,), "protected": settings.protected, "by": settings.by}
    known = [f.name for f in comparison.features]
    for what, names in named.items():
        for name in names:
            if name is not None and name not in known:
                raise unknown_column(name, known, f"{what}, among the columns compared")
    shown = [("show", name) for pair in settings.show for name in pair]
    shown += [] if settings.group is None else [("group", settings.group)]
    for what, name in shown:
        if name not in known:
            raise _unshown(what, name, comparison, settings)
    if settings.target in settings.protected:
        raise ColumnError(
            f"target and protected both name {settings.target!r}: expected the outcome as target, "
            "and as protected the columns that it should not depend on."
        )


def _unshown(what: str, name: str, comparison: Comparison, settings: Settings) -> ColumnError:
    """Why a column cannot be shown: it is not compared, or there is none of this name."""
    known = [f.name for f in comparison.features]
    reason = "it is left out on request (drop)" if name in settings.drop else None
    if name in comparison.identifiers:
        kind, *_ = comparison.identifiers[name]
        reason = f"it is {_KINDS.get(kind, 'a direct identifier')}, which tells on persons"
    if reason is None:
        return unknown_column(name, known, f"{what}, among the columns compared")
    return ColumnError(
        f"{what}: {name!r} is not compared: {reason}. Expected some of {', '.join(known[:20])}."
    )


def _notes(evidence: Evidence) -> Iterator[str]:
    """What cannot be known, and what was sampled."""
    comparison, settings = evidence.comparison, evidence.settings
    if comparison.holdout is None:
        yield NOT_HELD_OUT
    if evidence.sampled is not comparison:
        yield (
            f"At most {evidence.max_rows:,} rows of each table, chosen at random, are judged; "
            "rules and the search for copies look at all rows."
        )
    if not settings.rules and Section.FIDELITY in settings.sections:
        yield "Rules of the real table are not judged by: that was asked for."
    if not settings.protected and Section.FAIRNESS in settings.sections:
        yield "Fairness is not judged: no protected column was named (`protected`)."
    if settings.target is None and Section.USEFULNESS in settings.sections:
        yield "Usefulness is not judged: no target column was named or guessed (`target`)."


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
        measures={name: m for name, m in measures().items() if name in used},
        exhibits=findings.exhibits,
        notes=tuple(dict.fromkeys(findings.notes)),
        library=library,
    )
