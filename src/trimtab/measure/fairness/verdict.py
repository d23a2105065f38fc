"""What a gap between groups says of a synthetic table.

The verdicts, here more than elsewhere a matter of convention:

- no more than chance alone shows once in twenty: good, unless chance alone makes large gaps at
  these group sizes; then the groups are too small to tell, and there is no verdict;
- otherwise the real table's gap decides: good where it is clearly larger, middling where chance
  can explain the difference, for then the table passes on what the real one holds, and poor where
  it is clearly smaller, or lies the other way round; a gap that is large in itself is one step
  worse.

Gaps of classifiers are moved by the rows they were trained on too. Where the learner was trained
again without parts of its rows, the intervals hold that as well; otherwise a difference to the real
arm may be nothing but that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot

import numpy as np

from trimtab._arrays import Bool
from trimtab._random import Key
from trimtab.errors import ColumnError
from trimtab.measure.chance.bootstrap import jackknife_variance
from trimtab.measure.chance.intervals import Z
from trimtab.measure.compare.comparison import Comparison
from trimtab.measure.fairness.families import Family
from trimtab.measure.fairness.gaps import MAX_CELLS, MAX_GROUPS, Contrast, Figures, Gap
from trimtab.measure.fairness.rates import FEW_CASES, FEW_ROWS
from trimtab.measure.score import Measure, Score, Verdict
from trimtab.measure.scorecard import figure

_SAID_GROUPS = 5


@dataclass(frozen=True)
class Seen:
    """A gap over all groups, and over the larger ones only, where some are small.

    larger   None where there is no small group, or no two larger ones
    small    whether there is a small group
    moved    standard error of the gap, and of that over the larger groups, over the choice of the
             rows that were trained on; 0 where nothing was trained, or that is not known
    """

    gap: Gap
    larger: Gap | None
    small: bool
    moved: tuple[float, float] = (0.0, 0.0)


def column_sets(
    comparison: Comparison, protected: Sequence[str], target: str
) -> tuple[tuple[str, ...], ...]:
    """Each protected column alone, then all of them together.

    Raises ColumnError for an unknown column, and where the target is one of them.
    """
    names = tuple(dict.fromkeys(comparison[name].name for name in protected))
    if target in names:
        raise ColumnError(
            f"target and protected both name {target!r}: expected the outcome as target, and as "
            "protected the columns that it should not depend on."
        )
    return (*((n,) for n in names), *([names] if len(names) > 1 else []))


def seen(family: Family, contrast: Contrast, key: Key, again: Sequence[Family] = ()) -> Seen | None:
    """The gap of a family of figures; None where it cannot be computed.

    again   the same of the learner trained without each of some parts of its rows; their noise is
            added to the intervals
    """
    figures, kept = family.figures, family.kept
    gap = contrast.gap(figures, key)
    if gap is None:
        return None
    small = bool((np.isfinite(figures.value) & ~kept).any())
    larger = contrast.gap(figures.where(kept), key.child("larger groups")) if small else None
    everywhere = np.ones(kept.shape, dtype=bool)
    first, second = (
        float(np.sqrt(jackknife_variance([_at(contrast, f, chosen) for f in again])))
        for chosen in (everywhere, kept)
    )
    most = 1.0 if figures.rows is not None else np.inf
    return Seen(
        gap=gap.widened(first, most),
        larger=None if larger is None else larger.widened(second, most),
        small=small,
        moved=(first, second),
    )


def _at(contrast: Contrast, family: Family, kept: Bool) -> float:
    return float(contrast.of(family.figures.where(kept).value))


@dataclass(frozen=True)
class Reference:
    """What a gap is compared with.

    name    how a text calls it: "the real table"
    paired  whether both gaps are of the same rows, so that the sizes of the groups and most of the
            chance are common to them
    """

    seen: Seen
    name: str
    paired: bool


@dataclass(frozen=True)
class Scale:
    """When a gap, or 1 minus a ratio, is too large.

    acceptable   one that is larger than the real one by no more is not poor beyond doubt
    blurred      where chance alone makes one beyond it, the groups are too small to tell
    large        one beyond it is large in itself
    """

    acceptable: float
    blurred: float
    large: float


# The .1 and the 1 - .8 that toolkits call acceptable (Bellamy et al. 2018, AI Fairness 360), and
# twice that; a majority more, and ten times as much.
DIFFERENCES, SHORTFALLS = Scale(0.1, 0.2, 0.5), Scale(0.2, 0.4, 0.9)


def of_means(deviation: float) -> Scale:
    """For means of a number of some standard deviation: a small gap, a medium one and more than a
    large one (Cohen 1988: .2, .5 and .8).
    """
    return Scale(0.2 * deviation, 0.5 * deviation, deviation)


def judged(
    measure: Measure,
    found: Seen,
    *,
    reference: Reference | None,
    scale: Scale,
    silent: str = "",
    n: int,
    about: tuple[str, ...],
    within: str,
    covers: str,
    note: str,
    headline: bool = False,
) -> Score:
    """The score of a gap.

    silent   why the gap says nothing, if it does not
    """
    gap = found.gap
    score = measure.score(
        gap.value,
        n=n,
        about=about,
        within=within,
        interval=(gap.low, gap.high),
        covers=covers,
        noise=gap.noise,
        headline=headline,
    )
    said = _Said(Verdict.NONE, silent) if silent else _verdict(measure, found, reference, scale)
    reason = "; ".join(filter(None, (said.because, note)))
    return score.model_copy(
        update={"verdict": said.verdict, "beyond_doubt": said.decisive, "because": reason}
    )


@dataclass(frozen=True)
class _Said:
    """A verdict on a gap, and the reason for it.

    decisive   whether it is poor for being larger than the real one, surely and by more than is
               acceptable, or for lying the other way round; one that is poor for being large may be
               as large as the real one
    """

    verdict: Verdict
    because: str
    decisive: bool = False


def _verdict(measure: Measure, gaps: Seen, reference: Reference | None, scale: Scale) -> _Said:
    """The verdict on a gap, over the larger groups where the small ones hide everything."""
    base = None if reference is None else _Base.of(reference, larger=False)
    value, noise = (measure.badness(v) for v in (gaps.gap.value, gaps.gap.noise))
    if noise <= scale.blurred or value > noise + 1e-12 or gaps.larger is None:
        return _compared(measure, gaps.gap, base, scale)
    if reference is not None and reference.seen.larger is not None:
        base = _Base.of(reference, larger=True)
    said = _compared(measure, gaps.larger, base, scale)
    return replace(said, because=f"over the groups with enough rows: {said.because}")


@dataclass(frozen=True)
class _Base:
    """The gap that a gap is compared with, and the interval that counts when it is."""

    value: float
    low: float
    high: float
    name: str
    gap: Gap

    def lies_against(self, gap: Gap, measure: Measure) -> bool:
        """Whether it is surely there, and between the same two groups the other way round."""
        own, bad = self.gap, measure.badness
        surely = bad(own.value) > bad(own.noise) and min(bad(own.low), bad(own.high)) > 0
        return surely and (own.line, own.top, own.bottom) == (gap.line, gap.bottom, gap.top)

    @classmethod
    def of(cls, reference: Reference, larger: bool) -> _Base:
        seen = reference.seen
        gap = seen.larger if larger and seen.larger is not None else seen.gap
        if not reference.paired:
            return cls(gap.value, gap.low, gap.high, reference.name, gap)
        reach = Z * seen.moved[int(larger)]
        return cls(gap.value, gap.value - reach, gap.value + reach, reference.name, gap)


def _compared(measure: Measure, gap: Gap, base: _Base | None, scale: Scale) -> _Said:
    bad = measure.badness
    value, noise = bad(gap.value), bad(gap.noise)
    chance = f"{figure(gap.noise)} once in twenty"
    if value <= noise + 1e-12:
        if noise <= scale.blurred:
            return _Said(
                Verdict.GOOD,
                f"no more than chance alone would show at these group sizes ({chance})",
            )
        return _Said(Verdict.NONE, f"the groups are too small to tell: chance alone shows {chance}")
    low, high = sorted((bad(gap.low), bad(gap.high)))
    large = low > scale.large
    word = ", and is large" if large else ""
    kept = Verdict.POOR if large else Verdict.MIDDLING
    if base is None:
        return _Said(kept, f"more than chance alone would show ({chance}){word}")
    least, most = sorted((bad(base.low), bad(base.high)))
    apart = value - bad(base.value)
    base_text = f"{base.name} ({figure(base.value)}){word}"
    if low > 0 and base.lies_against(gap, measure):
        return _Said(Verdict.POOR, f"turns round the gap of {base_text}", decisive=True)
    surely = apart - hypot(value - low, most - bad(base.value))
    if surely > 0:
        much = surely > scale.acceptable
        return _Said(Verdict.POOR, f"amplifies the gap of {base_text}", decisive=much)
    if -apart > hypot(high - value, bad(base.value) - least):
        return _Said(
            Verdict.MIDDLING if large else Verdict.GOOD,
            f"a smaller gap than that of {base_text}",
        )
    return _Said(kept, f"keeps the gap of {base_text}")


def extremes(
    found: Seen, figures: Figures, names: tuple[str, ...], lines: tuple[str, ...], n_larger: str
) -> str:
    """Which groups a gap lies between, what chance makes of it, and what it is without small ones.

    lines      what each line of the figures is; () where there is but one
    n_larger   how a text calls the groups that are not small
    """
    gap = found.gap
    values = [float(figures.value[gap.line, g]) for g in (gap.top, gap.bottom)]
    parts = ["all groups are alike"]
    if values[0] > values[1]:
        top, bottom = (
            f"{names[g]} ({figure(v)})" for g, v in zip((gap.top, gap.bottom), values, strict=True)
        )
        line = f", {lines[gap.line]}" if lines else ""
        parts = [f"highest for {top}, lowest for {bottom}{line}"]
    parts.append(f"chance alone makes {figure(gap.chance)} on average")
    if found.larger is not None:
        larger = found.larger
        parts.append(
            f"{figure(larger.value)} ({figure(larger.low)} to {figure(larger.high)}) over the "
            f"groups with {n_larger}, where chance alone shows {figure(larger.noise)} once in "
            "twenty"
        )
    elif found.small:
        parts.append(f"no two groups have {n_larger}")
    return "; ".join(parts)


def too_many(columns: Sequence[str], groups: int, lines: int) -> str:
    """Why so many groups are not compared; "" where they are."""
    if groups <= MAX_GROUPS and groups * lines <= MAX_CELLS:
        return ""
    return (
        f"{' x '.join(columns)} makes {groups:,} groups, too many to compare: name fewer protected "
        "columns"
    )


def enough(conditional: bool) -> str:
    """How a text calls groups that are not small."""
    rows = f"at least {FEW_ROWS} rows"
    return f"{rows} and {FEW_CASES} that count" if conditional else rows


def small_groups(columns: Iterable[str], what: str, names: list[str]) -> str:
    """The note on groups that are small."""
    more = f"; and {len(names) - _SAID_GROUPS} more" if len(names) > _SAID_GROUPS else ""
    return (
        f"{' x '.join(columns)}: {what}: {'; '.join(names[:_SAID_GROUPS])}{more}. Gaps are also "
        "given without them."
    )
