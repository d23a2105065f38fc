"""The options that fix how files of text are written, where detection is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from trimtab.cli.arguments import After
from trimtab.cli.signatures import option, parameters_of, seen_as

Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The encoding of text files, such as cp1252; else detected."),
    After("drop"),
]
Delimiter = Annotated[
    str | None,
    typer.Option(metavar="C", help="What separates cells, such as ; or tab; else detected."),
    After("encoding"),
]
Decimal = Annotated[
    str | None,
    typer.Option(metavar="C", help="The decimal mark of numbers, . or ,; else detected."),
    After("delimiter"),
]
_OPTIONS = {"encoding": Encoding, "delimiter": Delimiter, "decimal": Decimal}


def text_options(*tables: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these options: they are about the files of its places `tables`."""

    def with_options(function: Callable[..., None]) -> Callable[..., None]:
        def run(*given: Any, encoding: Any, delimiter: Any, decimal: Any, **places: Any) -> None:
            for name in tables:
                places[name] = _file(places[name], encoding, delimiter, decimal)
            function(*given, **places)

        further = [option(name, None, kind) for name, kind in _OPTIONS.items()]
        return seen_as(run, function, [*parameters_of(function), *further])

    return with_options


def _file(path: Any, encoding: str | None, delimiter: str | None, decimal: str | None) -> Any:
    """A place as it was given; as a file of which something is fixed, if something is."""
    from trimtab.table.dialect import Asked
    from trimtab.table.sources.place import Formed

    asked = Asked(encoding, delimiter, decimal)
    return path if path is None or asked == Asked() else Formed(path, asked=asked)
