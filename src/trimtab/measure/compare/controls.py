"""What a figure is read beside: tables of which one knows how good they are.

The columns alone: each column drawn from the real rows by itself. Such a table has the shape of
every column and no relation between any two, so a figure that it does well by says nothing of
relations. And the held-out rows in the place of the synthetic ones: no table can be expected to do
better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from trimtab._random import Key
from trimtab.measure.chance.intervals import Drawn
from trimtab.measure.chance.permutation import Permutations, permute
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.score import Findings, Measure, Score, Verdict
from trimtab.measure.scorecard import figure
from trimtab.predict.sample import Sample

_DRAWS = 40  # of the chance that held-out rows, which may be fewer, are freed from
Distance = Callable[[Comparison, Permutations], Drawn | None]


@dataclass(frozen=True)
class Controls:
    """A comparison with other tables in the place of the synthetic one.

    judged    the comparison itself
    alone     as many rows, each column drawn by itself from the real rows, by their weights
    heldout   the held-out rows; None where there are none
    """

    judged: Comparison
    alone: Comparison
    heldout: Comparison | None

    @classmethod
    def of(cls, comparison: Comparison, key: Key) -> Controls:
        """The controls of a comparison."""
        alone = _alone(comparison, key)
        heldout = comparison.holdout
        return cls(
            comparison,
            _instead(comparison, alone),
            None if heldout is None else _instead(comparison, replace(heldout, name="synthetic")),
        )

    def beside(
        self,
        findings: Findings,
        measure: Measure,
        distance: Distance,
        key: Key,
        *,
        of_relations: bool = False,
    ) -> Findings:
        """Findings whose headline of a measure says what the controls get.

        distance       of both tables of a comparison; chance makes one of few rows larger,
                       so that of held-out rows is given as of as many as the synthetic rows
        of_relations   whether columns alone do badly by it: a figure is then poor where the
                       synthetic table has lost more than half of what its columns had to do with
                       each other, however little that was
        """
        alone, heldout = (
            None if c is None else distance(c, permute(c.real, c.synthetic, key, _DRAWS))
            for c in (self.alone, self.heldout)
        )

        def completed(score: Score) -> Score:
            if score.measure != measure.name or not score.headline or score.value is None:
                return score
            held = None
            if heldout is not None and score.ceiling is not None:
                held = max(0.0, heldout.excess + score.ceiling)
            said = {"heldout": held, "columns_alone": None if alone is None else alone.value}
            score = score.model_copy(update=said)
            if of_relations and alone is not None and _may_be_lost(score):
                own = self._own(distance, key)
                return score if own is None else _as_lost(score, own.excess, alone.excess)
            return score

        return findings.model_copy(update={"scores": tuple(map(completed, findings.scores))})

    def _own(self, distance: Distance, key: Key) -> Drawn | None:
        """How far the synthetic table is from its own columns, each drawn by itself."""
        real = replace(self.judged.synthetic, name="real")
        own = replace(self.judged, real=real)
        drawn = _alone(own, key.child("own columns"))
        return distance(_instead(own, drawn), permute(real, drawn, key, _DRAWS))


def _may_be_lost(score: Score) -> bool:
    """Whether a distance is surely more than half of that of columns alone."""
    alone, real, noise, ends = score.columns_alone, score.ceiling, score.noise, score.interval
    if alone is None or real is None or noise is None or ends is None:
        return False
    return alone > noise and ends[0] > (real + alone) / 2


def _as_lost(score: Score, own: float, real: float) -> Score:
    """A score that is poor beyond doubt where more than half of the relations are lost.

    own, real   how far each table is from its own columns drawn by themselves, beyond chance
    """
    # Columns that have drifted are far apart too, and may still hang together as before.
    if own > real / 2:
        return score
    because = (
        "more than half of what columns have to do with each other is lost: columns drawn by "
        f"themselves get {figure(score.columns_alone)}"
    )
    said = {"verdict": Verdict.POOR, "beyond_doubt": True, "because": because}
    return score.model_copy(update=said)


def _instead(comparison: Comparison, sample: Sample) -> Comparison:
    return replace(comparison, synthetic=sample, delivered=sample)


def _alone(comparison: Comparison, key: Key) -> Sample:
    """Rows whose values are drawn from the real rows, for each column anew."""
    real, rows = comparison.real, comparison.synthetic.rows
    chance = real.weights / real.weights.sum() if real.weighted else None
    values = {}
    for feature in comparison.features:
        draw = key.child("columns alone", feature.name).generator()
        chosen = draw.choice(real.rows, rows, p=chance)
        values[feature.name] = real.values[feature.name][chosen]
    return Sample("synthetic", values, np.ones(rows))
