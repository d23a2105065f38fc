"""A rule of a table as people see it: what it says, whether it is kept, and the evidence for it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field

from trimtab._named import Named

MAX_CHARACTERS = 1000  # of a rule's text


class Status(StrEnum):
    """What is done with a rule."""

    KEPT = "kept"
    PROPOSED = "proposed"  # shown, and not kept
    DROPPED = "dropped"  # by hand, so that it is not proposed again


class Source(StrEnum):
    """Where a rule comes from."""

    FOUND = "found"
    DECLARED = "declared"


class Evidence(Named):
    """What the real rows say about a rule. No value of the table stands here.

    counted     what is counted: "rows", or "persons" where several rows are one person's
    covered     how many of these the rule says something about
    exceptions  at most so many of them break it: 0 where none does, else a multiple of the number
                that must share a value for it to show, so that few are never told from fewer
    by_chance   the share of the covered that would break it, were its columns independent
    bound       the share of fresh ones that break it is below this, at 95 % confidence, by those
                that did not propose the rule; 1 where that is not known. Of a rule that learns
                its surroundings (pairs that occur, ranges) it is a share of rows, whosever they are
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    counted: str = "rows"
    covered: int = Field(ge=0)
    exceptions: int = Field(ge=0)
    by_chance: float = Field(ge=0, le=1)
    bound: float = Field(ge=0, le=1)

    @property
    def exact(self) -> bool:
        """Whether nothing in the table breaks the rule."""
        return self.exceptions == 0


class Rule(Named):
    """A rule: frozen, and the same in Python, TOML and JSON.

    text      in the form that `docs/rules.md` describes, such as "end >= start"
    status    kept, proposed or dropped
    source    found in the table, or declared by hand
    evidence  of the table that it was found in; None for a declared rule
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    status: Status = Status.KEPT
    source: Source = Source.DECLARED
    evidence: Evidence | None = None

    @property
    def kept(self) -> bool:
        """Whether drawn rows are to keep it, and others are judged by it."""
        return self.status is Status.KEPT
