"""The words of the Fair Transformer GAN: each against its definition, computed by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import trimtab
from trimtab._random import Key
from trimtab.compat import fair_transformer as words
from trimtab.errors import ColumnError, InputError

ROWS = 700


def people(seed: int, hidden: bool = False) -> pd.DataFrame:
    """A group that the hat tells (or, hidden, does not), and an outcome that hangs on both."""
    generator = Key(seed).child("people").generator()
    group = generator.choice(["a", "b", "c"], ROWS, p=[0.5, 0.3, 0.2])
    told = generator.random(ROWS) < 0.9
    other = generator.choice(["a", "b", "c"], ROWS)
    hat = other if hidden else np.where(told, group, other)
    height = generator.normal(0, 1, ROWS).round(2)
    rate = pd.Series(group).map({"a": 0.6, "b": 0.4, "c": 0.2}).to_numpy()
    outcome = np.where(generator.random(ROWS) < rate + 0.2 * (height > 0), "yes", "no")
    return pd.DataFrame({"group": group, "hat": hat, "height": height, "outcome": outcome})


def test_distributions_are_shares_the_largest_first() -> None:
    table = pa.table({"z": ["x", "y", None, "x"], "y": [1, 0, 1, 1]})
    assert words.get_protected_distribution(table, "z") == {"x": 0.5, "y": 0.25, None: 0.25}
    assert next(iter(words.get_protected_distribution(table, "z"))) == "x"
    assert words.get_target_distribution(table, "y") == {1: 0.75, 0: 0.25}
    with pytest.raises(ColumnError, match="zz"):
        words.get_protected_distribution(table, "zz")


def test_what_they_return_is_what_a_fair_gan_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = people(1)
    p_z = words.get_protected_distribution(frame, "group")
    p_y = words.get_target_distribution(frame, "outcome")
    seen = {}

    def learned(table: object, settings: object, *_: object, **__: object) -> None:
        seen["options"] = settings.options  # type: ignore[attr-defined]

    monkeypatch.setattr("trimtab.verbs.fit.learn", learned)
    trimtab.fit(frame, model="fair-gan", protected="group", protected_shares=p_z, target_shares=p_y)
    groups, classes = seen["options"].protected_shares, seen["options"].target_shares
    assert {row["group"]: row["share"] for row in groups} == p_z
    assert {row["value"]: row["share"] for row in classes} == p_y
    assert seen["options"].protected == ("group",)


def test_risk_difference_is_the_largest_gap_of_two_groups() -> None:
    frame = people(2)
    rates = frame.groupby("group")["outcome"].apply(lambda y: (y == "yes").mean())
    gaps = [abs(a - b) for a, b in itertools.combinations(rates, 2)]
    found = words.risk_difference(frame, "group", "outcome", positive="yes")
    assert found == pytest.approx(max(gaps))


@pytest.mark.stress
def test_euclidean_distance_is_that_of_the_joint_shares() -> None:
    one, other = people(3), people(4).iloc[:500]
    cells = itertools.product("abc", ("yes", "no"))
    apart = [
        ((one["group"] == g) & (one["outcome"] == y)).mean()
        - ((other["group"] == g) & (other["outcome"] == y)).mean()
        for g, y in cells
    ]
    found = words.euclidean_distance(one, other, "group", "outcome")
    assert found == pytest.approx(np.linalg.norm(apart))
    assert words.euclidean_distance(one, one, "group", "outcome") == pytest.approx(0)


@pytest.mark.stress
def test_balanced_error_rate_is_low_where_a_hat_tells_and_that_of_chance_where_none_does() -> None:
    # The hat is right in 0.9 + 0.1 / 3 of the rows.
    assert words.balanced_error_rate(people(5), "group", "outcome") == pytest.approx(
        1 / 15, abs=0.05
    )
    chance = words.balanced_error_rate(people(5, hidden=True), "group", "outcome")
    assert chance == pytest.approx(2 / 3, abs=0.12)


def test_what_cannot_be_computed_says_why() -> None:
    frame = people(6).assign(group="a")
    with pytest.raises(InputError, match="fewer than two groups"):
        words.balanced_error_rate(frame, "group", "outcome")


@pytest.mark.stress
def test_results_have_a_line_for_each_table_and_agree_with_evaluate() -> None:
    real, generated, unseen = people(7), people(8, hidden=True), people(9)
    found = words.results(real, generated, "group", "outcome", holdout=unseen, positive="yes")
    assert list(found) == ["original", "generated"]
    card = trimtab.evaluate(
        real,
        generated,
        holdout=unseen,
        target="outcome",
        positive="yes",
        protected="group",
        sections=["fairness", "usefulness"],
    )
    scores = {(s.measure, s.within): s for s in card.scores}
    for name, side in (("original", "real"), ("generated", "synthetic")):
        told = found[name]
        assert told.balanced_error_rate == scores["balanced_error_rate", f"{side} data"].value
        assert told.risk_difference == scores["label_parity_difference", f"{side} data"].value
    forest = scores["f1", "random forest"]
    assert found["generated"].f1["random forest"] == forest.value
    assert found["original"].f1["random forest"] == forest.ceiling
    assert found["original"].balanced_error_rate < found["generated"].balanced_error_rate
    table = words.as_table(found)
    assert table.column("trained on").to_pylist() == ["original", "generated"]
    assert table.num_columns == 3 + 2 * 3


def test_the_old_place_has_the_same_names() -> None:
    from trimtab import fair_transformer as before

    names = [
        n for n, value in vars(words).items() if getattr(value, "__module__", "") == words.__name__
    ]
    public = [name for name in names if not name.startswith("_")]
    assert len(public) == 8
    assert all(getattr(before, name) is getattr(words, name) for name in public)
