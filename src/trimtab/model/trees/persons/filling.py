"""Rows of persons completed, given all that is known of their persons before and after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.interface import GIVEN
from trimtab.model.masks.masks import Masks
from trimtab.model.trees.persons.features import of_persons
from trimtab.model.trees.persons.given import GivenRows
from trimtab.model.trees.persons.given_turn import GivenTurn
from trimtab.model.trees.persons.particles import (
    CANDIDATES,
    Particles,
    number_within,
    streams_of,
)
from trimtab.model.trees.persons.people import People
from trimtab.model.trees.persons.people_given import PeopleGiven

PERSONS_AT_ONCE = 512  # whose candidates are held together: bounds memory, and changes nothing else


def filled_rows(
    people: People, masks: Masks | None, given: GivenRows, start: int, key: Key, *, whole: bool
) -> dict[str, Int]:
    """The codes of rows of persons at start, start + 1, ... of the whole, in the order of `given`.

    people  the chain of persons, held to the masks, if there are any
    whole   whether persons have no other rows than these; else there may be later ones

    What a person is drawn hangs on the key, on its place, and on what is given of it alone.
    """
    parts = []
    for first in range(0, given.persons, PERSONS_AT_ONCE):
        part = given.part(first, min(first + PERSONS_AT_ONCE, given.persons))
        parts.append(_Filling(people, masks, part, start + first, key, whole).codes())
    names = (*given.once, *given.conditions)
    return {n: np.concatenate([p[n] for p in parts]) for n in names}


@dataclass
class _Level:
    """The rows that were drawn together, a turn of all persons or what they have once.

    parent  where each candidate comes from among those of the level before
    drawn   codes of the columns of which any was drawn
    """

    parent: Int
    drawn: Mapping[str, Int]
    persons: list[Int] = field(default_factory=list)  # that end here, and the nodes that are theirs
    nodes: list[Int] = field(default_factory=list)


@dataclass
class _Filling:
    """Persons whose rows are drawn, side by side."""

    people: People
    masks: Masks | None
    given: GivenRows
    start: int
    key: Key
    whole: bool
    levels: list[_Level] = field(init=False, default_factory=list)

    def codes(self) -> dict[str, Int]:
        """All codes."""
        given = self.given
        out = {n: c.value.copy() for n, c in given.conditions.items()}
        once = {n: c.value.copy() for n, c in given.once.items()}
        asked = np.flatnonzero(given.unknown | (given.last_hole >= 0))
        if len(asked):
            particles = self._people(asked)
            for turn in range(int(given.counts[asked].max())):
                particles = self._ended(particles, turn)
                if not len(particles.person):
                    break
                particles = self._rows(particles, turn)
            self._ended(particles, int(given.counts[asked].max()))
            self._traced(out, once)
        return out | {n: c[given.person] for n, c in once.items()}

    def _people(self, asked: Int) -> Particles:
        """Candidates of persons: one of whom all is known, and else CANDIDATES."""
        given, chain = self.given, self.given.chain
        known = ~given.unknown & self.whole
        for condition in given.begins.values():
            known &= condition.state == GIVEN
        drawn = np.repeat(asked[~known[asked]], CANDIDATES)
        sure = asked[known[asked]]
        uniforms = streams_of(self.key.child("persons"), self.start, given.persons)
        of = PeopleGiven(self.people, given, self.whole, drawn)
        own = uniforms(drawn, number_within(drawn))
        columns = {n: c.value[sure] for n, c in {**given.once, **given.begins}.items()}
        counts, logs = given.counts[sure], np.zeros(len(sure))
        if len(drawn):
            codes, many, more = of.drawn(own)
            columns = {n: np.concatenate([c, codes[n]]) for n, c in columns.items()}
            counts, logs = np.concatenate([counts, many]), np.concatenate([logs, more])
        person = np.concatenate([sure, drawn])
        copies = np.repeat([CANDIDATES, 1], [len(sure), len(drawn)])
        order, n = np.argsort(person, kind="stable"), len(person)
        blank = np.full(n, MISSING)
        particles = Particles(
            person,
            copies,
            logs,
            np.zeros(n, np.int64),
            columns,
            counts,
            of_persons(chain.constants, columns, n),
            dict.fromkeys(chain.columns, blank),
            chain.history(n),
        ).part(order)
        particles = replace(particles, node=np.arange(n))
        self.levels.append(_Level(np.zeros(n, np.int64), particles.persons))
        keys = [particles.person, *particles.persons.values(), particles.counts]
        return self._resampled(particles.merged(np.stack(keys, axis=1)), 0)

    def _rows(self, particles: Particles, turn: int) -> Particles:
        """Candidates with a row more."""
        given, chain = self.given, self.given.chain
        at = given.starts[particles.person] + turn
        apart, origin = particles.apart(given.holes[at])
        at, n = at[origin], len(origin)
        draws = streams_of(self.key.child("rows"), self.start, given.persons)
        own = draws(apart.person, number_within(apart.person))
        conditions = {m: c.of_rows(at) for m, c in given.conditions.items()}
        logs = apart.logs.copy()
        turned = GivenTurn(
            chain,
            turn,
            np.arange(n),
            apart.persons,
            apart.counts,
            apart.before,
            lambda name, purpose: own(name, purpose, turn),
            self.masks,
            {m: end[at] for m, end in given.ends.items()},
            conditions,
            apart.several,
            logs,
        )
        present = chain.present(apart.own, apart.persons, turn, apart.counts, apart.before)
        drawn = turned.filled(present, apart.history)
        apart.history.tell(np.arange(n), drawn.elements, drawn.residuals, drawn.standings)
        codes = drawn.codes
        open_ = {m: codes[m] for m, c in conditions.items() if (c.state != GIVEN).any()}
        self.levels.append(_Level(apart.node, open_))
        told = replace(apart, logs=logs, node=np.arange(n), before=codes)
        keys = np.stack([apart.person, origin, *open_.values()], axis=1)
        return self._resampled(told.merged(keys), turn + 1)

    def _resampled(self, particles: Particles, turn: int) -> Particles:
        return particles.resampled(self._uniforms("anew", turn))

    def _uniforms(self, name: str, turn: int) -> Float:
        return self.key.child(name, turn).uniforms(self.start, self.start + self.given.persons)

    def _ended(self, particles: Particles, turn: int) -> Particles:
        """The candidates of persons who go on: others end with one of theirs, as nothing that
        follows tells of what was drawn."""
        over = self._over(particles, turn)
        if not over.any():
            return particles
        persons, nodes = particles.picked(over, self._uniforms("picked", 0))
        self.levels[-1].persons.append(persons)
        self.levels[-1].nodes.append(nodes)
        return particles.part(np.flatnonzero(~over))

    def _over(self, particles: Particles, turn: int) -> Bool:
        given = self.given
        alone = ~particles.several & (given.last_hole[particles.person] < turn)
        return np.asarray(alone | (given.counts[particles.person] <= turn))

    def _traced(self, out: Mapping[str, Int], once: Mapping[str, Int]) -> None:
        """Write what was drawn of each person's one candidate, from its last row to its first."""
        given, none = self.given, np.zeros(0, np.int64)
        persons, nodes = none, none
        for turn in range(len(self.levels) - 2, -2, -1):
            level = self.levels[turn + 1]
            persons = np.concatenate([persons, *level.persons])
            nodes = np.concatenate([nodes, *level.nodes])
            for name, codes in level.drawn.items():
                if turn < 0 and name in once:
                    once[name][persons] = codes[nodes]
                elif turn >= 0:
                    at = given.starts[persons] + turn
                    free = given.conditions[name].state[at] != GIVEN
                    out[name][at[free]] = codes[nodes[free]]
            nodes = level.parent[nodes]
