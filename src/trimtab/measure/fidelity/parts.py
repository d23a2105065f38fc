"""The parts of an evaluation that are about likeness, in the order in which they are judged."""

from __future__ import annotations

from trimtab.measure.fidelity import (
    as_planned,
    detection,
    group_fidelity,
    manifold,
    marginals,
    pairs,
    published_detection,
    rare_labels,
    shown_pairs,
    tails,
    training_stages,
    triples,
    validity,
)

PARTS = (
    training_stages.PART,  # first, for stages may be unfit, and the rest takes long
    shown_pairs.PART,
    marginals.PART,
    pairs.PART,
    triples.PART,
    detection.PART,
    published_detection.PART,
    manifold.PART,
    validity.PART,
    tails.PART,
    rare_labels.PART,
    group_fidelity.PART,
    as_planned.PART,
)
