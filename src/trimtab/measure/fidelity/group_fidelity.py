"""How faithful a table is within each group, and whether groups are as large as was planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from trimtab._arrays import Float, Int, Single
from trimtab._random import Key
from trimtab.measure.chance.intervals import Drawn, Size, averaged, drawn, half_sum
from trimtab.measure.chance.permutation import differ, permute
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.compare.controls import Controls
from trimtab.measure.compare.weighting import Groups, groups
from trimtab.measure.evidence import Evidence
from trimtab.measure.fidelity.as_planned import counted_groups
from trimtab.measure.part import Part, Step
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
from trimtab.predict.sample import Feature, Sample

GROUP = Measure(
    name="group_distance",
    section=Section.FIDELITY,
    topic=Topic.GROUPS,
    split=Split.GROUP,
    title="Distance within a group",
    meaning="How far the columns of a group's synthetic rows are from those of its real rows, on "
    "average: 0 is alike, 1 has nothing in common. A high value means that the group's rows are "
    "not like its real members.",
    direction=Direction.LOWER,
    ideal=0.0,
    tolerance=0.03,
    alarm=0.1,
    source="Total variation and Kolmogorov-Smirnov distances, by group",
)
WORST = GROUP.model_copy(
    update={
        "name": "worst_group_distance",
        "title": "Least faithful group",
        "meaning": "The distance between synthetic and real rows of the group where it exceeds "
        "chance most. A table can be faithful on the whole while its small groups are not.",
    }
)
MIN_ROWS = 30  # of each table, for a group to be judged
_COVERS = "rows of the group drawn again"
_MAX_ROWS = 50_000  # of each table, chosen at random
_MAX_GROUPS = 200
_CELLS = 20
_LEVEL = 0.05
_NAMED = 5


@dataclass(frozen=True)
class _Judged:
    """One group: its rows in the real and the synthetic table, and its mean distance."""

    name: str
    rows: tuple[int, int]
    distance: Drawn


@dataclass(frozen=True)
class _Cells:
    """The cells of one feature.

    real, synthetic   of the rows, shape (rows,)
    distance          of two histograms over the cells, from their difference
    """

    real: Int
    synthetic: Int
    size: int
    distance: Size


def group_fidelity(
    comparison: Comparison,
    columns: Sequence[str],
    key: Key,
    planned: Mapping[str, int] | None = None,
    controls: Controls | None = None,
) -> Findings:
    """How faithful the table is within each combination of some columns.

    In each group of at least 30 real and 30 synthetic rows: the mean over the other features of the
    distance between the group's synthetic and real rows, which is the total variation for labels,
    and the largest difference of cumulative shares over 20 quantiles for numbers. The ceiling
    is what two samples of the group's real rows of these sizes show. The headline is the group that
    exceeds chance most, judged at a level that allows for it being the worst of many.

    columns   whose combinations are the groups; numbers of many values are cut into tenths
    planned   how many rows each group should have, by name, for the exhibit
    controls  what the headline stands beside

    Raises ColumnError for an unknown column.
    """
    counted = groups(comparison, columns)
    about = tuple(columns)
    counts = counted_groups(
        counted, planned or {}, alone=not any(comparison[n].is_number for n in columns)
    )
    sampled = comparison.sampled(_MAX_ROWS, key.child("sample"))
    features = [f for f in sampled.features if f.name not in columns]
    if not features:
        because = "no column is left to compare besides those that make the groups"
        return Findings(
            scores=(WORST.missing(because, about=about, headline=True),), exhibits=counts
        )
    grouping = groups(sampled, columns)
    chosen = _chosen(grouping)
    notes = _not_judged(grouping, chosen)
    if not len(chosen):
        because = f"no group has at least {MIN_ROWS} rows in both tables"
        return Findings(
            scores=(WORST.missing(because, about=about, headline=True), *_small(grouping, about)),
            exhibits=counts,
            notes=notes,
        )
    judged = _judged(sampled, features, grouping, chosen, key.child("groups", *columns))
    worst = _worst(judged, about)
    if controls is not None:
        worst = _beside(worst, controls, features, key.child("controls", *columns))
    each = (_score(j, about) for j in judged)
    scores = (worst, *each, *_small(grouping, about))
    return Findings(scores=scores, exhibits=(*counts, _table(judged, about)), notes=notes)


def _chosen(grouping: Groups) -> Int:
    """The groups with enough rows in both tables, at most so many, in their order."""
    least = np.minimum(grouping.counts("real"), grouping.counts("synthetic"))
    enough = np.flatnonzero(least >= MIN_ROWS)
    largest = enough[np.argsort(-least[enough], kind="stable")[:_MAX_GROUPS]]
    return np.sort(largest)


def _too_small(grouping: Groups) -> Int:
    """The groups that have rows, but too few in one of the tables, the largest first."""
    real, synthetic = grouping.counts("real"), grouping.counts("synthetic")
    small = np.flatnonzero((np.minimum(real, synthetic) < MIN_ROWS) & (real + synthetic > 0))
    return np.asarray(small[np.argsort(-(real + synthetic)[small], kind="stable")])


def _small(grouping: Groups, about: tuple[str, ...]) -> Iterator[Score]:
    """The scores of groups that are too small to be judged, the largest first."""
    real, synthetic = grouping.counts("real"), grouping.counts("synthetic")
    for g in _too_small(grouping)[:_MAX_GROUPS]:
        because = (
            f"it has {real[g]:,} real and {synthetic[g]:,} synthetic rows, and {MIN_ROWS} of each "
            "are needed"
        )
        yield GROUP.missing(because, about=about, within=grouping.names[g])


def _not_judged(grouping: Groups, chosen: Int) -> tuple[str, ...]:
    """The note on groups that are too small, or too many."""
    real, synthetic = grouping.counts("real"), grouping.counts("synthetic")
    least = np.minimum(real, synthetic)
    small = _too_small(grouping)
    more = int((least >= MIN_ROWS).sum()) - len(chosen)
    notes = []
    if len(small):
        named = "; ".join(
            f"{grouping.names[g]} ({real[g]:,} real, {synthetic[g]:,} synthetic)"
            for g in small[:_NAMED]
        )
        rest = f"; and {len(small) - _NAMED} more" if len(small) > _NAMED else ""
        notes.append(
            f"Likeness is not judged in groups of fewer than {MIN_ROWS} rows in either table: "
            f"{named}{rest}."
        )
    if more:
        notes.append(
            f"Likeness is judged in the {len(chosen)} largest groups of "
            f"{', '.join(grouping.columns)} only: {more:,} more have {MIN_ROWS} rows in both "
            "tables."
        )
    return tuple(notes)


def _judged(
    comparison: Comparison, features: Sequence[Feature], grouping: Groups, chosen: Int, key: Key
) -> list[_Judged]:
    real, synthetic = comparison.real, comparison.synthetic
    cells = [_cells(f, real, synthetic) for f in features]
    places = [_places(grouping.codes[s], len(grouping.names)) for s in ("real", "synthetic")]
    judged = []
    for g in chosen:
        mine, theirs = (p[g] for p in places)
        permutations = permute(real.take(mine), synthetic.take(theirs), key.child(int(g)))
        distances = [
            drawn(
                differ(np.append(c.real[mine], c.synthetic[theirs]), c.size, permutations),
                c.distance,
            )
            for c in cells
        ]
        judged.append(_Judged(grouping.names[g], (len(mine), len(theirs)), averaged(distances)))
    return judged


def _places(codes: Int, size: int) -> list[Int]:
    """The rows of each group."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=size))[:-1])


