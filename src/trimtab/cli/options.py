"""The options of a command, from the fields of what is asked; places stand beside.

A place is an argument of the command's function: a file that is read or written, or what to show.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from trimtab.cli.arguments import (
    After,
    bins_of,
    column_names,
    number,
    numbers_of,
    recipe_of,
    schema_of,
    shares_of,
    whole_number,
)
from trimtab.cli.signatures import option, parameters_of, seen_as
from trimtab.cli.words import in_options
from trimtab.request.base import Request, choices, placed, shown, without_none

Command = Callable[..., None]
R = TypeVar("R", bound=Request)


@dataclass(frozen=True)
class Options(Generic[R]):
    """What the options of a command say, as it was written, by the names of the fields."""

    request: type[R]
    texts: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.texts[name]

    def read(self, **instead: Any) -> R:
        """The request that they make; `instead` are fields that only the command can read."""
        fields, values = _fields(self.request), dict[str, Any]()
        for name, text in self.texts.items():
            if name not in instead:
                own = name in self.request.model_fields
                values[name] = _read(name, text, fields[name], own)
        if _OF_KINDS in self.request.model_fields:
            others = [n for n in values if n not in self.request.model_fields]
            of_kinds = {n: values.pop(n) for n in others}
            values[_OF_KINDS] = {n: v for n, v in of_kinds.items() if v != fields[n].default}
        return self.request(**values, **instead)


_OF_KINDS = "options"  # the field that holds what is asked of one kind of model alone


def _fields(request: type[Request]) -> dict[str, FieldInfo]:
    """The fields that are options: in the place of what is asked of kinds of models, their own."""
    fields: dict[str, FieldInfo] = {}
    for name, field in request.fields().items():
        if name == _OF_KINDS:
            from trimtab.synthesis.choose import option_fields

            fields |= option_fields()
        else:
            fields[name] = field
    return fields


def command(request: type[Request]) -> Callable[[Command], Command]:
    """Give a function the options of a request.

    Its first argument is `Options`, what they say; the others are its places.
    """

    def with_options(function: Command) -> Command:
        fields = _fields(request)
        _, *places = parameters_of(function)
        every = [*places, *(_option(request, name, field) for name, field in fields.items())]
        parameters = {p.name: p.replace(kind=p.KEYWORD_ONLY) for p in every}
        behind = {p.name: _after(p) for p in places}
        lead = [n for n, after in behind.items() if after is None]
        rest = [(n, after) for n, after in behind.items() if after is not None]
        order = placed([*((n, None) for n in (*lead, *fields)), *rest])

        def run(**given: Any) -> None:
            texts = {name: given.pop(name) for name in fields}
            function(Options(request, texts), **given)

        return seen_as(run, function, [parameters[name] for name in order])

    return with_options


def _after(place: inspect.Parameter) -> str | None:
    """The option that a place stands behind."""
    notes = get_args(place.annotation)[1:]
    return next((note.name for note in notes if isinstance(note, After)), None)


def _option(request: type[Request], name: str, field: FieldInfo) -> inspect.Parameter:
    """The option of a field."""
    how, type_ = shown(field), without_none(field.annotation)
    flag = "--" + name.replace("_", "-")
    if type_ is bool and field.default is True:
        flag += f"/--no-{flag.removeprefix('--')}"
    flags = [*([how.short] if how.short else []), flag]
    told = in_options(field.description or "")
    if name == "arms":
        from trimtab.study.balancing.arms.catalogue import kinds

        told = f"Of {', '.join(kind.short for kind in kinds())}."
    settings: dict[str, Any] = {"help": told, "show_default": how.default}
    if type_ in (int, float):
        settings["parser"] = whole_number if type_ is int else number
    if type_ is not bool:
        settings["metavar"] = how.metavar or "|".join(choices(field))
    if name == "model":
        from trimtab.synthesis.choose import model_names

        filling = request.verb == "impute"
        names = model_names(_OF_KINDS not in request.model_fields and not filling, filling)
        settings["metavar"] = "|".join(names)
    default = _default(field)
    given = type_ if type_ in (bool, int, float) else str
    type_of_option = given if default is not None else given | None
    return option(name, default, Annotated[type_of_option, typer.Option(*flags, **settings)])


def _default(field: FieldInfo) -> Any:
    """The default of a field, as it would be written; None for what needs no writing."""
    if field.default is PydanticUndefined:
        return inspect.Parameter.empty
    if isinstance(field.default, tuple | dict):
        return ",".join(field.default) or None
    return field.default


def _read(name: str, text: Any, field: FieldInfo, own: bool) -> Any:
    """What a text of a field says; `own` fields are those of the request."""
    if text is None and field.default in (None, {}):
        return field.default
    if form := shown(field).form:
        return _FORMS[form](text)
    if own and name in _READERS:
        return _READERS[name](text)
    return column_names(text) if get_origin(without_none(field.annotation)) is tuple else text


_FORMS: dict[str, Callable[[str], Any]] = {"changes": recipe_of, "shares": shares_of}
_READERS: dict[str, Callable[[Any], Any]] = {
    "bins": bins_of,
    "cost": lambda text: numbers_of(text, "--cost"),
    "outcome": lambda text: column_names(text) or None,
    "schema": schema_of,
    "sizes": lambda text: [whole_number(n) for n in column_names(text)],
}
