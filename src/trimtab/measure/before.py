"""What stored scorecards do not say that were written before a score said its split."""

from __future__ import annotations

import re
from typing import Any

from trimtab.measure.score import Split
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC

_WITH_SPLITS = 2  # the first version of a scorecard that says them
# What is certain to be no value of the data: no group, no class.
_LEARNERS = "|".join((BOOSTING, FOREST, LINEAR, LOGISTIC))
_PLAIN = {
    Split.WHOLE: re.compile(""),
    Split.LEARNER: re.compile(rf"(?:{_LEARNERS})(?:, trained on (?:real|synthetic) rows)?"),
    Split.TABLE: re.compile("(?:(?:real|synthetic) )?data"),
    Split.END: re.compile("(?:beyond|lowest|highest) [0-9.]+ %"),
}


def split_of(within: str) -> Split:
    """What the `within` of a score names, by its text."""
    return next((s for s, plain in _PLAIN.items() if plain.fullmatch(within)), Split.UNSAID)


def completed(content: Any) -> Any:
    """The JSON of a scorecard; of one of before, with the split of each score, and its version."""
    if not isinstance(content, dict) or not isinstance(content.get("scores"), list):
        return content
    if content.get("version") != 1:
        return content
    scores = [_completed(score) for score in content["scores"]]
    return content | {"version": _WITH_SPLITS, "scores": scores}


def _completed(score: Any) -> Any:
    if not isinstance(score, dict):
        return score
    within = score.get("within", "")
    return score | {"split": split_of(within)} if isinstance(within, str) else score