def _cells(feature: Feature, real: Sample, synthetic: Sample) -> _Cells:
    """A label's most frequent values, or a number between its quantiles; missing is last.

    Both tables count alike, for cells that one of them chooses lie where that one has many rows by
    chance.
    """
    mine, theirs = (s.values[feature.name] for s in (real, synthetic))
    both = np.append(mine, theirs)
    samples = (real, synthetic)
    weights = np.concatenate([s.weights / s.weights.sum() for s in samples])
    gone = np.concatenate([s.missing(feature) for s in samples])
    if not feature.is_number:
        shares = np.bincount(both[~gone], weights[~gone], len(feature.labels))
        place = np.argsort(np.argsort(-shares, kind="stable"), kind="stable")
        most = min(_CELLS, len(place))
        # Labels that are rarer than the most frequent ones are one cell.
        codes = np.where(gone, most + 1, np.minimum(np.append(place, 0)[both], most))
        return _Cells(codes[: real.rows], codes[real.rows :], most + 2, half_sum)
    inner = np.empty(0)
    if not gone.all():
        levels = np.arange(1, _CELLS) / _CELLS
        known = both[~gone]
        inner = np.unique(np.quantile(known, levels, weights=weights[~gone], method="inverted_cdf"))
    # A quantile is in the cell below it, so that a spike at the least value is a cell of its own.
    codes = np.where(gone, len(inner) + 1, np.searchsorted(inner, both, side="left"))
    size = len(inner) + 2
    return _Cells(codes[: real.rows], codes[real.rows :], size, _kolmogorov_smirnov)


