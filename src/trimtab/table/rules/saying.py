"""The evidence for a rule in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from trimtab.table.rules.rule import Evidence, Rule, Source, Status

_ORDER = (Status.KEPT, Status.PROPOSED, Status.DROPPED)
_BY_HAND = "declared by hand"
_DIGITS = 2
_TELLING = 0.99  # a bound above it says nothing


def evidence_of(rule: Rule) -> str:
    """Why a rule is there: the evidence of the table, or that somebody says so."""
    if rule.evidence is None:
        return _BY_HAND if rule.source is Source.DECLARED else "found, the evidence is not told"
    said = in_words(rule.evidence)
    return f"{_BY_HAND}; {said}" if rule.source is Source.DECLARED else said


def in_words(evidence: Evidence) -> str:
    """Evidence in words: what breaks the rule here, by chance, and among fresh rows."""
    counted = evidence.counted
    few = f"at most {evidence.exceptions:,} exceptions" if evidence.exceptions else "no exception"
    said = [
        f"{few} in {evidence.covered:,} {counted}",
        f"{_percent(evidence.by_chance)} would break it by chance",
    ]
    if 0 < evidence.bound <= _TELLING:
        most = _percent(above(evidence.bound, _DIGITS))
        said.append(f"fewer than {most} of fresh {counted} break it, at 95 % confidence")
    return "; ".join(said)


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """Rules as they are shown: the kept ones first, then those proposed, then those dropped."""
    return sorted(rules, key=lambda rule: _ORDER.index(rule.status))


def counts(rules: Sequence[Rule]) -> str:
    """How many rules there are of each status: "12 rules: 9 kept, 3 proposed"."""
    of = {status: sum(r.status is status for r in rules) for status in _ORDER}
    parts = ", ".join(f"{n:,} {status}" for status, n in of.items() if n)
    noun = "rule" if len(rules) == 1 else "rules"
    return f"{len(rules):,} {noun}: {parts}" if rules else "no rules"


def rounded(share: float, digits: int) -> float:
    """A share to a few digits."""
    return float(f"{share:.{digits}g}")


def above(share: float, digits: int) -> float:
    """A bound to a few digits, never below what it is, and below 1 where it is."""
    if share in (0.0, 1.0):
        return share
    bound = rounded(share, digits)
    if bound < share:
        bound = rounded(bound + 10.0 ** (math.floor(math.log10(share)) - digits + 1), digits)
    return bound if bound < 1 else share


def _percent(share: float) -> str:
    """A share in percent, to a few digits, and never 100 % where it is less."""
    if share > 0.995:
        return "100 %" if share == 1 else "over 99 %"
    return f"{float(f'{100 * share:.{_DIGITS}g}'):g} %"
