"""The chain of boosted trees: exact where it says so, and nowhere silently approximate."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.codec.codec import Codec, fit_codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.grid.grid import LabelGrid
from trimtab.model.interface import (
    FIRST_SET,
    GIVEN,
    HOLE,
    PRESENT,
    Condition,
    Filler,
    Likelihood,
    Request,
)
from trimtab.model.trees.columns import Columns
from trimtab.model.trees.fit import Order, fit_trees, workers
from trimtab.model.trees.trees import Trees
from trimtab.table.files import read
from trimtab.table.persons import persons
from trimtab.table.schema import Column, Kind, Schema

KEY = Key(4)
DRAWS = 6000
MIN_P = 1e-4  # of a chi-square test with a fixed key: true tables pass, wrong ones are far below


@dataclass(frozen=True)
class Fitted:
    model: Trees
    codec: Codec
    codes: Codes


def learn(columns: Mapping[str, Any], *, min_count: int = 0, seed: int = 0, **order: Any) -> Fitted:
    """Learn columns: texts and None as labels, other values as numbers."""
    data = pa.table({n: pa.array(v) for n, v in columns.items()})
    kinds = {n: Kind.LABEL if pa.types.is_string(data[n].type) else Kind.NUMBER for n in columns}
    made = (Column(name=n, kind=k, storage=str(data[n].type), decimals=3) for n, k in kinds.items())
    table = read(data, Schema(locked=True, columns=tuple(made)))
    codec = fit_codec(table, min_count)
    codes = codec.encode(table)
    model = fit_trees(codes, codec, Order(**order), persons(table), Key(seed).child("fit"))
    return Fitted(model, codec, codes)


def letters(which: Int, missing: np.ndarray | None = None) -> list[str | None]:
    gone = np.zeros(len(which), bool) if missing is None else missing
    return [
        None if m else "abcdefghijklmnopqrstuvwxyz"[i] for i, m in zip(which, gone, strict=True)
    ]


@pytest.fixture(scope="module")
def tiny() -> Fitted:
    """Four dependent labels, one of them sometimes missing; y is an outcome behind the block."""
    g, n = KEY.child("tiny").generator(), 2000
    a = g.integers(0, 3, n)
    b = (g.random(n) < np.array([0.2, 0.5, 0.9])[a]).astype(int)
    c = (a + 2 * b + (g.random(n) < 0.3)) % 4
    y = (g.random(n) < 0.1 + 0.2 * c).astype(int)
    missing = g.random(n) < 0.15 * (1 + a)
    columns = {"y": letters(y), "a": letters(a), "c": letters(c, missing), "b": letters(b)}
    return learn(columns, outcomes=("y",))


def domain(fitted: Fitted) -> tuple[Codes, tuple[str, ...]]:
    """Every row there can be."""
    names = fitted.model.columns
    values = []
    for name in names:
        grid = fitted.model.grids[name]
        assert isinstance(grid, LabelGrid)
        values.append([*range(len(grid.rows)), *([MISSING] if grid.nullable else [])])
    rows = np.array(list(product(*values)), np.int64)
    return Codes({n: rows[:, j] for j, n in enumerate(names)}, len(rows)), names


def condition(state: int, rows: int, value: int = MISSING, allowed: Any = ()) -> Condition:
    sets = (np.array(allowed, np.int64),) if state == FIRST_SET else ()
    return Condition(np.full(rows, value), np.full(rows, state), sets)


def p_value(drawn: Codes, cells: Codes, names: tuple[str, ...], weights: np.ndarray) -> float:
    """Of the chi-square test that the rows were drawn from the cells by their weights."""
    index = {tuple(r): i for i, r in enumerate(zip(*(cells[n] for n in names), strict=True))}
    found = np.zeros(cells.rows)
    np.add.at(found, [index[r] for r in zip(*(drawn[n] for n in names), strict=True)], 1)
    expected = weights / weights.sum() * drawn.rows
    if found[expected == 0].any():
        return 0.0
    some = expected >= 2  # rarer cells are pooled, so that the statistic is near chi-square
    rare, often = found[~some].sum(), expected[~some].sum() / drawn.rows
    observed, wanted = found[some], expected[some]
    if often * drawn.rows >= 2:
        observed, wanted = np.append(observed, rare), np.append(wanted, often * drawn.rows)
        return _chi_square(observed, wanted)
    # Even pooled they are too rare for it: how many of them are drawn is judged exactly.
    exact = stats.binomtest(int(rare), drawn.rows, min(often, 1.0)).pvalue
    return min(1.0, 2 * min(exact, _chi_square(observed, wanted)))


def _chi_square(observed: np.ndarray, wanted: np.ndarray) -> float:
    """The p-value of how often cells were drawn, given how often any of them was."""
    if len(wanted) < 2:
        return 1.0
    return float(stats.chisquare(observed, wanted * observed.sum() / wanted.sum()).pvalue)


def test_protocols(tiny: Fitted) -> None:
    assert isinstance(tiny.model, Filler) and isinstance(tiny.model, Likelihood)


def test_probabilities_sum_to_one(tiny: Fitted) -> None:
    cells, _ = domain(tiny)
    assert cells.rows == 3 * 2 * 5 * 2
    assert np.exp(tiny.model.log_prob(cells)).sum() == pytest.approx(1, abs=1e-5)


def test_the_model_is_near_the_table(tiny: Fitted) -> None:
    """Learned shares of the cells lie near the real ones, and far from independence."""
    cells, names = domain(tiny)
    weights = np.exp(tiny.model.log_prob(cells))
    real = {}
    for row in zip(*(tiny.codes[n] for n in names), strict=True):
        real[row] = real.get(row, 0) + 1 / tiny.codes.rows
    shares = np.array([real.get(r, 0) for r in zip(*(cells[n] for n in names), strict=True)])
    alone = np.ones(cells.rows)
    for name in names:
        alone *= np.array([np.mean(tiny.codes[name] == c) for c in cells[name]])
    # Sampling alone makes about sum(sqrt(2 p / (pi n))) / 2 of total variation: .05 here.
    assert np.abs(weights - shares).sum() / 2 < 0.08
    assert np.abs(alone - shares).sum() / 2 > 0.25


PATTERNS = [
    {},
    {"a": 1},
    {"b": 1},
    {"c": MISSING},
    {"c": "present"},
    {"c": "present", "a": 2},
    {"c": 2, "b": 0},
    {"a": 0, "b": 1, "c": 3},
    {"a": (0, 2)},
    {"b": (1,)},
    {"c": (MISSING, 1)},
    {"a": (1, 2), "c": (0, 3)},
    {"b": 0, "c": (0, 1, 2)},
    {"a": 2, "b": 1, "c": 1, "y": 1},
]


@pytest.mark.parametrize("asked", PATTERNS, ids=str)
def test_conditionals_are_exact(tiny: Fitted, asked: dict[str, Any]) -> None:
    """Law 6: what is drawn under values and sets, against enumeration of the model's own table."""
    conditions = {}
    for n, v in asked.items():
        if v == "present":
            conditions[n] = condition(PRESENT, DRAWS)
        elif isinstance(v, tuple):
            conditions[n] = condition(FIRST_SET, DRAWS, allowed=v)
        else:
            conditions[n] = condition(GIVEN, DRAWS, v)
    request = Request(DRAWS, conditions)
    for known, sets in request.patterns():
        assert tiny.model.refusal(known, sets) is None
    drawn = tiny.model.fill(request, 0, KEY.child("fill", str(asked)))
    cells, names = domain(tiny)
    weights = np.exp(tiny.model.log_prob(cells))
    agrees = np.ones(cells.rows, bool)
    for n, v in asked.items():
        agrees &= cells[n] != MISSING if v == "present" else np.isin(cells[n], v)
    assert p_value(drawn, cells, names, weights * agrees) > MIN_P
    # Two-sided: a table that knows the shares of the columns but not what binds them fails.
    alone = np.ones(cells.rows)
    for n in names:
        alone *= np.array([weights[cells[n] == c].sum() for c in cells[n]])
    if len(asked) < 3:
        assert p_value(drawn, cells, names, alone * agrees) < 1e-6


