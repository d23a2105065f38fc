"""A model and what is computed beside it, as one: rows, how probable they are, and refusals."""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.interface import GIVEN, Likelihood, Request
from trimtab.synthesis.computed.gap import gap_codes
from trimtab.synthesis.computed.request import Asked
from trimtab.synthesis.learned import Learned


def fill(learned: Learned, asked: Asked, start: int, key: Key) -> Codes:
    """Rows as `Filler.fill` draws them, with the computed columns."""
    return with_computed(learned, learned.model.fill(asked.model, start, key), asked.rows)


def with_computed(learned: Learned, codes: Codes, request: Request | None = None) -> Codes:
    """What a model made, with the computed columns; given cells are as given."""
    if not learned.beside.columns:
        return codes
    known = dict(codes.columns)
    for group in learned.beside.groups.values():
        known |= group.codes(known[group.name])
    for name, gap in learned.beside.gaps.items():
        known[name] = _as_given(name, gap.codes(known[name], known[gap.by]), request)
    for name, computation in learned.beside.computed.items():
        known[name] = _as_given(name, computation.codes(known, learned.codec), request)
    return Codes(known, codes.rows)


def _as_given(name: str, codes: Int, request: Request | None) -> Int:
    condition = None if request is None else request.conditions.get(name)
    return (
        codes if condition is None else np.where(condition.state == GIVEN, condition.value, codes)
    )


def log_prob(learned: Learned, codes: Codes) -> Float:
    """Log of each row's probability mass: -inf where a computed column is anything else, or one
    that is drawn as a gap lies on the other side."""
    model = learned.model
    assert isinstance(model, Likelihood), "asked of models that can tell"
    if not learned.beside.columns:
        return model.log_prob(codes)
    wrong = np.zeros(codes.rows, bool)
    for name, computation in learned.beside.computed.items():
        wrong |= computation.codes(codes.columns, learned.codec) != codes[name]
    for gaps in gap_codes(learned.beside.gaps, codes.columns).values():
        wrong |= (gaps < 0) & (gaps != MISSING)
    drawn = {n: group.drawn(codes.columns) for n, group in learned.beside.groups.items()}
    for own in drawn.values():
        wrong |= (own < 0) & (own != MISSING)
    codes = Codes({**codes.columns, **drawn}, codes.rows)
    logs = np.full(codes.rows, -np.inf)
    at = np.flatnonzero(~wrong)
    if len(at):
        logs[at] = _with_all_gaps(learned, codes.take(at).without(learned.beside.away))
    return logs


def _with_all_gaps(learned: Learned, codes: Codes) -> Float:
    """Log probability masses, summed over all gaps that lead to the same codes."""
    model = learned.model
    assert isinstance(model, Likelihood), "asked of models that can tell"
    least, counts, many = dict[str, Int](), dict[str, Int](), np.ones(codes.rows, np.int64)
    for name, gap in learned.beside.gaps.items():
        least[name], most = gap.leading_to(codes[name], codes[gap.by])
        counts[name] = most - least[name] + 1
        many *= counts[name]
    logs = np.full(codes.rows, -np.inf)
    ends = np.cumsum(many)
    for start in range(0, int(ends[-1]), _AT_ONCE):
        place = np.arange(start, min(start + _AT_ONCE, int(ends[-1])))
        row = np.searchsorted(ends, place, "right")
        step = place - (ends - many)[row]
        tried = dict(codes.take(row).columns)
        for name, count in counts.items():
            step, digit = np.divmod(step, count[row])
            known = least[name][row]
            tried[name] = np.where(known == MISSING, MISSING, known + digit)
        np.logaddexp.at(logs, row, model.log_prob(Codes(tried, len(row))))
    return logs


_AT_ONCE = 50_000  # gaps

Pattern = tuple[frozenset[str], frozenset[str]]  # columns given by value, and under a set


def refusal(learned: Learned, asked: Asked) -> tuple[str, Pattern] | None:
    """Why the model cannot condition on what some rows ask, and what these ask; None if it can."""
    for pattern in asked.model.patterns():
        reason = learned.model.refusal(*pattern)
        if reason is None:
            continue
        if asked.model is asked.rows:
            return reason, pattern
        return _in_words_of_asked(learned, asked, pattern, reason)
    return None


def _in_words_of_asked(
    learned: Learned, asked: Asked, pattern: Pattern, reason: str
) -> tuple[str, Pattern]:
    """A refusal that names the computed columns that were asked for."""
    for row in range(asked.rows.rows):
        if asked.model.part(row, row + 1).patterns() == [pattern]:
            break
    ((given, sets),) = asked.rows.part(row, row + 1).patterns()
    through = [
        c.reason
        for n, c in learned.beside.computed.items()
        if n in given | sets and not given.issuperset(c.inputs)
    ]
    if through:
        reason = f"what is asked is computed ({'; '.join(through)}), and so: {reason}"
    return reason, (given, sets)