def _kolmogorov_smirnov(differences: Single) -> Single:
    return np.asarray(np.abs(np.cumsum(differences, axis=0)).max(axis=0))


def _score(judged: _Judged, about: tuple[str, ...]) -> Score:
    spread = judged.distance.spread
    return GROUP.score(
        judged.distance.value,
        n=sum(judged.rows),
        about=about,
        within=judged.name,
        interval=spread.interval,
        covers=_COVERS,
        ceiling=spread.chance,
        noise=spread.noise,
    )


def _worst(judged: Sequence[_Judged], about: tuple[str, ...]) -> Score:
    """The group that exceeds chance most, of those that do so even as the worst of many."""
    many = len(judged)
    reach = _outermost([_standard(j.distance.chance) for j in judged])
    noise = [float(c.mean() + reach * c.std()) for c in (j.distance.chance for j in judged)]
    beyond = [k for k, j in enumerate(judged) if j.distance.value > noise[k]] or range(many)
    k = max(beyond, key=lambda k: judged[k].distance.excess)
    worst, distance = judged[k], judged[k].distance
    reach = _outermost([np.abs(_standard(j.distance.found)) for j in judged])
    around = reach * float(distance.found.std())
    note = f"the worst of {many} groups, judged at the level {_LEVEL:g} / {many}"
    return WORST.score(
        distance.value,
        n=sum(worst.rows),
        about=about,
        within=worst.name,
        interval=(max(0.0, distance.value - around), distance.value + around),
        covers=f"{_COVERS}, for all {many} groups at once" if many > 1 else _COVERS,
        ceiling=distance.spread.chance,
        noise=noise[k],
        headline=True,
        note=note if many > 1 else "",
    )


def _beside(score: Score, controls: Controls, features: Sequence[Feature], key: Key) -> Score:
    """The score of a group with what the controls get in it, as of so many rows by chance."""
    said: dict[str, float] = {}
    for name, control in (("columns_alone", controls.alone), ("heldout", controls.heldout)):
        if control is None or score.ceiling is None:
            continue
        grouping = groups(control, score.about)
        enough = {grouping.names[g]: g for g in _chosen(grouping)}
        if score.within in enough:
            group = np.array([enough[score.within]])
            (found,) = _judged(control, features, grouping, group, key.child(name))
            said[name] = max(0.0, found.distance.excess + score.ceiling)
    return score.model_copy(update=said)


def _standard(draws: Single) -> Float:
    return (draws - draws.mean()) / max(float(draws.std()), 1e-12)


def _outermost(draws: Sequence[Float]) -> float:
    """What the largest of one draw of each group stays under 19 times in 20.

    No group of so many is beyond its own point at the level 0.05 / groups more often than that. The
    groups' draws are taken together for that point, which is too far out for those of one group.
    """
    return float(np.quantile(np.concatenate(draws), 1 - _LEVEL / len(draws), method="higher"))


def _table(judged: Sequence[_Judged], about: tuple[str, ...]) -> Exhibit:
    return Exhibit(
        name="group likeness",
        title="Distance between synthetic and real rows in each group",
        about=about,
        columns={
            "group": [j.name for j in judged],
            "rows_real": [j.rows[0] for j in judged],
            "rows_synthetic": [j.rows[1] for j in judged],
            "value": [j.distance.value for j in judged],
            "low": [j.distance.spread.low for j in judged],
            "high": [j.distance.spread.high for j in judged],
        },
    )


def _steps(evidence: Evidence) -> Iterator[Step]:
    """The groups that the table was weighted to, then those of each protected column."""
    by, planned = evidence.settings.by, evidence.planned
    if by:
        told = planned is not None and planned.columns == by and not planned.persons
        rows = planned.counts if planned is not None and told else None
        yield partial(
            group_fidelity, evidence.comparison, by, evidence.key, rows, evidence.controls
        )
    for name in evidence.settings.protected:
        if (name,) != by:
            # Weighted, because a group's make-up may differ on purpose too.
            yield partial(
                group_fidelity,
                evidence.weighted,
                (name,),
                evidence.key,
                controls=evidence.controls,
            )


PART = Part("groups", "groups", Section.FIDELITY, (GROUP, WORST), _steps)
