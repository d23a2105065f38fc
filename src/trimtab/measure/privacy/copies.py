"""The copy alarm: does a synthetic table repeat rows of the real one?

Every synthetic row is held against every real row. Real rows are alike by chance too, so each
figure stands beside a baseline: what held-out rows get, which no generator has seen, or, without
any, how many real rows are like another real row. That is the sample coverage of Good (1953), what
a fresh sample of the source would get.

None of this proves privacy. Ganev and De Cristofaro (2023), "On the inadequacy of similarity-based
privacy metrics", show tables that pass such tests and leak all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.chance.intervals import Z_ONE_SIDED, wilson
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.embedding import Embedding, Points, embed, nearest
from trimtab.measure.part import Part, once
from trimtab.measure.privacy.matching import Among, Matcher
from trimtab.measure.score import (
    Direction,
    Exhibit,
    Findings,
    Measure,
    Score,
    Section,
    Split,
    Topic,
)
from trimtab.predict.sample import Sample, concat
from trimtab.table.schema import Kind

_ALARM = " This is an alarm for copies, not a proof of privacy: passing it proves nothing."

EXACT = Measure(
    name="exact_copies",
    section=Section.COPIES,
    topic=Topic.COPIES,
    split=Split.WHOLE,
    title="Exact copies",
    meaning="Share of synthetic rows that equal a real row in every compared column. More than "
    "real rows have by chance means that the generator hands out rows it was given." + _ALARM,
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.005,
    alarm=0.02,
)
ONE_CHANGED = Measure(
    name="copies_but_one_column",
    section=Section.COPIES,
    topic=Topic.COPIES,
    split=Split.WHOLE,
    title="Copies but for one column",
    meaning="Share of synthetic rows that equal a real row in every column or in all but one. "
    "More than by chance means real rows with one value exchanged." + _ALARM,
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.03,
)
SHIFTED = Measure(
    name="copies_but_small_shifts",
    section=Section.COPIES,
    topic=Topic.COPIES,
    split=Split.WHOLE,
    title="Copies with numbers shifted",
    meaning="Share of synthetic rows that have the labels and gaps of a real row and each of its "
    "numbers within 1 % of the real table's ranks. More than by chance means real rows with a "
    "little noise." + _ALARM,
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.01,
    alarm=0.03,
)
DRAWN = Measure(
    name="drawn_to_training_rows",
    section=Section.COPIES,
    topic=Topic.COPIES,
    split=Split.WHOLE,
    title="Drawn to training rows",
    meaning="Share of synthetic rows that are nearer to a training row than chance explains: 0 if "
    "rows lie as near to held-out rows as to training rows (the distance to the closest record), "
    "1 if every row's closest record is a training row. Below 0 is chance." + _ALARM,
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.05,
    alarm=0.1,
    source="Platzer and Reutterer 2021, Holdout-based empirical assessment of mixed-type "
    "synthetic data",
)
SHARED = Measure(
    name="shared_values",
    section=Section.COPIES,
    topic=Topic.COPIES,
    split=Split.WHOLE,
    title="Values shared with the real table",
    meaning="Share of synthetic values of an identifier or a text that also stand in the real "
    "column. Such values name people, and should be new." + _ALARM,
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.005,
    alarm=0.02,
)
MAX_QUERIES, MIN_QUERIES = 5000, 500  # synthetic rows whose closest record is looked for
_MAX_SHOWN, _MIN_SHOWN = 1000, 200  # rows of each table in the histogram of distances
_WORK, _WORK_SHOWN = 2.5e11, 0.75e11  # queries x records x dimensions: some 20 and 7 seconds
_BLOCK = 100_000
_BINS = 40
_COVERS = "the synthetic rows and those of the yardstick drawn again"


def copies(comparison: Comparison, key: Key) -> Findings:
    """Exact copies, near copies, closest records, and identifiers or texts that are shared.

    Takes the whole comparison: a sample of the real rows would miss the rows that were copied. Only
    generated rows are judged.
    """
    synthetic = comparison.synthetic
    if not min(synthetic.rows, comparison.real.rows):
        empty = "because one of the tables has no rows"
        missing = (m.missing(empty) for m in (EXACT, ONE_CHANGED, SHIFTED, DRAWN))
        return Findings(scores=tuple(missing))
    if comparison.holdout is not None and not comparison.holdout.rows:
        comparison = replace(comparison, holdout=None)
    findings = Findings(notes=("The copy alarm finds repeated rows. It does not prove privacy.",))
    return (
        findings + _matches(comparison, key) + _closest(comparison, key) + _identifiers(comparison)
    )


def _matches(comparison: Comparison, key: Key) -> Findings:
    """Exact and near copies."""
    matcher = Matcher.of(comparison.features, comparison.real, key.child("hash"))
    scores = [_match(comparison, EXACT, matcher.equal, matcher.equal_among)]
    if len(comparison.features) > 1:
        changed = matcher.equal_but_one, matcher.equal_but_one_among
        scores.append(_match(comparison, ONE_CHANGED, *changed))
    else:
        scores.append(ONE_CHANGED.missing("because only one column is compared"))
    if comparison.numbers:
        moved = matcher.shifted, matcher.shifted_among
        scores.append(_match(comparison, SHIFTED, *moved))
    else:
        scores.append(SHIFTED.missing("because no compared column holds numbers"))
    return Findings(scores=tuple(scores))


def _match(
    comparison: Comparison,
    measure: Measure,
    match: Callable[[Sample], Bool],
    among: Callable[[], Among],
) -> Score:
    """The share of synthetic rows that match a real row, beside the baseline."""
    synthetic, holdout = comparison.synthetic, comparison.holdout
    hit = match(synthetic)
    if holdout is not None:
        baseline = Share.of(match(holdout), holdout)
        alike = "as held-out rows do"
    else:
        matches = among()
        baseline = Share.of(matches.hit, comparison.real, matches.alone)
        alike = "as real rows match each other, since no rows were held out"
    mine = Share.of(hit, synthetic)
    chance = against_baseline(mine, baseline)
    return measure.score(
        mine.value,
        n=synthetic.rows,
        interval=chance.interval,
        covers=_COVERS,
        ceiling=baseline.value,
        noise=chance.high,
        headline=measure is EXACT,
        note=f"{int(hit.sum()):,} of {synthetic.rows:,} rows match a real row; by chance, {alike}, "
        f"about {baseline.value * synthetic.rows:,.0f} would",
    )


def _closest(comparison: Comparison, key: Key) -> Findings:
    """How many synthetic rows have a training row as their closest record, and how far it is."""
    real, holdout = comparison.real, comparison.holdout
    records = real if holdout is None else concat("records", real, holdout)
    # Real and held-out rows make the map together, so that it favours neither.
    embedding = embed(comparison.features, records)
    most = _WORK / (records.rows * embedding.dimensions)
    queries = comparison.synthetic.sampled(
        int(np.clip(most, MIN_QUERIES, MAX_QUERIES)), key.child("queries")
    )
    findings = _distances(comparison, embedding, key)
    if holdout is None:
        because = (
            "because no rows were held out: only beside rows that the generator never saw can a "
            "small distance be told from a good likeness"
        )
        return findings + Findings(scores=(DRAWN.missing(because, headline=True),))
    # In random order, so that equal distances favour neither.
    order = key.child("order").generator().permutation(records.rows)
    points = embedding.points(queries)
    closest = order[closest_records(embedding, records, order, points)[1]]
    owners = _owners(real, holdout)
    score = drawn_to(DRAWN, closest, owners, real.rows, comparison.synthetic.rows, "row")
    return findings + Findings(scores=(score,))


def closest_records(
    embedding: Embedding, records: Sample, order: Int, points: Points
) -> tuple[Float, Int]:
    """The distance of each point's closest record, and its place in the order; all are compared."""
    best = np.full(len(points), np.inf)
    place = np.zeros(len(points), np.int64)
    for start in range(0, len(order), _BLOCK):
        block = embedding.points(records.take(order[start : start + _BLOCK]))
        distances, rows = (part[:, 0] for part in nearest(block, points, 1))
        nearer = distances < best
        best[nearer], place[nearer] = distances[nearer], rows[nearer] + start
    return best, place


