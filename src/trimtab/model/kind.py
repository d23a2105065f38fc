"""What a kind of model is to the rest of the package: one object that its folder brings.

Nothing here needs NumPy, so that the commands can name the kinds before any of them is loaded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from trimtab.request.base import Request

if TYPE_CHECKING:
    from trimtab._arrays import Arrays, Float, Int
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored
    from trimtab.model.interface import Filler

Patterns = Collection[frozenset[str]]  # the distinct sets of columns that rows give
# The distinct pairs (columns given by value, columns under a set or range) of a plan's rows.
Asked = Collection[tuple[frozenset[str], frozenset[str]]]
Sizes = Callable[[], Mapping[str, int]]  # how many tokens each column has; asked where it matters


@dataclass(frozen=True)
class Needs:
    """What a model will have to do, as far as it is known before it is learned.

    first        columns to condition on later
    outcomes     columns to draw last, in this order
    patterns     the sets of columns that rows to complete will give
    asked        what the rows of a plan will give, by value and by range
    nameless     whether rows to complete do not say whose they are
    row_weights  of shape (rows,), where rows will not be drawn alike: see `trees.fit.Order`
    binding      whether it must be able to do all of it; else it may refuse some rows later
    scattered    whether gaps of rows stand anywhere, and are filled near what the other cells say
    """

    first: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    patterns: Patterns = ()
    asked: Asked = ()
    nameless: bool = False
    row_weights: Float | None = None
    binding: bool = True
    scattered: bool = False

    @property
    def ranges(self) -> Asked:
        """What is asked by sets and ranges, and not by values alone."""
        return [pair for pair in self.asked if pair[1]]

    def gives_without(self, name: str, others: Collection[str]) -> bool:
        """Whether rows will give a column, by value or by range, and not the values of all of some
        others."""
        pairs = [(pattern, frozenset[str]()) for pattern in self.patterns]
        return any(
            name in given | sets and not given.issuperset(others)
            for given, sets in (*pairs, *self.asked)
        )


@dataclass(frozen=True)
class Refusal:
    """Why something cannot be done, and what to do instead; both without a full stop."""

    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.remedy}" if self.remedy else self.reason


class Options(Request):
    """What can be asked of one kind of model beyond what all take; nothing, if it says nothing.

    Each field is an option of the command `fit`, too.
    """

    @classmethod
    def of_kind(cls, name: str, given: Mapping[str, Any]) -> Options:
        """The options of the kind called `name`, as given. Raises InputError for what is none."""
        return cls(**given)

    @property
    def fair_to(self) -> tuple[str, ...]:
        """The columns that the outcome is not to depend on."""
        return ()


@dataclass(frozen=True)
class Fitted:
    """A model, what a careful user should know of its learning, and what was special about it."""

    model: Filler
    notes: tuple[str, ...] = ()
    recipe: str = ""


@dataclass(frozen=True)
class Engine:
    """What carries out a kind's work on this machine.

    work  what is done, in words that "by" follows
    by    what does it
    why   it, and nothing else
    """

    work: str
    by: str
    why: str


class ModelKind(ABC):
    """A kind of model.

    name       how people ask for it
    noun       what it is, in words that follow "a" and "the"
    pace       how it is learned, in words: "a chain of trees ... is learned in seconds"
    persons    whether its models draw persons with all their rows (`interface.PersonModel`)
    masked     whether its models are `Maskable`: held to kept rules by masks
    relates    whether masks hold numbers of its models to each other, in order or equal; else they
               are learned as distances
    automatic  whether "auto" may choose it: it must be a `Likelihood` and a `ConditionalModel`.
               The quickest stands first in the list of kinds
    freely     whether any cells of a row can be given, so that gaps may stand anywhere: its models
               are `CellLikelihood`
    balances   whether `balance` and its like can ask for it: columns can be given, and it needs no
               options
    resumable  whether it is learned by a training that can be broken off and gone on with
    watched    whether a model keeps what it drew at stages of its training (`interface.Watched`)
    holds_out  whether its learning holds rows out by itself (`neural.split.held_out_rows`)
    options    the type of its options
    stored     the type of its structure in a file
    """

    name: str
    noun: str
    pace: ClassVar[str] = "is learned"
    persons: ClassVar[bool] = False
    masked: ClassVar[bool] = False
    relates: ClassVar[bool] = False
    automatic: ClassVar[bool] = False
    freely: ClassVar[bool] = False
    balances: bool = True
    resumable: ClassVar[bool] = False
    watched: ClassVar[bool] = False
    holds_out: ClassVar[bool] = False
    options: type[Options] = Options

    @property
    @abstractmethod
    def stored(self) -> type[Stored]:
        """The type of its structure in a file, grids apart."""

    def missing(self) -> Refusal | None:
        """What it needs and is not installed here; None if it can be learned."""
        return None

    def engine(self) -> Engine | None:
        """What carries out its work on this machine, if that is not the same on all."""
        return None

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """The columns to learn it with as `first`, so that it does exactly what is asked."""
        return needs.first

    def understanding(self, coded: Coded) -> tuple[str, ...]:
        """How it understands a table beyond its schema, in words; nothing, if it needs no more."""
        return ()

    def calls_for(self, coded: Coded) -> bool:
        """Whether a table is one that "auto" learns with this kind before all others, if it can."""
        return False

    def ungapped(self, coded: Coded) -> tuple[str, ...]:
        """Columns that it does not learn as distances from others that rules order them with."""
        return ()

    def refusal(self, coded: Coded, needs: Needs, options: Options) -> str | None:
        """What only the table tells of what it cannot do, said before it is learned; or None.

        Raises InputError and its kin for options that contradict the table.
        """
        return None

    @abstractmethod
    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Learn it. Raises RefusedError where nothing sound is reached, and what `run` raises."""

    @abstractmethod
    def store(self, model: Any) -> tuple[Stored, Arrays]:
        """The structure and the arrays of a model, grids apart."""

    @abstractmethod
    def restore(self, stored: Any, grids: Mapping[str, Grid], shelf: Shelf) -> Filler:
        """The model, its arrays taken from the shelf.

        Raises BundleError where structure, grids and arrays contradict each other.
        """


def part(needs: Needs, rows: Int) -> Needs:
    """The needs for some of the rows."""
    from dataclasses import replace

    weights = None if needs.row_weights is None else needs.row_weights[rows]
    return replace(needs, row_weights=weights)
