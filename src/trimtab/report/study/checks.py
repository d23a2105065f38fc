"""The tables of a proof's page on added rows, groups of people, and leaks."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.report.blocks import Cell, CellGroup, CellLine, CellTable
from trimtab.report.formatting import count, percent
from trimtab.report.study.cells import LEARNER, NONE, WAY
from trimtab.study.balancing.result import Gap, Proof
from trimtab.study.balancing.tails import Counts, Tail
from trimtab.study.wording import plain, signed

_FEW = 10  # real rows that are hit, below which a ratio to them says little
_MAX_LINES = 40  # of a table of groups that a reader sees at first
_LOOKS = {
    "extreme": "extreme values: beyond the outer 5 % of the class's training rows",
    "rare": "rare labels: held by fewer than 5 % of the class's training rows",
    "amid": "rows amid the other class: most of their nearest neighbours are of it",
}


def tails(proof: Proof) -> CellTable | None:
    """The three looks at added rows, each beside unseen real rows."""
    groups = tuple(
        CellGroup(
            title=title,
            lines=tuple(
                CellLine(name=way, cells=_look(tail, look)) for way, tail in proof.tails.items()
            ),
        )
        for look, title in _LOOKS.items()
        if proof.tails
    )
    if not groups:
        return None
    return CellTable(
        title="Added rows beside unseen real ones",
        reading="Unseen: real rows of the same class among the test rows. Where fewer than "
        f"{_FEW} of them are hit, a ratio would say little, and counts must do.",
        first=WAY,
        grouped="what is looked at",
        columns=("added rows", "unseen real rows", "added / real"),
        groups=groups,
    )


def _look(tail: Tail, look: str) -> tuple[Cell, Cell, Cell]:
    added, real = getattr(tail, look), getattr(tail, f"real_{look}")
    one, other = added.rate, real.rate
    known = one is not None and other is not None and real.hits >= _FEW
    return _rate(added), _rate(real), Cell(text=plain(one / other, 2)) if known else NONE


def _rate(counts: Counts) -> Cell:
    if counts.rate is None:
        return NONE
    return Cell(
        text=percent(counts.rate), notes=(f"{count(counts.hits)} of {count(counts.chances)}",)
    )


def group_rates(proof: Proof, column: str) -> CellTable | None:
    """The share called positive of each group of a column, and of its positive rows."""
    mine = [g for g in proof.groups if g.column == column]
    ways = [a for a in proof.arms if any(g.arm == a for g in mine)]
    groups = []
    for learner in proof.learners:
        lines = []
        for group in dict.fromkeys(g.group for g in mine):
            by_arm = {g.arm: g for g in mine if (g.learner, g.group) == (learner, group)}
            cells = tuple(
                Cell(
                    text=percent(by_arm[w].selected),
                    notes=(f"recall {percent(by_arm[w].recalled)}",),
                )
                if w in by_arm
                else NONE
                for w in ways
            )
            if by_arm:
                one = next(iter(by_arm.values()))
                note = f"{one.rows:,} tests, {one.positives:,} positive"
                lines.append(CellLine(name=group, note=note, cells=cells))
        if lines:
            groups.append(CellGroup(title=learner, lines=tuple(lines)))
    if not groups:
        return None
    return CellTable(
        title="Share called positive, and recall",
        first="group",
        grouped=LEARNER,
        columns=tuple(ways),
        groups=tuple(groups),
        folded=len(groups) * len(groups[0].lines) > _MAX_LINES,
    )


def gaps(proof: Proof, column: str) -> CellTable | None:
    """How far the groups of a column are apart."""
    groups = []
    for learner in proof.learners:
        by_arm = {g.arm: g for g in proof.gaps if (g.learner, g.column) == (learner, column)}
        lines = [CellLine(name=a, cells=tuple(_gap(by_arm[a]))) for a in proof.arms if a in by_arm]
        if lines:
            groups.append(CellGroup(title=learner, lines=tuple(lines)))
    if not groups:
        return None
    return CellTable(
        title="How far groups are apart",
        reading="The largest minus the smallest rate, over groups with enough rows. Change: to "
        "doing nothing, in points, ± its standard error (jackknife over folds). A change of less "
        "than about two errors can be chance.",
        first=WAY,
        grouped=LEARNER,
        columns=("gap", "change", "gap", "change"),
        spans=(("share called positive", 2), ("recall", 2)),
        groups=tuple(groups),
    )


def _gap(gap: Gap) -> Iterable[Cell]:
    for rate, change in (
        (gap.selected, gap.selected_change),
        (gap.recalled, gap.recalled_change),
    ):
        yield Cell(text=percent(rate))
        if change is None:
            yield NONE
        else:
            yield Cell(text=f"{signed(100 * change[0], 1)} ± {plain(100 * change[1], 1)}")


def controls(proof: Proof) -> CellTable | None:
    """What each check found."""
    names = dict.fromkeys(c.name for c in proof.controls)
    groups = tuple(
        CellGroup(
            title=name,
            lines=tuple(
                CellLine(
                    name=c.arm,
                    cells=(
                        Cell(text="", word="sound" if c.sound else "alarm"),
                        Cell(text=f"{c.text[:1].upper()}{c.text[1:]}."),
                    ),
                )
                for c in proof.controls
                if c.name == name
            ),
        )
        for name in names
    )
    if not groups:
        return None
    return CellTable(
        title="Checks",
        first=WAY,
        grouped="check",
        columns=("result", "what was found"),
        groups=groups,
    )
