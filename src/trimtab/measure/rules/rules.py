"""Rows that cannot be true: those that break a rule that the real rows keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trimtab._arrays import Bool
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, once
from trimtab.measure.rules.checked import Book, Checked
from trimtab.measure.score import (
    Direction,
    Exhibit,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
    Verdict,
)
from trimtab.predict.sample import Sample
from trimtab.table.rules.statement import Outcome
from trimtab.table.rules.words import shortened

BREAKING = Measure(
    name="rows_breaking_rules",
    section=Section.FIDELITY,
    topic=Topic.RULES,
    split=Split.WHOLE,
    title="Rows that cannot be true",
    meaning="The share of synthetic rows that break at least one rule that the real rows keep. A "
    "high value looks like visits before birth, towns in the wrong county, and totals that are not "
    "the sum of their parts.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.005,
    alarm=0.02,
)
BROKEN = BREAKING.model_copy(
    update={
        "name": "rule_broken",
        "split": Split.RULE,
        "title": "Rows that break a rule",
        "meaning": "Of the synthetic rows that a rule says something about, the share that breaks "
        "it. Rules that no synthetic row breaks have no figure of their own.",
    }
)
COVERS = "rows of both tables drawn again"
_MAY_BE = 0.04  # the share of other real rows that may break what is learned, at 95 % confidence
_SEVERITY = {Verdict.GOOD: 0, Verdict.MIDDLING: 1, Verdict.POOR: 2}
NO_TELLING = "other real rows may break each rule, too: their number says no more"
NO_RULE = "no rule of the real table was found to judge by"
_EXAMPLES = 5  # rows of the synthetic table that break a rule, which are named by their numbers


def judged(evidence: Evidence) -> Findings:
    """Whether synthetic rows keep the kept rules of the real table.

    One score over all rows, and one for each rule that some row breaks. What other real rows get
    is what the held-out ones get. Without any, it is what the real rows themselves get, where of
    rules that learn what is allowed (which pairs occur, which range a group has) each part of them
    is judged by what the others say. A rule that many of them break, or may break, does not count
    over all rows, for then rows that break it can be true.
    """
    comparison = evidence.comparison
    key = evidence.key.child("rules")
    book = Book.of(comparison, evidence.rules or (), key)
    if not book.checked:
        return Findings(
            scores=(BREAKING.missing(NO_RULE, headline=True),), notes=tuple(_notes(book))
        )
    if not comparison.synthetic.rows:
        missing = BREAKING.missing("the synthetic table has no rows", headline=True)
        return Findings(scores=(missing,))
    broken = [c for c in book.checked if c.synthetic.broken.any()]
    broken.sort(key=lambda c: -int(c.synthetic.broken.sum()))
    headline = _over_all(book, comparison)
    if headline.value is not None:
        telling = {c.text for c in book.checked if _tells(c, comparison)}
        alone = float(book.breaking(evidence.controls.alone.synthetic, telling).mean())
        headline = headline.model_copy(update={"columns_alone": alone})
    scores = (headline, *(_of(c, comparison) for c in broken))
    exhibits = (_exhibit(broken, comparison),) if broken else ()
    return Findings(scores=scores, exhibits=exhibits, notes=tuple(_notes(book)))


def _over_all(book: Book, comparison: Comparison) -> Score:
    """The score over all rows.

    It is no better than by the rules alone that learn nothing from the real rows: what chance may
    make of pairs and ranges is no reason to forgive a row that breaks one of these.
    """
    telling = [c for c in book.checked if _tells(c, comparison)]
    if not telling:
        return BREAKING.missing(NO_TELLING, headline=True)
    score = _together(telling, comparison)
    firm = [c for c in telling if not c.learns]
    if not firm or len(firm) == len(telling):
        return score
    alone = _together(firm, comparison)
    if _SEVERITY[alone.verdict] <= _SEVERITY[score.verdict] and not (
        alone.beyond_doubt and not score.beyond_doubt
    ):
        return score
    because = f"by the rules alone that no pairs or ranges are learned for: {alone.because}"
    said = {"verdict": alone.verdict, "beyond_doubt": alone.beyond_doubt, "because": because}
    return score.model_copy(update=said)


def _together(rules: Sequence[Checked], comparison: Comparison) -> Score:
    """The score of rows that break any of some rules."""
    mine = Share.of(_any(c.synthetic for c in rules), comparison.synthetic)
    other = Share.of(_any(c.others for c in rules), _others(comparison))
    if any(c.learns for c in rules):
        other = _guessed(other, comparison)
    return _scored(BREAKING, mine, other, comparison, comparison.synthetic.rows, headline=True)


def _of(checked: Checked, comparison: Comparison) -> Score:
    """The score of one rule that some row breaks."""
    covered = checked.synthetic.covered
    mine = Share.of(checked.synthetic.broken[covered], comparison.synthetic.take(covered))
    other = _share(checked.others, _others(comparison))
    return _scored(
        BROKEN,
        mine,
        _guessed(other, comparison) if other is not None and checked.learns else other,
        comparison,
        int(covered.sum()),
        about=checked.columns,
        within=checked.text,
    )


def _scored(
    measure: Measure,
    mine: Share,
    other: Share | None,
    comparison: Comparison,
    n: int,
    **said: Any,
) -> Score:
    """A share beside that of other real rows; None where the rule says nothing about any."""
    if other is None:
        return measure.score(mine.value, n=n, interval=mine.interval, covers=COVERS, **said)
    against = against_baseline(mine, other)
    score = measure.score(
        mine.value,
        n=n,
        interval=against.interval,
        covers=COVERS,
        ceiling=other.value,
        # Where no real row breaks a rule, chance is no reason to forgive rows that do.
        noise=against.high if other.value > 0 else None,
        **said,
    )
    held = None if comparison.holdout is None else other.value
    return score.model_copy(update={"heldout": held})


def _guessed(other: Share, comparison: Comparison) -> Share:
    """A share of real rows that are judged by each other, which is less sure than it looks.

    What fresh rows get beyond what n rows show varies as 1 / n, and so does the guess of it.
    """
    return other if comparison.holdout is not None else replace(other, rows=other.rows / 2)


def _tells(checked: Checked, comparison: Comparison) -> bool:
    """Whether a row that breaks a rule cannot be true, as far as other real rows say."""
    return _most(checked, comparison) <= (_MAY_BE if checked.learns else BREAKING.alarm or 0.0)


def _most(checked: Checked, comparison: Comparison) -> float:
    """The share of other real rows that break a rule: what it may be where pairs are learned."""
    other = _share(checked.others, _others(comparison))
    if other is None:
        return 0.0
    return _guessed(other, comparison).interval[1] if checked.learns else other.value


def _others(comparison: Comparison) -> Sample:
    return comparison.real if comparison.holdout is None else comparison.holdout


def _share(found: Outcome, sample: Sample) -> Share | None:
    """The share of the rows covered that break a rule; None where none is covered."""
    if not found.covered.any():
        return None
    return Share.of(found.broken[found.covered], sample.take(found.covered))


def _any(outcomes: Iterator[Outcome]) -> Bool:
    return np.any([outcome.broken for outcome in outcomes], axis=0)


def _exhibit(broken: Sequence[Checked], comparison: Comparison) -> Exhibit:
    """The rules that are broken, the one that most rows break first."""
    synthetic, real, holdout = comparison.synthetic, comparison.real, comparison.holdout
    columns: dict[str, list[Any]] = {
        "rule": [c.text for c in broken],
        "kind": [c.kind for c in broken],
        "synthetic_rows": [int(c.synthetic.broken.sum()) for c in broken],
        "synthetic_covered": [int(c.synthetic.covered.sum()) for c in broken],
        "synthetic": [float(c.synthetic.broken.mean()) for c in broken],
        "real_rows": [int(c.real.broken.sum()) for c in broken],
        "real": [float(c.real.broken.mean()) for c in broken],
        "holdout": [None if c.holdout is None else float(c.holdout.broken.mean()) for c in broken],
        "expected": [float(c.fresh.broken.mean()) if c.holdout is None else None for c in broken],
        "counts": [_tells(c, comparison) for c in broken],
        "examples": [_examples(c, synthetic) for c in broken],
    }
    sides = [s.name for s in (real, synthetic, holdout) if s is not None]
    return Exhibit(
        name="broken_rules",
        title="Rules of the real table that this one breaks",
        columns=columns,
        rests_on=tuple(sides),
    )


def _examples(checked: Checked, synthetic: Sample) -> str:
    """The first rows that break a rule, by their numbers in the synthetic table."""
    rows = np.flatnonzero(checked.synthetic.broken)[:_EXAMPLES]
    places = rows + 1 if synthetic.places is None else synthetic.places[rows]
    return ", ".join(str(place) for place in places)


def _notes(book: Book) -> Iterator[str]:
    """How many rules all rows keep, and how many could not be checked."""
    rules = len(book.checked)
    kept = sum(not c.synthetic.broken.any() for c in book.checked)
    if rules:
        yield f"Rules of the real table that every row keeps: {kept:,} of {rules:,}."
    for checked in book.checked:
        if not _tells(checked, book.comparison):
            yield (
                f"Rows that break the rule {shortened(checked.text)} may be true, for up to "
                f"{100 * _most(checked, book.comparison):.1f} % of other real rows may break it: "
                "they do not count among those that cannot be true."
            )
    if book.left_out:
        are = "rule of the real table is" if book.left_out == 1 else "rules of the real table are"
        yield f"{book.left_out:,} {are} not judged by, because a column in it is not compared."


PART = Part(
    name="rules",
    phase="rules",
    section=Section.FIDELITY,
    measures=(BREAKING, BROKEN),
    steps=once(judged, lambda evidence: evidence.rules is not None),
)
