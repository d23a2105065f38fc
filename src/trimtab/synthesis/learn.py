"""Learning a table: its codes, the choice of a kind of model, and the model."""

from __future__ import annotations

from dataclasses import replace

from trimtab._arrays import Int
from trimtab._run import Run
from trimtab.errors import InputError, RefusedError
from trimtab.model.coded import Coded
from trimtab.model.kind import Needs, Patterns
from trimtab.plan.balance.forbidden import check_forbidden
from trimtab.plan.plan import Plan
from trimtab.synthesis.choose import (
    Choice,
    called_for,
    choose,
    kinds_asked,
    resumable,
    ungapped_of,
)
from trimtab.synthesis.computed.beside import Beside, beside_model
from trimtab.synthesis.computed.choice import needs_without
from trimtab.synthesis.lesson import Lesson, learned
from trimtab.synthesis.masking import held_to_rules
from trimtab.synthesis.needs import for_plan
from trimtab.synthesis.settings import Settings
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.synthesis.told import told_of
from trimtab.table.prepare import check_modelled
from trimtab.table.table import Table

_MIN_ROWS = 2


def in_codes(table: Table, settings: Settings, public: tuple[str, ...] = ()) -> Coded:
    """A prepared table as models will see it; `public` columns may show all of their values."""
    return Coded(table, settings.min_count, public)


def learn(
    table: Table | Coded,
    settings: Settings,
    run: Run | None = None,
    *,
    first: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
    patterns: Patterns = (),
    nameless: bool = False,
    last: tuple[str, ...] | None = None,
    rows: Int | None = None,
    plan: Plan | None = None,
    binding: bool = True,
    scattered: bool = False,
    told: tuple[str, ...] = (),
) -> Synthesizer:
    """Learn a prepared table, or one that is in codes already.

    first     columns to lead the chain, if it becomes one
    public    columns whose values may all show
    patterns  the sets of columns that rows to complete will give
    nameless  whether these do not say whose they are
    last      columns that a chain draws last, in this order; the outcomes if not said
    rows      positions of the rows to learn from, some of them several times (a bootstrap sample);
              what values there are and which are rare is still told by the whole table
    plan      what will be drawn: where that is known to fail, it is refused before it is learned,
              and rows weigh in a chain of trees by how often their like will be drawn
    binding   whether a model that was asked for by its name is refused where it cannot take all
              patterns; else it refuses the rows that it cannot complete
    scattered whether gaps stand anywhere in rows: then those kinds are compared that fill such
    told      what is known of the table already that a careful user should know

    Raises InputError for bad input, RefusedError for a table too small or patterns that no model
    at hand conditions on exactly.
    """
    run = run or Run()
    whole = table if isinstance(table, Coded) else in_codes(table, settings, public)
    _check(whole, settings.min_count, first)
    outcomes = whole.table.schema.outcomes if last is None else last
    leading = tuple(dict.fromkeys(first))
    needs = Needs(leading, outcomes, patterns, (), nameless, None, binding, scattered)
    if plan is not None:
        needs = for_plan(needs, whole, plan, rows)
        told = (*told, *check_forbidden(plan, whole.table))
    called = called_for(settings.model, whole, needs)
    settings, told = settings.of_kind(called.kind), (*told, *called.notes)
    fixed, ungapped = settings.options.fair_to, ungapped_of(settings.model, whole)
    kinds, asked = kinds_asked(settings.model, needs), needs
    masked, related = any(k.masked for k in kinds), any(k.relates for k in kinds)
    beside = beside_model(whole, needs, fixed, ungapped=ungapped, masked=masked, related=related)
    needs = needs_without(needs, beside.away)
    part = whole if rows is None else whole.part(rows)
    coded = beside.of_model(part)
    choice = called.told(choose(settings.model, needs, lambda: coded.sizes, settings.minutes))
    _check_resumable(choice, run)
    if related and not any(kind.relates for kind in choice.kinds):
        beside = beside_model(whole, asked, fixed, masked=masked)
        coded = beside.of_model(part)
    lesson = Lesson(coded, replace(needs, first=choice.first), settings, run)
    return _carried_out(whole, beside, lesson, choice, told)


def _carried_out(
    whole: Coded, beside: Beside, lesson: Lesson, choice: Choice, told: tuple[str, ...]
) -> Synthesizer:
    """What was chosen, learned and held to the rules of the whole table."""
    kind, fitted, choice = learned(lesson, choice)
    held = held_to_rules(whole, beside, fitted.model, lesson.settings.min_count)
    fitted = replace(fitted, model=held.model)
    return Synthesizer(told_of(whole, beside, lesson, kind, fitted, choice, held.unheld, told))


def _check_resumable(choice: Choice, run: Run) -> None:
    if not run.resume or any(kind.resumable for kind in choice.kinds):
        return
    named = " or ".join(f"`model={name!r}`" for name in resumable())
    raise InputError(
        f"resume goes on with a training, and here a {choice.kinds[0].noun} is learned "
        f"({choice.reason}): leave out `resume`, or give {named}."
    )


def _check(coded: Coded, min_count: int, first: tuple[str, ...]) -> None:
    """Raise RefusedError for a table too small, ColumnError for columns that cannot lead."""
    for name in first:
        check_modelled(name, coded.table.schema, "first")
    count, least = coded.people, max(min_count, _MIN_ROWS)
    if count < least:
        what = "row" if coded.table.schema.entity is None else "person"
        raise RefusedError(
            f"the table has {count} {what}{'s' * (count > 1)}: expected at least {least}, "
            f"because nothing that fewer than {least} hold may be learned. Give more rows, or "
            f"lower `min_count` (at least 2 {what}s are always needed: one row is never copied "
            "out)."
        )