def _owners(real: Sample, holdout: Sample) -> Int:
    """Codes of the persons of real rows, then of held-out rows; a row without is its own."""
    parts = [np.arange(s.rows) if s.people is None else s.people for s in (real, holdout)]
    return np.concatenate([parts[0], parts[1] + int(parts[0].max()) + 1])


def drawn_to(
    measure: Measure, closest: Int, owners: Int, trained: int, in_all: int, noun: str
) -> Score:
    """The share of closest records that are training ones, beyond what chance expects.

    Were nothing copied, it would be chance alone which records were held out. Synthetic ones with
    the same closest record (or person) share that chance, so they count as one cluster.

    closest   the record that is closest to each synthetic one: those for training come first
    owners    codes of the persons of all records
    trained   how many records are for training
    in_all    how many synthetic ones there are, of whom some were looked at
    noun      what a record is
    """
    expected = trained / len(owners)
    share = float((closest < trained).mean())
    _, sizes = np.unique(owners[closest], return_counts=True)
    worth = len(closest) ** 2 / float(np.square(sizes).sum())
    low, high = (_excess(e, expected) for e in wilson(share * worth, worth))
    noise = Z_ONE_SIDED * np.sqrt(expected * (1 - expected) / worth)
    part = f" of {in_all:,}" if len(closest) < in_all else ""
    what = "record" if noun == "row" else noun
    return measure.score(
        _excess(share, expected),
        n=len(closest),
        interval=(low, high),
        covers=f"the synthetic {noun}s drawn again, and other {what}s held out",
        noise=_excess(expected + noise, expected),
        headline=True,
        note=f"the closest {what} of {100 * share:.1f} % of {len(closest):,}{part} synthetic "
        f"{noun}s is a training {noun}, where chance makes {100 * expected:.1f} %",
    )


