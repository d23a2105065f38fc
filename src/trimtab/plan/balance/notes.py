"""What a careful reader should know of a balance plan, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trimtab.plan.balance.expectation import Expectation
from trimtab.plan.plan import RARE_ROWS, SUSPICIOUS_ROWS, Cell, Plan, Support, cell_name
from trimtab.table.table import Table

LISTED = 12  # cells that a message names before it says how many more there are
_MAX_TIMES = 20  # a cell of more rows than this for each real one is pointed out
_FEW_EFFECTIVE = 100


def listed(cells: Sequence[tuple[Any, ...]], names: Sequence[str]) -> str:
    """Cells by name, the first of them."""
    text = "; ".join(cell_name(c, names) for c in cells[:LISTED])
    return text + (f"; and {len(cells) - LISTED} more" if len(cells) > LISTED else "")


def number_of(number: int, what: str = "row") -> str:
    """ "1 row", "2 rows"."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def lack(min_support: int) -> str:
    """What a cell is that has too few real rows: after "are" or "is"."""
    if min_support <= 1:
        return "never seen in the real table"
    return f"seen in fewer than {min_support} real rows"


def suspicion(
    cells: Sequence[tuple[Any, ...]],
    expected: Sequence[Expectation],
    names: Sequence[str],
    noun: str = "row",
) -> str:
    """Which empty cells may be impossible, and why; "" if there are none.

    `cells` are never seen; `expected` says how many rows (persons) chance would have given them.
    """
    suspects = {}
    for cell, expectation in zip(cells, expected, strict=True):
        if expectation.rows >= SUSPICIOUS_ROWS:
            suspects[_never([(names[k], cell[k]) for k in expectation.part])] = expectation.rows
    if not suspects:
        return ""
    ordered = sorted(suspects.items(), key=lambda f: -f[1])
    text = "; ".join(f"{never} ({rows:,.0f} {noun}s expected)" for never, rows in ordered[:LISTED])
    more = f"; and {len(suspects) - LISTED} more" if len(suspects) > LISTED else ""
    return f" Suspected to be impossible, because their parts are common: {text}{more}."


def _never(part: Sequence[tuple[str, Any]]) -> str:
    terms = [f"{n} = {'(missing)' if v is None else v}" for n, v in part]
    return f"{terms[0]} never with {' and '.join(terms[1:])}"


def of_plan(plan: Plan, others: int) -> tuple[str, ...]:
    """Notes on cells that get no rows, on the few people that others rest on, and on what the
    real rows would be worth. `others` are real rows kept besides the cells.
    """
    cells, names, notes = plan.cells, plan.by, []
    total = sum(c.target_rows for c in cells)
    if total < len(cells) and not all(c.target_rows for c in cells):
        notes.append(
            f"A total of {total} is too few for {len(cells)} cells: some of them get none."
        )
    if others:
        kept = "is kept as it is" if others == 1 else "are kept as they are"
        notes.append(f"{number_of(others, 'real row')} of cells that are not balanced {kept}.")
    notes += _rare(cells, names)
    notes += _invented(cells)
    notes += _stretched(cells, names)
    notes += _worth(plan)
    return tuple(notes)


def _rare(cells: tuple[Cell, ...], names: tuple[str, ...]) -> list[str]:
    notes = []
    rare = [c for c in cells if c.generated_rows and (c.support is Support.RARE or c.persons == 1)]
    for cell in sorted(rare, key=lambda c: (c.persons or c.real_rows, c.real_rows))[:LISTED]:
        on = number_of(cell.real_rows, "real row")
        if cell.persons is not None:
            on += f" of {number_of(cell.persons, 'person')}"
        elif cell.real_rows == 1:
            on += ", and so on one person at most"
        rest = "rests" if cell.generated_rows == 1 else "rest"
        notes.append(
            f"{number_of(cell.generated_rows)} of {cell_name(cell.values, names)} {rest} on {on}."
        )
    if len(rare) > LISTED:
        person = " or on one person" if any(c.persons == 1 for c in rare) else ""
        notes.append(
            f"{len(rare) - LISTED} more cells rest on fewer than {RARE_ROWS} real rows{person}."
        )
    return notes


def _invented(cells: tuple[Cell, ...]) -> list[str]:
    invented = [c for c in cells if c.generated_rows and not c.real_rows]
    if not invented:
        return []
    note = (
        f"{number_of(sum(c.generated_rows for c in invented))} fall in "
        f"{number_of(len(invented), 'cell')} never seen in the real table: they are the model's "
        "extrapolation."
    )
    suspected = sum(c.support is Support.STRUCTURAL for c in invented)
    if suspected:
        note += (
            f" {suspected} of these cells may be impossible: {SUSPICIOUS_ROWS} real rows or more "
            "were to be expected there."
        )
    return [note]


def _stretched(cells: tuple[Cell, ...], names: tuple[str, ...]) -> list[str]:
    stretched = [c for c in cells if c.real_rows and c.target_rows > _MAX_TIMES * c.real_rows]
    if not stretched:
        return []
    most = max(stretched, key=lambda c: c.target_rows / c.real_rows)
    return [
        f"{number_of(len(stretched), 'cell')} of {len(cells)} "
        f"{'gets' if len(stretched) == 1 else 'get'} more than {_MAX_TIMES} times "
        f"{'its' if len(stretched) == 1 else 'their'} real rows: "
        f"{cell_name(most.values, names)} gets {most.target_rows / most.real_rows:,.0f} times."
    ]


def _worth(plan: Plan) -> list[str]:
    worth = plan.effective_rows
    real = sum(c.real_rows for c in plan.cells)
    if worth is None or not (worth < real / 10 or (worth < _FEW_EFFECTIVE and worth < real / 2)):
        return []
    return [
        f"Weighting the real rows to this balance would be worth {worth:,.0f} of {real:,} rows: "
        "the result leans on few of them, and no number of drawn rows adds to what they say."
    ]


def of_skipped(
    skipped: tuple[tuple[Any, ...], ...], names: tuple[str, ...], min_support: int
) -> tuple[str, ...]:
    """A note on the cells that were left out, if there are any."""
    if not skipped:
        return ()
    noun = "cell" if len(skipped) == 1 else "cells"
    verb = "is" if len(skipped) == 1 else "are"
    lacking = lack(min_support)
    return (f"{len(skipped)} {noun} {lacking} {verb} left out: {listed(skipped, names)}.",)


def of_gaps(table: Table, names: tuple[str, ...], missing: str, mode: str) -> tuple[str, ...]:
    """What becomes of missing values in the balance columns, if there are any."""
    gaps = [n for n in names if table.column(n).null_count]
    if not gaps:
        return ()
    if missing == "group":
        return (f"Missing values of {', '.join(gaps)} are balanced as a group of their own.",)
    what = "generated" if mode == "augment" else "in the result"
    return (f"Rows with a missing value of {' or '.join(gaps)} are left out: none is {what}.",)
