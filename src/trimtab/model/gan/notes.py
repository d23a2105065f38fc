"""What a careful user should know of a trained GAN, in words."""

from __future__ import annotations

from collections.abc import Mapping

from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design


def notes_of(design: Design, lost: Mapping[str, float]) -> tuple[str, ...]:
    """Notes on what a GAN gives up on purpose, and on columns that collapsed.

    `lost` is the share of held-out rows whose value hardly comes up any more, by column.
    """
    notes = []
    if isinstance(design, FairDesign):
        notes.append(
            "Drawn independently of each other, by their shares: "
            f"{', '.join(design.given_columns)}. The other columns are made so that they tell "
            f"little of {', '.join(design.protected)}: rows look less like real ones by that much."
        )
    if lost:
        columns = ", ".join(f"{name} ({100 * share:.0f} %)" for name, share in lost.items())
        notes.append(
            "MODE COLLAPSE: values that many held-out rows have hardly ever come up (the share of "
            f"these rows in brackets): {columns}. Train longer, with another seed, or leave out "
            "`model`."
        )
    return tuple(notes)
