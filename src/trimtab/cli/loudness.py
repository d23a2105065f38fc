"""--verbose and --quiet, which every command has."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from trimtab.errors import InputError

Verbose = Annotated[
    bool,
    typer.Option(
        "-v", "--verbose", help="All notes and reasons, and how trainings go, on standard error."
    ),
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", help="Only what was written, and errors; no progress.")
]


def with_loudness(function: Callable[..., None]) -> Callable[..., None]:
    """The function of a command, with the two options, which it need not know."""
    signature = inspect.signature(function, eval_str=True)
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in (("verbose", Verbose), ("quiet", Quiet))
    ]

    def run(*, verbose: bool, quiet: bool, **given: Any) -> None:
        from trimtab.cli.terminal import Loudness, loud

        if verbose and quiet:
            raise InputError("--verbose and --quiet exclude each other: use one of them.")
        both = {verbose: Loudness.VERBOSE, quiet: Loudness.QUIET}
        with loud(both.get(True, Loudness.PLAIN)):
            function(**given)

    run.__name__, run.__doc__ = function.__name__, function.__doc__
    parameters = [*signature.parameters.values(), *options]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run