def test_rows_of_many_patterns_in_one_request(tiny: Fitted) -> None:
    """Each row by itself: given cells unchanged, sets kept, the same row as when drawn alone."""
    g, rows = KEY.child("patterns").generator(), 300
    state = {n: g.integers(0, FIRST_SET + 1, rows) for n in ("a", "b", "c")}
    conditions = {
        n: Condition(np.where(s == GIVEN, g.integers(0, 2, rows), MISSING), s, (np.array([1]),))
        for n, s in state.items()
    }
    request = Request(rows, conditions)
    whole = tiny.model.fill(request, 0, KEY)
    for n, s in state.items():
        assert (whole[n][s == GIVEN] == conditions[n].value[s == GIVEN]).all()
        assert (whole[n][s == FIRST_SET] == 1).all()
        assert len(np.unique(whole[n][s == HOLE])) > 1
        assert len(np.unique(whole[n][s == PRESENT])) > 1
    assert (whole["c"][state["c"] == HOLE] == MISSING).any()
    assert (whole["c"][state["c"] == PRESENT] != MISSING).all()
    for start, stop in ((0, 1), (1, 130), (130, 131), (131, 300)):
        part = tiny.model.fill(request.part(start, stop), start, KEY)
        assert all((part[n] == whole[n][start:stop]).all() for n in tiny.model.columns)


