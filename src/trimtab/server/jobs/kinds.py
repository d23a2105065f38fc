"""The kinds of jobs: every verb is one, by a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from trimtab.request.balance import Balance
from trimtab.request.base import Request
from trimtab.request.complete import Complete
from trimtab.request.evaluate import Evaluate
from trimtab.request.fit import Fit
from trimtab.request.impute import Impute
from trimtab.request.prove import Prove
from trimtab.request.sample import Sample


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    request   what is asked
    data      what its first argument is: "dataset", "model", "plan", "artifact", or some of them
              with | between
    beside    the same of arguments besides, by their names in the verb's function
    needed    those of them that must be given
    resumes   whether it can go on from a checkpoint
    """

    request: type[Request]
    data: str
    beside: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    needed: tuple[str, ...] = ()
    resumes: bool = True

    @property
    def verb(self) -> str:
        """The verb, which is the name of the kind."""
        return self.request.verb

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """Name of each argument -> what it can be."""
        return {name: tuple(said.split("|")) for name, said in self._said.items()}

    @property
    def required(self) -> frozenset[str]:
        """The arguments that must be given."""
        return frozenset(("data", *self.needed))

    @property
    def _said(self) -> dict[str, str]:
        return {"data": self.data, **self.beside}


_TABLE = "dataset|artifact"
_ALL = (
    Kind(Fit, "dataset"),
    Kind(Sample, "model", {"given": _TABLE, "plan": "plan"}),
    Kind(Balance, "dataset"),
    Kind(Complete, "dataset", {"given": _TABLE}, needed=("given",)),
    Kind(Impute, "dataset", {"synthesizer": "model"}, resumes=False),
    Kind(
        Evaluate,
        "dataset",
        {"synthetic": _TABLE, "holdout": "dataset", "plan": "plan", "stages": "model"},
        needed=("synthetic",),
    ),
    Kind(Prove, "dataset"),
)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.verb: kind for kind in _ALL})
