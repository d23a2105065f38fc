"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from trimtab.server.problems import Forbidden

Scope = Literal["read", "write", "manage"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "write", "manage")
ROLES: Final[dict[str, frozenset[Scope]]] = {
    "owner": frozenset(SCOPES),
    "member": frozenset(("read", "write")),
    "viewer": frozenset(("read",)),
}


@dataclass(frozen=True)
class Caller:
    """One who is known.

    scopes    what they may do in their team: what their role allows, and their token too
    operator  may make teams; sees no team's data by that
    """

    user: str
    team: str
    name: str
    role: str
    scopes: frozenset[Scope]
    operator: bool = False
    token: str | None = None

    def check(self, scope: Scope) -> None:
        """Refuse what the caller may not do. Raises Forbidden."""
        if scope not in self.scopes:
            have = ", ".join(s for s in SCOPES if s in self.scopes) or "nothing"
            by = "this token" if self.token else f"the role {self.role!r}"
            raise Forbidden(
                f"this needs the scope {scope!r}; {by} has {have}. Ask an owner of your team."
            )
