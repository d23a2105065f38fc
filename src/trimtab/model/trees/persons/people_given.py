"""What persons have once, drawn and weighed by what is given of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING
from trimtab.model.interface import FIRST_SET, GIVEN, Condition, Request, Stream, stream_of_rows
from trimtab.model.masks.held import held, log_held
from trimtab.model.masks.left import Left
from trimtab.model.masks.relation import FARTHEST
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.persons.given import GivenRows
from trimtab.model.trees.persons.particles import LEAST_LOG
from trimtab.model.trees.persons.people import COUNT, SPREAD, People
from trimtab.model.trees.persons.ranges import within
from trimtab.model.trees.trees import Trees

_LEAST = 1e-12  # of probabilities


@dataclass(frozen=True, eq=False)
class PeopleGiven:
    """Candidates of persons of whom something is given.

    people  the chain of persons
    given   what is given of them
    whole   whether they have no other rows
    person  whose candidate each is
    """

    people: People
    given: GivenRows
    whole: bool
    person: Int

    def drawn(self, uniforms: Callable[[str, str], Float]) -> tuple[dict[str, Int], Int, Float]:
        """What candidates have once and how they begin, how many rows each has, and log weights."""
        chain, distances = self.people.chain, self.people.distances
        codes, logs = weighed(chain, len(self.person), self._condition, uniforms)
        least = self.given.counts[self.person]
        counts = (codes.pop(COUNT) // SPREAD).clip(1, self.people.most)
        for name, distance in distances.items():
            assert self.people.moment is not None
            condition = self.given.once[name].of_rows(self.person)
            own = distance.codes(codes[name], codes[self.people.moment])
            if distance.sign > 0:
                last = np.maximum(self._last, codes[self.people.moment])
                own = np.where(own == MISSING, own, np.maximum(own, last))
            codes[name] = np.where(condition.state == GIVEN, condition.value, own)
        room = self.given.chain.room(codes, len(counts))
        counts = np.maximum(np.minimum(counts, room), least)
        return codes, least.copy() if self.whole else counts, logs

    def _condition(self, name: str, codes: Mapping[str, Int]) -> Condition:
        """What is asked of a column of the chain, in its codes, given those before it."""
        if name == COUNT:
            return self._of_counts()
        if name in self.people.distances:
            return self._of_distances(name, codes)
        if name in self.given.once:
            return self.given.once[name].of_rows(self.person)
        return self._of_begins(name)

    def _of_counts(self) -> Condition:
        least, most = self.given.counts[self.person], self.people.most
        low = np.where(least > 1, np.minimum(least, most) * SPREAD, -FARTHEST)
        high = (least + 1) * SPREAD - 1
        high = np.where((least < most) & self.whole, high, FARTHEST)
        grid = self.people.chain.grids[COUNT]
        return within(grid, Condition.holes(len(low)), low, high)

    def _of_begins(self, name: str) -> Condition:
        """Of moments and totals: the first ones, which leave what is given later."""
        given = self.given
        asked = given.begins[name].of_rows(self.person)
        low = np.full(len(self.person), -FARTHEST)
        high = given.ends[name][given.starts[self.person]]
        if name == self.people.moment:
            for constant, distance in self.people.distances.items():
                own = given.once[constant].of_rows(self.person)
                known = (own.state == GIVEN) & (own.value != MISSING)
                if distance.sign < 0:
                    low = np.where(known, np.maximum(low, own.value), low)
                else:
                    high = np.where(known, np.minimum(high, own.value), high)
        return within(self.people.chain.grids[name], asked, low, np.maximum(low, high))

    def _of_distances(self, name: str, codes: Mapping[str, Int]) -> Condition:
        assert self.people.moment is not None
        first, distance = codes[self.people.moment], self.people.distances[name]
        own = self.given.once[name].of_rows(self.person)
        steps = distance.of(own.value, first)
        asked = Condition(np.where(own.state == GIVEN, steps, own.value), own.state)
        if distance.sign < 0:
            return asked
        low = np.where(self._last > first, self._last - first, -FARTHEST)
        high = np.full(len(low), FARTHEST)
        return within(self.people.chain.grids[name], asked, low, high)

    @property
    def _last(self) -> Int:
        """The last moment that is given of each candidate's person; -FARTHEST where none is."""
        assert self.people.moment is not None
        condition = self.given.conditions[self.people.moment]
        known = (condition.state == GIVEN) & (condition.value != MISSING)
        value = np.where(known, condition.value, -FARTHEST)
        return np.maximum.reduceat(value, self.given.starts)[self.person]


def weighed(
    chain: Trees,
    rows: int,
    asked: Callable[[str, Mapping[str, Int]], Condition],
    uniforms: Callable[[str, str], Float],
) -> tuple[dict[str, Int], Float]:
    """Rows of a chain and their log weights: what is asked of each column given those before it is
    as it is asked, and weighs by how probable it is.

    Combinations of the leading block are drawn given all that is asked of them.
    """

    def stream_of(name: str) -> Stream:
        return lambda purpose: uniforms(name, purpose)

    block = {n: asked(n, {}) for n in chain.block.columns}
    codes = chain.lead.fill(Request(rows, block), stream_of)
    features = np.zeros((rows, len(chain.columns)), np.float32)
    scores = np.zeros((rows, len(chain.columns)))
    logs = np.zeros(rows)
    for j, name in enumerate(chain.columns):
        if name in chain.conditionals:
            own = GivenBefore.of(chain.conditionals[name], features[:, :j], scores[:, :j])
            codes[name], more = _column(
                chain, name, own, asked(name, codes), codes, stream_of(name)
            )
            logs += more
        grid = chain.grids[name]
        elements = grid.encode(codes[name])
        features[:, j], scores[:, j] = elements, grid.scores(elements)
    return codes, logs


def _column(
    chain: Trees,
    name: str,
    own: GivenBefore,
    asked: Condition,
    codes: Mapping[str, Int],
    stream: Stream,
) -> tuple[Int, Float]:
    """A column behind the block, and how probable what is asked of it is."""
    mine, logs = asked.value.copy(), np.zeros(own.rows)
    free = np.flatnonzero(asked.state < FIRST_SET)
    free = free[asked.state[free] != GIVEN]
    if len(free):
        mine[free] = own.part(free).free(asked.of_rows(free), stream_of_rows(stream, free))
    some = np.flatnonzero(asked.state >= FIRST_SET)
    if len(some):
        part, which = own.part(some), asked.state[some] - FIRST_SET
        mine[some] = part.draw(asked.sets, which, stream_of_rows(stream, some))
        logs[some] = np.log(np.maximum(part.share(asked.sets, which), _LEAST))
    left = None
    if chain.masks is not None and chain.masks.hold(name):
        left = Left.of(chain.masks, name, codes, own.rows)
        mine = held(left, own, asked, mine, stream)
    given = np.flatnonzero(asked.state == GIVEN)
    if len(given):
        part, values = own.part(given), mine[given]
        told = part.log_prob(values, own.grid.encode(values))
        if left is not None:
            told = log_held(left.part(given), part, values, told)
        logs[given] = np.maximum(told, LEAST_LOG)
    return mine, logs
