"""How rows count when a model is learned for a plan."""

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab._random import Key
from trimtab.plan.balance.balance import plan_balance
from trimtab.plan.balance.row_weights import row_weights
from trimtab.plan.plan import Plan
from trimtab.table.files import read
from trimtab.verbs.balance import plan_balance as plan_of

KEY = Key(0).child("emphasis")


def test_rows_count_by_the_root_of_how_much_more_often_they_are_drawn() -> None:
    table = read(pa.table({"g": ["a"] * 90 + ["b"] * 10, "x": list(range(100))}))
    weights = row_weights(plan_balance(table, ["g"]), table)
    assert weights is not None and weights.mean() == pytest.approx(1)
    # 50 of 90 and 50 of 10: their ratio is 9, its root 3
    assert weights[-1] / weights[0] == pytest.approx(3)
    assert len(set(weights.tolist())) == 2


def test_combinations_that_nothing_is_asked_of_count_least() -> None:
    table = read(pa.table({"g": ["a"] * 60 + ["b"] * 30 + ["c"] * 10}))
    plan = plan_of(table, ["g"], {"a": 10, "c": 90})
    weights = row_weights(plan, table)
    assert weights is not None
    assert weights[0] == weights[70] < weights[-1]


def test_a_plan_that_is_no_balance_has_no_emphasis() -> None:
    table = read(pa.table({"g": ["a", "b"]}))
    assert row_weights(Plan(np.array([3]), {}), table) is None


def test_bins_and_gaps_are_cells_too() -> None:
    ages = [*np.arange(80) / 2, *np.arange(66, 81), *[None] * 5]
    table = read(pa.table({"age": ages}))
    plan = plan_of(table, ["age"], bins={"age": [65]})
    from trimtab.plan.balance.bins import binned

    weights = row_weights(plan, binned(table, plan.bins))
    assert weights is not None
    assert weights[0] < weights[80] < weights[-1]


def drawn_mean(few: int, learned: str) -> tuple[float, float]:
    """The mean of what sets a class of `few` rows among 3,000 apart: drawn, and real."""
    generator = KEY.child("drawn", few).generator()
    rare = np.arange(3_000) >= 3_000 - few
    near = generator.normal(size=3_000) + 2 * rare
    table = pa.table({"g": np.where(rare, "rare", "usual"), "near": near})
    plan = plan_of(table, ["g"], mode="augment")
    if learned == "for the plan":
        made = trimtab.balance(table, ["g"], mode="augment", model="trees").synthesizer
    else:
        made = trimtab.fit(table, first=["g"], model="trees")
    drawn = made.draw(plan)
    assert drawn.rows == 3_000 - 2 * few
    return float(np.mean(drawn.column("near").to_numpy())), float(near[rare].mean())


def test_what_sets_few_rows_apart_is_learned() -> None:
    """Learned for the plan it is, and by a model that knows no plan much less."""
    drawn, real = drawn_mean(18, "for the plan")
    blurred, _ = drawn_mean(18, "as it is")
    assert drawn == pytest.approx(real, abs=0.6)
    assert blurred < 0.5


def test_how_frequent_combinations_are_is_learned_unweighted() -> None:
    generator = KEY.child("frequent").generator()
    g = generator.choice(["a", "b"], 4_000, p=[0.95, 0.05])
    h = np.where(generator.random(4_000) < np.where(g == "a", 0.3, 0.7), "x", "y")
    made = trimtab.balance(pa.table({"g": g, "h": h}), ["g", "h"], model="trees").synthesizer
    drawn = made.sample(20_000)
    of_b = np.array(drawn["h"])[np.array(drawn["g"]) == "b"]
    assert np.mean(np.array(drawn["g"]) == "b") == pytest.approx(np.mean(g == "b"), abs=0.01)
    assert np.mean(of_b == "x") == pytest.approx(np.mean(h[g == "b"] == "x"), abs=0.06)
