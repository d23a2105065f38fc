"""Objects whose names are those that we give them: completion and `dir` show no others."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel


class Named(BaseModel):
    """A model of pydantic that shows its fields and what we wrote, and not what pydantic brings."""

    def __dir__(self) -> Iterable[str]:
        own = {n for part in type(self).__mro__ if part not in Named.__mro__ for n in vars(part)}
        own = {n for n in own if not n.startswith("model_")} | set(type(self).model_fields)
        theirs = {n for n in dir(BaseModel) if not n.startswith("__")}
        return sorted(n for n in super().__dir__() if n in own or n not in theirs)
