"""What a proof's page says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trimtab.report.formatting import listed
from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.result import CurvePoint, Proof
from trimtab.study.inference import Difference, Effect, Mean
from trimtab.study.metrics import AUC, MEASURES, PRECISION
from trimtab.study.wording import plain, signed

_LEARNED_NOTHING = 0.02  # an AUC this near to .5


def interval(mean: Mean, digits: int = 3) -> tuple[str, ...]:
    """The interval of a mean as a note; none where there is none."""
    if mean.low is None or mean.high is None:
        return ()
    return (f"[{plain(mean.low, digits)}, {plain(mean.high, digits)}]",)


def probability(p: float) -> str:
    """A p value."""
    return "p < .001" if p < 0.0005 else f"p {plain(p)}"


def opened(text: str) -> str:
    """A text as a sentence: with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def summary(proof: Proof) -> str:
    """What was compared."""
    share = proof.positives / max(proof.rows, 1)
    of = "" if proof.people is None else f" of {proof.people:,} persons"
    sentence = (
        f"{proof.rows:,} rows{of}, {proof.positives:,} of them ({100 * share:.1f} %) with "
        f"{proof.target} = {proof.positive}"
    )
    if proof.minority != proof.positives:
        sentence += f"; the smaller class has {proof.minority:,} rows"
    return (
        f"{sentence}. {_counted(len(proof.arms), 'way')} to train ({listed(proof.arms)}), "
        f"{_counted(len(proof.learners), 'learner')}, {_folds(proof)}."
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _folds(proof: Proof) -> str:
    if proof.folds < proof.asked:
        return f"{proof.folds} of the {proof.asked} folds that were asked for"
    return f"all {proof.asked} folds"


def not_shown() -> str:
    """What "no difference shown" means beside "no difference", in a sentence."""
    unsure, same = (opened(e).removesuffix(".") for e in (Effect.UNSURE, Effect.SAME))
    return (
        f"“{unsure}” means that these folds cannot tell: the difference can be chance, and it can "
        f"be more than what does not matter (an AUC within {plain(MEASURES[AUC][2])}); it is no "
        f"proof that there is none. “{same}” means that the whole interval lies within what does "
        "not matter."
    )


def on_intervals(proof: Proof) -> str:
    """How intervals of differences hang together with what these come to."""
    if any(d.level is None for d in _differences(proof)):
        return (
            "Each interval is of 95 % for its way alone, while what a difference comes to is "
            "corrected for the number of ways (as proofs before version 3 were made): an interval "
            f"without 0 can stand beside “{Effect.UNSURE}”."
        )
    return (
        "Intervals are corrected for the number of ways, as p is, and so of 95 % or more. One "
        f"without 0 helps or harms, one with 0 is “{Effect.UNSURE}”; one that lies within what "
        f"does not matter is “{Effect.SAME}”, with 0 or without."
    )


def _differences(proof: Proof) -> Iterator[Difference]:
    for line in proof.lines:
        yield from line.differences.values()
    for point in proof.curve:
        yield from point.differences.values()


def unfinished(proof: Proof) -> tuple[str, ...]:
    """That not all folds were done, where that is so."""
    if proof.folds >= proof.asked:
        return ()
    return (
        f"Only {proof.folds} of {proof.asked} folds were done in the time given, so intervals are "
        "wider than they need be. With a checkpoint the rest can be done later.",
    )


def uncounted(proof: Proof) -> tuple[str, ...]:
    """Of which protected columns the groups of training rows are not counted."""
    counted = {rows.column for found in proof.trained.values() for rows in found}
    left = [column for column in proof.protected if column not in counted]
    if not left or not counted:
        return ()
    return (
        f"The groups of {listed(left)} are not counted here. They are counted of labels that "
        "learners see; a column of numbers has no groups of its own, and added rows have numbers "
        "of their own.",
    )


def at_half(proof: Proof) -> tuple[str, ...]:
    """How far the ways are apart at .5, and with tuned cuts."""
    sentences = []
    for learner in proof.learners:
        lines = [line for line in proof.lines if line.learner == learner]
        ranges = []
        for name in ("f1_at_half", "f1"):
            values = {x.arm: x.figures[name].value for x in lines if name in x.figures}
            known = {arm: v for arm, v in values.items() if v is not None}
            if known:
                low, high = (pick(known, key=lambda a: known[a]) for pick in (min, max))
                ranges.append(f"from {plain(known[low])} ({low}) to {plain(known[high])} ({high})")
        if len(ranges) == 2:
            sentences.append(f"{learner}: F1 at .5 runs {ranges[0]}; with tuned cuts {ranges[1]}.")
    return tuple(sentences)


def learned_nothing(proof: Proof) -> tuple[str, ...]:
    """Where the untouched table teaches a learner nothing, so that any way beats it."""
    return tuple(
        f"{p.learner}: with {p.size} rows it learns nothing from the table {UNTOUCHED} (AUC "
        f"{plain(auc)}). To beat that is no feat."
        for p in proof.curve
        if p.arm == UNTOUCHED
        and (auc := _value(p, AUC)) is not None
        and abs(auc - 0.5) < _LEARNED_NOTHING
    )


def _value(point: CurvePoint, name: str) -> float | None:
    return point.figures[name].value if name in point.figures else None


def ours(proof: Proof) -> tuple[str, ...]:
    """Where this package's own rows help on the learning curve, and where they do not."""
    sentences = []
    for learner in proof.learners:
        points = [p for p in proof.curve if (p.arm, p.learner) == (proof.ours, learner)]
        tested = [m for m in (PRECISION, AUC) if any(m in p.differences for p in points)]
        if not tested:
            continue
        names = " or ".join(MEASURES[m][0] for m in tested)
        helped = _where_shown(points, tested, Effect.HELPS)
        where = helped or f"at no size, by {names}"
        harmed = _where_shown(points, tested, Effect.HARMS)
        more = f", and to harm {harmed}" if harmed else ""
        sentences.append(f"{learner}: {proof.ours} is shown to help {where}{more}.")
    return tuple(sentences)


def _where_shown(points: Sequence[CurvePoint], measures: Sequence[str], effect: Effect) -> str:
    """At which sizes an effect is shown, by each measure; empty for none."""
    phrases = []
    for measure in measures:
        differences = {p.size: p.differences[measure] for p in points if measure in p.differences}
        sizes = [
            f"{s} rows ({signed(d.value)})" for s, d in differences.items() if d.effect is effect
        ]
        if sizes:
            phrases.append(f"by {MEASURES[measure][0]} with {listed(sizes)}")
    return "; ".join(phrases)


def method(proof: Proof) -> tuple[str, ...]:
    """How a proof is done, and who says so."""
    k = proof.asked // max(proof.repeats, 1)
    together = "" if proof.people is None else ", rows of a person together"
    ratio = f" the ratio of the classes (of {listed([f'{r:g}' for r in proof.ratios])}),"
    chosen = ratio if len(proof.ratios) > 1 else ""
    times = "once" if proof.repeats == 1 else f"{proof.repeats} times"
    return (
        f"The rows were split into {k} folds by class{together}, {times}; each fold was tested by "
        "learners that had not seen it. All that looks at classes was done on the training rows "
        "of a fold alone: filling gaps, learning to add rows, adding them, and, on "
        f"{proof.inner} inner folds whose test rows were not added to,{chosen} choosing cuts and "
        f"calibrations. Rows were added until the smaller class had {_to(proof.ratios)}. "
        f"{_folds(proof).capitalize()} were done, in {proof.cpu_seconds:,.0f} CPU seconds.",
        "Differences are taken within folds. Folds share training rows, so intervals and p values "
        "have the widened variance of Nadeau and Bengio (2003). p values are corrected for the "
        "number of ways by Holm (1979), within a learner and a measure and not over them"
        f"{_levels(proof)}; the bottom line for all learners names as helped or harmed only those "
        "that also withstand Holm's correction for their number. It is no difference where the "
        "interval lies within what does not matter; else a difference helps or harms where the "
        f"corrected p is below .05; else there is {Effect.UNSURE}. Prior correction takes "
        "the change of class shares back out of the odds (Saerens et al. 2002); Platt's "
        "calibration learns a logistic map (Platt 1999).",
    )


def _levels(proof: Proof) -> str:
    if any(d.level is None for d in _differences(proof)):
        return "; intervals of differences are not corrected"
    return (
        ", and the interval of each difference is of the level at which his procedure tests it "
        "(Serlin 1993)"
    )


def _to(ratios: Sequence[float]) -> str:
    if tuple(ratios) == (1.0,):
        return "as many as the other"
    return f"{listed([f'{r:g}' for r in ratios])} rows to one of the other"
