"""What requests have in common: fields that say what they take, errors in our words, JSON.

The fields of a request are the arguments of a verb, the options of a command and the keys of its
JSON. Data, files and other objects of the process are no part of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from trimtab._named import Named
from trimtab._validate import above_zero, one_of, several, whole
from trimtab._visible import visible_json
from trimtab.errors import InputError
from trimtab.request.plain import plain
from trimtab.table.schema import Schema


@dataclass(frozen=True)
class Shown:
    """How a face shows a field, besides its name, type, default and description.

    metavar   what stands for the value, where the choices do not say it
    short     a short option, such as "-n"
    after     the field that it stands behind; else where it is declared
    default   whether the default is told; it is not where the description tells it
    expected  what is expected, in words, where type and limits do not say it
    form      how a text says it, where that is not plain: "changes" (a=1,b=2) or "shares" ("equal"
              or a table)
    """

    metavar: str | None = None
    short: str | None = None
    after: str | None = None
    default: bool = True
    expected: str | None = None
    form: str | None = None


class Request(Named):
    """What is asked of a verb. Raises InputError for what cannot be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    verb: ClassVar[str] = ""

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _in_our_words(type(self), given, error) from None

    @field_validator("*", mode="before")
    @classmethod
    def _check(cls, value: Any, info: ValidationInfo) -> Any:
        name = str(info.field_name)
        return _checked(name, value, cls.model_fields[name])

    @classmethod
    def of(cls, arguments: Mapping[str, Any], **instead: Any) -> Self:
        """The request in the arguments of a function: those that are fields, some replaced."""
        given = {name: arguments[name] for name in cls.model_fields if name in arguments}
        return cls(**given | instead)

    @classmethod
    def fields(cls) -> dict[str, FieldInfo]:
        """The fields as a face shows them: a class's own, then those of its parts."""
        return _fields(cls)

    def to_dict(self) -> dict[str, Any]:
        """The request as plain data, with the name of its verb."""
        content = self.model_dump(mode="json")
        return {"verb": self.verb} | {name: content[name] for name in self.fields()}

    def to_json(self) -> str:
        """The request as JSON text."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)
        return visible_json(text)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """A request from plain data. Raises InputError for what is none of this verb."""
        if not isinstance(content, Mapping) or not all(isinstance(n, str) for n in content):
            raise InputError(
                f"{content!r:.200}: expected names of fields and their values, such as "
                "{'seed': 1}."
            )
        given = dict(content)
        verb = given.pop("verb", cls.verb)
        if verb != cls.verb:
            raise InputError(f"verb = {verb!r}: expected {cls.verb!r}.")
        return cls(**given)


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The texts that a field may be; () where there is no such list."""
    type_ = without_none(field.annotation)
    return get_args(type_) if get_origin(type_) is Literal else ()


def without_none(annotation: Any) -> Any:
    """A type without the None that it may be."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    rest = [a for a in get_args(annotation) if a is not NoneType]
    return rest[0] if len(rest) == 1 else annotation


def shown(field: FieldInfo) -> Shown:
    """How a field is shown."""
    return next((m for m in field.metadata if isinstance(m, Shown)), Shown())


def placed(items: Iterable[tuple[str, str | None]]) -> list[str]:
    """Names in the order given, but each that names another one right behind that, or last."""
    pairs = list(items)
    order = [name for name, after in pairs if after is None]
    for name, after in pairs:
        if after is not None:
            order.insert(order.index(after) + 1 if after in order else len(order), name)
    return order


@cache
def _fields(request: type[Request]) -> dict[str, FieldInfo]:
    fields = request.model_fields
    parts = [part for part in request.__mro__ if issubclass(part, Request)]
    names = [n for part in parts for n in part.model_fields if not _inherited(part, n)]
    return {n: fields[n] for n in placed((n, shown(fields[n]).after) for n in names)}


def _inherited(part: type[Request], name: str) -> bool:
    return any(issubclass(b, Request) and name in b.model_fields for b in part.__bases__)


def _checked(name: str, value: Any, field: FieldInfo) -> Any:
    """A value as plain data, within the limits of a field. Raises InputError."""
    type_ = without_none(field.annotation)
    if type_ is Schema:
        return Schema.parse(value, name) if isinstance(value, Mapping) else value
    if value is None and type_ is not field.annotation:
        return None
    if type_ is int:
        return whole(_least(field.metadata), **{name: value})
    if get_origin(type_) is tuple:
        return _several(name, value, get_args(type_)[0])
    if type_ is float and field.examples:  # those of numbers above 0 have one
        return above_zero(float(str(field.examples[0])), **{name: value})
    if choices(field):
        return one_of(choices(field), **{name: value})
    return value if type_ is str else plain(value)


def _several(name: str, value: Any, of: Any) -> Any:
    """Names, or whole numbers; one name may stand alone."""
    try:
        parts = several(value)
    except TypeError:
        return value
    if get_origin(of) is Literal:
        return tuple(one_of(get_args(of), **{name: part}) for part in parts)
    if get_origin(of) is Annotated:  # a whole number with a limit
        return tuple(whole(_least(of.__metadata__), **{name: part}) for part in parts)
    return parts


def _least(metadata: Iterable[Any]) -> int:
    """The least whole number that is allowed."""
    limits = (x for m in metadata for x in (m, *getattr(m, "metadata", ())))
    return next((x.ge for x in limits if hasattr(x, "ge")), 0)


def _in_our_words(
    request: type[Request], given: Mapping[str, Any], error: ValidationError
) -> InputError:
    """What is wrong with the first field that is."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause
    if name not in request.model_fields:
        known = ", ".join(request.fields())
        return InputError(f"{request.verb} has no {name!r}: expected some of {known}.")
    expected = _expected(request.model_fields[name])
    if first["type"] == "missing":
        return InputError(f"{name} is missing: expected {expected}.")
    return InputError(f"{name} = {given[name]!r:.200}: expected {expected}.")


def _expected(field: FieldInfo) -> str:
    if words := shown(field).expected:
        return words
    type_ = without_none(field.annotation)
    if type_ is str:
        return "a text"
    if type_ is bool:
        return "True or False"
    if type_ is float:
        return "a number"
    return "names of columns" if get_origin(type_) is tuple else f"a {type_.__name__}"
