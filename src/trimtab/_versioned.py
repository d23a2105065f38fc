"""What was written as JSON with a version, read back."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from trimtab.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def parsed(
    model: type[Model], text: str, newest: int, *, what: str, where: str, write: str
) -> Model:
    """A model from JSON text.

    newest   the newest version that is known
    what     what the text should be, such as "scorecard"
    where    where it came from
    write    the command that writes one

    Raises InputError for what is none, or is too new.
    """
    _check_version(text, newest, what, where)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(p) for p in first["loc"]) or "top level"
        raise InputError(
            f"{where}: no valid {what}, at {place}: {first['msg']}. Write one with `{write}`."
        ) from None


def _check_version(text: str, newest: int, what: str, where: str) -> None:
    # Before anything else, for what a newer version says besides would pass for an error.
    try:
        version = json.loads(text)["version"]
    except (ValueError, TypeError, KeyError):
        return
    if isinstance(version, int) and version > newest:
        raise InputError(
            f"{where}: {what} version {version} is newer than {newest}, the newest known: update "
            "trimtab."
        )
