"""Learning a table: its codes, the choice of a kind of model, and the model."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

from trimtab._arrays import Int
from trimtab._run import Run
from trimtab.codec.codec import rare_labels
from trimtab.errors import InputError, RefusedError
from trimtab.model.coded import Coded
from trimtab.model.kind import Fitted, ModelKind, Needs, Patterns
from trimtab.plan.balance.bins import binned
from trimtab.plan.balance.row_weights import row_weights
from trimtab.plan.plan import Plan
from trimtab.synthesis import notes
from trimtab.synthesis.choose import Choice, Effort, choose, resumable
from trimtab.synthesis.execute import coded_plan
from trimtab.synthesis.held_back import of_held_back
from trimtab.synthesis.learned import Learned, Provenance, rules_of
from trimtab.synthesis.lesson import Lesson, learned
from trimtab.synthesis.settings import Settings
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.frames import without
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
    last: tuple[str, ...] | None = None,
    rows: Int | None = None,
    plan: Plan | None = None,
    binding: bool = True,
    told: tuple[str, ...] = (),
) -> Synthesizer:
    """Learn a prepared table, or one that is in codes already.

    first     columns to lead the chain, if it becomes one
    public    columns whose values may all show
    patterns  the sets of columns that rows to complete will give
    last      columns that a chain draws last, in this order; the outcomes if not said
    rows      positions of the rows to learn from, some of them several times (a bootstrap sample);
              what values there are and which are rare is still told by the whole table
    plan      what will be drawn: where that is known to fail, it is refused before it is learned,
              and rows weigh in a chain of trees by how often their like will be drawn
    binding   whether a model that was asked for by its name is refused where it cannot take all
              patterns; else it refuses the rows that it cannot complete
    told      what is known of the table already that a careful user should know

    Raises InputError for bad input, RefusedError for a table too small to learn from or patterns
    that no model at hand conditions on exactly.
    """
    run = run or Run()
    whole = table if isinstance(table, Coded) else in_codes(table, settings, public)
    _check_size(whole, settings.min_count)
    for name in first:
        check_modelled(name, whole.table.schema, "first")
    needs = Needs(
        tuple(dict.fromkeys(first)),
        whole.table.schema.outcomes if last is None else last,
        patterns,
        binding=binding,
    )
    if plan is not None:
        needs = _for_plan(needs, whole, plan, rows)
    coded = whole if rows is None else whole.part(rows)
    effort = Effort(coded.codes.rows, len(coded.codec.modelled), settings.minutes)
    choice = choose(settings.model, needs, lambda: coded.sizes, effort)
    _check_resumable(choice, run)
    lesson = Lesson(coded, replace(needs, first=choice.first), settings, run)
    kind, fitted, choice = learned(lesson, choice)
    return Synthesizer(_told(lesson, kind, fitted, choice, told))


def _for_plan(needs: Needs, coded: Coded, plan: Plan, rows: Int | None) -> Needs:
    """The needs with weights for what a plan will draw, and what its rows will give."""
    weights = row_weights(plan, binned(coded.table, plan.bins))
    if weights is not None and rows is not None:
        weights = weights[rows]
    request = coded_plan(plan, coded.table.schema, coded.codec, coded.grids)
    return replace(needs, row_weights=weights, asked=tuple(request.patterns()))


def _check_resumable(choice: Choice, run: Run) -> None:
    if not run.resume or any(kind.resumable for kind in choice.kinds):
        return
    named = " or ".join(f"`model={name!r}`" for name in resumable())
    raise InputError(
        f"resume goes on with a training, and here a {choice.kinds[0].noun} is learned "
        f"({choice.reason}): leave it out, or give {named}."
    )


def _told(
    lesson: Lesson, kind: ModelKind, fitted: Fitted, choice: Choice, told: tuple[str, ...]
) -> Learned:
    """All that was learned, and how."""
    coded, settings = lesson.coded, lesson.settings
    table, rare = coded.table, rare_labels(coded.table, coded.codec)
    told += notes.of_fit(table, coded.codec, coded.grids, rare)
    held_back = of_held_back(coded.whole or coded)
    provenance = Provenance(
        trimtab=version("trimtab"),
        model=kind.name,
        choice=choice.reason,
        rows=table.rows,
        persons=None if table.schema.entity is None else _people(coded.whole or coded),
        min_count=settings.min_count,
        seed=settings.key.seed,
        first=choice.first,
        outcomes=lesson.needs.outcomes,
        public=coded.public,
        protected=settings.options.fair_to,
        **rules_of(table.schema),
        warnings=(*told, *held_back, *fitted.notes),
    )
    origin = without(table.origin, rare)
    return Learned(table.schema, coded.codec, coded.grids, fitted.model, provenance, origin)


def _people(coded: Coded) -> int:
    who = coded.persons
    return coded.table.rows if who is None else len(set(who.tolist()))


def _check_size(coded: Coded, min_count: int) -> None:
    people, least = _people(coded), max(min_count, _MIN_ROWS)
    if people < least:
        what = "row" if coded.table.schema.entity is None else "person"
        raise RefusedError(
            f"the table has {people} {what}{'s' * (people > 1)}: expected at least {least}, "
            f"because nothing that fewer than {least} hold may be learned. Give more rows, or "
            f"lower `min_count` (at least 2 {what}s are always needed: one row is never copied "
            "out)."
        )
