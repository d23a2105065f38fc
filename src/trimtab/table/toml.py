"""A schema as TOML or JSON text, to be read and edited by people."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from trimtab._visible import visible_json
from trimtab.errors import InputError
from trimtab.table.output_path import replacing
from trimtab.table.schema import Schema


def to_toml(schema: Schema) -> str:
    """The schema as TOML, one [[columns]] block each. Unset fields are left out."""
    lines = [f"version = {schema.version}", f"locked = {_value(schema.locked)}"]
    for column in schema:
        lines += ["", "[[columns]]"]
        for key, value in column.model_dump(mode="json").items():
            # TOML has no null; role is always shown because people edit it.
            if value is None or (value in ("", [], False) and key != "name"):
                continue
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def from_toml(text: str, where: str) -> Schema:
    """A schema from TOML text. Raises InputError, naming the place (`where`)."""
    try:
        return Schema.parse(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise _malformed(where, "TOML", str(error)) from None


def from_json(text: str, where: str) -> Schema:
    """A schema from JSON text. Raises InputError, naming the place (`where`)."""
    try:
        return Schema.parse(json.loads(text), where)
    except json.JSONDecodeError as error:
        raise _malformed(where, "JSON", str(error)) from None


def read_schema(path: str | Path) -> Schema:
    """Read a schema from a .toml or .json file. Raises InputError."""
    place = Path(path)
    reader = {".toml": from_toml, ".json": from_json}.get(place.suffix.lower())
    if reader is None:
        raise _extension(place)
    try:
        text = place.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{place} is not UTF-8 text (byte {error.start}): save it again as UTF-8."
        ) from None
    except OSError as error:
        raise InputError(
            f"cannot read the schema {place}: {error.strerror or error}. "
            "Write one with `trimtab inspect DATA -o schema.toml`."
        ) from None
    return reader(text, str(place))


def write_schema(schema: Schema, path: str | Path) -> None:
    """Write a schema as .toml or .json, in one step. Raises InputError."""
    place = Path(path)
    suffix = place.suffix.lower()
    if suffix not in (".toml", ".json"):
        raise _extension(place)
    text = to_toml(schema) if suffix == ".toml" else schema.to_json() + "\n"
    with replacing(place) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    # A JSON string is a TOML basic string, except that TOML also escapes DEL.
    return visible_json(json.dumps(value, ensure_ascii=False))


def _malformed(where: str, form: str, detail: str) -> InputError:
    return InputError(
        f"{where} is no valid {form}: {detail}. Correct that line, "
        "or write a fresh schema with `trimtab inspect DATA -o schema.toml`."
    )


def _extension(place: Path) -> InputError:
    return InputError(
        f"schema file {place}: expected a name ending in .toml or .json, not {place.suffix!r}."
    )
