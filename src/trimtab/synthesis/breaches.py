"""Given cells that break a kept rule: refused by name, before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab._arrays import Bool
from trimtab.errors import RefusedError
from trimtab.model.interface import GIVEN, Maskable, Request
from trimtab.plan.plan import Plan
from trimtab.synthesis.learned import Learned
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.reading import kept_rules
from trimtab.table.rules.view import View, vector_of
from trimtab.table.rules.words import shortened

_NAMED = 5


def refuse_breaches(learned: Learned, plan: Plan, request: Request) -> None:
    """Raise RefusedError where the cells that a plan gives break a rule that is kept.

    request  the same in codes, computed columns too
    """
    for rule, broken in (*_of_values(learned, plan), *_of_codes(learned, request)):
        rows = np.flatnonzero(broken) + 1
        if not len(rows):
            continue
        listed = ", ".join(f"{row:,}" for row in rows[:_NAMED].tolist())
        more = f" and {len(rows) - _NAMED:,} more" if len(rows) > _NAMED else ""
        raise RefusedError(
            f"what is given in row {listed}{more} breaks the kept rule {shortened(rule)!r}: "
            "correct these cells, or draw from a model that was fitted without that rule (drop it "
            "in the schema, or `rules=False`)."
        )


def _of_values(learned: Learned, plan: Plan) -> Iterator[tuple[str, Bool]]:
    """The rules whose texts say all, and the groups that break each."""
    for read in kept_rules(learned.schema) if plan.given else ():
        statement = read.statement
        given = {n: plan.given[n] for n in statement.columns if n in plan.given}
        said = not statement.fits and not isinstance(statement, OneOf)
        if not said or len(given) < len(statement.columns):
            continue
        columns = {n: vector_of(g.values, learned.schema[n]) for n, g in given.items()}
        cells = View(columns, len(plan.counts))
        known = np.logical_and.reduce([g.known for g in given.values()])
        yield read.rule.text, np.asarray(known & statement.learned(cells)(cells).broken)


def _of_codes(learned: Learned, request: Request) -> Iterator[tuple[str, Bool]]:
    """The rules of which the model knows what real rows say, and the groups that break each."""
    given = {n: c.state == GIVEN for n, c in request.conditions.items()}
    codes = {n: c.value for n, c in request.conditions.items()}

    def all_given(names: tuple[str, ...]) -> Bool:
        if not all(n in given for n in names):
            return np.zeros(request.rows, bool)
        return np.asarray(np.logical_and.reduce([given[n] for n in names]))

    for name, computation in learned.beside.computed.items():
        whole = all_given((name, *computation.inputs))
        if whole.any():
            wrong = computation.codes(codes, learned.codec) != codes[name]
            yield computation.rule, whole & wrong
    masks = learned.model.masks if isinstance(learned.model, Maskable) else None
    for restriction in () if masks is None else masks.restrictions:
        whole = all_given(restriction.columns)
        if masks is not None and restriction.rule and whole.any():
            at = tuple(masks.classes[n].of(codes[n]) for n in restriction.columns)
            yield restriction.rule, whole & ~restriction.allowed[at]
