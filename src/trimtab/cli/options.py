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
        fields = self.request.fields()
        texts = {n: text for n, text in self.texts.items() if n not in instead}
        values = {name: _read(name, text, fields[name]) for name, text in texts.items()}
        return self.request(**values, **instead)


def command(request: type[Request]) -> Callable[[Command], Command]:
    """Give a function the options of a request.

    Its first argument is `Options`, what they say; the others are its places.
    """

    def with_options(function: Command) -> Command:
        fields = request.fields()
        _, *places = inspect.signature(function, eval_str=True).parameters.values()
        every = [*places, *(_option(name, field) for name, field in fields.items())]
        parameters = {p.name: p.replace(kind=p.KEYWORD_ONLY) for p in every}
        behind = {p.name: _after(p) for p in places}
        lead = [n for n, after in behind.items() if after is None]
        rest = [(n, after) for n, after in behind.items() if after is not None]
        order = placed([*((n, None) for n in (*lead, *fields)), *rest])

        def run(**given: Any) -> None:
            texts = {name: given.pop(name) for name in fields}
            function(Options(request, texts), **given)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__annotations__ = {name: parameters[name].annotation for name in order}
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [parameters[name] for name in order]
        )
        return run

    return with_options


def _after(place: inspect.Parameter) -> str | None:
    """The option that a place stands behind."""
    notes = get_args(place.annotation)[1:]
    return next((note.name for note in notes if isinstance(note, After)), None)


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """The option of a field."""
    how, type_ = shown(field), without_none(field.annotation)
    flags = [*([how.short] if how.short else []), "--" + name.replace("_", "-")]
    settings: dict[str, Any] = {"help": field.description, "show_default": how.default}
    if type_ in (int, float):
        settings["parser"] = whole_number if type_ is int else number
    if type_ is not bool:
        settings["metavar"] = how.metavar or "|".join(choices(field))
    default = _default(field)
    given = type_ if type_ in (bool, int, float) else str
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[
            given if default is not None else given | None, typer.Option(*flags, **settings)
        ],
    )


def _default(field: FieldInfo) -> Any:
    """The default of a field, as it would be written; None for what needs no writing."""
    if field.default is PydanticUndefined:
        return inspect.Parameter.empty
    if isinstance(field.default, tuple):
        return ",".join(field.default) or None
    return field.default


def _read(name: str, text: Any, field: FieldInfo) -> Any:
    """What a text of a field says."""
    if text is None and field.default is None:
        return None
    if name in _READERS:
        return _READERS[name](text)
    return column_names(text) if get_origin(without_none(field.annotation)) is tuple else text


_READERS: dict[str, Callable[[Any], Any]] = {
    "bins": bins_of,
    "cost": lambda text: numbers_of(text, "--cost"),
    "outcome": lambda text: column_names(text) or None,
    "protected_shares": shares_of,
    "recipe": recipe_of,
    "schema": schema_of,
    "sizes": lambda text: [whole_number(n) for n in column_names(text)],
    "target_shares": shares_of,
}
