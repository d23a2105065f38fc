"""How strong the evidence for a statement is: exceptions, what chance would give, and a bound.

The rows (or persons) are parted once, by halves: one half proposes, the other confirms. A statement
is *found* if so few exceptions would be all but impossible were its columns independent, whatever
number of statements there was to choose from (Bonferroni). It is *kept* if nothing breaks it and
the half that did not propose it bounds its true error (Clopper and Pearson 1934, Biometrika 26,
404-413).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, binom

from trimtab._arrays import Bool
from trimtab._random import Key
from trimtab.table.rules.condition import Holds, Where
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.finding.search import Search
from trimtab.table.rules.kind import Kind
from trimtab.table.rules.rule import Evidence, Rule, Source, Status
from trimtab.table.rules.statement import Check, Statement
from trimtab.table.rules.view import View

BY_CHANCE = 0.001  # that chance brings forth any rule of a kind, in the whole table
MAX_ERROR = 0.1  # an exact rule is kept if its true error is below this, at 95 % confidence
MAX_MISSED = 0.05  # the same of a rule that learns its surroundings, which is proposed up to twice
MAX_EXCEPTIONS = 0.02  # of what is covered: a rule with more is not worth proposing
MUCH_FEWER = 0.1  # exceptions must be fewer than this share of what chance would give
# How many exceptions chance must give for a rule to be kept: the more, the rarer is what may be and
# was not seen. Of single values much is rare and not impossible, most of all that one of many never
# comes; of two things that only come together, hardly anything; and of dates we know it.
_EXPECTED = 30
_EXPECTED_OF_VALUES = 100
_EXPECTED_OF_OTHERS = 300
_EXPECTED_OF_GAPS = 60
_EXPECTED_EXACTLY = 15
_EXPECTED_OF_DATES = 4
_DRAWN = 20_000  # rows whose columns are drawn independently, to see what chance gives
_CONFIDENCE = 0.95
_SURE = 0.99  # of what chance gives at least


def weighed(statement: Statement, search: Search, kind: Kind, tested: float) -> Rule | None:
    """The rule that a statement is, with its evidence; None where there is too little.

    kind    which kind of rule it is
    tested  how many statements there were to choose from
    """
    view = search.all.only(statement.columns)
    check = statement.learned(search.proposing.only(statement.columns))
    confirming = search.confirming.only(statement.columns)
    covered, broken = _counts(check, confirming)
    if not covered or search.all.count(check(view).covered) < search.min_count:
        return None
    bound = _bound(check, confirming, learns=statement.learns)
    whole, exceptions = _counts(statement.learned(view), view)
    # What is learned from rows is no surprise in these rows: then only the others count.
    n, x = (covered, broken) if statement.fits else (whole, exceptions)
    drawn, wrong = _by_chance(statement, check, search)
    if not wrong or x > MUCH_FEWER * n * wrong / drawn:
        return None
    least = float(beta.ppf(1 - _SURE, wrong, drawn - wrong + 1))
    if binom.cdf(x, n, least) * tested > BY_CHANCE:
        return None
    if not statement.learns and max(x / n, exceptions / whole) > MAX_EXCEPTIONS:
        return None
    if statement.learns and bound > 2 * MAX_MISSED:
        return None
    if wrong / drawn < kind.unlikely / 2:
        return None
    exact = exceptions == 0 and (broken == 0 or statement.learns)
    few = coarse(broken, search.min_count)
    evidence = Evidence(
        counted=view.counted,
        covered=whole,
        exceptions=coarse(exceptions, search.min_count),
        by_chance=_two_digits(wrong / drawn),
        bound=_two_digits(bound if exact else max(bound, upper(few, covered))),
    )
    kept = (
        exact
        and bound <= (MAX_MISSED if statement.learns else MAX_ERROR)
        and wrong / drawn >= kind.unlikely
    )
    kept = kept and n * wrong / drawn >= _strength(statement)
    status = Status.KEPT if kept else Status.PROPOSED
    return Rule(text=statement.text, status=status, source=Source.FOUND, evidence=evidence)


def coarse(count: int, min_count: int) -> int:
    """A count told so that few cannot be told from fewer: the next multiple of `min_count`."""
    step = max(min_count, 1)
    return -(-count // step) * step


def upper(broken: int, covered: int) -> float:
    """The upper end of a one-sided interval for the true share, at 95 % confidence."""
    if broken >= covered:
        return 1.0
    return float(beta.ppf(_CONFIDENCE, broken + 1, covered - broken))


def _strength(statement: Statement) -> int:
    """How many exceptions chance must give for a statement to be kept."""
    if isinstance(statement, MakeDate):
        return _EXPECTED_OF_DATES
    if not isinstance(statement, Where) or not isinstance(statement.statement, Holds):
        return _EXPECTED
    if statement.exactly:
        return _EXPECTED_EXACTLY
    sign = statement.statement.atom.sign
    if sign in ("missing", "present"):
        return _EXPECTED_OF_GAPS
    return _EXPECTED_OF_VALUES if sign == "=" else _EXPECTED_OF_OTHERS


def _bound(check: Check, view: View, *, learns: bool) -> float:
    """Below what the share of fresh rows (persons) that break a statement is.

    Of one that learns its surroundings it is rows that are counted, though they come in persons:
    so many as are worth as much, were each a person's own (Kish 1965).
    """
    outcome = check(view)
    if not learns or view.people is None:
        return upper(view.count(outcome.broken), view.count(outcome.covered))
    people = int(view.holders.max()) + 1
    size = np.bincount(view.holders, outcome.covered, people)
    wrong = np.bincount(view.holders, outcome.broken, people)
    size, wrong = size[size > 0], wrong[size > 0]
    share = wrong.sum() / size.sum()
    if not 0 < share < 1 or len(size) < 2:
        return upper(int(wrong.sum()), len(size))
    spread = float(np.square(wrong - share * size).sum() / size.sum() ** 2)
    worth = float(np.clip(share * (1 - share) / spread, len(size), size.sum()))
    return float(beta.ppf(_CONFIDENCE, share * worth + 1, worth * (1 - share)))


def _counts(check: Check, view: View) -> tuple[int, int]:
    """How many rows (persons) a check covers, and how many of them break it."""
    outcome = check(view)
    return view.count(outcome.covered), view.count(outcome.broken)


def _by_chance(statement: Statement, check: Check, search: Search) -> tuple[int, int]:
    """How many rows are covered whose columns were drawn independently, and how many break it.

    Where a statement has conditions, they hold in all of these rows.
    """
    view = search.all.only(statement.columns)
    rng = search.key.child("chance", statement.text).generator()
    exactly = isinstance(statement, Where) and statement.exactly  # mostly of few rows
    outcome = check(_drawn(view, statement, rng, _DRAWN * (20 if exactly else 1)))
    return int(outcome.covered.sum()), int(outcome.broken.sum())


def _drawn(view: View, statement: Statement, rng: np.random.Generator, size: int) -> View:
    fixed: tuple[str, ...] = ()
    rows: NDArray[np.int64] = np.arange(view.rows)
    if isinstance(statement, Where):
        fixed = tuple(c.column for c in statement.conditions)
        if not statement.exactly:
            rows = np.flatnonzero(statement.inside(view))
    together = rows[rng.integers(len(rows), size=size)]
    columns = {
        name: vector.take(together if name in fixed else rng.integers(view.rows, size=size))
        for name, vector in view.columns.items()
    }
    return View(columns, size)


def _two_digits(share: float) -> float:
    """A share rounded up to two digits."""
    if share <= 0:
        return 0.0
    step = 10.0 ** (np.floor(np.log10(share)) - 1)
    return float(min(1.0, round(np.ceil(share / step - 1e-9) * step, 12)))


def halves(view: View, key: Key) -> tuple[Bool, Bool]:
    """Rows that propose and rows that confirm, shape (rows,) each; a person's stay together."""
    holders = view.holders
    count = int(holders.max(initial=-1)) + 1
    first = (key.child("halves").generator().permutation(count) < -(-count // 2))[holders]
    return first, ~first
