"""The verb `evaluate`: judge any synthetic table, and a balanced one as its plan asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from trimtab._run import Progress, Run, silent
from trimtab.errors import ColumnError, InputError
from trimtab.measure.compare.comparison import Comparison, compare
from trimtab.measure.compare.weighting import cut_at, names_of
from trimtab.measure.evidence import Planned, Stage
from trimtab.measure.judge import evaluate as judge
from trimtab.measure.score import Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.plan.plan import Plan, Unit
from trimtab.request.evaluate import SECTIONS, Evaluate
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis.choose import watched
from trimtab.table.files import read
from trimtab.table.inputs import Input, Source, source_of, today
from trimtab.table.prepare import ruled
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule
from trimtab.table.schema import Schema
from trimtab.table.table import Table


class Trained(Protocol):
    """What may keep stages of its training, such as a Synthesizer."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages; none where it keeps none."""


def evaluate(
    real: Any,
    synthetic: Any,
    *,
    holdout: Any = None,
    target: str | None = None,
    positive: str | None = None,
    protected: str | Sequence[str] = (),
    by: str | Sequence[str] = (),
    origin: str | None = None,
    plan: Plan | None = None,
    drop: str | Sequence[str] = (),
    schema: Schema | None = None,
    sections: str | Sequence[str] = SECTIONS,
    triples: bool = False,
    rules: bool = True,
    stages: Sequence[Stage] | Trained = (),
    show: Sequence[tuple[str, str]] | tuple[str, str] = (),
    group: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Scorecard:
    """Judge a synthetic table, made by trimtab or by anything else, against the real one.

    Daily arguments:
    real, synthetic   paths, dataframes, or whatever speaks Arrow
    holdout    real rows that the generator never saw; without them the scorecard says what it
               cannot know
    target     the outcome column, for usefulness and fairness; the guessed outcome if not said
    protected  columns that the outcome should not depend on, such as sex and race
    by         columns whose shares differ on purpose: real rows are weighted to the synthetic
               table's shares of them before likeness is judged
    origin     the synthetic table's column that marks generated rows with "synthetic"; others are
               real, and are not judged

    The rest:
    positive   the class of a two-class target that it is about; the rarer one if not said
    plan       the plan that was carried out: its rows are compared with those delivered
    drop       columns to leave out
    schema     what the real columns are, instead of inference
    sections   some of "fidelity", "usefulness", "fairness", "copies"
    triples    whether triples of columns are judged too
    rules      whether the rules that the real rows keep are judged by, too: see docs/rules.md
    stages     of the training of the model that made the table, or that model: they are shown
    show       pairs of columns to draw against each other, real beside synthetic
    group      the column that their rows are coloured by
    seed       the same seed and tables give the same scores

    Raises TableError and ColumnError for tables that cannot be compared. What cannot be computed
    is a score whose verdict is "not computable", with the reason.
    """
    beside: dict[str, Any] = {"holdout": holdout, "plan": plan, "stages": stages}
    return carry_out(Evaluate.of(locals()), real, Run(progress), synthetic=synthetic, **beside)


def carry_out(
    request: Evaluate,
    data: Any,
    run: Run,
    *,
    synthetic: Any,
    holdout: Any = None,
    plan: Plan | None = None,
    stages: Sequence[Stage] | Trained = (),
    asked: str = "trimtab.evaluate, in Python",
) -> Scorecard:
    """Judge a synthetic table against the real one as asked; `evaluate` says what stands beside.

    asked   the command or the function that asked, for the record
    """
    same = request.model_dump(include=set(Settings.model_fields) - {"sections"})
    settings = Settings(**same, sections=tuple(s for s in Section if s in request.sections))
    given = {"real": data, "synthetic": synthetic, "holdout": holdout}
    sources = {name: source_of(table) for name, table in given.items()}
    real = read(data, request.schema)
    card = _evaluated(real, synthetic, holdout, settings, plan, stages_of(stages), run)
    inputs = {name: sources[name].judged(rows) for name, rows in card.rows.items()}
    return card.model_copy(update={"inputs": inputs, "date": today(), "asked": asked})


def stages_of(given: Sequence[Stage] | Trained, what: str = "this model") -> tuple[Stage, ...]:
    """The stages given, or those that a trained model keeps. Raises InputError if it keeps none."""
    if isinstance(given, Sequence):
        return tuple(given)
    if not given.stages:
        raise InputError(
            f"{what} keeps no stages of its training: they are kept by the models "
            f"{', '.join(watched())}."
        )
    return given.stages


def _evaluated(
    real: Table,
    synthetic: Any,
    holdout: Any,
    settings: Settings,
    plan: Plan | None,
    stages: Sequence[Stage],
    run: Run,
) -> Scorecard:
    comparison = compare(real, synthetic, holdout, drop=settings.drop, origin=settings.origin)
    if settings.target is None:
        guessed = _guessed(real, comparison, settings.protected)
        settings = settings.model_copy(update={"target": guessed})
    planned = None
    if plan is not None:
        bins = {n: (b.cuts, b.names) for n, b in plan.bins.items()}
        comparison = cut_at(comparison, bins)
        planned = planned_rows(plan, comparison, generated=settings.origin is not None)
    library = real.origin.library
    return judge(
        comparison,
        settings,
        planned=planned,
        stages=stages,
        rules=_rules(real, settings, run),
        library=library if library in ("pandas", "polars") else "pyarrow",
        progress=run.tell,
    )


def _rules(real: Table, settings: Settings, run: Run) -> tuple[Rule, ...] | None:
    """The rules of the real table: those of its schema, or those that are found in it.

    None where rows are not judged by rules. Raises RuleError for rules by hand that are none, do
    not fit, or do not hold.
    """
    if not settings.rules or Section.FIDELITY not in settings.sections:
        return None
    run.tell("rules", 0, 1)
    rules, names = ruled(real, wanted=True, min_count=MIN_COUNT).rules, real.schema.names
    # A name of several words is then quoted, which tells it where its column is not compared.
    return tuple(
        rule.model_copy(update={"text": parse(rule.text, names).text}) for rule in rules or ()
    )


def planned_rows(plan: Plan, comparison: Comparison, *, generated: bool) -> Planned | None:
    """A plan's rows by group: those to generate, or those of the whole result.

    None for a plan that has no cells, such as that of rows to complete.
    """
    if not plan.by:
        return None
    names = [f.name for f in comparison.features]
    for name in plan.by:
        if name not in names:
            raise ColumnError(
                f"plan: its column {name!r} is not compared: expected a plan over some of "
                f"{', '.join(names)}."
            )
    cells = names_of(comparison, plan.by, [cell.values for cell in plan.cells])
    rows: dict[str, int] = {}
    for name, cell in zip(cells, plan.cells, strict=True):
        wanted = cell.generated_rows if generated else cell.target_rows
        rows[name] = rows.get(name, 0) + wanted
    return Planned(plan.by, rows, plan.unit is Unit.PERSONS)


def _guessed(real: Table, comparison: Comparison, protected: tuple[str, ...]) -> str | None:
    """The first outcome of the schema that is compared and not protected."""
    names = {f.name for f in comparison.features} - set(protected)
    return next((name for name in real.schema.outcomes if name in names), None)


def evaluate_balanced(
    real: Table,
    held: Table | None,
    delivered: Table,
    plan: Plan,
    *,
    origin: str | None,
    seed: int,
    run: Run,
    source: Source,
    asked: str,
) -> Scorecard:
    """Judge a balanced table: as its plan asked, by the real rows that were held out.

    source  what the real rows and those held out were read from
    asked   the command or the function that asked, for the record

    The columns that were balanced are those whose shares differ on purpose, and (but for the
    outcome) those that the outcome should not depend on.
    """
    names = [c.name for c in real.schema if c.modelled]
    by = tuple(n for n in plan.by if n in names)
    outcomes = [n for n in real.schema.outcomes if n in names]
    target = next((n for n in outcomes if n not in by), next(iter(outcomes), None))
    protected = tuple(n for n in by if n != target)
    request = Evaluate(
        target=target,
        protected=protected,
        by=by,
        origin=origin,
        rules=real.schema.rules is not None,
        seed=seed,
    )
    beside: dict[str, Any] = {"synthetic": delivered, "holdout": held, "plan": plan}
    card = carry_out(request, real, run, asked=asked, **beside)
    files = {
        "real": source.name if held is None else f"{source.name}, without the rows held out",
        "synthetic": "the table that this run made",
        "holdout": f"{source.name}, the rows held out",
    }
    inputs = {
        name: Input(
            name=files[name], rows=rows, sha256=None if name == "synthetic" else source.sha256
        )
        for name, rows in card.rows.items()
    }
    return card.model_copy(update={"inputs": inputs})
