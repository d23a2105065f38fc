"""Classes of an outcome that too few real rows are of to generate more of them.

A group of few rows still has its column in common with all others: what a model says of it leans on
them. A class of an outcome is what the other columns are to tell, so that rows of a class of one
row are that row again, or a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab._arrays import Int
from trimtab.errors import PlanError, RefusedError
from trimtab.plan.balance import notes
from trimtab.plan.balance.observed import observed
from trimtab.plan.balance.quota import Quota
from trimtab.plan.plan import CLASS_ROWS, Plan, cell_name
from trimtab.table.table import Table


@dataclass(frozen=True)
class Thin:
    """A class of fewer than `CLASS_ROWS` real rows (persons, where there is an entity).

    at       the place of its column among those to balance
    rows     real rows of it, held by so many `persons`
    """

    at: int
    name: str
    value: Any
    rows: int
    persons: int | None

    @property
    def text(self) -> str:
        """The class in words, and what stands behind it."""
        rests = notes.number_of(self.rows, "real row")
        if self.persons is not None:
            rests += f" of {notes.number_of(self.persons, 'person')}"
        return f"{cell_name((self.value,), (self.name,))} ({rests})"

    def holds(self, cell: Sequence[Any]) -> bool:
        """Whether a combination is of this class."""
        return bool(cell[self.at] == self.value)

    def multiplied(self, generated: Iterable[tuple[Sequence[Any], int]]) -> int:
        """The rows to generate of it where they are more than it has, of those of cells; else 0."""
        rows = sum(many for cell, many in generated if self.holds(cell))
        return rows if rows > self.rows else 0


def thin_classes(table: Table, names: Sequence[str]) -> tuple[Thin, ...]:
    """The classes of too few rows, of the outcomes among the columns to balance."""
    thin = []
    for at, name in enumerate(names):
        if name not in table.schema.outcomes:
            continue
        real = observed(table, (name,), "group")
        held = real.count((0,))
        persons = real.persons or {}
        thin += [
            Thin(at, name, cell[0], rows, persons.get(cell))
            for cell, rows in real.rows.items()
            if held[cell] < CLASS_ROWS
        ]
    return tuple(thin)


def without(
    quota: Quota, thin: Sequence[Thin], generated: Callable[[Quota], Int]
) -> tuple[Quota, tuple[Thin, ...]]:
    """A quota without the thin classes of which more rows would be generated than they have, and
    these. `generated` tells the rows to generate of each cell of a quota; where these cannot be
    told with thin classes, all of them are left out. Raises RefusedError if nothing is left.
    """
    left_out: tuple[Thin, ...] = ()
    # What the others are asked for grows with each class that is left out.
    while True:
        held = [each for each in thin if any(map(each.holds, quota.cells))]
        if not held:
            break
        try:
            rows = generated(quota).tolist()
        except (PlanError, RefusedError):
            gone = held
        else:
            cells = list(zip(quota.cells, rows, strict=True))
            gone = [each for each in held if each.multiplied(cells)]
        if not gone:
            break
        kept = quota.without([c for c in quota.cells if any(each.holds(c) for each in gone)])
        if kept is None:
            raise RefusedError(
                "every class asked for is one of too few real rows: nothing is left. Ask for other "
                "classes, or insist with `min_support=1`."
            )
        quota, left_out = kept, (*left_out, *gone)
    return quota, tuple(each for each in thin if each in left_out)


def check_classes(plan: Plan, thin: Sequence[Thin], skippable: bool) -> None:
    """Refuse to generate more rows of a thin class than it has. Raises RefusedError.

    `skippable` says whether a class can be left out as combinations never seen are.
    """
    generated = [(cell.values, cell.generated_rows) for cell in plan.cells]
    short = [
        f"{each.text}: {notes.number_of(rows)} to generate"
        for each in thin
        if (rows := each.multiplied(generated))
    ]
    if not short:
        return
    more = f"; and {len(short) - notes.LISTED} more" if len(short) > notes.LISTED else ""
    noun = "rows" if thin[0].persons is None else "persons"
    one = len(short) == 1
    leave = "with `unseen='skip'`" if skippable else "of what is asked for with `to`"
    raise RefusedError(
        f"{len(short)} {'class' if one else 'classes'} of the outcome "
        f"{'has' if one else 'have'} too few real rows to learn from: "
        f"{'; '.join(short[: notes.LISTED])}{more}. More rows of a class than there are take at "
        f"least {CLASS_ROWS} {noun} that are of it. Leave {'it' if one else 'them'} out {leave}, "
        f"ask for fewer of {'it' if one else 'them'} with `to`, or insist with `min_support=1`."
    )


def of_left_out(thin: Sequence[Thin]) -> tuple[str, ...]:
    """A note on the classes that were left out, if there are any."""
    if not thin:
        return ()
    noun = "rows" if thin[0].persons is None else "persons"
    listed = "; ".join(each.text for each in thin[: notes.LISTED])
    more = f"; and {len(thin) - notes.LISTED} more" if len(thin) > notes.LISTED else ""
    what = "A class of the outcome is" if len(thin) == 1 else f"{len(thin)} classes of the outcome"
    are = "" if len(thin) == 1 else " are"
    return (
        f"{what}{are} left out, because fewer than {CLASS_ROWS} {noun} are of it: {listed}{more}. "
        "To generate all the same, use `min_support=1`.",
    )
