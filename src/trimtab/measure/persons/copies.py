"""Whether real persons were copied, with all of their rows or nearly so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from trimtab._arrays import Bool, Int
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.compare.embedding import embed
from trimtab.measure.evidence import Evidence
from trimtab.measure.part import Part, once
from trimtab.measure.persons.aggregates import as_rows
from trimtab.measure.persons.counted import COVERS
from trimtab.measure.persons.histories import Histories, Persons, persons_of
from trimtab.measure.persons.measures import COPIED, DRAWN
from trimtab.measure.privacy.copies import closest_records, drawn_to
from trimtab.measure.score import Findings, Score, Section
from trimtab.predict.sample import Feature, Sample, concat

_MOST_QUERIES = 2000  # synthetic persons whose closest one is looked for
_SINGLE = ("float", "halffloat")  # Arrow types that hold fewer digits than another table may


def copied_persons(persons: Persons, key: Key) -> Findings:
    """Copies of whole persons, and persons that are nearer to training ones than to others.

    persons   all of them: a sample of the real ones would miss some that were copied
    """
    if not persons.synthetic.several:
        return Findings()  # persons are rows, and copies of rows are looked for anyway
    scores = [_copied(persons)]
    if persons.holdout is not None:
        scores.append(_drawn(persons, persons.holdout, key))
    return Findings(scores=tuple(scores))


def _copied(persons: Persons) -> Score:
    """The share of persons with several rows that equal a real person in what changes."""
    sides = {"real": persons.real, "synthetic": persons.synthetic}
    if persons.holdout is not None:
        sides["holdout"] = persons.holdout
    told = _courses(persons.varying, list(sides.values()))
    courses = dict(zip(sides, told, strict=True))
    real = set(courses["real"])
    hits = np.array([c in real for c in courses["synthetic"]], bool)
    mine = _share(hits, persons.synthetic)
    if persons.holdout is None:
        baseline = _share(_repeated(courses["real"]), persons.real)
        alike = "as real persons match each other, since none were held out"
    else:
        own = np.array([c in real for c in courses["holdout"]], bool)
        baseline, alike = _share(own, persons.holdout), "as held-out persons do"
    chance = against_baseline(mine, baseline)
    several = persons.synthetic.several
    score = COPIED.score(
        mine.value,
        n=several,
        interval=chance.interval,
        covers=COVERS,
        ceiling=baseline.value,
        noise=chance.high,
        headline=True,
        note=f"{int(hits.sum()):,} of {several:,} persons equal a real person in all rows; by "
        f"chance, {alike}, about {baseline.value * several:,.0f} would",
    )
    held = None if persons.holdout is None else baseline.value
    return score.model_copy(update={"heldout": held})


def _courses(features: Sequence[Feature], sides: Sequence[Histories]) -> list[list[bytes]]:
    """What changes in the rows of each person with several rows, as bytes: equal where all of it is
    equal.
    """
    rows = np.concatenate([_codes(features, h.sample) for h in sides])
    _, codes = np.unique(rows, axis=0, return_inverse=True)
    parts = np.split(codes.reshape(-1), np.cumsum([h.sample.rows for h in sides])[:-1])
    return [
        [
            own[start : start + count].tobytes()
            for start, count in zip(h.starts, h.counts, strict=True)
            if count > 1
        ]
        for h, own in zip(sides, parts, strict=True)
    ]


def _codes(features: Sequence[Feature], sample: Sample) -> Int:
    """The values of rows as bits that are equal where the values are; shape (rows, features)."""
    columns = []
    for feature in features:
        values = sample.values[feature.name]
        if feature.is_number:
            # As exact as the real column is; without a negative nought, and with one nan.
            values = values.astype(np.float32) if feature.storage in _SINGLE else values
            values = values.astype(np.float64) + 0.0
            values = np.where(np.isnan(values), np.nan, values).view(np.int64)
        columns.append(values.astype(np.int64))
    return np.stack(columns, axis=1)


def _repeated(courses: Sequence[bytes]) -> Bool:
    """Which courses stand more than once."""
    times = Counter(courses)
    return np.array([times[course] > 1 for course in courses], bool)


def _share(hits: Bool, histories: Histories) -> Share:
    """The share of persons with several rows that are hit."""
    return Share.of(hits, Sample(histories.sample.name, {}, np.ones(len(hits))))


def _drawn(persons: Persons, holdout: Histories, key: Key) -> Score:
    """How many synthetic persons have a training person as their closest one."""
    features, real = as_rows(persons, persons.real)
    records = concat("records", real, as_rows(persons, holdout)[1])
    embedding = embed(features, records)
    queries = as_rows(persons, persons.synthetic)[1].sampled(_MOST_QUERIES, key.child("queries"))
    # In random order, so that equal distances favour neither.
    order = key.child("order").generator().permutation(records.rows)
    closest = order[closest_records(embedding, records, order, embedding.points(queries))[1]]
    owners = np.arange(records.rows)
    return drawn_to(DRAWN, closest, owners, real.rows, persons.synthetic.persons, "person")


def _judge(evidence: Evidence) -> Findings:
    key = evidence.key.child("persons", "copies")
    comparison = evidence.comparison
    most = max(comparison.real.rows, comparison.synthetic.rows)
    most = max(most, 0 if comparison.holdout is None else comparison.holdout.rows)
    persons = persons_of(comparison, most, key)
    return copied_persons(persons, key) if isinstance(persons, Persons) else Findings()


PART = Part(
    name="copies of persons",
    phase="copies of persons",
    section=Section.COPIES,
    measures=(COPIED, DRAWN),
    steps=once(_judge, where=lambda evidence: evidence.comparison.real.people is not None),
)
