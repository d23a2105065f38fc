"""How DBOS keeps arguments and results: as plain JSON, where its own way is pickle.

A text that it reads back can never be code, and whatever is no plain data is refused.
"""

from __future__ import annotations

import json
from typing import Any

from dbos import Serializer


class Plain(Serializer):
    """Plain JSON; an error as its text."""

    def serialize(self, data: Any) -> str:
        """A text. Raises TypeError for what JSON would not give back as it was."""
        return json.dumps(_checked(data), allow_nan=False)

    def deserialize(self, serialized_data: str) -> Any:
        """What the text says."""
        said = json.loads(serialized_data)
        if isinstance(said, dict) and said.keys() == {"error"}:
            return RuntimeError(said["error"])
        return said

    def name(self) -> str:
        """What it is called in the tables of DBOS."""
        return "trimtab_json"


def _checked(data: Any) -> Any:
    if isinstance(data, BaseException):
        return {"error": type(data).__name__}
    if data is None or isinstance(data, (str, bool, int, float)):
        return data
    if isinstance(data, (list, tuple)):  # DBOS keeps arguments as tuples, and takes lists
        return [_checked(part) for part in data]
    if isinstance(data, dict) and all(isinstance(name, str) for name in data):
        return {name: _checked(part) for name, part in data.items()}
    raise TypeError(f"{type(data).__name__}: expected plain JSON")
