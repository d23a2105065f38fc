"""Configurations: what is to be learned, and how, as the notebook writes it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from trimtab.errors import InputError
from trimtab.plan.balance.counts import counts_rows
from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.fit import Fit
from trimtab.table.files import read

_TEMPLATES = files("trimtab.compat.gretel") / "templates" / "synthetics"
_PREFIX = "synthetics/"
_PARAMS = ("model", "min_count", "minutes", "seed")
_SAID = {
    "privacy_filters": "values that fewer than `min_count` rows hold never show; whether rows are "
    "copies is judged by `evaluate()`",
}


def read_model_config(config: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """A configuration: of a template by its name, such as "synthetics/default", of a file of JSON,
    or as it is. Raises InputError.
    """
    if isinstance(config, Mapping):
        copied: dict[str, Any] = json.loads(json.dumps(config))
        return copied
    name = str(config)
    names = sorted(f.name.removesuffix(".json") for f in _TEMPLATES.iterdir())
    if name.removeprefix(_PREFIX) in names and name.startswith(_PREFIX):
        text = (_TEMPLATES / f"{name.removeprefix(_PREFIX)}.json").read_text("utf-8")
    elif Path(name).suffix == ".json" and Path(name).is_file():
        text = Path(name).read_text("utf-8")
    else:
        known = ", ".join(f"{_PREFIX}{n}" for n in names)
        raise InputError(
            f"config = {name!r:.200}: expected one of {known}, a file of JSON, or a dict."
        )
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise InputError(f"config = {name!r:.200}: no JSON ({error}).") from None
    return found


@dataclass(frozen=True)
class Asked:
    """What a configuration asks for.

    fields    the columns that rows are to be seeded with; () for none
    rows      how many rows the model draws when it has learned; None for as many as there are
    how       how it is learned, by the names of the arguments of `fit`
    remarks   what the configuration says and nobody heeds here
    """

    fields: tuple[str, ...]
    rows: int | None
    how: Mapping[str, Any]
    remarks: tuple[str, ...]


def asked_by(config: Mapping[str, Any]) -> Asked:
    """What a configuration asks for. Raises InputError for one that is none."""
    try:
        ((kind, said),) = config["models"][0].items()
        params, generate = said.get("params") or {}, said.get("generate") or {}
        task = said.get("task") or {}
        fields = tuple(task["attrs"]["fields"]) if task else ()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise InputError(
            "config: expected {'models': [{'synthetics': {'params': {...}, 'generate': "
            "{'num_records': N}, 'task': {'type': 'seed', 'attrs': {'fields': [...]}}}}]}: see "
            "read_model_config('synthetics/default')."
        ) from None
    if kind != "synthetics":
        raise InputError(f"config: models[0] is {kind!r:.80}: expected 'synthetics'.")
    if task and task.get("type") != "seed":
        raise InputError(f"config: the task is {task.get('type')!r:.80}: expected 'seed'.")
    known = ("data_source", "params", "generate", "task")
    strange = [f"params.{name}" for name in params if name not in _PARAMS]
    strange += [name for name, value in said.items() if name not in known and value]
    how = {name: params[name] for name in _PARAMS if params.get(name) is not None}
    return Asked(fields, generate.get("num_records"), how, tuple(map(_remark, strange)))


def _remark(name: str) -> str:
    why = _SAID.get(name, "it belongs to another generator")
    return f"{name} is not heeded here: {why}."


def learning(asked: Asked) -> Request:
    """How a model is asked for: with fields to seed rows by, it is to draw every combination of
    them, and keeps all of their values; a balanced table is drawn at once.
    """
    if not asked.fields:
        return Fit(**asked.how)
    return Balance(
        by=asked.fields, rows=asked.rows, target="product", unseen="generate", **asked.how
    )


def seeding(asked: Asked, seeds: Any) -> Balance | None:
    """The plan for a table of seeds: of each combination of the fields as many rows as the seeds
    have. None where seeds say other columns, or leave some empty: they are rows to complete.

    Raises TableError for no usable table.
    """
    table = read(seeds)
    if set(table.schema.names) != set(asked.fields):
        return None
    columns = [table.column(name).to_pylist() for name in asked.fields]
    counts = Counter(zip(*columns, strict=True))
    if any(None in cell for cell in counts):
        return None
    rows: Any = counts_rows(dict(counts), asked.fields)
    return Balance(by=asked.fields, to=rows, unseen="generate")


def plan_rows(plan: Balance) -> int:
    """How many rows the seeds are that a plan was made of."""
    cells: Any = plan.to
    return sum(cell["count"] for cell in cells)