@pytest.mark.parametrize("labels", [3, 150])
def test_present_behind_the_block(labels: int) -> None:
    """A hole that must be filled: the conditional without its missing token; others as they were.

    Of few labels, drawn in one step, and of many, drawn by groups, classes and bundles.
    """
    g, n = KEY.child("present").generator(), 4000
    a = g.integers(0, 3, n)
    code = np.minimum(g.geometric(np.array([0.5, 0.1, 0.02])[a]) - 1, labels - 1)
    gone = g.random(n) < np.array([0.1, 0.5, 0.9])[a]
    y = [None if m else f"y{c}" for c, m in zip(code, gone, strict=True)]
    fitted = learn({"a": letters(a), "y": y}, outcomes=("y",))
    assert fitted.model.block.columns == ("a",)
    request = Request(DRAWS, {"y": condition(PRESENT, DRAWS)})
    assert request.patterns() == [(frozenset(), frozenset())]
    drawn = fitted.model.fill(request, 0, KEY.child("filled"))
    cells, names = domain(fitted)
    weights = np.exp(fitted.model.log_prob(cells))
    present = weights * (cells["y"] != MISSING)
    for value in range(3):
        at = cells["a"] == value
        present[at] *= weights[at].sum() / present[at].sum()
    assert p_value(drawn, cells, names, present) > MIN_P
    # Two-sided: the joint table of the rows where y is present is another.
    assert p_value(drawn, cells, names, weights * (cells["y"] != MISSING)) < 1e-6


# --- what can be given ----------------------------------------------------------------------------


def subsets(names: tuple[str, ...]) -> list[frozenset[str]]:
    sizes = (combinations(names, k) for k in range(len(names) + 1))
    return [frozenset(s) for s in chain.from_iterable(sizes)]


