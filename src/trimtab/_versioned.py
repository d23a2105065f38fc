"""Results that are told as JSON with a version, and read back."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, ValidationError

from trimtab._named import Named
from trimtab._visible import visible_json
from trimtab.errors import InputError


class Versioned(Named):
    """A result that is the same in Python and in JSON. Kinds of results say:

    kind       what to call one, such as "scorecard"
    newest     the newest version that is known
    command    what writes one
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    newest: ClassVar[int]
    command: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain values, as JSON knows them."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """The result as JSON text."""
        return visible_json(self.model_dump_json(indent=1))

    @classmethod
    def parse(cls, text: str, where: str | None = None) -> Self:
        """A result from JSON text.

        where   it came from

        Raises InputError for what is none, or is too new.
        """
        origin = f"the {cls.kind}" if where is None else where
        cls._check_version(text, origin)
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(p) for p in first["loc"]) or "top level"
            raise InputError(
                f"{origin}: no valid {cls.kind}, at {place}: {first['msg']}. Write one with "
                f"`{cls.command}`."
            ) from None

    @classmethod
    def _check_version(cls, text: str, origin: str) -> None:
        # Before anything else, for what a newer version says besides would pass for an error.
        try:
            version = json.loads(text)["version"]
        except (ValueError, TypeError, KeyError):
            return
        if isinstance(version, int) and version > cls.newest:
            raise InputError(
                f"{origin}: {cls.kind} version {version} is newer than {cls.newest}, the newest "
                "known: update trimtab."
            )
