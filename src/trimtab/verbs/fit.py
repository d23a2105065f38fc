"""The verb `fit`: learn a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trimtab._run import Progress, Run, aloud, silent
from trimtab._validate import several
from trimtab.errors import InputError
from trimtab.plan.balance.counts import counts_rows
from trimtab.request.fit import Fit
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis.learn import learn
from trimtab.synthesis.settings import settings_of
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.schema import Schema
from trimtab.verbs.prepared import prepared, ruled, warn_of_emptied


def fit(
    data: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    first: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    constant: Sequence[str] = (),
    model: str = "auto",
    min_count: int = MIN_COUNT,
    rules: bool = True,
    minutes: float | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    protected: str | Sequence[str] = (),
    protected_shares: Any = None,
    target_shares: Any = None,
    recipe: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Synthesizer:
    """Learn a table. Daily arguments:
    data       a path, a dataframe, or anything with the Arrow PyCapsule interface
    first      columns to condition on later: they lead the chain, and any part of them can be given
    outcome    the outcome column(s), drawn last; guessed where not said (see the schema's reasons)
    drop       columns to leave out
    min_count  a label or exact number that fewer rows (persons) hold never shows; 0: all may
    The rest:
    schema     an edited or locked schema, instead of inference
    rules      find the rules that all rows keep, unless the schema has some (docs/rules.md)
    constant   columns that a person has once, though a few rows differ: docs/persons.md
    model      "auto", the quickest that does what is asked; "best", the likelier of those that
               would; or a kind by its name, such as "trees": docs/models.md and docs/gans.md
    minutes    train a neural model for at most this long; and compare it, as "best" does
    checkpoint a file that holds the state of a training until it has finished; resume goes on
    protected  columns that the outcome must not depend on: "fair-gan" makes rows that are fair
    protected_shares, target_shares  of these columns and of the outcome in what "fair-gan" draws:
               those of the table if not said, "equal", or {value or tuple of values: share}
    recipe     how a GAN is built and trained, where it is to differ: {"steps": 1000, "batch": 64}
    options    what another kind of model can be asked, by name: see docs/extending.md
    seed       the same seed, table and settings learn the same model
    progress   called with (phase, done, in all, figure): see `trimtab._run`

    Raises InputError for bad input, RefusedError for a table too small to learn from.
    """
    of_gans: dict[str, Any] = {
        "protected": several(protected),
        "protected_shares": counts_rows(protected_shares, protected or None),
        "target_shares": counts_rows(target_shares, outcome or None),
        "recipe": {} if recipe is None else recipe,
    }
    asked = {name: value for name, value in of_gans.items() if value not in (None, (), {})}
    if options is not None and not isinstance(options, Mapping):
        raise InputError(
            f"options = {options!r:.200}: expected {{name: value}}, by the kind's names."
        )
    request = Fit.of(locals(), options=asked | dict(options or {}))
    place = None if checkpoint is None else Path(checkpoint)
    return carry_out(request, data, Run(progress, checkpoint=place, resume=resume, warn=aloud))


def carry_out(request: Fit, data: Any, run: Run) -> Synthesizer:
    """Learn a table as asked."""
    run.tell("reading", 0, 1)
    table = prepared(request, data)
    warn_of_emptied(request, table, run)
    run.tell("rules", 0, 1)
    with_rules = ruled(request, table)
    settings = settings_of(
        request.model,
        request.min_count,
        request.seed,
        request.minutes,
        request.options,
    )
    return learn(with_rules.table, settings, run, first=request.first, told=with_rules.notes)
