"""Particles: candidates for what is not known of persons, weighed by what is known of them.

Sequential importance resampling (Gordon, Salmond and Smith 1993, *IEE Proceedings F* 140, 107-113;
Doucet and Johansen 2011). Candidates of a person that agree in all that was drawn stand as one, so
that a person of whom all is known so far takes no longer than in a chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.model.trees.persons.features import Told
from trimtab.model.trees.persons.history import History

CANDIDATES = 32  # of a person
LEAST_LOG = -60.0  # of what cannot be: all candidates of a person may have to bear it
_FINE = 2.0**24  # the digits of a uniform from here on have nothing to do with its rank
_TOO_ALIKE = CANDIDATES / 2  # candidates that weights are worth: with fewer they are drawn anew


@dataclass(frozen=True, eq=False)
class Particles:
    """Candidates of persons, those of one person beside each other, persons in order.

    person   whose each is, by its place, [particles]
    copies   how many candidates each stands for; those of a person are CANDIDATES
    logs     the log weight of each of these
    node     where each stands among the rows that were drawn last
    persons  what each has once, and how it begins; `counts` how many rows it has
    own      what is told of rows by what persons have once
    before   the codes of the row before
    history  what the rows before tell
    """

    person: Int
    copies: Int
    logs: Float
    node: Int
    persons: Mapping[str, Int]
    counts: Int
    own: Told
    before: Mapping[str, Int]
    history: History

    def part(self, index: Int) -> Particles:
        """Some of them, as often as they are named."""
        return Particles(
            self.person[index],
            self.copies[index],
            self.logs[index],
            self.node[index],
            {n: c[index] for n, c in self.persons.items()},
            self.counts[index],
            (self.own[0][index], self.own[1][index]),
            {n: c[index] for n, c in self.before.items()},
            self.history.part(index),
        )

    @property
    def several(self) -> Bool:
        """Whose persons have several."""
        return np.bincount(self.person)[self.person] > 1

    def apart(self, rows: Bool) -> tuple[Particles, Int]:
        """Those of some rows one by one, a candidate each; and where each came from."""
        index = np.repeat(np.arange(len(rows)), np.where(rows, self.copies, 1))
        copies = np.where(rows[index], 1, self.copies[index])
        return replace(self.part(index), copies=copies), index

    def merged(self, keys: Int) -> Particles:
        """Those that agree in all keys, [particles, keys] of which the first tells persons apart in
        their order, as one."""
        _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        copies = np.bincount(which.reshape(-1), weights=self.copies).astype(np.int64)
        return replace(self.part(first), copies=copies)

    def resampled(self, uniforms: Float) -> Particles:
        """Drawn anew by their weights where few of them bear most; uniforms by persons' places."""
        places, rows, at = _by_person(self.person)
        weights = _weights(self, rows, at, len(places))
        total = weights.sum(axis=1)
        many = _dense(self.copies.astype(float), rows, at, len(places), 1.0)
        worth = total**2 / (weights**2 / np.maximum(many, 1)).sum(axis=1)
        anew = worth < _TOO_ALIKE
        if not anew.any():
            return self
        upto = np.cumsum(weights, axis=1) / total[:, None]
        last = (weights > 0).shape[1] - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)
        upto[np.arange(upto.shape[1]) >= last[:, None]] = 1.0
        taken = np.ceil(CANDIDATES * upto - uniforms[places][:, None]).clip(0, CANDIDATES)
        drawn = np.diff(taken, axis=1, prepend=0.0)[rows, at].astype(np.int64)
        of_row = anew[rows]
        copies = np.where(of_row, drawn, self.copies)
        logs = np.where(of_row, 0.0, self.logs)
        return replace(self, copies=copies, logs=logs).part(np.flatnonzero(copies > 0))

    def picked(self, which: Bool, uniforms: Float) -> tuple[Int, Int]:
        """One of each person among some, by its weights: the persons, and the nodes."""
        some = self.part(np.flatnonzero(which))
        places, rows, at = _by_person(some.person)
        upto = np.cumsum(_weights(some, rows, at, len(places)), axis=1)
        chosen = (upto <= uniforms[places][:, None] * upto[:, -1:]).sum(axis=1)
        many = np.bincount(rows, minlength=len(places))
        first = np.cumsum(many) - many
        return places, some.node[first + np.minimum(chosen, many - 1)]


def streams_of(key: Key, start: int, persons: int) -> Callable[[Int, Int], Callable[..., Float]]:
    """The uniforms of candidates of persons who stand at start, start + 1, ... of the whole: those
    of the candidates (person, number) by the names under the key.

    Those of one person lie one in each of CANDIDATES equal parts (McKay, Beckman and Conover 1979,
    *Technometrics* 21, 239-245), so that hardly a value that is likely is left untried.
    """

    def of(person: Int, number: Int) -> Callable[..., Float]:
        at = person * CANDIDATES + number

        def uniforms(*names: str | int) -> Float:
            ends = start * CANDIDATES, (start + persons) * CANDIDATES
            drawn = key.child(*names).uniforms(*ends).reshape(persons, CANDIDATES)
            part = drawn.argsort(axis=1).argsort(axis=1)
            inside = drawn * _FINE % 1
            return np.asarray(((part + inside) / CANDIDATES).reshape(-1)[at])

        return uniforms

    return of


def number_within(person: Int) -> Int:
    """The number of each row among those of its person, who stand beside each other."""
    return _by_person(person)[2]


def _by_person(person: Int) -> tuple[Int, Int, Int]:
    """The places of persons, which of these each row is of, and its number among those."""
    begins = np.flatnonzero(np.r_[True, person[1:] != person[:-1]][: len(person)])
    many = np.diff(np.r_[begins, len(person)])
    rows = np.repeat(np.arange(len(begins)), many)
    return person[begins], rows, np.arange(len(person)) - begins[rows]


def _weights(particles: Particles, rows: Int, at: Int, persons: int) -> Float:
    """[persons, CANDIDATES] the weights, of all copies, with the greatest log of a person at 0.

    Each person has a row of its own, so that sums do not hang on who stands beside it.
    """
    logs = _dense(particles.logs, rows, at, persons, -np.inf)
    copies = _dense(particles.copies.astype(float), rows, at, persons, 0.0)
    return copies * np.exp(logs - logs.max(axis=1, keepdims=True))


def _dense(values: Float, rows: Int, at: Int, persons: int, otherwise: float) -> Float:
    out = np.full((persons, CANDIDATES), otherwise)
    out[rows, at] = values
    return out
