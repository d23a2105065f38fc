"""How well learners tell synthetic persons from real ones, and rows by the rows before them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trimtab._random import Key
from trimtab.measure.chance.intervals import Z_ONE_SIDED, Z
from trimtab.measure.fidelity.detection import (
    INFLATION,
    MAX_ROWS,
    Told,
    logit_interval,
    tell_apart,
)
from trimtab.measure.persons.aggregates import as_rows, with_rows_before
from trimtab.measure.persons.counted import COVERS
from trimtab.measure.persons.histories import Histories, Persons, too_few
from trimtab.measure.persons.measures import PERSONS_APART, STEPS_APART
from trimtab.measure.score import Exhibit, Findings, Measure
from trimtab.predict.prediction import BOOSTING
from trimtab.predict.sample import Feature, Sample

_ROUNDS = 100  # tell as much as twice as many, by a .01 of the area
_SHOWN = 15
Seen = Callable[[Persons, Histories], tuple[tuple[Feature, ...], Sample]]


def persons_apart(persons: Persons, key: Key) -> Findings:
    """How well boosted trees tell synthetic persons from real ones, and by what."""
    return _told(PERSONS_APART, persons, as_rows, key.child("persons apart"))


def steps_apart(persons: Persons, key: Key) -> Findings:
    """How well boosted trees tell rows apart that are seen beside the row before."""
    because = too_few(persons.synthetic)
    if because:
        return Findings(scores=(STEPS_APART.missing(because, headline=True),))
    return _told(STEPS_APART, persons, with_rows_before, key.child("steps apart"))


def _told(measure: Measure, persons: Persons, seen: Seen, key: Key) -> Findings:
    """As many rows of each table, at most 10,000; the rows of one person are in one fold.

    Real persons are held-out ones where there are any, and how well training persons are told from
    them is said too.
    """
    histories = [persons.unseen, persons.synthetic]
    histories += [] if persons.holdout is None else [persons.real.named("train")]
    features = seen(persons, persons.real)[0]
    every = [seen(persons, h)[1] for h in histories]
    rows = min(MAX_ROWS, *(sample.rows for sample in every))
    real, synthetic, *train = (sample.sampled(rows, key.child("rows")) for sample in every)
    told = tell_apart(features, real, synthetic, BOOSTING, key, _ROUNDS)
    ceiling, note = None, "beside the persons that the generator learned from, as none were held "
    note += "out: copies would look good here"
    least = 0.5
    if train:
        ceiling = tell_apart(features, real, train[0], BOOSTING, key.child("ceiling"), _ROUNDS)
        note = f"training persons are told from held-out persons with {ceiling.area:.3f}"
        if ceiling.area > 0.5 + Z * ceiling.error:
            least = ceiling.area
            note += ", so these two are not of one source"
    units = min(_units(real), _units(synthetic))
    score = measure.score(
        told.area,
        n=_units(real) + _units(synthetic),
        interval=logit_interval(told, rows),
        covers=COVERS,
        ceiling=least,
        noise=0.5 + Z_ONE_SIDED * _error_of_none(units, rows, ceiling),
        headline=True,
        note=note,
    )
    score = score.model_copy(update={"heldout": None if ceiling is None else ceiling.area})
    exhibit = _telltales(measure, features, told)
    return Findings(scores=(score,), exhibits=(exhibit,))


def _units(sample: Sample) -> int:
    """How many persons a sample has; a row whose person is not said is one."""
    return sample.rows if sample.people is None else len(np.unique(sample.people))


def _error_of_none(units: int, rows: int, ceiling: Told | None) -> float:
    """The standard error of the area where there is no difference.

    That of rows that are each by themselves; or that of training and held-out rows, where rows of
    a person hang together.
    """
    alone = INFLATION * float(np.sqrt((2 * rows + 1) / 12) / rows)
    if units == rows:
        return alone
    together = INFLATION * float(np.sqrt((2 * units + 1) / 12) / units)
    return together if ceiling is None else float(np.clip(ceiling.error, alone, together))


def _telltales(measure: Measure, features: tuple[Feature, ...], told: Told) -> Exhibit:
    """What helped the trees most to tell the tables apart."""
    order = np.argsort(-told.gains, kind="stable")[:_SHOWN]
    return Exhibit(
        name="persons_telltales",
        title=measure.title,
        within=measure.title,
        columns={
            "column": [features[k].name for k in order],
            "gain": [float(told.gains[k]) for k in order],
        },
    )
