"""Facts of persons for pictures: how many rows, how far apart, what follows on what, and courses.

No course of a single real person is shown, in no edition: it can tell on that person where a figure
of many does not. What stands in its place are courses of groups of persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from trimtab._arrays import Bool, Float, Int
from trimtab.measure.compare import bins
from trimtab.measure.compare.weighting import distinct_texts
from trimtab.measure.fidelity.histograms import (
    MISSING_WORD,
    OTHERS_WORD,
    UNIT_OF_MOMENTS,
    histogram_of,
)
from trimtab.measure.persons.aggregates import gaps
from trimtab.measure.persons.counted import cells_of, codes_of, inner_edges
from trimtab.measure.persons.histories import Histories, Persons, too_few
from trimtab.measure.persons.measures import ROWS_EACH, TIMES
from trimtab.measure.score import Exhibit
from trimtab.predict.sample import Feature, Form, Sample

MIN_TOGETHER = 10  # persons of a group at a time
_PARTS, _ROOMY = (3, 5), 150  # groups of persons, and from how many persons on there are more
_TIMES = 8  # a course is told at
_MINUTE, _HOUR, _DAY, _YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400.0  # in seconds
_UNITS = ((2 * _YEAR, _YEAR, "years"), (2 * _DAY, _DAY, "days"), (2 * _HOUR, _HOUR, "hours"))
_MOST_MATRICES = 12
_TABLES = ("real", "synthetic")


def pictures(persons: Persons) -> Iterator[Exhibit]:
    """Rows per person, time between rows, courses of numbers and transitions."""
    both = (persons.real, persons.synthetic)
    counts = [_alone(h.counts.astype(np.float64), h.weights, h.sample.name) for h in both]
    yield from _histogram(ROWS_EACH.name, ROWS_EACH.title, counts)
    if too_few(persons.synthetic):
        return
    if persons.moment is not None:
        yield from _gaps(persons, persons.moment, both)
    changing = [f for f in persons.varying if f is not persons.moment]
    for feature in changing:
        if feature.is_number:
            yield from _courses(persons, feature)
    found = [_transitions(persons, feature) for feature in changing]
    found.sort(key=lambda item: -item[0])
    yield from (exhibit for _, exhibit in found[:_MOST_MATRICES])


def _alone(values: Float, weights: Float, name: str) -> Sample:
    return Sample(name, {"values": values}, weights)


def _histogram(
    name: str, title: str, samples: Sequence[Sample], within: str = ""
) -> Iterator[Exhibit]:
    found = histogram_of(Feature("values", Form.NUMBER), samples)
    said = {"name": name, "title": title, "about": (), "within": within}
    yield from (e.model_copy(update=said) for e in found if e.name == "distribution")


def _gaps(persons: Persons, moment: Feature, both: Sequence[Histories]) -> Iterator[Exhibit]:
    times = [gaps(moment, h) for h in both]
    known = times[0][~np.isnan(times[0])]
    unit, word = _unit(moment, float(np.median(known))) if len(known) else (1.0, "")
    samples = []
    for history, own in zip(both, times, strict=True):
        filled = ~np.isnan(own)
        weights = history.sample.weights[history.again]
        samples.append(_alone(own[filled] / unit, weights[filled], history.sample.name))
    if all(s.rows for s in samples):
        yield from _histogram(TIMES.name, TIMES.title, samples, word)


def _unit(moment: Feature, typical: float) -> tuple[float, str]:
    """The unit that times are told in, and how it is called."""
    if not moment.moment:
        return 1.0, f"as {moment.name} counts"
    for least, unit, word in _UNITS:
        if typical >= least:
            return unit, f"in {word}"
    if moment.storage.startswith("date"):
        return _DAY, "in days"
    return (_MINUTE, "in minutes") if typical >= _MINUTE else (1.0, "in seconds")


def _transitions(persons: Persons, feature: Feature) -> tuple[float, Exhibit]:
    """Of the rows that follow on a value, the shares that have each one; and how unlike the tables
    are in that.
    """
    size = cells_of(feature)
    both = (persons.real, persons.synthetic)
    shares = []
    for history in both:
        codes, again = codes_of(persons, feature, history), history.again
        cells = codes[again - 1] * size + codes[again]
        weights = history.sample.weights[again]
        shares.append(np.bincount(cells, weights, minlength=size * size).reshape(size, size))
    words = _words(persons, feature)
    seen = np.flatnonzero(sum(s.sum(axis=0) + s.sum(axis=1) for s in shares) > 0)
    columns: dict[str, list[object]] = {
        n: [] for n in ("side", "x_value", "x_order", "y_value", "y_order", "share")
    }
    for history, share in zip(both, shares, strict=True):
        total = share.sum(axis=1, keepdims=True)
        after = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        for before in seen:
            for now in seen:
                cell = (words[now], now, words[before], before, after[before, now])
                for name, value in zip(columns, (history.sample.name, *cell), strict=True):
                    columns[name].append(value)
    apart = [s / max(1.0, s.sum()) for s in shares]
    exhibit = Exhibit(
        name="transitions",
        title=feature.name,
        about=(feature.name,),
        columns=columns,
        rests_on=_TABLES,
        weighted=tuple(h.sample.name for h in both if h.sample.weighted),
    )
    return float(np.abs(apart[0] - apart[1]).sum()), exhibit


def _words(persons: Persons, feature: Feature) -> list[str]:
    """What the cells of a column hold, as texts."""
    room = cells_of(feature) - 2
    if not feature.is_number:
        return [*feature.labels[:room], OTHERS_WORD, MISSING_WORD]
    inner = inner_edges(persons, feature)
    texts = distinct_texts(inner, feature.moment)
    words = [f"below {texts[0]}"] if texts else ["any"]
    words += [f"{a} to {b}" for a, b in pairwise(texts)]
    words += [f"{texts[-1]} and more"] if texts else []
    return [*words, *[""] * (room - len(words)), OTHERS_WORD, MISSING_WORD]


def _courses(persons: Persons, feature: Feature) -> Iterator[Exhibit]:
    """The mean course of groups of persons: those whose values are least on average, and so on.

    Where a person's rows are as alike as real ones, the groups of both tables are as far apart.
    """
    both = (persons.real, persons.synthetic)
    parts = _PARTS[min(h.several for h in both) >= _ROOMY]
    when, word = zip(*(_since_first(persons, h) for h in both), strict=True)
    real = persons.real
    inner = bins.equal_shares(when[0], real.sample.weights, _TIMES)
    places = bins.cut(when[0], inner)
    middles = [float(np.median(when[0][places == k])) for k in range(len(inner) + 1)]
    columns: dict[str, list[object]] = {
        n: [] for n in ("side", "group", "when", "value", "persons")
    }
    for history, own in zip(both, when, strict=True):
        group = _grouped(feature, history, parts)
        means = _means(feature, history, bins.cut(own, inner), len(middles))
        for g in range(parts):
            for k, middle in enumerate(middles):
                values = means[group == g, k]
                values = values[~np.isnan(values)]
                if len(values) >= MIN_TOGETHER:
                    line = (history.sample.name, g + 1, middle, float(values.mean()), len(values))
                    for name, value in zip(columns, line, strict=True):
                        columns[name].append(value)
    if feature.moment:
        columns["unit"] = [UNIT_OF_MOMENTS] * len(columns["side"])
    if set(columns["side"]) == set(_TABLES):
        yield Exhibit(
            name="courses",
            title=f"{feature.name}, by {word[0]}",
            about=(feature.name,),
            columns={**columns, "after": [word[0]] * len(columns["side"])},
            rests_on=_TABLES,
        )


def _since_first(persons: Persons, histories: Histories) -> tuple[Float, str]:
    """When each row was, from the first one of its person on; and how that is called."""
    moment = persons.moment
    if moment is None:
        return (histories.turns + 1).astype(np.float64), "number of the row"
    values = histories.sample.values[moment.name]
    since = values - np.repeat(values[histories.starts], histories.counts)
    real = persons.real
    last = persons.real.sample.values[moment.name]
    spans = last[real.starts + real.counts - 1] - last[real.starts]
    unit, word = _unit(moment, float(np.nanmedian(spans[real.counts > 1])))
    return since / unit, f"time since the first row, {word}"


def _grouped(feature: Feature, histories: Histories, parts: int) -> Int:
    """Which of so many groups of equal size each person belongs to by its mean; -1 for none."""
    values = histories.sample.values[feature.name]
    known = ~np.isnan(values)
    count = np.bincount(histories.person, known, minlength=histories.persons)
    total = np.bincount(histories.person, np.where(known, values, 0.0), minlength=histories.persons)
    judged: Bool = (count > 1) & (histories.counts > 1)
    group = np.full(histories.persons, -1)
    ranks = np.argsort(np.argsort(total[judged] / count[judged], kind="stable"))
    group[judged] = ranks * parts // max(1, int(judged.sum()))
    return group


def _means(feature: Feature, histories: Histories, places: Int, size: int) -> Float:
    """The mean of each person's values at each time, shape (persons, size); nan where none is."""
    values = histories.sample.values[feature.name]
    counts = ~np.isnan(values) & (places >= 0)
    cells = histories.person[counts] * size + places[counts]
    shape = (histories.persons, size)
    total = np.bincount(cells, values[counts], minlength=shape[0] * size).reshape(shape)
    count = np.bincount(cells, minlength=shape[0] * size).reshape(shape)
    return np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