def _excess(share: float, expected: float) -> float:
    """The share of copies that would raise the expected share to the one seen (Abbott 1925)."""
    return (share - expected) / (1.0 - expected)


def _distances(comparison: Comparison, embedding: Embedding, key: Key) -> Findings:
    """The histogram of the distances to the closest real row."""
    samples = {"synthetic": comparison.synthetic}
    if comparison.holdout is not None:
        samples["holdout"] = comparison.holdout
    real = comparison.real
    most = _WORK_SHOWN / (real.rows * embedding.dimensions)
    rows = int(np.clip(most, _MIN_SHOWN, _MAX_SHOWN))
    by_sample = {}
    for name, sample in samples.items():
        points = embedding.points(sample.sampled(rows, key.child("shown", name)))
        by_sample[name] = closest_records(embedding, real, np.arange(real.rows), points)[0]
    edges = np.linspace(0.0, max(1e-6, *(d.max() for d in by_sample.values())), _BINS + 1)
    columns: dict[str, list[object]] = {"from": [], "distance": [], "share": []}
    for name, distances in by_sample.items():
        columns["from"] += [name] * _BINS
        columns["distance"] += edges[:-1].tolist()
        columns["share"] += (np.histogram(distances, edges)[0] / len(distances)).tolist()
    title = "Distance to the closest real row"
    rests_on = ("real", *by_sample)
    exhibit = Exhibit(name="distances", title=title, columns=columns, rests_on=rests_on)
    return Findings(exhibits=(exhibit,))


def _identifiers(comparison: Comparison) -> Findings:
    """Identifiers, direct identifiers and texts that the real table has too."""
    scores = []
    for name, (kind, real, synthetic) in comparison.identifiers.items():
        if comparison.augmented and len(synthetic) == comparison.delivered.rows:
            because = "because real rows were delivered too, and this column does not say which"
            scores.append(SHARED.missing(because, about=(name,)))
        else:
            scores.append(_shared(name, kind, real.drop_null(), synthetic.drop_null()))
    return Findings(scores=tuple(scores))


def _shared(name: str, kind: Kind, real: pa.Array, synthetic: pa.Array) -> Score:
    """The share of synthetic values of one column that stand in the real one."""
    if not min(len(real), len(synthetic)):
        return SHARED.missing("because one of the two columns is empty", about=(name,))
    if kind is Kind.ENTITY:  # the rows of one person repeat its code, which is no copy
        real, synthetic = real.unique(), synthetic.unique()
    hit = pc.is_in(synthetic, value_set=real).to_numpy(zero_copy_only=False)
    times = pc.value_counts(real).field("counts").to_numpy()
    mine = Share(float(hit.mean()), len(hit))
    baseline = Share(float(times[times > 1].sum() / len(real)), len(real))
    chance = against_baseline(mine, baseline)
    measure, remark = SHARED, "real values that stand twice in their own column are the yardstick"
    if _is_serial(real) and _is_serial(synthetic):
        measure = SHARED.model_copy(update={"tolerance": None, "alarm": None})
        remark = "both columns count their rows, so their values meet without any copying"
    return measure.score(
        mine.value,
        n=len(hit),
        about=(name,),
        interval=chance.interval,
        covers="the synthetic values and the real ones drawn again",
        ceiling=baseline.value,
        noise=chance.high,
        note=f"{int(hit.sum()):,} of {len(hit):,} values; {remark}",
    )


def _is_serial(values: pa.Array) -> bool:
    """Whether values are numbers in sequence, with a prefix or without: 1, 2, ... or P001, ..."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = pc.replace_substring_regex(values, pattern=r"^\D+", replacement="")
    try:
        numbers = np.unique(pc.cast(values, pa.int64()).to_numpy())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return bool(float(numbers[-1]) - float(numbers[0]) + 1 <= 2 * len(numbers))


PART = Part(
    name="copies",
    phase="copies",
    section=Section.COPIES,
    measures=(EXACT, ONE_CHANGED, SHIFTED, DRAWN, SHARED),
    steps=once(lambda evidence: copies(evidence.comparison, evidence.key.child("copies"))),
)