@pytest.fixture(scope="module")
def mixed() -> Fitted:
    """Labels, a long label, numbers with gaps: x drives most of the others."""
    g, n = KEY.child("mixed").generator(), 3000
    x = np.round(np.exp(g.normal(8, 1, n)))
    size = np.round(x * np.exp(g.normal(0, 0.15, n)) / 3, 1)
    rank = stats.rankdata(x) / n
    town = np.minimum((rank * 20 + g.normal(0, 1, n)).clip(0), 19).astype(int)
    kind = (g.random(n) < rank).astype(int)
    y = (g.random(n) < 0.1 + 0.8 * kind * rank).astype(int)
    gone = g.random(n) < 0.5 * rank
    columns = {
        "y": letters(y),
        "x": pa.array(x.astype(np.int64)),
        "size": pa.array(size),
        "note": pa.array(np.round(g.normal(size=n), 2), mask=gone),
        "town": letters(town),
        "kind": letters(kind),
    }
    return learn(columns, min_count=5, outcomes=("y",))


def test_refused_exactly_where_it_would_not_be_exact(mixed: Fitted) -> None:
    """All 3 ** 6 requests: values lie in the block or in a whole start of the chain, and sets too,
    but that all before them are values."""
    names, block = mixed.model.columns, set(mixed.model.block.columns)
    assert block == {"kind"} and names[-1] == "y" and len(names) == 6
    for given in subsets(names):
        for sets in subsets(tuple(n for n in names if n not in given)):
            beyond = [n for n in names if n in given - block]
            upto = set(names[: names.index(beyond[-1])]) if beyond else set()
            behind = sets - block
            exact = upto <= given and all(set(names[: names.index(n)]) <= given for n in behind)
            reason = mixed.model.refusal(given, sets)
            assert (reason is None) == exact, (given, sets)
            if reason is not None:
                assert "`first=[" in reason and "draws kind first" in reason


def test_the_remedy_of_a_refusal_works(mixed: Fitted) -> None:
    reason = mixed.model.refusal(frozenset({"size", "kind"}), frozenset({"town"}))
    assert reason is not None and "condition exactly on town, size" in reason
    first = tuple(ast.literal_eval(str(reason).split("`first=")[1].split("`")[0]))
    columns = {n: mixed.codec.columns[n].decode(mixed.codes[n][:200]) for n in mixed.model.columns}
    again = learn(columns, min_count=5, first=first)
    assert again.model.refusal(frozenset({"size", "kind"}), frozenset({"town"})) is None


def test_a_start_of_the_chain_can_be_given(mixed: Fitted) -> None:
    names = mixed.model.columns
    rows, upto = 400, names[:4]
    given = {n: Condition(mixed.codes[n][:rows], np.full(rows, GIVEN)) for n in upto}
    drawn = mixed.model.fill(Request(rows, given), 0, KEY)
    for n in upto:
        assert (drawn[n] == mixed.codes[n][:rows]).all()
    assert all(len(np.unique(drawn[n])) > 1 for n in names[4:])


def test_numbers_in_the_block_condition_on_their_bin() -> None:
    """A number that leads the chain can be given alone; its own value comes back as given."""
    g, n = KEY.child("leading").generator(), 800
    x = g.integers(0, 500, n)
    columns = {"label": letters((x > 250).astype(int)), "x": pa.array(x)}
    fitted = learn(columns, first=("x",), min_count=5)
    assert fitted.model.block.columns == ("x", "label")
    for value, expected in ((17, 0), (444, 1)):
        given = {"x": condition(GIVEN, 300, value)}
        drawn = fitted.model.fill(Request(300, given), 0, KEY)
        assert (drawn["x"] == value).all()
        # The true share is 1; boosting stops a little short of it.
        assert (
            np.mean(drawn["label"] == fitted.codec.columns["label"].code_of("ab"[expected])) > 0.9
        )
    labelled = {"label": condition(GIVEN, 300, 0)}
    drawn = fitted.model.fill(Request(300, labelled), 0, KEY)
    upper = fitted.codec.columns["label"].values[0] == "b"
    assert np.mean((drawn["x"] > 250) == upper) > 0.9


# --- order ----------------------------------------------------------------------------------------


