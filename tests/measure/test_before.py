"""Scorecards of before: what the `within` of a score names is read off its text, with care."""

from __future__ import annotations

import pytest

from trimtab.measure.before import completed, split_of
from trimtab.measure.score import Split


@pytest.mark.parametrize(
    ("within", "split"),
    [
        ("", Split.WHOLE),
        ("data", Split.TABLE),
        ("synthetic data", Split.TABLE),
        ("boosted trees", Split.LEARNER),
        ("random forest, trained on synthetic rows", Split.LEARNER),
        ("highest 0.1 %", Split.END),
        ("sex = F", Split.UNSAID),
        ("random forest = 1", Split.UNSAID),
        ("boosted trees, trained on cats", Split.UNSAID),
        ("data of Alice", Split.UNSAID),
        ("synthetic data, F minus M", Split.UNSAID),
        ("low", Split.UNSAID),
    ],
)
def test_what_is_certain_to_be_no_value_of_the_data(within: str, split: Split) -> None:
    assert split_of(within) is split
    (score,) = completed({"scores": [{"within": within}], "version": 1})["scores"]
    assert score["split"] is split


@pytest.mark.parametrize("version", [1, 2])
def test_a_poor_score_of_before_is_beyond_doubt(version: int) -> None:
    said = {"scores": [{"verdict": "poor"}, {"verdict": "middling"}], "version": version}
    assert [s["beyond_doubt"] for s in completed(said)["scores"]] == [True, False]


def test_a_file_of_before_cannot_say_a_split() -> None:
    said = {"scores": [{"within": "F", "split": "whole"}, {}, 1, {"within": 2}], "version": 1}
    assert completed(said) == {
        "scores": [
            {"within": "F", "split": Split.UNSAID, "beyond_doubt": False},
            {"split": Split.WHOLE, "beyond_doubt": False},
            1,
            {"within": 2, "beyond_doubt": False},
        ],
        "version": 5,
    }


def test_what_is_no_scorecard_of_before_stays() -> None:
    newer = {"scores": [{"within": "F", "split": "whole"}, {}], "version": 5}
    for content in (None, [], {}, {"scores": 3}, newer):
        assert completed(content) == content


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_scorecard_of_before_was_not_judged_by_rules(version: int) -> None:
    said = {"scores": [], "version": version, "settings": {"seed": 3}}
    assert completed(said)["settings"] == {"rules": False, "seed": 3}
    poor = {"verdict": "poor", "beyond_doubt": False}
    (score,) = completed({"scores": [poor], "version": version})["scores"]
    assert score["beyond_doubt"] == (version < 3)
