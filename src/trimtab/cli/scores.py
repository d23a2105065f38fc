"""The headlines of a scorecard on a terminal: a line a score, and why some are not good."""

from __future__ import annotations

from collections import Counter

from trimtab.cli import terminal
from trimtab.cli.notes import shortened
from trimtab.cli.terminal import head, text, texts
from trimtab.measure.score import CALM, Exhibit, Score, Verdict
from trimtab.measure.scorecard import Scorecard, about, figure, span
from trimtab.table.rules import words

_RULES_SHOWN = 5
_VERDICT_STYLE = {Verdict.POOR: "red", Verdict.MIDDLING: "yellow", Verdict.UNKNOWN: "dim"}
_WORDS = {Verdict.NONE: "–", Verdict.UNKNOWN: "unknown"}
_EXPLAINED = (Verdict.POOR, Verdict.MIDDLING)  # the worst first
_NAME = 32  # characters of a name before its reason
_SHORTER = {
    ", which chance can explain at this size": ", maybe chance",
    "over the groups with enough rows: ": "",
}


def show_scorecard(scorecard: Scorecard) -> None:
    """The headlines of a scorecard as a table, and what most needs an explanation."""
    sizes = ", ".join(f"{n:,} {name}" for name, n in scorecard.rows.items())
    grid = terminal.grid(f"how good it is ({sizes} rows)")
    grid.add_column("score")
    for name in ("value", "95 % interval", "real"):
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("verdict", no_wrap=True)
    names = _names(scorecard.headlines)
    for score, name in zip(scorecard.headlines, names, strict=True):
        word = _WORDS.get(score.verdict, score.verdict.value)
        title = text(name)
        title.no_wrap, title.overflow = True, "ellipsis"  # the figures stand in full
        figures = texts(figure(score.value), span(score), figure(score.real_rows))
        grid.add_row(title, *figures, text(word), style=_VERDICT_STYLE.get(score.verdict))
    terminal.show(grid)
    _show_reasons(scorecard.headlines)
    _show_broken(scorecard.exhibit("broken_rules"))


def notes_of(scorecard: Scorecard) -> tuple[list[str], list[str]]:
    """Its notes, and behind them those that say that nothing was wrong."""
    calm = [note for note in scorecard.notes if note in CALM]
    return [note for note in scorecard.notes if note not in CALM], calm


def _names(scores: tuple[Score, ...]) -> list[str]:
    """Titles; with what each score is about, where several have the same one."""
    often = Counter(score.title for score in scores)
    return [_full_name(s) if often[s.title] > 1 else s.title for s in scores]


def _full_name(score: Score) -> str:
    return f"{score.title}: {about(score)}" if about(score) else score.title


def _show_reasons(scores: tuple[Score, ...]) -> None:
    """Why verdicts are as they are: a line for each that is not good; all in full, if asked."""
    if terminal.is_verbose():
        for score in scores:
            beside = ""
            if score.columns_alone is not None:
                beside = f" (columns alone: {figure(score.columns_alone)})"
            why = f": {score.because}" if score.because else ""
            terminal.say(f"{_full_name(score)}: {score.verdict.value}{why}{beside}.")
        return
    named = list(zip(scores, _names(scores), strict=True))
    for verdict in _EXPLAINED:
        for score, name in named:
            if score.verdict is verdict:
                line = shortened(f"{shortened(name, _NAME)}: {_reason(score)}", terminal.out.width)
                terminal.show(text(line, _VERDICT_STYLE[verdict]))
    unknown = [name for score, name in named if score.verdict is Verdict.UNKNOWN]
    if unknown:
        terminal.say(f"Not computable, as --verbose and the report explain: {', '.join(unknown)}.")


def _reason(score: Score) -> str:
    """Why a verdict is as it is, in a few words: the rest is in the report."""
    reason = score.because.partition(";")[0]
    for long, short in _SHORTER.items():
        reason = reason.replace(long, short)
    return reason


def _show_broken(exhibit: Exhibit | None) -> None:
    """The rules of the real table that most rows break, if any do."""
    if exhibit is None:
        return
    columns = exhibit.columns
    names, rows = columns["rule"], columns["synthetic_rows"]
    grid = terminal.grid("rules of the real table that it breaks")
    grid.add_column(head("rule"), overflow="fold")
    for name in ("rows breaking", "their share", "real rows"):
        grid.add_column(head(name), justify="right", no_wrap=True)
    grid.add_column(head("such as rows"), overflow="fold")
    for k in range(min(_RULES_SHOWN, len(names))):
        share = f"{100 * columns['synthetic'][k]:.1f} %"
        counts = (f"{rows[k]:,}", share, f"{columns['real_rows'][k]:,}")
        grid.add_row(*texts(words.shortened(names[k]), *counts, columns["examples"][k]))
    terminal.show(grid)
    if len(names) > _RULES_SHOWN:
        terminal.say(f"... and {len(names) - _RULES_SHOWN} more rules (the report lists them all).")
