"""What a command is seen to take, by typer: options that its function need not know."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any


def parameters_of(function: Callable[..., None]) -> list[inspect.Parameter]:
    """The parameters of a function, with what their annotations stand for."""
    return list(inspect.signature(function, eval_str=True).parameters.values())


def option(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    """An option by its name, its value where it is not given, and how typer reads it."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def seen_as(
    run: Callable[..., None],
    function: Callable[..., None],
    parameters: Sequence[inspect.Parameter],
) -> Callable[..., None]:
    """A function that passes for another one, but takes these parameters."""
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__signature__ = inspect.Signature(list(parameters))  # type: ignore[attr-defined]
    return run
