"""The verb `balance`: a table with as many rows of each group as asked, and the plan alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from trimtab._run import Progress, Run, aloud, silent
from trimtab.errors import InputError
from trimtab.plan.balance import bins as binning
from trimtab.plan.balance.counts import counts_rows
from trimtab.plan.plan import Plan
from trimtab.request.balance import Balance
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis import notes
from trimtab.synthesis.holdout import HeldOut, hold_out
from trimtab.synthesis.learn import learn
from trimtab.synthesis.settings import model_of, settings_of
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.files import to_native
from trimtab.table.inputs import Source, source_of
from trimtab.table.schema import Column, Kind, Schema
from trimtab.table.table import Table
from trimtab.verbs.prepared import prepared, ruled, warn_of_emptied
from trimtab.verbs.report import check_report, write_report

if TYPE_CHECKING:
    from trimtab.measure.scorecard import Scorecard


@dataclass(frozen=True)
class Balanced:
    """What `balance` made. `result` is the table as a trimtab Table.

    `scorecard` says how good it is, if rows were held out or a report was asked for.
    """

    result: Table
    plan: Plan
    synthesizer: Synthesizer
    warnings: tuple[str, ...]
    scorecard: Scorecard | None = None

    @property
    def table(self) -> Any:
        """The table in the caller's type (a pyarrow table, if that was a file)."""
        return to_native(self.result)

    def to_dict(self) -> dict[str, Any]:
        """The plan, the warnings and the scores as plain data; the table is data of its own."""
        scores = {}
        if self.scorecard is not None:
            scores["scorecard"] = self.scorecard.model_dump(mode="json", exclude={"exhibits"})
        return {**scores, **plan_to_dict(self.plan, self.warnings)}

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        scores = "" if self.scorecard is None else self.scorecard._repr_html_()
        head = f"<p><b>{self.result.rows:,} rows</b></p>{self.plan._repr_html_()}"
        return f"{head}<ul>{items}</ul>{scores}"


def plan_balance(
    data: Any,
    by: Sequence[str],
    to: Any = None,
    *,
    mode: str = "replace",
    rows: int | None = None,
    unit: str = "rows",
    target: str = "auto",
    unseen: str = "refuse",
    missing: str = "group",
    min_support: int | None = None,
    bins: Mapping[str, Any] | None = None,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
) -> Plan:
    """The plan that `balance` would carry out; the arguments are the same. Fits nothing."""
    return plan_of(_request(locals()), data)


