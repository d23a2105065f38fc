"""A schema as TOML or JSON text, to be read and edited by people."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from trimtab._visible import visible_json
from trimtab.errors import InputError
from trimtab.table.output_path import replacing
from trimtab.table.rules.reading import read_rules
from trimtab.table.rules.rule import Evidence, Rule
from trimtab.table.rules.saying import above, rounded
from trimtab.table.schema import Schema

_DIGITS = 3  # that count, of a share


def to_toml(schema: Schema) -> str:
    """The schema as TOML, a [[columns]] block each, then a [[rules]] block each.

    Unset fields are left out, and shares of a rule's evidence are rounded.
    """
    lines = [f"version = {schema.version}", f"locked = {_value(schema.locked)}"]
    if schema.rules == ():
        lines.append("rules = []")
    for column in schema:
        lines += ["", "[[columns]]"]
        fields = column.model_dump(mode="json")
        if column.made is not None:
            fields["made"] = column.made.model_dump(mode="json", exclude_defaults=True)
        for key, value in fields.items():
            # TOML has no null; role is always shown because people edit it.
            unset = value is None or value is False or value in ("", [])
            if unset and key != "name":
                continue
            lines.append(f"{key} = {_value(value)}")
    for rule in schema.rules or ():
        lines += ["", "[[rules]]", *_rule(rule)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> list[str]:
    """The lines of a rule."""
    lines = [f"{key} = {_value(str(getattr(rule, key)))}" for key in ("text", "status", "source")]
    return [*lines, *([] if rule.evidence is None else [f"evidence = {_evidence(rule.evidence)}"])]


def _evidence(evidence: Evidence) -> str:
    """The evidence for a rule on one line."""
    shares = {
        "by_chance": rounded(evidence.by_chance, _DIGITS),
        "bound": above(evidence.bound, _DIGITS),
    }
    said = {**evidence.model_dump(mode="json"), **shares}
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in said.items()) + " }"


def from_toml(text: str, where: str) -> Schema:
    """A schema from TOML text. Raises InputError, naming the place (`where`)."""
    try:
        return _read(Schema.parse(tomllib.loads(text), where), where)
    except tomllib.TOMLDecodeError as error:
        raise _malformed(where, "TOML", str(error)) from None


def from_json(text: str, where: str) -> Schema:
    """A schema from JSON text. Raises InputError, naming the place (`where`)."""
    try:
        return _read(Schema.parse(json.loads(text), where), where)
    except json.JSONDecodeError as error:
        raise _malformed(where, "JSON", str(error)) from None


def _read(schema: Schema, where: str) -> Schema:
    """A schema whose rules can be read. Raises RuleError, naming the place."""
    read_rules(schema.rules or (), schema, where)
    return schema


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
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + " }"
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
