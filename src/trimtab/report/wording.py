"""Sentences that every form of a report says alike."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.measure.score import Direction, Measure, Score, Verdict

DEFINITIONS_LEAD = (
    "An interval covers 95 % of what chance would make of the figure. A figure has a verdict only "
    "where it is clear what good is. Beside it stands what real rows that the generator never saw "
    "get: measured, or expected by chance at this size."
)
FOOT = "This report gives evidence for a decision; it does not make it."
HELD_OUT, OTHERS = "real held-out rows", "other real rows"


def beside(heldout: bool) -> str:
    """What the figures of real rows that stand beside the synthetic ones are of."""
    return HELD_OUT if heldout else OTHERS


def decimal(value: float | None, digits: int) -> str:
    """A figure as text, to some decimals; a dash where there is none."""
    if value is None:
        return "–"
    # Adding 0 turns a rounded -0 into 0.
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{round(value, digits) + 0.0:.{digits}f}"


def interval(score: Score, digits: int) -> str:
    """The interval of a score as text; a dash where there is none."""
    if score.interval is None:
        return "–"
    return " to ".join(decimal(end, digits) for end in score.interval)


def reason(score: Score) -> str:
    """Why a score has its verdict, without the word that introduces it."""
    return score.because.removeprefix("because ")


def counted(scores: Sequence[Score]) -> str:
    """How many scores have which verdict, in words."""
    phrases = []
    for verdict in Verdict:
        count = sum(s.verdict is verdict for s in scores)
        if count:
            phrases.append(f"{count:,} {verdict}")
    return f"Of {len(scores):,}: {', '.join(phrases)}."


def scale(measure: Measure) -> str:
    """Which way is better, where the ideal is, what counts as good, and who says so."""
    sentences = []
    if measure.direction is not Direction.NONE:
        goal = "" if measure.ideal is None else f" (ideal {measure.ideal:g})"
        nearer = measure.direction is Direction.TARGET
        word = "Nearer to the ideal" if nearer else measure.direction.capitalize()
        sentences.append(f"{word} is better{goal}.")
    if measure.tolerance is not None and measure.alarm is not None:
        sentences.append(
            f"Good up to {measure.tolerance:g} worse than real held-out rows or the ideal, "
            f"middling up to {measure.alarm:g}."
        )
    if measure.source:
        sentences.append(f"Source: {measure.source}.")
    return " ".join(sentences)
