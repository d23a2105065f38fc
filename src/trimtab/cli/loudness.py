"""--verbose and --quiet, which every command has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from trimtab.cli.signatures import option, parameters_of, seen_as
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

    def run(*, verbose: bool, quiet: bool, **given: Any) -> None:
        from trimtab.cli.terminal import Loudness, loud

        if verbose and quiet:
            raise InputError("--verbose and --quiet exclude each other: use one of them.")
        both = {verbose: Loudness.VERBOSE, quiet: Loudness.QUIET}
        with loud(both.get(True, Loudness.PLAIN)):
            function(**given)

    options = [option("verbose", False, Verbose), option("quiet", False, Quiet)]
    return seen_as(run, function, [*parameters_of(function), *options])
