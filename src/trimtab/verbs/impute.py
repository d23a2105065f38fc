"""The verb `impute`: gaps filled by draws, once or often, and what such tables say together.

A gap is drawn given all other cells of its row, as the model holds it likely: a table filled so
keeps its spread, which one filled by means would not. With several tables, each is drawn from a
model that learned another bootstrap sample of the rows, so that the tables differ by as much as is
not known (Rubin 1987; van Buuren 2018, *Flexible Imputation of Missing Data*, section 2.3;
Schomaker and Heumann 2018, *Statistics in Medicine* 37, 2252-2266).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab._run import Progress, Run, silent
from trimtab.errors import InputError, RefusedError
from trimtab.request.impute import Impute
from trimtab.request.parts import MIN_COUNT
from trimtab.synthesis import choose, fill, person_gaps, pooling
from trimtab.synthesis.choose import AUTO, freest
from trimtab.synthesis.learn import in_codes, learn
from trimtab.synthesis.learned import Provenance
from trimtab.synthesis.notes import of_comparison, of_unheld
from trimtab.synthesis.pooling import Pooled, estimands, estimates, units_of
from trimtab.synthesis.settings import Settings, settings_of
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.files import to_native
from trimtab.table.schema import Schema
from trimtab.table.table import Table
from trimtab.verbs.prepared import prepared, ruled

Estimate = Callable[[Any], tuple[Any, Any]]  # table -> estimates and their sampling variances

# Measured by benchmarks/impute.py --coverage: docs/benchmarks/filling.md, "Pooled intervals".
_FLAT = (
    "Ask for `model='network'` (extra deep) where slopes or correlations are pooled: passes of "
    "trees flatten them, and of simulated tables of 1,000 rows about half of the 95 % intervals "
    "held the truth."
)


@dataclass(frozen=True)
class Imputed:
    """What `impute` made. `results` are the filled tables as trimtab Tables.

    filled    how many cells were filled, by column
    proper    whether the tables may be pooled: each comes from a model of its own
    index     the row labels of a pandas table
    """

    results: tuple[Table, ...]
    filled: Mapping[str, int]
    proper: bool
    warnings: tuple[str, ...]
    index: Any = None

    @property
    def tables(self) -> tuple[Any, ...]:
        """The filled tables in the caller's type (pyarrow tables, if that was a file)."""
        return tuple(self._native(result) for result in self.results)

    @property
    def table(self) -> Any:
        """The first of the filled tables."""
        return self._native(self.results[0])

    def _native(self, result: Table) -> Any:
        native = to_native(result)
        if self.index is not None:
            native.index = self.index
        return native

    @cached_property
    def pooled(self) -> tuple[Pooled, ...]:
        """The pooled mean of each number and share of each value of a label (the 20 most frequent).

        Raises RefusedError where the tables may not be pooled.
        """
        self._check_proper()
        figures = estimands(self.results[0])
        by_table = [estimates(result, figures) for result in self.results]
        degrees = self._degrees
        return tuple(
            pooling.pool(q.name, [pairs[k] for pairs in by_table], degrees)
            for k, q in enumerate(figures)
        )

    def pool(self, estimate: Estimate, *, degrees: float | None = None) -> tuple[Pooled, ...]:
        """Pool the figures of an analysis that is run on each table.

        estimate  gets a table in the caller's type and returns (estimates, variances): numbers,
                  arrays, or mappings by name, such as the coefficients of a regression and the
                  squares of their standard errors
        degrees   degrees of freedom of the estimates on complete data; the number of rows (of
                  persons) less one if not said

        Raises RefusedError where the tables may not be pooled, InputError for what `estimate`
        returns if that is no estimate with its variance.
        """
        self._check_proper()
        by_table = [_named_figures(estimate(table)) for table in self.tables]
        names = list(by_table[0])
        if any(list(other) != names for other in by_table):
            raise InputError(
                f"estimate gave {names} for the first table and other figures for another: "
                "expected the same figures in the same order for every table."
            )
        of = self._degrees if degrees is None else degrees
        return tuple(pooling.pool(n, [figures[n] for figures in by_table], of) for n in names)

    @property
    def _degrees(self) -> float:
        return float(max(units_of(self.results[0]).max(), 1))

    def _check_proper(self) -> None:
        if self.proper:
            return
        many = len(self.results)
        if many == 1:
            raise RefusedError(
                "one filled table does not say how uncertain the gaps are: fill it several times, "
                "with multiple=10, and pool those."
            )
        raise RefusedError(
            f"the {many} tables are draws of one fitted model: they differ by less than is not "
            "known, and pooled intervals would be too short. Leave out the synthesizer, so that "
            "each table gets a model of its own."
        )

    def to_dict(self) -> dict[str, Any]:
        """What was filled, and what can be pooled, as plain data; the tables are not."""
        pooled = self.pooled if self.proper else ()
        return {
            "filled": dict(self.filled),
            "proper": self.proper,
            "pooled": [asdict(figure) for figure in pooled],
            "warnings": list(self.warnings),
        }

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(w)}</li>" for w in self.warnings)
        cells = sum(self.filled.values())
        return (
            f"<p><b>{len(self.results)} x {self.results[0].rows:,} rows</b>, {cells:,} cells filled"
            f"</p><ul>{notes}</ul>"
        )


