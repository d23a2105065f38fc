"""What is known of each column: its kind, how it is stored, and why we think so."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from trimtab._named import Named
from trimtab._visible import visible_json
from trimtab.errors import InputError, unknown_column
from trimtab.table.made import Made
from trimtab.table.rules import edit
from trimtab.table.rules.rule import Rule, Status

# 2: rules; 3: what persons have once, and what orders their rows; 4: how cells are written
SCHEMA_VERSION = 4


class Kind(StrEnum):
    """What the values of a column are."""

    NUMBER = "number"
    LABEL = "label"
    FLAG = "flag"
    DATETIME = "datetime"
    IDENTIFIER = "identifier"
    ENTITY = "entity"
    TEXT = "text"
    CONSTANT = "constant"

    @classmethod
    def _missing_(cls, value: object) -> Kind | None:
        return cls.DATETIME if value == "moment" else None  # its name in files of before


class Role(StrEnum):
    """What is done with a column."""

    KEEP = "keep"
    OUTCOME = "outcome"
    DROP = "drop"
    ORDER = "order"  # kept, and it says in which order the rows of a person come


class Per(StrEnum):
    """What has a value of a column once, where rows belong to persons."""

    PERSON = "person"
    ROW = "row"


MODELLED = frozenset({Kind.NUMBER, Kind.LABEL, Kind.FLAG, Kind.DATETIME, Kind.TEXT, Kind.CONSTANT})
FRESH = frozenset({Kind.IDENTIFIER, Kind.ENTITY})


class Column(Named):
    """One column: frozen, and the same in Python, TOML and JSON.

    `storage` is the Arrow type the caller gave, as text, and decides what the caller gets back.
    `decimals` (numbers) is how many digits after the point were recorded; None where the values
    need all of a float's digits. `fixed_decimals` says that the text always showed exactly that
    many. `pattern` (datetimes) is the strptime pattern of a text column; its `decimals` are the
    digits of a second's fraction. `format` is how the cells of a text are written: the number
    1234.5 as the column shows it ("1.234,5 €"), a time of day ("%H:%M"), or the spellings of words
    whose case tells nothing ("Yes|No"). `missing` lists the texts that were read as missing, and
    the first is what missing values are written as: "" is the empty cell. `flags` are notes such as
    "quasi-identifier". `per` is None where rows belong to nobody. `made` says how values are made
    up where there is no table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    role: Role = Role.KEEP
    per: Per | None = None
    storage: str
    reason: str = ""
    decimals: int | None = Field(default=None, ge=0, le=18)
    fixed_decimals: bool = False
    pattern: str | None = None
    format: str | None = None
    missing: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    made: Made | None = None

    @model_validator(mode="before")
    @classmethod
    def _stored(cls, given: Any) -> Any:
        """What a person wrote by hand need not say how a column is stored."""
        if not isinstance(given, dict) or "storage" in given:
            return given
        whole = given.get("decimals") == 0
        numbers = {Kind.NUMBER.value: "int64" if whole else "double"}
        return {**given, "storage": numbers.get(str(given.get("kind")), "string")}

    @property
    def modelled(self) -> bool:
        """Whether a model learns this column (kept, and no identifier)."""
        return self.role is not Role.DROP and self.kind in MODELLED

    @property
    def fresh(self) -> bool:
        """Whether this column is made afresh: kept, and an identifier."""
        return self.role is not Role.DROP and self.kind in FRESH


class Schema(Named):
    """The columns of a table, in order, and the rules that its rows keep.

    version  of the form in which it is written: read from a file of before, it is the newest
    locked   schemas are taken as they are
    rules    None where nobody has looked for any
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = SCHEMA_VERSION
    locked: bool = False
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] | None = None

    @model_validator(mode="after")
    def _distinct(self) -> Schema:
        seen: set[str] = set()
        for column in self.columns:
            if column.name in seen:
                raise ValueError(f"column {column.name!r} stands twice in the schema")
            seen.add(column.name)
        orders = [c.name for c in self.columns if c.role is Role.ORDER]
        if len(orders) > 1:
            raise ValueError(f"{', '.join(orders)} have the role order: expected one column")
        return self

    @field_validator("version")
    @classmethod
    def _known(cls, version: int) -> int:
        if version > SCHEMA_VERSION:
            raise ValueError(
                f"schema version {version} is newer than {SCHEMA_VERSION}, the newest known"
            )
        return SCHEMA_VERSION

    def __iter__(self) -> Iterator[Column]:  # type: ignore[override]
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return any(c.name == name for c in self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise unknown_column(name, self.names, "schema")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(c.name for c in self.columns)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The names of the outcome columns."""
        return tuple(c.name for c in self.columns if c.role is Role.OUTCOME)

    @property
    def entity(self) -> Column | None:
        """The column that says which rows belong to one person, if there is one."""
        return next((c for c in self.columns if c.kind is Kind.ENTITY), None)

    @property
    def order(self) -> Column | None:
        """The column that says in which order the rows of a person come, if one does."""
        return next((c for c in self.columns if c.role is Role.ORDER), None)

    def change(self, name: str, **changes: Any) -> Schema:
        """The schema with some fields of one column changed."""
        column = self[name]
        changed = Column.model_validate({**column.model_dump(), **changes})
        return self.model_copy(
            update={"columns": tuple(changed if c is column else c for c in self.columns)}
        )

    def rule(self, text: str) -> Rule:
        """The rule of a text. Raises RuleError where there is none."""
        rules = self.rules or ()
        return rules[edit.place_of(rules, text, self.names)]

    def add_rule(self, text: str, status: str = Status.KEPT) -> Schema:
        """The schema with one more rule, such as "end >= start": see docs/rules.md.

        Raises RuleError for a text that speaks of other columns, or a rule that is there.
        """
        rules = edit.added(self.rules or (), text, status, self.names)
        return self.model_copy(update={"rules": rules})

    def set_rule(self, text: str, status: str) -> Schema:
        """The schema with a rule of it "kept", "proposed", or "dropped", so that it stays away.

        Raises RuleError where it has no such rule.
        """
        rules = edit.changed(self.rules or (), text, status, self.names)
        return self.model_copy(update={"rules": rules})

    def to_json(self) -> str:
        """The schema as JSON text."""
        return visible_json(self.model_dump_json(indent=2))

    @classmethod
    def parse(cls, data: Any, where: str) -> Schema:
        """A schema from parsed JSON or TOML.

        Raises InputError, naming the place (`where`) and the field.
        """
        version = data.get("version") if isinstance(data, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            # Before anything else, for what a newer version says besides would pass for an error.
            raise InputError(
                f"{where}: the schema is not valid at version: {version} is newer than "
                f"{SCHEMA_VERSION}, the newest known: update trimtab."
            )
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            place = _place(first["loc"])
            raise InputError(
                f"{where}: the schema is not valid at {place}: {first['msg']}. "
                "Write a fresh one with `trimtab inspect DATA -o schema.toml` and edit that."
            ) from None


def _place(steps: tuple[int | str, ...]) -> str:
    """A place in a schema; rules are counted from 1, as everywhere."""
    if steps and steps[0] == "rules" and len(steps) > 1:
        first, *rest = steps[1:]
        steps = (f"rule {int(first) + 1}", *rest)
    return ".".join(map(str, steps)) or "top level"