def test_order_of_the_chain(mixed: Fitted, tiny: Fitted) -> None:
    """Low labels lead, outcomes stand last; what is asked for first leads, outcome or not."""
    assert mixed.model.columns == ("kind", "x", "size", "note", "town", "y")
    assert tiny.model.columns == ("a", "c", "b", "y")
    assert tiny.model.block.columns == ("a", "c", "b")
    few = {"a": list("xy") * 20, "b": list("uvuu") * 10, "n": list(range(40))}
    for order, expected in (
        ({}, ("a", "b", "n")),
        ({"first": ("b",)}, ("b", "a", "n")),
        ({"outcomes": ("a",)}, ("b", "n", "a")),
        ({"first": ("a",), "outcomes": ("a",)}, ("a", "b", "n")),
        ({"first": ("n", "b")}, ("n", "b", "a")),
        ({"outcomes": ("a", "b")}, ("n", "a", "b")),
    ):
        assert learn(few, **order).model.columns == expected


def test_similar_labels_stand_side_by_side() -> None:
    """The alphabet is ordered by what goes with each label, not by name or frequency."""
    g, n = KEY.child("order").generator(), 2000
    label = g.integers(0, 8, n)
    hidden = np.array([3, 7, 0, 5, 1, 6, 2, 4])[label]  # the true place of each label
    columns = {
        "label": letters(label),
        "x": pa.array(hidden * 10 + g.normal(0, 4, n)),
        "z": pa.array(-hidden * 3 + g.normal(0, 4, n)),
    }
    fitted = learn(columns)
    grid, codec = fitted.model.grids["label"], fitted.codec.columns["label"]
    place = [int(grid.token[codec.code_of(c)]) for c in "abcdefgh"]
    assert abs(stats.spearmanr(place, [3, 7, 0, 5, 1, 6, 2, 4]).statistic) == pytest.approx(1)


# --- what is learned ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redrawn(mixed: Fitted) -> Codes:
    return mixed.model.fill(Request(DRAWS, {}), 0, KEY.child("redrawn"))


def test_strong_dependence_is_learned(mixed: Fitted, redrawn: Codes) -> None:
    """Also in the tails: who is among the highest of x is among the highest of size."""

    def rank_correlation(c: Codes) -> float:
        return float(stats.spearmanr(c["x"], c["size"]).statistic)

    def tail(c: Codes, upper: bool) -> float:
        ranks = [stats.rankdata(c[n] if upper else -c[n]) / c.rows for n in ("x", "size")]
        return float(np.mean(ranks[1][ranks[0] > 0.95] > 0.95))

    shuffled = Codes({**redrawn.columns, "size": np.roll(redrawn["size"], 1)}, redrawn.rows)
    # Fisher's z has a standard deviation of 1 / sqrt(n); a real .98 gets ten of those, for a model
    # that is not the truth.
    real, drawn = np.arctanh(rank_correlation(mixed.codes)), np.arctanh(rank_correlation(redrawn))
    assert real > 2 and abs(drawn - real) < 0.25
    assert abs(np.arctanh(rank_correlation(shuffled))) < 0.1
    for upper in (True, False):
        # A share near .8 of 150 real rows: four standard deviations are .13.
        assert abs(tail(redrawn, upper) - tail(mixed.codes, upper)) < 0.13
        assert tail(shuffled, upper) < 0.2


def test_labels_follow_numbers(mixed: Fitted, redrawn: Codes) -> None:
    def rises(c: Codes, name: str) -> list[float]:
        high = c["x"] > np.median(mixed.codes["x"])
        return [float(np.mean(c[name][h] == 0)) for h in (high, ~high)]

    for name in ("kind", "y"):
        # Differences of shares of at least 1,500 rows: four standard deviations are .065.
        assert np.abs(np.subtract(rises(mixed.codes, name), rises(redrawn, name))).max() < 0.065
        assert np.abs(np.subtract(*rises(mixed.codes, name))) > 0.2


