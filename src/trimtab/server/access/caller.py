"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from trimtab.server.problems import Forbidden

Scope = Literal["read", "write", "manage"]
Role = Literal["owner", "member", "viewer"]
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
    token     the id of the token that they sent; none in a session
    csrf      what a session expects with whatever changes something
    address   where they ask from
    """

    user: str
    team: str
    name: str
    role: str
    scopes: frozenset[Scope]
    operator: bool = False
    token: str | None = None
    csrf: str | None = field(default=None, repr=False)
    address: str | None = None

    def check(self, scope: Scope) -> None:
        """Refuse what the caller may not do. Raises Forbidden."""
        if scope not in self.scopes:
            have = ", ".join(ordered(self.scopes)) or "nothing"
            by = "this token" if self.token else f"the role {self.role!r}"
            raise Forbidden(
                f"this needs the scope {scope!r}; {by} has {have}. Ask an owner of your team."
            )


def ordered(scopes: frozenset[Scope]) -> list[Scope]:
    """Scopes, from reading up."""
    return [scope for scope in SCOPES if scope in scopes]
