"""Sentences that every form of a report says alike."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.measure.score import Direction, Measure, Score, Verdict
from trimtab.measure.scorecard import about

DEFINITIONS_LEAD = (
    "An interval covers 95 % of what chance would make of the figure. A figure has a verdict only "
    "where it is clear what good is. Beside it stands what real rows that the generator never saw "
    "get: measured, or expected by chance at this size. Columns drawn by themselves are as many "
    "rows whose values are drawn from the real ones for each column anew: a figure that they do "
    "well by says nothing of how columns hang together."
)
FOOT = "This report gives evidence for a decision; it does not make it."
HELD_OUT, OTHERS = "real held-out rows", "other real rows"
ALONE = "columns drawn by themselves"
TABLES = {"real": "real", "synthetic": "synthetic", "holdout": "real, held out"}


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


def controls(score: Score, digits: int) -> tuple[tuple[str, str], ...]:
    """What other tables get by a figure: what they are, and their figures as text."""
    held = (OTHERS, score.ceiling) if score.heldout is None else (HELD_OUT, score.heldout)
    found = (held, (ALONE, score.columns_alone))
    return tuple((name, decimal(value, digits)) for name, value in found if value is not None)


def explained(score: Score, digits: int) -> str:
    """Why a score has its verdict, and what columns get that were drawn by themselves."""
    if score.columns_alone is None:
        return reason(score)
    alone = f"{ALONE} get {decimal(score.columns_alone, digits)}"
    return f"{reason(score)}; {alone}" if score.because else alone


def in_words(score: Score, digits: int) -> str:
    """A score in words: what it is about, its value, its interval and what others get."""
    of = f", {about(score)}" if about(score) else ""
    if score.value is None:
        return f"{score.title}{of}: not computable"
    more = [] if score.interval is None else [f"95 % interval {interval(score, digits)}"]
    more += [f"{name} {value}" for name, value in controls(score, digits)]
    said = f" ({', '.join(more)})" if more else ""
    return f"{score.title}{of}: {decimal(score.value, digits)}{said}"


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
            f"Good up to {measure.tolerance:g} worse than real rows or the ideal, "
            f"middling up to {measure.alarm:g}."
        )
    if measure.source:
        sentences.append(f"Source: {measure.source}.")
    return " ".join(sentences)
