"""One bottom line for all learners of a proof.

Each learner is tested by itself. With more of them one is more often helped or harmed by chance, so
the bottom line names only those that still are after Holm's correction (1979) for their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from pydantic import ConfigDict

from trimtab._named import Named
from trimtab.study.inference import LEVEL, Effect, holm
from trimtab.study.wording import plain


class Worth(StrEnum):
    """What balancing is worth to the learners together.

    ALL        it helps every one
    SOME       it helps some
    EVEN       it makes no difference that matters to any
    NONE       it helps none and harms some; of every one that is shown
    UNSHOWN    it is not shown to help any, and of some the folds cannot tell
    """

    ALL = "helps"
    SOME = "helps some"
    EVEN = "no difference"
    NONE = "not worth it"
    UNSHOWN = "no gain shown"


_SHOWN = (Effect.HELPS, Effect.HARMS)


class Conclusion(Named):
    """What holds of all learners, and that in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worth: Worth
    text: str


def concluded(
    effects: Mapping[str, Effect],
    untouched: Mapping[str, float] | None = None,
    balanced: Mapping[str, float] | None = None,
    ps: Mapping[str, float] | None = None,
) -> Conclusion:
    """The bottom line.

    effects               of balancing, by learner
    untouched, balanced   the AUC of each learner on the table as it is and after balancing, where
                          it is known: what is helped may still be no better than what is not
    ps                    of each learner's difference, corrected for the number of arms: what helps
                          or harms a learner by itself does so here if it also withstands the
                          correction for the number of learners
    """
    chance = [x for x, p in holm(dict(ps or {})).items() if p >= 1 - LEVEL and effects[x] in _SHOWN]
    together = {x: Effect.UNSURE if x in chance else effect for x, effect in effects.items()}
    found = _concluded(together, untouched or {}, balanced or {})
    text = found.text + _by_itself({x: effects[x] for x in effects if x in chance}, len(ps or {}))
    return Conclusion(worth=found.worth, text=text)


def _concluded(
    effects: Mapping[str, Effect], untouched: Mapping[str, float], balanced: Mapping[str, float]
) -> Conclusion:
    worth = _worth(list(effects.values()))
    helped = [x for x, effect in effects.items() if effect is Effect.HELPS]
    if worth is Worth.ALL:
        everyone = helped[0] if len(helped) == 1 else f"all {len(helped)} learners"
        return Conclusion(worth=worth, text=f"balancing helps {everyone}")
    rest = _listed(_rest(effects))
    if worth is Worth.SOME:
        text = f"balancing helps {len(helped)} of {len(effects)} learners ({', '.join(helped)})"
        text += f"; {rest}{_outdone(helped, untouched, balanced)}"
        return Conclusion(worth=worth, text=text)
    text = {
        Worth.EVEN: "balancing makes no difference that matters",
        Worth.NONE: "balancing is not worth it",
        Worth.UNSHOWN: "balancing is not shown to be worth it",
    }[worth] + f" for {_any(list(effects))}"
    if len(set(effects.values())) > 1:
        text += f": {rest}"
    elif worth is Worth.NONE:
        text += ": it harms" + (" all" if len(effects) > 1 else "")
    return Conclusion(worth=worth, text=text)


def _worth(effects: Sequence[Effect]) -> Worth:
    found = set(effects)
    if Effect.HELPS in found:
        return Worth.ALL if len(found) == 1 else Worth.SOME
    if Effect.UNSURE in found or not found:
        return Worth.UNSHOWN
    return Worth.NONE if Effect.HARMS in found else Worth.EVEN


def _any(learners: Sequence[str]) -> str:
    return learners[0] if len(learners) == 1 else f"any of {len(learners)} learners"


def _rest(effects: Mapping[str, Effect]) -> Iterator[str]:
    """What it does to those that it does not help."""
    for effect, what in (
        (Effect.HARMS, "it harms"),
        (Effect.SAME, "it makes no difference for"),
        (Effect.UNSURE, "no difference is shown for"),
    ):
        names = [x for x, found in effects.items() if found is effect]
        if names:
            yield f"{what} {len(names)} ({', '.join(names)})"


def _listed(phrases: Iterator[str]) -> str:
    *most, last = [*phrases] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _by_itself(chance: Mapping[str, Effect], learners: int) -> str:
    """That an effect is a learner's own finding, if there are such."""
    if not chance:
        return ""
    told = _listed(f"{effect} {learner}" for learner, effect in chance.items())
    return (
        f". That it {told} is shown where a learner is tested by itself, and among {learners} "
        "learners can be chance"
    )


def _outdone(
    helped: Sequence[str], untouched: Mapping[str, float], balanced: Mapping[str, float]
) -> str:
    """That a learner which needs no balancing ranks as well as those that it helps, if one does."""
    others = {x: auc for x, auc in untouched.items() if x not in helped}
    after = [auc for x, auc in balanced.items() if x in helped]
    if not others or not after:
        return ""
    best = max(others, key=lambda x: others[x])
    if others[best] < max(after):
        return ""
    return (
        f". On the table as it is {best} ranks as well or better (AUC {plain(others[best])}, of "
        f"those that it helps at most {plain(max(after))})"
    )