def _named_figures(returned: tuple[Any, Any]) -> dict[str, tuple[float, float]]:
    """Estimates and variances by name; those without names are numbered from 0."""
    try:
        values, variances = returned
        names = list(values.keys()) if hasattr(values, "keys") else None
        if names is not None:
            pairs = [(float(values[n]), float(variances[n])) for n in names]
            return dict(zip(map(str, names), pairs, strict=True))
        flat = np.ravel(np.asarray(values, float)), np.ravel(np.asarray(variances, float))
        numbers = zip(*(a.tolist() for a in flat), strict=True)
        return {str(k): pair for k, pair in enumerate(numbers)}
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(
            f"estimate gave {returned!r:.200} ({error}): expected (estimates, variances), numbers "
            "or arrays of one length, or mappings with the same names."
        ) from None


def impute(
    data: Any,
    *,
    schema: Schema | None = None,
    drop: Sequence[str] = (),
    outcome: str | Sequence[str] | None = None,
    constant: Sequence[str] = (),
    model: str = "auto",
    synthesizer: Synthesizer | None = None,
    multiple: int = 1,
    min_count: int = MIN_COUNT,
    rules: bool = True,
    minutes: float | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Imputed:
    """Fill the gaps of a table by draws, given all other cells of each row.

    multiple     how many filled tables: with more than one, each is drawn from a model that learned
                 a bootstrap sample of the rows (of the persons), so that figures can be pooled
    synthesizer  fill from this one, and learn nothing. Its tables cannot be pooled
    drop         columns to leave out of the model; they come back as they are

    Other arguments as in `fit`. Identifiers, free text and columns without any value keep their
    gaps. Draws rest on what the rows show: where a gap has to do with the value that is not there,
    no filling repairs that. Raises InputError for bad input, RefusedError for a table without
    values, too small to learn from, or gaps that the model cannot condition on.
    """
    return carry_out(Impute.of(locals()), data, Run(progress), synthesizer=synthesizer)


def carry_out(
    request: Impute, data: Any, run: Run, *, synthesizer: Synthesizer | None = None
) -> Imputed:
    """Fill the gaps of a table as asked, by what it shows or by what a synthesizer has learned."""
    many = request.multiple
    if many > 1 and run.checkpoint is not None:
        raise InputError(
            "a `checkpoint` keeps one training, and each of several tables has one of its own: "
            "leave it out, or ask for `multiple=1`."
        )
    settings = settings_of(request.model, request.min_count, request.seed, request.minutes)
    run.tell("reading", 0, 1)
    table = _table(request, data, synthesizer)
    told = table.origin.notes
    if synthesizer is None:
        with_rules = ruled(request, table)
        table, told = with_rules.table, (*told, *with_rules.notes)
        called = choose.called_for(settings.model, in_codes(table, settings))
        settings, told = settings.of_kind(called.kind), (*told, *called.notes)
    gaps = fill.gaps_of(table, None if synthesizer is None else synthesizer.learned)
    of_persons = synthesizer is None and settings.model == choose.of_persons()
    known, once = person_gaps.known_by_others(table, gaps.fill if of_persons else ())
    tables: list[Table] = []
    learned: list[Provenance] = []
    unheld: dict[str, None] = {}
    in_passes, used = False, synthesizer
    for m in range(many if gaps.fill else 0):
        one = run
        if many > 1:
            name = f"table {m + 1} of {many}"
            one = replace(run, progress=partial(_one_of_many, run.progress, name))
        if synthesizer is None:
            sample = None if many == 1 else m
            used = learn_to_fill(known, settings, one, sample)
            learned.append(used.provenance)
        assert used is not None
        key = settings.key.child("impute", m)
        strict = synthesizer is not None
        tables.append(fill.fill(used.learned, known, gaps.fill, key, one, strict=strict))
        unheld |= dict.fromkeys(used.provenance.unheld)
        in_passes |= fill.in_passes(used.learned)
    results, gaps = fill.agreed(table, tables or [table] * many, gaps)
    filled = {n: table.column(n).null_count for n in gaps.fill}
    unknown = [] if synthesizer is None else fill.labels_told(synthesizer.learned, table, gaps.fill)
    of_result = _of_result(filled, many, synthesizer is not None)
    if many > 1 and in_passes:
        of_result.append(_FLAT)
    if settings.model == choose.BEST or settings.minutes is not None:
        told = (*told, *of_comparison(learned))
    told = (*told, *person_gaps.of_others(once))
    notes = (*told, *gaps.notes, *unknown, *of_unheld(unheld, masked=True), *of_result)
    index = getattr(data, "index", None) if table.origin.library == "pandas" else None
    return Imputed(results, filled, many > 1 and synthesizer is None, notes, index)


def _table(request: Impute, data: Any, synthesizer: Synthesizer | None) -> Table:
    """The table with gaps, as it is learned or as a synthesizer knows it."""
    if synthesizer is None:
        return prepared(request, data)
    said = (request.schema, request.outcome, request.constant or None)
    if any(s is not None for s in said) or request.model != "auto":
        raise InputError(
            "synthesizer was given together with schema, outcome, constant or model: those say how "
            "to learn, and a synthesizer has learned already. Leave them out, or the synthesizer."
        )
    return fill.typed_as(synthesizer.learned, data, request.drop)


def learn_to_fill(
    table: Table,
    settings: Settings,
    run: Run | None = None,
    sample: int | None = None,
    *,
    anywhere: bool = False,
) -> Synthesizer:
    """A model of a table with gaps, or of its bootstrap sample number `sample`.

    anywhere  whether rows that are filled later may have gaps where the table has none
    """
    rows = None
    if sample is not None:
        settings = replace(settings, key=settings.key.child("refit", sample))
        if settings.model == choose.of_persons():
            rows = _half(units_of(table), settings.key)
        else:
            rows = _redrawn(units_of(table), settings.key)
    # A chain is exact where its emptiest columns come last and the gaps fall into step. Where they
    # do not, a small table could be enumerated, but its numbers only by coarse tokens.
    patterns, last = _patterns(table), _emptiest_last(table)
    scattered = anywhere or not _in_step(patterns)
    if settings.model == AUTO and settings.minutes is None and scattered:
        settings = replace(settings, model=freest(exact=sample is not None))
    return learn(
        table,
        settings,
        run,
        patterns=set() if anywhere else patterns,
        last=last,
        rows=rows,
        binding=False,
        scattered=scattered,
    )


def _patterns(table: Table) -> set[frozenset[str]]:
    """The sets of modelled columns that rows with gaps hold values of."""
    names = [c.name for c in table.schema if c.modelled and table.column(c.name).null_count]
    full = frozenset(c.name for c in table.schema if c.modelled) - set(names)
    if not names:
        return set()
    known = np.stack([np.asarray(table.column(n).is_valid()) for n in names], axis=1)
    distinct = np.unique(known, axis=0)
    return {
        full | {n for n, there in zip(names, row, strict=True) if there}
        for row in distinct
        if not row.all()
    }


def _in_step(patterns: set[frozenset[str]]) -> bool:
    """Whether each pattern holds the smaller ones."""
    return all(a <= b for a, b in pairwise(sorted(patterns, key=len)))


def _emptiest_last(table: Table) -> tuple[str, ...]:
    """The columns that a chain should draw last: it fills gaps where all columns before are there.

    The outcomes, and the columns with gaps by the number of these.
    """
    gaps = {c.name: table.column(c.name).null_count for c in table.schema if c.modelled}
    last = [n for n in gaps if gaps[n] or n in table.schema.outcomes]
    return tuple(sorted(last, key=gaps.__getitem__))


def _redrawn(units: Int, key: Key) -> Int:
    """Positions of the rows of a bootstrap sample: persons are drawn with all their rows."""
    many = int(units.max()) + 1
    times = np.bincount(
        key.child("bootstrap").generator().integers(many, size=many), minlength=many
    )
    return np.repeat(np.arange(len(units)), times[units])


def _half(units: Int, key: Key) -> Int:
    """Positions of the rows of half of the persons: no person may come twice where persons are
    learned, and halves differ by as much as bootstrap samples do (a variance of s^2 / n each)."""
    many = int(units.max()) + 1
    chosen = key.child("half").generator().permutation(many)[: -(-many // 2)]
    return np.flatnonzero(np.isin(units, chosen))


def _one_of_many(
    progress: Progress, name: str, phase: str, done: int, total: int, figure: str = ""
) -> None:
    """Progress of one table, under its own name whatever the phase."""
    progress(name, done, total, figure)


def _of_result(filled: Mapping[str, int], many: int, shared: bool) -> list[str]:
    if not filled:
        return ["There was nothing to fill: the table is as it was given."]
    if shared and many > 1:
        return [
            f"The {many} tables are draws of one fitted model: each may be used by itself, but "
            "figures pooled over them would look more certain than they are."
        ]
    if many > 1:
        return []
    return [
        "Each gap is filled by one draw: figures of the table look more certain than they are. For "
        "intervals fill it several times, and pool."
    ]
