"""Cells of the tables of a proof's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trimtab.predict.calibration import FORMS, PLATT, PRIOR
from trimtab.report.blocks import Cell, CellGroup, CellLine
from trimtab.report.study.words import interval, probability
from trimtab.study.balancing.result import Line, Proof
from trimtab.study.inference import Difference
from trimtab.study.wording import plain, signed

WAY, LEARNER = "way to train", "learner"
DIGITS = {"cost": 4, **{f"brier_{form}": 4 for form in FORMS}}  # small figures need more digits
NONE = Cell(text="–")


def by_learner(
    proof: Proof, cells: Callable[[Line], Iterable[Cell]], ways: Sequence[str]
) -> tuple[CellGroup, ...]:
    """Lines of ways, by learner; learners without any are left out."""
    groups = []
    for learner in proof.learners:
        present = [line for a in ways if (line := proof.line(a, learner)) is not None]
        lines = tuple(CellLine(name=line.arm, cells=tuple(cells(line))) for line in present)
        if lines:
            groups.append(CellGroup(title=learner, lines=lines))
    return tuple(groups)


def value_of(line: Line, name: str) -> float | None:
    return line.figures[name].value if name in line.figures else None


def mean_of(line: Line, name: str) -> Cell:
    mean, digits = line.figures.get(name), DIGITS.get(name, 3)
    if mean is None or mean.value is None:
        return NONE
    if name == "brier_raw":
        others = {"prior": PRIOR, "Platt": PLATT}
        notes = (f"{label} {plain(value_of(line, f'brier_{f}'), 4)}" for label, f in others.items())
        return Cell(text=plain(mean.value, digits), notes=tuple(notes))
    return Cell(text=plain(mean.value, digits), notes=interval(mean, digits))


def difference_of(found: Difference | None, digits: int) -> Cell:
    if found is None:
        return NONE
    ends = f"[{signed(found.low, digits)}, {signed(found.high, digits)}]"
    return Cell(
        text=signed(found.value, digits),
        notes=(ends, probability(found.holm)),
        word=str(found.effect),
    )
