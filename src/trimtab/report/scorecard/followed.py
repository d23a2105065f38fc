"""What is said of persons who have several rows, and what their rows are good for."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.measure.score import Score, Verdict
from trimtab.report.formatting import listed
from trimtab.report.scorecard.uses import USES
from trimtab.report.summary import Point, Recommendation
from trimtab.report.wording import decimal, reason

_MAX_NAMED = 3
_OF_ROWS = tuple(use.name for use in USES)


def followed(point: Point, others: Sequence[Point], digits: int) -> Point:
    """A point on persons, with its reasons where it is a no: what could not be judged, and the
    headlines that are poor. And what rows are good for where persons are not.

    others   the points on other uses
    """
    if point.stance is not Recommendation.NO:
        return point
    missing = [s for s in point.headlines if s.verdict is Verdict.UNKNOWN and s.because]
    poor = [s for s in point.headlines if s.verdict is Verdict.POOR]
    sentence = point.sentence
    for why in dict.fromkeys(reason(s) for s in missing):
        sentence += f" {why[0].upper()}{why[1:]}."
    if poor:
        named = listed([_named(s, digits) for s in poor[:_MAX_NAMED]])
        sentence += f" Poor {'is' if len(poor) == 1 else 'are'} {named}."
    kept = (Recommendation.YES, Recommendation.CARE)
    good = [
        f"{p.use[0].lower()}{p.use[1:]} ({p.word})"
        for p in others
        if p.use in _OF_ROWS and p.stance in kept
    ]
    if good:
        sentence += f" Its rows may do all the same for {listed(good)}."
    return point.model_copy(update={"sentence": sentence})


def _named(score: Score, digits: int) -> str:
    title = f"{score.title[0].lower()}{score.title[1:]}"
    return f"{title} ({decimal(score.value, digits)})"
