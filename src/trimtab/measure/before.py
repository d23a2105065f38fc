"""What stored scorecards of before do not say: what scores are split by, how sure they are, and
that rules were not judged.
"""

from __future__ import annotations

import re
from typing import Any

from trimtab.measure.score import Split, Verdict
from trimtab.predict.prediction import BOOSTING, FOREST, LINEAR, LOGISTIC

# The first versions of a scorecard that say them.
_WITH_SPLITS, _WITH_DOUBTS, _WITH_RULES, _WITH_PERSONS = 2, 3, 4, 5
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
    """The JSON of a scorecard; of one of before, with what scores did not say, and its version.

    A poor score of before counts as poor beyond doubt: what is not known makes no answer milder.
    """
    if not isinstance(content, dict) or not isinstance(content.get("scores"), list):
        return content
    version, scores = content.get("version"), content["scores"]
    if not isinstance(version, int) or not 1 <= version < _WITH_PERSONS:
        return content
    if version < _WITH_SPLITS:
        scores = [_split(score) for score in scores]
    if version < _WITH_DOUBTS:
        scores = [_doubted(score) for score in scores]
    content = content | {"version": _WITH_PERSONS, "scores": scores}
    if version < _WITH_RULES and isinstance(content.get("settings"), dict):
        content["settings"] = {"rules": False} | content["settings"]
    return content


def _split(score: Any) -> Any:
    if not isinstance(score, dict):
        return score
    within = score.get("within", "")
    return score | {"split": split_of(within)} if isinstance(within, str) else score


def _doubted(score: Any) -> Any:
    if not isinstance(score, dict):
        return score
    return score | {"beyond_doubt": score.get("verdict") == Verdict.POOR}
