"""What the result of a verb leaves: found from its shape, whatever the verb.

A table, a synthesizer, a plan, a scorecard and a proof are files; what is said of the rest is plain
data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trimtab.server.jobs.folders import MODEL, PUBLIC

if TYPE_CHECKING:
    from trimtab.measure.scorecard import Scorecard
    from trimtab.plan.plan import Plan
    from trimtab.study.balancing.result import Proof

# Where the types are. They are not imported for this: what no verb has loaded, no result holds, and
# loading them all takes longer than many a job.
_TABLE = ("trimtab.table.table", "Table")
_SYNTHESIZER = ("trimtab.synthesis.synthesizer", "Synthesizer")
_PLAN = ("trimtab.plan.plan", "Plan")
_SCORECARD = ("trimtab.measure.scorecard", "Scorecard")
_PROOF = ("trimtab.study.balancing.result", "Proof")


@dataclass(frozen=True)
class Left:
    """A file that a result leaves: its name, and what writes it to a place."""

    name: str
    write: Callable[[Path], Any]


def left_by(result: Any) -> Iterator[Left]:
    """The files that a result leaves."""
    from trimtab.table.writing import write

    tables = _all(result, _TABLE, "result", "results")
    for k, table in enumerate(tables):
        stem = "table" if len(tables) == 1 else f"table-{k + 1}"
        for ending in (".parquet", ".csv.gz"):
            yield Left(stem + ending, partial(write, table))
    for synthesizer in _all(result, _SYNTHESIZER, "synthesizer"):
        yield Left(MODEL, synthesizer.save)
    for plan in _all(result, _PLAN, "plan"):
        yield Left("plan.json", partial(_write_plan, plan))
    for card in _all(result, _SCORECARD, "scorecard"):
        yield from _reports(card)
    for proof in _all(result, _PROOF, "proof"):
        yield from _proofs(proof)


def summary_of(result: Any) -> dict[str, Any] | None:
    """What the synthesizer of a result says of itself; None where it has none."""
    found = _all(result, _SYNTHESIZER, "synthesizer")
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
    yield Left("scorecard.json", lambda place: place.write_text(card.to_json(), "utf-8"))
    yield Left(PUBLIC, lambda place: write_report(card, place, edition="release"))


def _proofs(proof: Proof) -> Iterator[Left]:
    from trimtab.report.write import write_study

    for name in ("proof.html", "proof.json"):
        yield Left(name, lambda place: write_study(proof, place))


def _all(result: Any, of: tuple[str, str], *names: str) -> list[Any]:
    """The result itself, if it is of a type; or what it holds of it by one of these names."""
    kind = getattr(sys.modules.get(of[0]), of[1], None)
    if kind is None:
        return []
    if isinstance(result, kind):
        return [result]
    for name in names:
        held = getattr(result, name, None)
        several = held if isinstance(held, tuple) else (held,)
        if found := [one for one in several if isinstance(one, kind)]:
            return found
    return []
