"""What is said of rows that cannot be true: how many there are, and which rules they break."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.measure.score import Score
from trimtab.measure.scorecard import Scorecard
from trimtab.report.formatting import Row, rows
from trimtab.report.summary import Recommendation
from trimtab.table.rules.words import shortened

# A measure and an exhibit, by name: to import the part that makes them takes long.
BREAKING, BROKEN_RULES = "rows_breaking_rules", "broken_rules"
KEPT = "Every row keeps the rules that all real rows keep."
_MAX_NAMED, _MAX_CASES = 3, 10
_MAX_TEXT = 60  # characters of a rule
_FEWEST_DIGITS = 2  # of editions that round figures to hundredths


def possible(
    card: Scorecard, scores: Sequence[Score], stance: Recommendation, digits: int
) -> str | None:
    """How many rows cannot be true, by the scores on rules; None where that is not known.

    digits   the decimals of figures
    """
    head = next((s for s in scores if s.measure == BREAKING and s.value is not None), None)
    if head is None or head.value is None:
        return None
    exhibit = card.exhibit(BROKEN_RULES)
    broken = [] if exhibit is None else rows(exhibit)
    telling = [row for row in broken if row["counts"]]
    if head.value == 0 and digits <= _FEWEST_DIGITS:
        return "Its rows, or nearly all of them, keep the rules that real rows keep."
    if head.value == 0:
        return KEPT if not broken else "Every row keeps the rules that other real rows keep, too."
    share = percent_said(head.value, digits)
    named = f": {_worst(telling)}" if telling else ""
    others = _others(head, digits)
    if stance is Recommendation.YES:
        often = f". Most often broken{named}" if named else ""
        return f"All but {share} of its rows keep the rules of real rows{often}.{others}"
    return f"{share} of its rows cannot be true{named}.{others}"


def cases(card: Scorecard) -> tuple[str, ...]:
    """The rules that most rows break: how many do, which are the first, and how many real rows do.

    None for a scorecard that does not list them.
    """
    exhibit = card.exhibit(BROKEN_RULES)
    return () if exhibit is None else tuple(map(_case, rows(exhibit)[:_MAX_CASES]))


def _case(row: Row) -> str:
    said = f"{shortened(row['rule'], _MAX_TEXT)}: {_rows(row['synthetic_rows'], 'row')} "
    said += f"({percent_said(row['synthetic'])}), by number {row['examples']}"
    said += " and more" if row["synthetic_rows"] > len(row["examples"].split(",")) else ""
    said += f"; {_rows(row['real_rows'], 'real row')} ({percent_said(row['real'])})"
    if row["holdout"] is not None:
        said += f", {percent_said(row['holdout'])} of the held-out ones"
    elif row["expected"]:
        said += f", and {percent_said(row['expected'])} are expected of other real rows"
    return f"{said}."


def _rows(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _others(head: Score, digits: int) -> str:
    """How many other real rows break rules, as a sentence of its own."""
    if head.heldout is None and head.ceiling is None:
        return ""
    held, share = head.heldout is not None, head.real_rows or 0.0
    if share == 0:
        named = "held-out real row" if held else "real row"
        return f" No {named} breaks such a rule." if digits > _FEWEST_DIGITS else ""
    which = "the held-out real rows" if held else "other real rows"
    return f" Of {which}, {percent_said(share, digits)} break such rules."


def _worst(broken: Sequence[Row]) -> str:
    """The rules that most rows break, each with the share of all rows that do."""
    first = broken[:_MAX_NAMED]
    named = (f"{shortened(r['rule'], _MAX_TEXT)} ({percent_said(r['synthetic'])})" for r in first)
    more = len(broken) - len(first)
    rest = f", and {more:,} more {'rule' if more == 1 else 'rules'}" if more else ""
    return ", ".join(named) + rest


def percent_said(share: float, digits: int = 3) -> str:
    """A share in a sentence, no finer than the digits of its edition."""
    part = 100 * share
    if part == 0 or 10 <= part < 99.5 or digits <= _FEWEST_DIGITS:
        return f"{part:.0f} %"
    return f"{part:.1f} %" if part >= 0.1 else "less than 0.1 %"
