"""Rates and gaps by group: fairlearn's figures, honest intervals, and what chance makes of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from tests.measure.made_tables import DATA, compared
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.measure.compare.comparison import compare
from trimtab.measure.fairness.arm_rates import ArmRates, arm_rates
from trimtab.measure.fairness.families import Family, odds, opportunity, parity, predictive
from trimtab.measure.fairness.gaps import (
    Figures,
    Gap,
    difference,
    difference_gap,
    largest_gap,
    of_means,
    of_rates,
    ratio,
    ratio_gap,
)
from trimtab.measure.fairness.rates import (
    GroupRates,
    Mean,
    Members,
    Rate,
    auc_interval,
    group_rates,
    means,
    members,
    rate,
)
from trimtab.predict.prediction import Prediction

RNG = Key(20).child("tests")
Rule = Callable[[Float], Float]


def rows_of(groups: list[int] | np.ndarray[Any, Any], weights: Float | None = None) -> Members:
    codes = np.asarray(groups, np.int64)
    names = tuple(f"g{k}" for k in range(int(codes.max()) + 1))
    return Members(names, codes, np.ones(len(codes)) if weights is None else weights)


def drawn(
    seed: int, rows: int = 400, groups: int = 4, classes: int = 2, weighted: bool = False
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], Members]:
    """Random truth, random predictions that depend on it, and groups."""
    draw = RNG.child("drawn", seed).generator()
    truth = draw.integers(classes, size=rows)
    said = np.where(draw.random(rows) < 0.6, truth, draw.integers(classes, size=rows))
    weights = draw.random(rows) + 0.2 if weighted else np.ones(rows)
    return truth, said, rows_of(draw.integers(groups, size=rows), weights)


def arm(truth: Any, said: Any, within: Members, classes: int = 2) -> ArmRates:
    probability = np.full((len(truth), classes), 1 / classes)
    names = tuple("abcdefgh"[:classes])
    made = Prediction("real", "one", names, truth, probability, said)
    return arm_rates(made, 1 if classes == 2 else None, within)


def of(family: Family, rule: Rule) -> float:
    return float(rule(family.figures.value))


def theirs(name: str, truth: Any, said: Any, within: Members, **more: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's on rates of nothing
        return float(
            getattr(fairlearn, name)(
                truth, said, sensitive_features=within.codes, sample_weight=within.weights, **more
            )
        )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_gaps_are_those_of_fairlearn(seed: int, weighted: bool) -> None:
    truth, said, within = drawn(seed, groups=2 + seed, weighted=weighted)
    made = arm(truth, said, within)
    for family, name in (
        (parity(made), "demographic_parity"),
        (odds(made), "equalized_odds"),
        (opportunity(made), "equal_opportunity"),
    ):
        for rule, what in ((difference, "difference"), (ratio, "ratio")):
            expected = theirs(f"{name}_{what}", truth, said, within)
            assert of(family, rule) == pytest.approx(expected, abs=1e-12), (name, what)
    frame = fairlearn.MetricFrame(
        metrics=precision_score,
        y_true=truth,
        y_pred=said,
        sensitive_features=within.codes,
        sample_params={"sample_weight": within.weights},
    )
    assert of(predictive(made), difference) == pytest.approx(frame.difference(), abs=1e-12)
    assert of(predictive(made), ratio) == pytest.approx(frame.ratio(), abs=1e-12)


def test_rates_are_those_of_fairlearns_frame() -> None:
    truth, said, within = drawn(9, weighted=True)
    found = arm(truth, said, within).rates[0]
    named = {
        "selection": fairlearn.selection_rate,
        "tpr": fairlearn.true_positive_rate,
        "fpr": fairlearn.false_positive_rate,
        "precision": precision_score,
    }
    for name, metric in named.items():
        frame = fairlearn.MetricFrame(
            metrics=metric,
            y_true=truth,
            y_pred=said,
            sensitive_features=within.codes,
            sample_params={"sample_weight": within.weights},
        )
        assert getattr(found, name).value == pytest.approx(frame.by_group.to_numpy(), abs=1e-12)
    for g in range(4):
        inside = within.codes == g
        right = np.average((truth == said)[inside], weights=within.weights[inside])
        assert found.accuracy.value[g] == pytest.approx(right)
        assert found.base.value[g] == pytest.approx(
            np.average(truth[inside], weights=within.weights[inside])
        )
        assert found.positives[g] == (truth[inside] == 1).sum()


@pytest.mark.parametrize(
    ("truth", "said", "groups"),
    [
        ([0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 1, 1]),  # nothing is ever predicted
        ([0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 1, 1]),  # always
        ([0, 1, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]),  # always right, always wrong
        ([0, 1, 1, 0, 1], [0, 1, 1, 1, 1], [0, 0, 0, 1, 1]),
    ],
)
def test_degenerate_gaps_that_both_define(
    truth: list[int], said: list[int], groups: list[int]
) -> None:
    within = rows_of(groups)
    made = arm(np.array(truth), np.array(said), within)
    for family, name in ((parity(made), "demographic_parity"), (odds(made), "equalized_odds")):
        expected = theirs(f"{name}_difference", truth, said, within)
        assert of(family, difference) == pytest.approx(expected, abs=1e-12)
        expected = theirs(f"{name}_ratio", truth, said, within)
        mine = of(family, ratio)
        assert mine == pytest.approx(expected, abs=1e-12, nan_ok=True), (name, mine, expected)


def test_a_group_without_positives_has_no_true_positive_rate() -> None:
    # fairlearn takes it for 0, and so sees a gap where nothing can be known.
    truth, said = np.array([1, 1, 0, 0, 0]), np.array([1, 1, 0, 0, 1])
    made = arm(truth, said, rows_of([0, 0, 0, 1, 1]))
    assert np.isnan(made.rates[0].tpr.value[1])
    assert not odds(made).usable and not opportunity(made).usable
    assert parity(made).usable
    assert theirs("equal_opportunity_difference", truth, said, made.within) == 1.0


@pytest.mark.parametrize(("seed", "groups", "classes"), [(1, 2, 3), (2, 4, 4), (3, 5, 3)])
def test_of_several_classes_the_worst_counts(seed: int, groups: int, classes: int) -> None:
    truth, said, within = drawn(seed, 300, groups, classes)
    family = parity(arm(truth, said, within, classes))
    gaps = [
        theirs("demographic_parity_difference", truth == c, (said == c).astype(int), within)
        for c in range(classes)
    ]
    assert of(family, difference) == pytest.approx(max(gaps), abs=1e-12)
    found = difference_gap(family.figures, Key(seed))
    assert found is not None
    assert gaps[found.line] == pytest.approx(max(gaps), abs=1e-12)
    assert family.lines[found.line] == f"for class {'abcdefgh'[found.line]}"
    cells = [
        (truth[within.codes == g] == c, said[within.codes == g] == c)
        for g in range(groups)
        for c in range(classes)
    ]
    tprs = np.reshape([recall_score(*cell) for cell in cells], (groups, classes))
    mine = of(opportunity(arm(truth, said, within, classes)), difference)
    assert mine == pytest.approx(np.ptp(tprs, axis=0).max())


def test_auc_and_calibration_by_group() -> None:
    draw = RNG.child("auc").generator()
    truth = draw.random(600) < 0.3
    probability = np.clip(0.3 * truth + draw.random(600) * 0.7, 0, 1)
    weights = draw.random(600) + 0.5
    within = rows_of(draw.integers(3, size=600), weights)
    found = group_rates(truth, probability > 0.5, probability, within)
    for g in range(3):
        inside = within.codes == g
        auc = roc_auc_score(truth[inside], probability[inside], sample_weight=weights[inside])
        assert found.auc.value[g] == pytest.approx(auc)
        assert found.auc.low[g] < auc < found.auc.high[g]
        off = np.average((probability - truth)[inside], weights=weights[inside])
        assert found.calibration.value[g] == pytest.approx(off)
    skipped = group_rates(truth, probability > 0.5, probability, within, ranked=False)
    assert np.isnan(skipped.auc.value).all()


def test_auc_intervals_hold_the_true_auc() -> None:
    draw = RNG.child("auc intervals").generator()
    for shift, truth in ((0.0, 0.5), (1.0, 0.7602), (3.0, 0.9831)):
        inside = []
        for _ in range(300):
            rows, others = draw.normal(shift, 1, 15), draw.normal(0, 1, 40)
            value = float((rows[:, None] > others).mean())
            low, high = auc_interval(value, 15, 40)
            assert 0 <= low <= value <= high <= 1
            inside.append(low <= truth <= high)
        assert np.mean(inside) >= 0.91, shift
    low, high = auc_interval(1.0, 5, 5)
    assert low < 0.75 and high == 1.0  # few rows that are ranked perfectly say little


def test_missing_values_tenths_and_combinations_are_groups() -> None:
    rows = 200
    table = {
        "sex": ["f", "m", None, "m"] * (rows // 4),
        "age": [float(k) for k in range(rows)],
    }
    comparison = compared(table, {n: c[:8] for n, c in table.items()})
    samples = {"real": comparison.real, "synthetic": comparison.synthetic}
    by_sex = members(comparison, ["sex"], samples)
    assert dict(zip(by_sex["real"].names, by_sex["real"].counts.tolist(), strict=True)) == {
        "sex = m": 100,
        "sex = f": 50,
        "sex = (missing)": 50,
    }
    assert by_sex["synthetic"].counts.tolist() == [4, 2, 2]
    by_age = members(comparison, ["age"], samples)
    assert by_age["real"].counts.tolist() == [20] * 10
    assert by_age["synthetic"].counts.tolist() == [8] + [0] * 9
    both = members(comparison, ["sex", "age"], samples)["real"]
    assert len(both.names) == 30 and both.counts.sum() == rows


def test_rows_of_one_person_are_worth_less() -> None:
    draw = RNG.child("people").generator()
    hits = draw.random(200) < 0.4
    alone = rate(hits, rows_of([0] * 200))
    assert alone.rows[0] == 200
    # Each person five times with the same outcome: the rows are worth as many as there are persons.
    again = Members(("g0",), np.zeros(1000, np.int64), np.ones(1000), np.repeat(np.arange(200), 5))
    repeated = rate(np.repeat(hits, 5), again)
    assert repeated.value == pytest.approx(alone.value)
    assert repeated.rows[0] == pytest.approx(200, rel=0.02)
    assert repeated.interval[0][0] == pytest.approx(alone.interval[0][0], abs=2e-3)
    # With outcomes of their own they are worth nearly all.
    own = rate(draw.random(1000) < 0.4, again)
    assert own.rows[0] > 700


def test_means_by_group() -> None:
    draw = RNG.child("means").generator()
    values, within = draw.normal(10, 2, 300), rows_of([0] * 199 + [1] * 100 + [2])
    found = means(values, within)
    assert found.value[:2] == pytest.approx([values[:199].mean(), values[199:299].mean()])
    assert found.error[0] == pytest.approx(values[:199].std(ddof=1) / np.sqrt(199))
    assert found.value[2] == values[299]
    assert 1 < found.error[2] < 3  # one row has the spread of all


# What a perfectly fair model shows by chance on the official test rows of Adult.
NULLS = {
    ("sex",): ((0.20, 0.005, 0.013), (0.65, 0.017, 0.042)),
    ("race",): ((0.20, 0.053, 0.099), (0.65, 0.161, 0.301)),
    ("sex", "race"): ((0.20, 0.110, 0.180), (0.65, 0.427, 0.750)),
}


@pytest.mark.parametrize("columns", NULLS)
def test_the_gap_of_a_fair_model(columns: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.measure.fairness.gaps.NULL_DRAWS", 4000)
    path = DATA / "adult" / "test.csv"
    if not path.exists():
        pytest.skip("the real table adult is not at hand")
    adult = compare(path, path)
    within = members(adult, columns, {"real": adult.real})["real"]
    income = adult["income"]
    rich = adult.real.values["income"] == income.labels.index(">50K")
    sizes = within.counts, within.take(rich).counts
    for (common, mean, end), n in zip(NULLS[columns], sizes, strict=True):
        found = difference_gap(same(common, n[n > 0]), Key(1))
        assert found is not None
        assert found.value == pytest.approx(0)
        assert found.chance == pytest.approx(mean, abs=0.005)
        assert found.noise == pytest.approx(end, abs=0.012)


def same(common: float, rows: Any) -> Figures:
    value = np.full(len(rows), common)
    return of_rates([Rate(value, np.asarray(rows, float), np.asarray(rows))])


RACE = (159, 480, 1561, 135, 13946)
CASES = {
    "two groups, fair": ([[0.2, 0.2]], [[5421, 10860]]),
    "two groups": ([[0.086, 0.261]], [[5421, 10860]]),
    "two small groups": ([[0.7, 0.5]], [[20, 60]]),
    "five groups, fair": ([[0.2] * 5], [RACE]),
    "five groups": ([[0.1, 0.26, 0.09, 0.14, 0.21]], [RACE]),
    "equalised odds": ([[0.61, 0.667], [0.02, 0.087]], [[590, 3256], [4831, 7604]]),
    "three classes": (
        [[0.2, 0.25, 0.3], [0.3, 0.3, 0.3], [0.5, 0.45, 0.4]],
        [[300, 500, 2000]] * 3,
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("rule", "gap"), [(difference, difference_gap), (ratio, ratio_gap)])
def test_intervals_hold_the_true_gap(
    case: str, rule: Rule, gap: Callable[[Figures, Key], Gap | None]
) -> None:
    shares, sizes = (np.array(v, float) for v in CASES[case])
    draw = RNG.child("coverage", case, rule.__name__).generator()
    truth, inside, above = float(rule(shares)), 0, 0
    repeats = 120
    for k in range(repeats):
        hits = draw.binomial(sizes.astype(int), shares)
        found = gap(counted(hits, sizes), Key(k))
        assert found is not None and found.low <= found.value <= found.high
        inside += found.low - 1e-12 <= truth <= found.high + 1e-12
        above += found.value > found.noise if rule is difference else found.value < found.noise
    assert inside / repeats >= 0.88  # 95 % less 3.5 standard errors of a simulation this short
    if "fair" in case:
        assert above / repeats <= 0.11


def counted(hits: Any, sizes: Any) -> Figures:
    return of_rates(
        [Rate(h / n, n.astype(float), n.astype(int)) for h, n in zip(hits, sizes, strict=True)]
    )


def test_gaps_of_means_and_of_calibration_hold_the_truth() -> None:
    draw = RNG.child("means coverage").generator()
    error = np.array([0.3, 0.1, 0.5])
    for centres, centre, gap in (
        ([5.0, 5.0, 5.0], None, difference_gap),
        ([5.0, 5.8, 4.6], None, difference_gap),
        ([0.0, 0.0, 0.0], 0.0, largest_gap),
        ([0.0, 0.9, -0.3], 0.0, largest_gap),
    ):
        truth = np.ptp(centres) if centre is None else np.abs(centres).max()
        inside = 0
        for k in range(150):
            seen = Mean(draw.normal(centres, error), error)
            found = gap(of_means([seen], centre=centre), Key(k))
            assert found is not None
            inside += found.low <= truth <= found.high
        assert inside / 150 >= 0.91, centres


def test_small_groups_that_are_all_alike_leave_room() -> None:
    found = difference_gap(counted([[0, 0]], np.array([[10, 1000]])), Key(0))
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert 0.2 < found.high < 0.35  # of ten rows none: the rate may be a quarter
    assert ratio_gap(counted([[0, 0]], np.array([[10, 1000]])), Key(0)) is None
    assert difference_gap(counted([[5]], np.array([[10]])), Key(0)) is None


@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1)), min_size=2, max_size=6),
    st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_a_gap_is_within_its_interval_whatever_the_groups(
    groups: list[tuple[int, float]], seed: int
) -> None:
    sizes = np.array([[n for n, _ in groups]])
    hits = np.array([[round(n * share) for n, share in groups]])
    found = difference_gap(counted(hits, sizes), Key(seed))
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 <= found.chance <= 1 and found.noise <= 1
    assert (found.low > 0) <= (found.value > found.noise)
    short = ratio_gap(counted(hits, sizes), Key(seed))
    assert (short is None) == (hits.sum() == 0)
    if short is not None:
        assert 0 <= short.low <= short.value <= short.high <= 1


def test_the_same_key_gives_the_same_gap() -> None:
    figures = counted([[3, 9, 40]], np.array([[10, 30, 90]]))
    assert difference_gap(figures, Key(3)) == difference_gap(figures, Key(3))


def test_the_unfair_gap_stands_out() -> None:
    found = difference_gap(counted([[100, 0]], np.array([[100, 100]])), Key(0))
    assert found is not None
    assert found.value == 1 and found.low > 0.9 and found.noise < 0.2
    assert (found.top, found.bottom) == (0, 1)


def test_group_rates_are_frozen() -> None:
    truth, said, within = drawn(1)
    found: GroupRates = arm(truth, said, within).rates[0]
    with pytest.raises(AttributeError):
        found.rows = np.zeros(4)  # type: ignore[misc]