def test_missing_values_are_modelled(mixed: Fitted, redrawn: Codes) -> None:
    """They keep their share, overall and where x is high."""
    real, drawn = (c["note"] == MISSING for c in (mixed.codes, redrawn))
    assert abs(real.mean() - drawn.mean()) < 4 * np.sqrt(0.25 * 0.75 / mixed.codes.rows)
    high = [c["x"] > np.quantile(mixed.codes["x"], 0.75) for c in (mixed.codes, redrawn)]
    # Shares near .44 of 750 rows: four standard deviations are .07.
    assert abs(real[high[0]].mean() - drawn[high[1]].mean()) < 0.07
    assert real[high[0]].mean() > real.mean() + 0.14


def test_a_number_that_must_be_present(mixed: Fitted) -> None:
    rows = 1000
    request = Request(rows, {"note": condition(PRESENT, rows)})
    drawn = mixed.model.fill(request, 0, KEY.child("note"))["note"]
    real = mixed.codes["note"][mixed.codes["note"] != MISSING]
    assert (drawn != MISSING).all()
    # The 1 % level of two samples, and .01 for a model that is not exact.
    assert stats.ks_2samp(real, drawn).statistic < 1.63 * np.sqrt(1 / rows + 1 / len(real)) + 0.01


@pytest.mark.parametrize("gaps", [0.0, 0.4])
def test_gaps_do_not_blur_what_binds_a_number(gaps: float) -> None:
    """Rows without a value say nothing of where values lie: the others are learned as without."""
    g, n = KEY.child("blur").generator(), 3000
    x = g.normal(size=n)
    y = np.round(0.8 * x + 0.6 * g.normal(size=n), 3)
    columns = {"x": pa.array(np.round(x, 3)), "y": pa.array(y, mask=g.random(n) < gaps)}
    fitted = learn(columns, min_count=5, outcomes=("y",))
    assert fitted.model.conditionals["y"].located
    request = {
        "x": Condition(fitted.codes["x"], np.full(n, GIVEN)),
        "y": Condition(np.zeros(n, np.int64), np.full(n, PRESENT)),
    }
    drawn = fitted.model.fill(Request(n, request), 0, KEY.child("blurred"))
    # Fisher's z of 3,000 rows varies by .018, in what was learned from and in what is drawn.
    found = np.arctanh(np.corrcoef(drawn["x"], drawn["y"])[0, 1])
    assert found == pytest.approx(np.arctanh(0.8), abs=4 * 0.026)


def test_marginals_are_kept(mixed: Fitted, redrawn: Codes) -> None:
    for name in ("x", "size"):
        # The 1 % level of two samples, 1.63 sqrt(1/m + 1/n), and .01 for a model that is not exact.
        bound = 1.63 * np.sqrt(1 / mixed.codes.rows + 1 / DRAWS) + 0.01
        assert stats.ks_2samp(mixed.codes[name], redrawn[name]).statistic < bound
        assert stats.ks_2samp(mixed.codes[name] * 1.2, redrawn[name]).statistic > bound


def test_log_prob_prefers_real_rows(mixed: Fitted) -> None:
    """A row is likelier than the same row with the size of another."""
    swapped = Codes({**mixed.codes.columns, "size": np.roll(mixed.codes["size"], 1)}, 3000)
    gain = mixed.model.log_prob(mixed.codes) - mixed.model.log_prob(swapped)
    assert gain.mean() > 1 and np.mean(gain > 0) > 0.8


@pytest.mark.parametrize(("spread", "ratio"), [(0, 0.0), (1, 2 * 9 * np.log(10))])
def test_log_prob_counts_units(spread: int, ratio: float) -> None:
    """Two numbers in units 10 ** 9 times finer: as many times less mass on each code.

    But where all codes are multiples of the old unit, nothing changes: that is learned as a grain.
    """
    g, n = KEY.child("units").generator(), 3000
    x = np.round(1000 * g.normal(size=n)).astype(int)
    z = np.round(x + 200 * g.normal(size=n)).astype(int)
    coarse = learn({"x": x, "z": z}, min_count=5)
    finer = {k: v * 10**9 + spread * g.integers(0, 10**9, n) for k, v in (("x", x), ("z", z))}
    fine = learn(finer, min_count=5)
    assert fine.model.conditionals["z"].located
    found = coarse.model.log_prob(coarse.codes) - fine.model.log_prob(fine.codes)
    assert np.median(found) == pytest.approx(ratio, abs=0.5)


