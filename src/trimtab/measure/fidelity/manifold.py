"""Density and coverage: do synthetic rows lie where real rows lie, and everywhere there?

Each reference row has a ball that reaches to its fifth nearest reference row. Density counts the
balls that synthetic rows lie in, coverage the balls that hold a synthetic row (Naeem et al. 2020,
Reliable fidelity and diversity metrics for generative models, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics.pairwise import euclidean_distances

from trimtab._arrays import Float, Int
from trimtab._random import Key
from trimtab.measure.chance.baseline import Share, against_baseline
from trimtab.measure.chance.intervals import Z_ONE_SIDED, Z, clustered
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.embedding import Embedding, Points, embed, nearest
from trimtab.measure.part import Part, once
from trimtab.measure.score import Direction, Exhibit, Findings, Measure, Section, Split, Topic
from trimtab.predict.sample import Sample

_SOURCE = "Naeem et al. 2020, Reliable fidelity and diversity metrics for generative models"
DENSITY = Measure(
    name="density",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.WHOLE,
    title="Density",
    meaning="How many balls around real rows a synthetic row lies in, with 1 for a row of the same "
    "source. Low: rows that no real row is like. Above the ceiling: rows crowd where real rows are "
    "dense, which coverage then shows.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.05,
    alarm=0.15,
    source=_SOURCE,
)
COVERAGE = Measure(
    name="coverage",
    section=Section.FIDELITY,
    topic=Topic.ROWS,
    split=Split.WHOLE,
    title="Coverage",
    meaning="Share of real rows that have a synthetic row nearby: nearer than their fifth nearest "
    "real row. Low: kinds of rows that the synthetic table lacks.",
    direction=Direction.HIGHER,
    ideal=1.0,
    tolerance=0.03,
    alarm=0.1,
    source=_SOURCE,
)
NEIGHBOURS = 5
MAX_ROWS = 5000
_MIN_ROWS = 30
_LOST = 0.05  # of the weight may be lost where rows are drawn by weight but never twice
_DRAWS = 200
_BLOCK = 500
_SHOWN = 1000
_ROUNDING = 1e-6  # of a squared distance: a row on the edge of a ball is in it
_COVERS = "synthetic rows and the real rows of the ceiling drawn again, beside the same real rows"


def manifold(comparison: Comparison, key: Key) -> Findings:
    """Density and coverage beside those of real rows, and a projection of both tables.

    The balls are around held-out rows, and training rows give the ceiling. Without held-out rows,
    the real rows are split in halves: one has the balls, the other gives the ceiling. All three
    have the same number of rows, at most 5,000.
    """
    drawn = _draw(comparison, key)
    rows = drawn[0].rows
    if rows < _MIN_ROWS:
        because = f"because only {rows} rows a side can be drawn, and {_MIN_ROWS} are needed"
        return Findings(scores=(DENSITY.missing(because), COVERAGE.missing(because)))
    reference, real, synthetic = drawn
    embedding = embed(comparison.features, comparison.real)
    balls = _balls(embedding, reference, real, synthetic, key.child("permutations"))
    note = ""
    if comparison.holdout is None:
        note = "half of the real rows beside the other half, all of which the generator may have "
        note += "seen: copies would look good here"
    density, chance = balls.density, against_baseline(balls.covered, balls.covered_by_real)
    error = float(np.hypot(density.error, density.error_of_real))
    scores = (
        DENSITY.score(
            density.value,
            n=rows,
            interval=(max(0.0, density.value - Z * error), density.value + Z * error),
            covers=_COVERS,
            ceiling=density.of_real,
            noise=density.of_real - Z_ONE_SIDED * np.sqrt(2) * density.error_of_real,
            note=note,
        ),
        COVERAGE.score(
            balls.covered.value,
            n=rows,
            interval=chance.interval,
            covers=_COVERS,
            ceiling=balls.covered_by_real.value,
            noise=chance.low,
            note=note,
        ),
    )
    return Findings(scores=scores, exhibits=(_projection(embedding, comparison, key),))


def _draw(comparison: Comparison, key: Key) -> tuple[Sample, Sample, Sample]:
    """Reference, real and synthetic rows of the same number, each counting once."""
    real, reference = comparison.real, comparison.holdout
    if reference is None:
        real, reference = _halves(real, key.child("halves"))
    samples = reference, replace(real, name="train"), comparison.synthetic
    most = min(MAX_ROWS, *(_drawable(sample) for sample in samples))
    even = [_evenly(sample, most, key.child("drawn")) for sample in samples]
    rows = min(sample.rows for sample in even)
    first, second, third = (sample.sampled(rows, key.child("equal")) for sample in even)
    return first, second, third


def _halves(sample: Sample, key: Key) -> tuple[Sample, Sample]:
    """Two random halves; the rows of one person stay together."""
    owners = np.arange(sample.rows) if sample.people is None else sample.people
    if not sample.rows:
        return sample, sample
    number = int(owners.max()) + 1
    first = key.generator().permutation(number)[owners] < number // 2
    return sample.take(first), sample.take(~first)


def _drawable(sample: Sample) -> int:
    """How many rows can be drawn by weight without drawing any of them twice."""
    if not sample.weighted:
        return sample.rows
    shares = sample.weights / sample.weights.sum()
    rows = sample.rows
    while rows > 1 and np.minimum(1.0, rows * shares).sum() < (1 - _LOST) * rows:
        rows = int(rows * 0.95)
    return rows


def _evenly(sample: Sample, rows: int, key: Key) -> Sample:
    """So many rows, drawn with chances in proportion to their weights, then of weight 1.

    No row is drawn twice: it would be its own nearest neighbour, and its ball a point.
    """
    if not sample.weighted:
        return sample.sampled(rows, key)
    generator = key.child(sample.name).generator()
    order = generator.permutation(sample.rows)
    chances = np.minimum(1.0, rows * sample.weights[order] / sample.weights.sum())
    # Systematic sampling: a row is drawn where the running sum of chances passes a whole number.
    sums = np.floor(np.cumsum(chances) + generator.random())
    chosen = np.sort(order[np.diff(sums, prepend=0.0) > 0])
    return replace(sample.take(chosen), weights=np.ones(len(chosen)))


@dataclass(frozen=True)
class _Density:
    """Mean balls per row over those expected, with standard errors."""

    value: float
    error: float
    of_real: float
    error_of_real: float


@dataclass(frozen=True)
class _Balls:
    """What lies in the balls of the reference rows."""

    density: _Density
    covered: Share
    covered_by_real: Share


def _balls(
    embedding: Embedding, reference: Sample, real: Sample, synthetic: Sample, key: Key
) -> _Balls:
    """Density and coverage of synthetic rows and of real rows.

    How far chance moves a coverage is seen from real and synthetic rows permuted between two
    tables: the balls overlap, so that they are worth fewer rows than they are.
    """
    points = embedding.points(reference)
    others = np.concatenate([embedding.points(real), embedding.points(synthetic)])
    # The nearest is the row itself, or one that equals it.
    radii = nearest(points, points, NEIGHBOURS + 1)[0][:, NEIGHBOURS]
    permutations = _permutations(real, synthetic, key)
    balls = np.zeros(len(others))
    covered = np.zeros((2, permutations.shape[1]))
    for start in range(0, len(points), _BLOCK):
        inside = _inside(points[start : start + _BLOCK], radii[start : start + _BLOCK], others)
        balls += inside.sum(axis=0)
        indicator = inside.astype(np.float32)
        first = indicator @ permutations
        covered[0] += (first > 0.5).sum(axis=0)
        covered[1] += (indicator.sum(axis=1)[:, None] - first > 0.5).sum(axis=0)
    # The first permutation is the one seen: real rows, then synthetic.
    shares = covered / len(points)
    pooled = float(shares[:, 1:].mean())
    variance = float(np.var(shares[0, 1:] - shares[1, 1:])) / 2
    worth = pooled * (1 - pooled) / variance if variance > 0 else float(len(points))
    by_real, value = _density(balls[: real.rows], real), _density(balls[real.rows :], synthetic)
    return _Balls(
        _Density(*value, *by_real),
        Share(float(shares[1, 0]), worth),
        Share(float(shares[0, 0]), worth),
    )


def _inside(points: Points, radii: Float, others: Points) -> np.ndarray:
    """Whether each other point lies in each ball, shape (points, others)."""
    squared = euclidean_distances(points, others, squared=True)
    return np.asarray(squared <= np.square(radii)[:, None] + _ROUNDING)


def _density(balls: Float, sample: Sample) -> tuple[float, float]:
    """The mean number of balls that a row lies in, over those expected, and its error."""
    lines = np.arange(sample.rows) if sample.people is None else sample.people
    _, lines = np.unique(lines, return_inverse=True)
    hits = np.bincount(lines, balls / NEIGHBOURS).astype(np.float64)
    counts = np.bincount(lines).astype(np.float64)
    return clustered(hits, counts)


def _permutations(real: Sample, synthetic: Sample, key: Key) -> Points:
    """Which rows are in the first of two tables: as they are, then permuted at random.

    Rows of both, real ones first; shape (rows, 1 + draws). The rows of one person stay together.
    """
    owners: list[Int] = []
    for sample in (real, synthetic):
        own = np.arange(sample.rows) if sample.people is None else sample.people
        owners.append(own + (int(owners[0].max()) + 1 if owners else 0))
    persons = np.concatenate(owners)
    generator = key.generator()
    assigned = np.zeros((len(persons), 1 + _DRAWS), np.float32)
    assigned[: real.rows, 0] = 1.0
    for draw in range(1, 1 + _DRAWS):
        ranks = generator.permutation(int(persons.max()) + 1)[persons]
        assigned[np.argsort(ranks, kind="stable")[: real.rows], draw] = 1.0
    return assigned


def _projection(embedding: Embedding, comparison: Comparison, key: Key) -> Exhibit:
    """Both tables on the first two principal components of the real rows."""
    columns: dict[str, list[object]] = {"side": [], "x": [], "y": []}
    samples = (comparison.real, comparison.synthetic)
    even = [_evenly(s, min(MAX_ROWS, _drawable(s)), key.child("projected")) for s in samples]
    axes = PCA(n_components=2, svd_solver="covariance_eigh")
    with np.errstate(invalid="ignore"):  # shares of the variance, where there is none
        axes.fit(embedding.points(even[0]))
    for sample in even:
        coordinates = axes.transform(embedding.points(sample.sampled(_SHOWN, key.child("shown"))))
        columns["side"] += [sample.name] * len(coordinates)
        columns["x"] += coordinates[:, 0].tolist()
        columns["y"] += coordinates[:, 1].tolist()
    title = "Rows on the real table's first two principal components"
    return Exhibit(name="projection", title=title, columns=columns, weighted=comparison.weighted)


PART = Part(
    name="manifold",
    phase="whole rows",
    section=Section.FIDELITY,
    measures=(DENSITY, COVERAGE),
    steps=once(lambda evidence: manifold(evidence.weighted, evidence.key)),
)
