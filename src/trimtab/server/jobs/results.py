"""What the result of a verb leaves: found from its shape, whatever the verb.

A table, a synthesizer, a plan, a scorecard and a proof are files; what is said of the rest is plain
data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from trimtab.measure.scorecard import Scorecard
from trimtab.plan.plan import Plan
from trimtab.study.balancing.result import Proof
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.table import Table
from trimtab.table.writing import write

MODEL = "model.trimtab"
PUBLIC = "report-release.html"  # the only one that a link may show to anyone


@dataclass(frozen=True)
class Left:
    """A file that a result leaves: its name, and what writes it to a place."""

    name: str
    write: Callable[[Path], Any]


def left_by(result: Any) -> Iterator[Left]:
    """The files that a result leaves."""
    tables = _all(result, Table, "result", "results")
    for k, table in enumerate(tables):
        stem = "table" if len(tables) == 1 else f"table-{k + 1}"
        for ending in (".parquet", ".csv.gz"):
            yield Left(stem + ending, partial(write, table))
    for synthesizer in _all(result, Synthesizer, "synthesizer"):
        yield Left(MODEL, synthesizer.save)
    for plan in _all(result, Plan, "plan"):
        yield Left("plan.json", partial(_write_plan, plan))
    for card in _all(result, Scorecard, "scorecard"):
        yield from _reports(card)
    for proof in _all(result, Proof, "proof"):
        yield from _proofs(proof)


def summary_of(result: Any) -> dict[str, Any] | None:
    """What the synthesizer of a result says of itself; None where it has none."""
    found = _all(result, Synthesizer, "synthesizer")
    return plain(found[0]) if found else None


def plain(result: Any) -> dict[str, Any]:
    """What a result says of itself, as plain data. Raises ValueError for what JSON cannot hold."""
    said: dict[str, Any] = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    return said


def _write_plan(plan: Plan, place: Path) -> None:
    place.write_text(plan.to_json(), "utf-8")


def _reports(card: Scorecard) -> Iterator[Left]:
    from trimtab.report.write import write_report

    yield Left("report.html", lambda place: write_report(card, place))
    yield Left("report.json", lambda place: write_report(card, place))
    yield Left(PUBLIC, lambda place: write_report(card, place, edition="release"))


def _proofs(proof: Proof) -> Iterator[Left]:
    from trimtab.report.write import write_study

    for name in ("proof.html", "proof.json"):
        yield Left(name, lambda place: write_study(proof, place))


def _all(result: Any, kind: type, *names: str) -> list[Any]:
    """The result itself, if it is of a kind; or what it holds of it by one of these names."""
    if isinstance(result, kind):
        return [result]
    for name in names:
        held = getattr(result, name, None)
        several = held if isinstance(held, tuple) else (held,)
        if found := [one for one in several if isinstance(one, kind)]:
            return found
    return []
