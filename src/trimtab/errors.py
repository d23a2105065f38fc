"""Every exception that trimtab raises on purpose.

    TrimtabError
    ├── InputError          bad input or usage: the caller can correct it       (exit code 2)
    │   ├── TableError      a file or dataframe that is no usable table
    │   ├── ColumnError     a column that is unknown, or unfit for the request
    │   ├── RuleError       a rule that says nothing of the table, or that cannot be kept
    │   ├── PlanError       a plan that contradicts itself or the table
    │   ├── BundleError     a model file that cannot be read or trusted
    │   └── AccessError     a server that does not let one in, or not do that
    ├── RefusedError        an infeasible or unsafe request, refused on purpose (exit code 3)
    ├── ServiceError        a server that does not answer, or that failed         (exit code 4)
    └── StoppedError        work that was asked to stop before it reached anything (exit code 130)

A message says what was given, what was expected, and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from trimtab._remedies import Remedy, remedies
from trimtab._visible import visible, without_secrets


class TrimtabError(Exception):
    """The root: catch this to catch everything that trimtab raises on purpose."""

    exit_code = 1

    def __str__(self) -> str:
        """The message, safe to show: it may quote names and values of a table, or a URL."""
        return visible(without_secrets(super().__str__()))

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """The arguments of a verb that the message speaks of, with the values they should have."""
        return remedies(str(self))


class InputError(TrimtabError, ValueError):
    """Bad input or usage."""

    exit_code = 2


class TableError(InputError):
    """A file or dataframe that is no usable table."""


class ColumnError(InputError):
    """A column that is unknown, or unfit for what was asked of it."""


class RuleError(InputError):
    """A rule that cannot be read, does not fit the columns, or that others or the rows break."""


class PlanError(InputError):
    """A plan that contradicts itself or the table it is for."""


class BundleError(InputError):
    """A model file that is truncated, tampered with, too new, or no model file at all."""


class AccessError(InputError):
    """A server that does not know the token, or does not let its owner do what was asked."""


class RefusedError(TrimtabError):
    """An infeasible or unsafe request, refused on purpose, as a rule before any work is done."""

    exit_code = 3


class ServiceError(TrimtabError):
    """A server that does not answer, does not answer as it should, or failed to do what was asked.
    What was asked for is not at fault: the same may go well later.
    """

    exit_code = 4


class StoppedError(TrimtabError):
    """Work that was asked to stop, before it reached anything that could be kept."""

    exit_code = 130


def unknown_column(name: str, known: Iterable[str], where: str) -> ColumnError:
    """The error for a column name that the table does not have, with the nearest names."""
    names = list(known)
    lowered = {n.lower(): n for n in names}
    near = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    hint = f" Did you mean {lowered[near[0]]!r}?" if near else ""
    listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return ColumnError(f"{where}: there is no column {name!r}.{hint} The columns are: {listed}.")


class TableWarning(UserWarning):
    """A table of which a model would keep little: said before the work begins."""
