"""The questions: each reads files in the folder of the question, and says plain data.

A new one is a function and a line in ANSWERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from trimtab.errors import InputError, TableError
from trimtab.server.files import unplaced
from trimtab.server.questions.caps import check_file, check_table

Asked = Mapping[str, Any]


def inspect(asked: Asked, folder: Path) -> dict[str, Any]:
    """What an upload holds: its columns as found, or as a schema says.

    asked   file, caps; and schema, if one is to be tried
    """
    file = Path(asked["file"])
    check_file(file, asked["caps"])  # before anything that takes long to import
    from trimtab.table.files import read
    from trimtab.table.schema import Schema

    schema = None if asked.get("schema") is None else Schema.parse(asked["schema"], "schema")
    table = read(str(file), schema)
    check_table(table.data, asked["caps"])
    told = [unplaced(note, Path(asked["root"])) for note in table.origin.notes]
    content = {
        "rows": table.rows,
        "columns": len(table.schema),
        "schema": table.schema.model_dump(mode="json"),
        "notes": told,
    }
    if asked.get("more"):
        from trimtab.verbs.inspect import inspect_table

        found = inspect_table(table).to_dict()
        content |= {name: found[name] for name in ("labels", "rules") if name in found}
    return content


def plan(asked: Asked, folder: Path) -> dict[str, Any]:
    """The plan of a request to balance: cells, warnings, what it may cost. Writes plan.json.

    asked   file, schema, request
    """
    from trimtab.request.balance import Balance
    from trimtab.table.files import read
    from trimtab.table.schema import Schema
    from trimtab.verbs.balance import plan_of

    request = Balance.from_dict(asked["request"])
    table = read(asked["file"], Schema.parse(asked["schema"], "schema"))
    found = plan_of(request, table)
    (folder / "plan.json").write_text(found.to_json(), "utf-8")
    modelled = sum(c.modelled for c in table.schema)
    return {"plan": found.to_dict(), "cost": cost(table.rows, modelled, found.rows)}


def model(asked: Asked, folder: Path) -> dict[str, Any]:
    """What a model file holds.

    asked   file
    """
    from trimtab.synthesis.synthesizer import load

    return load(asked["file"]).to_dict()


def draw(asked: Asked, folder: Path) -> dict[str, Any]:
    """Rows of a model. Writes table.parquet.

    asked   file, request, most_rows
    """
    from trimtab._run import Run
    from trimtab.request.sample import Sample
    from trimtab.synthesis.synthesizer import load
    from trimtab.verbs import sample

    synthesizer = load(asked["file"])
    request = Sample.from_dict(asked["request"])
    drawn = sample.carry_out(request, synthesizer, Run(), output=str(folder / "table.parquet"))
    if drawn.rows > asked["most_rows"]:
        raise InputError(f"{drawn.rows:,} rows: expected at most {asked['most_rows']:,} here.")
    return drawn.to_dict()


# CPU seconds for a cell learned, and for a cell drawn, on one core of 2024 (docs/benchmarks.md).
_LEARN, _DRAW = 1.6e-5, 7e-7


def cost(rows: int, columns: int, drawn: int) -> dict[str, Any]:
    """What learning a table and drawing from it may cost: the right order, no promise."""
    seconds = 2 + _LEARN * rows * columns + _DRAW * drawn * columns
    return {
        "rows_learned": rows,
        "columns_learned": columns,
        "rows_drawn": drawn,
        "cpu_seconds": round(seconds, 1),
    }


def too_much(what: str) -> TableError:
    """The error for a table that took more than this server gives."""
    return TableError(f"{what}: give a smaller table, or ask the operator for more.")


ANSWERS: dict[str, Callable[[Asked, Path], dict[str, Any]]] = {
    "inspect": inspect,
    "plan": plan,
    "model": model,
    "draw": draw,
}
