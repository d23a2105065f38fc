"""What a proof comes to, in words."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.predict.calibration import ISOTONIC, PLATT, PRIOR, RAW
from trimtab.study.balancing.arms.oversampling import OVERSAMPLING
from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.arms.weights import WEIGHTS
from trimtab.study.balancing.result import Answer, Line, Proof
from trimtab.study.inference import Difference, Effect
from trimtab.study.metrics import AUC, MEASURES
from trimtab.study.wording import plain, said

_MEANT = {
    Effect.HELPS: "helps",
    Effect.HARMS: "harms",
    Effect.SAME: "makes no difference",
    Effect.UNSURE: "is not shown to make a difference",
}
_FORMS = {
    PRIOR: "the built-in prior correction",
    PLATT: "Platt's calibration",
    ISOTONIC: "isotonic calibration",
}
_FEW = 50  # rows of the smaller class, below which generated rows are few people's recombinations
_OVERSTATED = 1.5  # stated by observed risk, from which on a correction is advised


def answers(proof: Proof) -> tuple[Answer, ...]:
    """One for each learner."""
    verdicts = []
    for learner in proof.learners:
        base, ours = proof.line(UNTOUCHED, learner), proof.line(proof.ours, learner)
        if base is None or ours is None or AUC not in ours.differences:
            text = "the folds that were done are too few to tell: give more time"
            verdicts.append(Answer(learner=learner, effect=Effect.UNSURE, verdict=text))
            continue
        effect = ours.differences[AUC].effect
        verdicts.append(
            Answer(
                learner=learner,
                effect=effect,
                verdict=_verdict(proof, learner, ours.differences[AUC]),
                advice=tuple(_advice(proof, base, ours)),
            )
        )
    return tuple(verdicts)


def _verdict(proof: Proof, learner: str, ours: Difference) -> str:
    """What balancing does to the ranking of rows, and what the other arms do."""
    text = f"balancing {_MEANT[ours.effect]}: AUC {said(ours)} against doing nothing"
    if ours.effect is Effect.UNSURE:
        text += f", which these {proof.folds} folds cannot tell from chance"
    for word, effect in (("worse", Effect.HARMS), ("better", Effect.HELPS)):
        named = []
        for arm in proof.arms:
            line = proof.line(arm, learner)
            difference = None if line is None or arm == proof.ours else line.differences.get(AUC)
            if difference is not None and difference.effect is effect:
                named.append(f"{arm} ({said(difference)})")
        if named:
            text += f"; {word} than nothing: {', '.join(named)}"
    return text


def _advice(proof: Proof, base: Line, ours: Line) -> Iterator[str]:
    """What to do instead, or besides."""
    tuned = "cost" if proof.cost is not None else "f1"
    aim = MEASURES[tuned][0].split(",")[0]
    threshold = base.thresholds[tuned]
    low, high = base.spread[tuned]
    if ours.differences[AUC].effect is not Effect.HELPS:
        if threshold > 1:
            yield (
                "By these costs calling no row positive is cheapest, whatever the learner says: "
                "check them."
            )
        else:
            yield (
                "Leave the table as it is and call a row positive from a probability of "
                f"{plain(threshold)} on (chosen inside each fold for the best {aim}; "
                f"{plain(low)} to {plain(high)} over folds)."
            )
        yield _on_f1(proof, base, ours)
    else:
        yield (
            f"Add the rows, and call a row positive from a probability of "
            f"{plain(ours.thresholds[tuned])} on, of the learner trained on them."
        )
    yield from _on_cost(proof, base, ours)
    yield from _on_calibration(ours)
    weights = proof.line(WEIGHTS, base.learner)
    if weights is not None and weights.differences.get(AUC) is not None:
        difference = weights.differences[AUC]
        if difference.effect in (Effect.SAME, Effect.UNSURE):
            same = difference.effect is Effect.SAME
            rank = "rank as well" if same else "are not shown to help or harm"
            yield (
                f"If your tools have no threshold to set, class weights {rank} (AUC "
                f"{said(difference)}); they overstate risks as balancing does."
            )
    if proof.minority < _FEW:
        yield (
            f"The smaller class has {proof.minority} rows: generated rows are recombinations of "
            "these, whatever their number."
        )


def _on_f1(proof: Proof, base: Line, ours: Line) -> str:
    """What the cut at .5 makes believe, for every arm that adds rows and was tried."""
    added = [ours.arm, *(arm for arm in proof.copies if arm not in (ours.arm, OVERSAMPLING))]
    lines = [line for line in (proof.line(arm, base.learner) for arm in added) if line is not None]

    def of(name: str) -> str:
        texts = [f"{plain(line.figures[name].value)} with {line.arm}" for line in lines]
        return f"{plain(base.figures[name].value)} untouched, {', '.join(texts)}"

    return (
        f"F1 at the usual cut of .5 ({of('f1_at_half')}) shows where the cut lies, not what was "
        f"learned: with the threshold tuned it is {of('f1')}."
    )


def _on_cost(proof: Proof, base: Line, ours: Line) -> Iterator[str]:
    if proof.cost is None:
        return
    one, other = base.figures["cost"].value, ours.figures["cost"].value
    saving = ours.differences.get("cost")
    yield (
        f"With a false positive at {proof.cost.fp:g} and a false negative at {proof.cost.fn:g}, a "
        f"row costs {plain(one, 4)} untouched and {plain(other, 4)} balanced"
        + (f" (saved by balancing: {said(saving, 4)})." if saving is not None else ".")
        + f" Where probabilities are right, the threshold is {plain(proof.cost.threshold)}."
    )


def _on_calibration(ours: Line) -> Iterator[str]:
    ratio = ours.figures["ratio_raw"].value
    if ratio is None or 1 / _OVERSTATED < ratio < _OVERSTATED:
        return
    briers = {form: ours.figures[f"brier_{form}"].value for form in (RAW, *_FORMS)}
    known = {form: v for form, v in briers.items() if v is not None and form != RAW}
    best = min(known, key=lambda form: known[form])
    if known.get(PRIOR, 1.0) <= known[best] + 0.0005:
        best = PRIOR  # as good, and needs nothing to be learned
    yield (
        f"After balancing, stated risks are {ratio:.1f} times the observed ones: correct them. "
        f"{_FORMS[best][0].upper()}{_FORMS[best][1:]} takes the Brier score from "
        f"{plain(briers[RAW], 4)} to {plain(known[best], 4)}."
    )