def balance(
    data: Any,
    by: Sequence[str],
    to: Any = None,
    *,
    mode: str = "replace",
    rows: int | None = None,
    unit: str = "rows",
    target: str = "auto",
    unseen: str = "refuse",
    missing: str = "group",
    min_support: int | None = None,
    bins: Mapping[str, Any] | None = None,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    constant: Sequence[str] = (),
    model: str = "auto",
    min_count: int = MIN_COUNT,
    rules: bool = True,
    minutes: float | None = None,
    origin: str | None = None,
    holdout: float = 0.0,
    report: str | Path | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Balanced:
    """Balance a table over the columns `by`.

    to       counts or shares: a path, a dataframe or a dict {value or tuple of values: number},
             whole numbers for counts, fractions that sum to 1 for shares; or, of each column by
             itself, {column: {value: number} or "equal"} or a table with the columns `column`,
             `value` and `count` or `share`; without it, equal parts
    unit     "persons": what is counted, by `rows` too, are persons with all their rows, over
             columns that each person has once (docs/persons.md)
    target   "product": what is asked is about combinations; "margins": about each column's values
             by itself, on the combinations that are seen; "auto": as `to` says, and with equal
             parts every combination if all are seen (or `unseen` is said), else margins
    mode     "replace": a new table of `rows` rows (as many as the real one by default);
             "augment": the real rows first, then only what is missing
    unseen   what to do with combinations that no real row has: "refuse", "skip", "generate"
    missing  missing values of `by`: "group" (a group of their own) or "exclude"
    min_support  combinations of fewer real rows than this count as not seen: 1, if not said; then
             a class of the outcome that fewer than 5 rows (persons) are of is not multiplied, but
             refused, or left out with unseen="skip". To insist, say 1
    bins     how numbers and moments of `by` are cut: {"age": [18, 65]} at points, {"age": 4} into
             as many bins of about equally many rows
    origin   name of a column that marks rows "real" or "synthetic"
    holdout  share of the rows (of the persons) to hold out: nothing is learned from them, and the
             result is judged by them. The plan still counts all rows
    report   where to write what the result is good for: .html, .md or .json

    Other arguments as in `fit`. Raises InputError for bad input, RefusedError for what cannot be
    done exactly or should not be done.
    """
    return carry_out(_request(locals()), data, Run(progress, warn=aloud), report=report)


def _request(arguments: Mapping[str, Any]) -> Balance:
    """What the arguments of a function ask; counts are told by the columns, which come first."""
    asked = Balance.of(arguments, to=None)
    return Balance.of(arguments, by=asked.by, to=counts_rows(arguments["to"], asked.by))


def plan_of(request: Balance, data: Any) -> Plan:
    """The plan that `carry_out` would carry out."""
    table = prepared(request, data)
    plan = _plan(request, table)
    return replace(plan, warnings=(*table.origin.notes, *plan.warnings))


def carry_out(
    request: Balance,
    data: Any,
    run: Run,
    *,
    report: str | Path | None = None,
    asked: str = "trimtab.balance, in Python",
) -> Balanced:
    """Balance a table as asked, and write what it is good for to `report`.

    asked   the command or the function that asked, for the record
    """
    run.tell("reading", 0, 1)
    source = source_of(data) if request.holdout or report is not None else None
    table = prepared(request, data)
    _check_results(table, request.origin, report)
    plan = _plan(request, table)
    warn_of_emptied(request, table, run, request.by)
    model = model_of(request.model, persons=request.unit == "persons")
    settings = settings_of(model, request.min_count, request.seed, request.minutes)
    parts = None
    if request.holdout:
        cells = binning.binned(table, plan.bins)
        parts = hold_out(table, request.holdout, plan.by, settings.key.child("holdout"), cells)
    learned_from = table if parts is None else parts.rest
    run.tell("rules", 0, 1)
    with_rules = ruled(request, learned_from)
    learned_from = with_rules.table
    synthesizer = learn(
        learned_from,
        settings,
        run,
        first=plan.by,
        public=plan.by,
        plan=plan,
        told=with_rules.notes,
    )
    drawn = synthesizer.draw(plan, seed=request.seed, run=run)
    scorecard = None
    if source is not None:
        scorecard = _judged(learned_from, parts, drawn, plan, request.seed, run, source, asked)
    if scorecard is not None and report is not None:
        write_report(scorecard, report)
    result = _result(table, drawn, plan, request.origin)
    warnings = (*plan.warnings, *notes.of_balance(synthesizer.learned, plan, parts))
    return Balanced(result, plan, synthesizer, warnings, scorecard)


def plan_to_dict(plan: Plan, warnings: tuple[str, ...] | None = None) -> dict[str, Any]:
    """A plan as plain data, with the warnings of what came of it, if it was carried out."""
    return {
        "plan": plan.to_dict(),
        "warnings": list(plan.warnings if warnings is None else warnings),
    }


def _plan(request: Balance, table: Table) -> Plan:
    return binning.plan_balance(
        table,
        request.by,
        request.to,
        request.bins,
        mode=request.mode,
        rows=request.rows,
        target=request.target,
        unseen=request.unseen,
        missing=request.missing,
        min_support=request.min_support,
        persons=request.unit == "persons",
    )


def _check_results(table: Table, origin: str | None, report: str | Path | None) -> None:
    """Refuse, before any work is done, what would fail at the end."""
    if origin is not None and origin in table.schema:
        raise InputError(
            f"origin = {origin!r} is a column of the table already: choose another name."
        )
    if report is not None:
        check_report(report)


def _judged(
    real: Table,
    parts: HeldOut | None,
    drawn: Table,
    plan: Plan,
    seed: int,
    run: Run,
    source: Source,
    asked: str,
) -> Scorecard:
    """The scorecard of a balanced table; of an augmented one, without the rows held out."""
    from trimtab.verbs.evaluate import evaluate_balanced

    origin = None
    if plan.mode == "augment":
        origin = "origin"
        while origin in real.schema:
            origin += " of the row"
    return evaluate_balanced(
        real,
        None if parts is None else parts.held,
        _result(real, drawn, plan, origin),
        plan,
        origin=origin,
        seed=seed,
        run=run,
        source=source,
        asked=asked,
    )


def _result(real: Table, drawn: Table, plan: Plan, origin: str | None) -> Table:
    """The generated rows, after the real ones in mode "augment", marked if asked."""
    columns, data = drawn.schema.columns, drawn.data
    marks, texts = ["synthetic"] * drawn.rows, {}
    if plan.mode == "augment":
        real_data = real.data.select(list(drawn.schema.names))
        data = pa.concat_tables([real_data, data.cast(real_data.schema)])
        marks = ["real"] * real.rows + marks
        unkept = pa.nulls(drawn.rows, pa.string())
        texts = {n: pa.concat_arrays([t, unkept]) for n, t in real.texts.items()}
    if origin is not None:
        mark = Column(name=origin, kind=Kind.LABEL, storage="string", reason="real or synthetic")
        columns = (*columns, mark)
        data = data.append_column(origin, pa.array(marks, pa.string()))
    return Table(Schema(columns=columns), data.combine_chunks(), drawn.origin, texts)