def test_log_prob_of_a_number_sums_to_one() -> None:
    """Over every code of a number that is drawn around a prediction."""
    g, n = KEY.child("sums").generator(), 3000
    x = g.integers(0, 3000, n)
    fitted = learn({"x": x, "z": np.round(2 * x + g.normal(0, 400, n)).astype(int)}, min_count=5)
    last = fitted.model.columns[-1]
    assert fitted.model.conditionals[last].located
    grid = fitted.model.grids[last]
    every = np.arange(grid.low.min(), grid.high.max())
    other = np.full(len(every), 1500)
    codes = Codes({last: every, fitted.model.columns[0]: other}, len(every))
    first = fitted.model.conditionals[fitted.model.columns[0]]
    elements = fitted.model.grids[fitted.model.columns[0]].encode(other)
    empty = np.zeros((len(every), 0))
    alone = first.log_prob(
        other, elements, first.inputs(Columns.of(empty.astype(np.float32), empty))
    )
    total = np.exp(fitted.model.log_prob(codes) - alone).sum()
    assert total == pytest.approx(1, abs=0.01)


# --- determinism ----------------------------------------------------------------------------------


def test_same_seed_same_model_whatever_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    g, n = KEY.child("workers").generator(), 300
    x = g.normal(size=n)
    columns = {
        "x": pa.array(np.round(x, 3)),
        "z": pa.array(np.round(x + g.normal(0, 0.3, n), 3)),
        "w": pa.array(np.round(x - g.normal(0, 2, n), 3)),
        "kind": letters((x > 0).astype(int)),
    }
    found = []
    for threads, seed in (("1", 0), ("3", 0), ("1", 1)):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert workers() == int(threads)
        fitted = learn(columns, seed=seed, min_count=5)
        drawn = fitted.model.fill(Request(200, {}), 0, KEY)
        found.append((fitted.model.log_prob(fitted.codes), drawn))
    (one, drawn_one), (three, drawn_three), (other, _) = found
    assert np.array_equal(one, three) and not np.array_equal(one, other)
    assert all(np.array_equal(drawn_one[n], drawn_three[n]) for n in columns)


def test_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, expected in (("2", 2), ("0", 1), ("7", 7)):
        monkeypatch.setenv("OMP_NUM_THREADS", text)
        assert workers() == expected
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    usable = workers()
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert workers() == usable >= 1


def test_progress_counts_every_column() -> None:
    reported: list[tuple[str, int, int]] = []
    few = {"a": list("xy") * 20, "n": [i % 37 / 2 for i in range(40)]}
    data = pa.table({n: pa.array(v) for n, v in few.items()})
    table = read(data)
    codec = fit_codec(table, 0)
    fit_trees(codec.encode(table), codec, Order(), None, KEY, lambda *step: reported.append(step))
    assert reported[-1] == ("learning columns", 2, 2)
    done = [d for phase, d, _ in reported if phase == "learning columns"]
    assert done == sorted(done)


@pytest.mark.parametrize("rows", [2, 3, 7, 30])
def test_few_rows(rows: int) -> None:
    """Too few to learn from: what is drawn stays within what is there."""
    columns = {"a": letters(np.arange(rows) % 2), "n": np.arange(rows) * 10}
    fitted = learn(columns)
    drawn = fitted.model.fill(Request(200, {}), 0, KEY)
    assert set(np.unique(drawn["a"])) == {0, 1}
    assert drawn["n"].min() >= 0 and drawn["n"].max() <= (rows - 1) * 10
    assert np.isfinite(fitted.model.log_prob(fitted.codes)).all()
