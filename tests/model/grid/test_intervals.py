"""Ranges of numbers: shares against enumeration, draws against draws that fell inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab._arrays import Int
from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import RefusedError
from trimtab.model.grid.fit import fit_number_grid
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Intervals, Truncation, truncated
from trimtab.model.interface import FIRST_SET, GIVEN, Condition, Request
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.model.trees.trees import Trees
from trimtab.table.files import read
from trimtab.table.schema import Column, Kind, Schema

KEY = Key(77)
GRAINS = tuple(10**k for k in range(1, 16))
MIN_P = 1e-4  # of a chi-square test with a fixed key: true laws pass, wrong ones are far below
FAR = 2**62 - 1
ENDS = np.array([0.0, 2.0**-53, 0.5, 1 - 2.0**-53])


def interval(low: int, high: int, missing: bool = False) -> Intervals:
    return Intervals(np.array([low]), np.array([high]), missing)


def heaped(rows: int = 4000) -> Int:
    """Amounts that people round to tens, hundreds and thousands; some are 0, some 999."""
    g = KEY.child("heaped").generator()
    amount, how = g.lognormal(6, 0.8, rows), g.random(rows)
    step = np.select([how < 0.2, how < 0.5, how < 0.6], [1000, 100, 10], 1)
    codes = (np.round(amount / step) * step).astype(np.int64)
    spike = g.random(rows)
    codes[spike < 0.1] = 0
    codes[spike > 0.97] = 999
    return codes


def ages(rows: int = 1500) -> Int:
    """Few values, an atom each, and some missing."""
    g = KEY.child("ages").generator()
    return np.where(g.random(rows) < 0.1, MISSING, g.integers(18, 80, rows))


COLUMNS = {"heaped": heaped(), "ages": ages(), "negative": -heaped()}
GRIDS = {n: fit_number_grid(c, 5, GRAINS) for n, c in COLUMNS.items()}
RANGES = [(0, 0), (500, 1300), (101, 101), (250, 250), (995, 1004), (-FAR, 333), (777, FAR)]


def uniforms(rows: int, *names: Any) -> np.ndarray:
    return KEY.child("uniforms", *names).uniforms(0, rows)


def enumerated(grid: NumberGrid, intervals: Intervals) -> np.ndarray:
    """The share of each element's draws inside, code by code and granularity by granularity."""
    out = np.zeros(len(grid.low))
    for e in range(len(grid.low)):
        raw = np.arange(grid.low[e], grid.high[e])
        for k in range(len(grid.levels)):
            found = grid.rounded(raw, np.full(len(raw), e), np.full(len(raw), k))
            held = [
                (found >= a) & (found <= b)
                for a, b in zip(intervals.low, intervals.high, strict=True)
            ]
            share = np.mean(np.any(held, axis=0))
            out[e] += share if grid.atom[e] else share * grid.level_shares[grid.token[e], k]
            if grid.atom[e]:
                break
    return out


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("ends", RANGES)
def test_shares_are_those_of_all_codes(name: str, ends: tuple[int, int]) -> None:
    grid, (low, high) = GRIDS[name], ends
    asked = interval(-high, -low) if name == "negative" else interval(low, high)
    assert truncated(grid, asked).element_shares == pytest.approx(enumerated(grid, asked), abs=1e-9)


def test_several_intervals_and_missing() -> None:
    grid = GRIDS["ages"]
    asked = Intervals(np.array([20, 30, 41]), np.array([20, 33, 41]), missing=True)
    found = truncated(grid, asked)
    assert found.element_shares == pytest.approx(enumerated(grid, asked))
    assert found.shares[0] == 1 and truncated(grid, interval(20, 30)).shares[0] == 0
    tokens = np.repeat(np.flatnonzero(found.shares > 0), 5)
    drawn = found.decode(tokens, uniforms(len(tokens), 1), uniforms(len(tokens), 2))
    assert set(drawn.tolist()) == {MISSING, 20, 30, 31, 32, 33, 41}


columns = st.one_of(
    st.lists(st.integers(-50, 50), min_size=1, max_size=120),
    st.lists(st.integers(-(2**61), 2**61), min_size=1, max_size=120),
    st.lists(st.integers(0, 300).map(lambda v: v if v % 3 else v * 10), min_size=40, max_size=300),
)


@given(columns, st.integers(-320, 3200), st.integers(0, 900), st.sampled_from([(), GRAINS]))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_column_and_range(
    values: list[int], low: int, width: int, grains: tuple[int, ...]
) -> None:
    """Three ranges that part all codes part every token's draws, and no draw leaves its range."""
    grid = fit_number_grid(np.array([*values, MISSING], np.int64), 2, grains)
    parts = [interval(-FAR, low - 1), interval(low, low + width), interval(low + width + 1, FAR)]
    found = [truncated(grid, part) for part in parts]
    total = np.sum([part.shares for part in found], axis=0)
    assert total[1:] == pytest.approx(np.ones(len(total) - 1)) and total[0] == 0
    for part, asked in zip(found, parts, strict=True):
        for token in np.flatnonzero(part.shares > 0):
            tokens = np.full(len(ENDS) ** 2, token)
            drawn = part.decode(tokens, np.repeat(ENDS, len(ENDS)), np.tile(ENDS, len(ENDS)))
            assert ((drawn >= asked.low[0]) & (drawn <= asked.high[0])).all()


@pytest.mark.parametrize("name", GRIDS)
def test_a_range_that_holds_all_changes_nothing(name: str) -> None:
    grid = GRIDS[name]
    tokens = grid.tokens(grid.encode(COLUMNS[name]))
    ends = uniforms(len(tokens), "p"), uniforms(len(tokens), "g")
    whole = truncated(grid, interval(-FAR, FAR, missing=True))
    assert whole.shares == pytest.approx(np.ones(len(grid.sizes)))
    assert (whole.decode(tokens, *ends) == grid.decode(tokens, *ends)).mean() > 0.999


def p_value(found: Int, filtered: Int) -> float:
    """Of the chi-square test that two samples of codes come from one law."""
    values = np.unique(np.concatenate([found, filtered]))
    if len(values) > 40:  # the commonest by themselves, others pooled between them
        kept, counts = np.unique(filtered, return_counts=True)
        values = np.unique([*kept[np.argsort(-counts)[:15]], *np.quantile(filtered, LINE)])
    at = [
        np.bincount(np.searchsorted(values, x), minlength=len(values) + 1)
        for x in (found, filtered)
    ]
    table = np.array(at)[:, np.sum(at, axis=0) >= 10]
    return 1.0 if table.shape[1] < 2 else float(stats.chi2_contingency(table).pvalue)


LINE = np.linspace(0, 1, 12)


@pytest.mark.parametrize("ends", [(500, 1300), (995, 1004), (120, 333)])
def test_draws_are_those_that_fall_inside(ends: tuple[int, int]) -> None:
    """Tokens by their rows times the share inside: the law of unconditional draws, filtered."""
    grid, rows = GRIDS["heaped"], 400_000
    inside = truncated(grid, interval(*ends))
    tokens = KEY.child("tokens").generator().choice(len(grid.sizes), rows, p=_law(grid.sizes))
    drawn = grid.decode(tokens, uniforms(rows, "a"), uniforms(rows, "b"))
    filtered = drawn[(drawn >= ends[0]) & (drawn <= ends[1])]

    def conditioned(weights: np.ndarray) -> Int:
        chosen = KEY.child("t").generator().choice(len(weights), len(filtered), p=_law(weights))
        return inside.decode(chosen, uniforms(len(chosen), "c"), uniforms(len(chosen), "d"))

    assert p_value(conditioned(grid.sizes * inside.shares), filtered) > MIN_P
    assert len(filtered) == pytest.approx(rows * _law(grid.sizes) @ inside.shares, rel=0.1)
    # Two-sided: tokens that count whole wherever they reach into the range do not pass.
    assert p_value(conditioned(grid.sizes * (inside.shares > 0)), filtered) < MIN_P


def _law(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


# --- the chain of trees ---------------------------------------------------------------------------


def learn(data: dict[str, Any], **order: Any) -> tuple[Trees, Codes]:
    table = pa.table(data)
    made = []
    for n in table.column_names:
        kind = Kind.LABEL if pa.types.is_string(table[n].type) else Kind.NUMBER
        made.append(Column(name=n, kind=kind, storage=str(table[n].type)))
    whole = read(table, Schema(locked=True, columns=tuple(made)))
    codec = fit_codec(whole, 5)
    codes = codec.encode(whole)
    return fit_trees(codes, codec, Order(**order), None, KEY.child("fit")), codes


@pytest.fixture(scope="module")
def chain() -> tuple[Trees, Codes]:
    """kind, spent and age lead; of what comes then, `near` is drawn around a prediction."""
    g, n = KEY.child("chain").generator(), 3000
    age = np.where(np.arange(n) % 11 == 0, -1, g.integers(18, 80, n))
    spent = np.resize(heaped(), n)
    near = 20 * np.abs(age) + g.integers(0, 60, n)
    far = g.integers(0, 10, n) ** 2 + (age > 50) * 7
    data = {
        "kind": np.where(g.random(n) < np.abs(age) / 90, "a", "b").tolist(),
        "spent": spent,
        "age": pa.array(age, mask=age < 0),
        "near": near,
        "far": far,
        "paid": np.roll(np.resize(heaped(), n), 7) + np.where(far > 40, 1000, 0),
        "y": np.where(g.random(n) < far / 100, "yes", "no").tolist(),
    }
    return learn(data, first=("kind", "age", "spent"), outcomes=("y",))


def asked(rows: int, *sets: Any, state: int = FIRST_SET) -> Condition:
    return Condition(np.zeros(rows, np.int64), np.full(rows, state), sets)


def filled(model: Trees, rows: int, conditions: dict[str, Condition], name: str) -> Codes:
    return model.fill(Request(rows, conditions), 0, KEY.child(name))


def test_ranges_in_the_block_are_exact(chain: tuple[Trees, Codes]) -> None:
    """Age and spending in ranges: all columns as in unconditional draws that fell there."""
    model, _ = chain
    assert model.block.columns == ("kind", "age", "spent")
    drawn = filled(model, 60_000, {}, "all")
    inside = (drawn["age"] >= 33) & (drawn["age"] <= 47)
    inside &= (drawn["spent"] >= 207) & (drawn["spent"] <= 1301)

    def ranged(age: Intervals, spent: Intervals) -> Codes:
        conditions = {"age": asked(8000, age), "spent": asked(8000, spent)}
        return filled(model, 8000, conditions, "ranged")

    found = ranged(interval(33, 47), interval(207, 1301))
    assert found["age"].min() >= 33 and found["age"].max() <= 47
    assert found["spent"].min() >= 207 and found["spent"].max() <= 1301
    for name in model.columns:
        assert p_value(found[name], drawn[name][inside]) > MIN_P, name
    wrong = ranged(interval(48, 90), interval(157, 1350))
    for name in ("kind", "age", "spent", "near", "far"):
        assert p_value(wrong[name], drawn[name][inside]) < MIN_P, name


@pytest.mark.parametrize(
    ("name", "ends"), [("paid", (433, 1301)), ("near", None), ("far", (3, 30))]
)
def test_ranges_behind_given_columns_are_exact(
    chain: tuple[Trees, Codes], name: str, ends: tuple[int, int] | None
) -> None:
    model, codes = chain
    upto, rows, at = model.columns[: model.columns.index(name)], 20_000, 200
    given_ = {n: Condition(np.full(rows, codes[n][at]), np.full(rows, GIVEN)) for n in upto}
    assert model.refusal(frozenset(upto), frozenset({name})) is None
    free = filled(model, rows, given_, "free")[name]
    low, high = ends or (int(np.quantile(free, 0.35)) + 1, int(np.quantile(free, 0.8)) + 1)
    assert (model.conditionals[name].residual is not None) == (name == "near")
    found = filled(
        model, 4000, {**_cut(given_, 4000), name: asked(4000, interval(low, high))}, "in"
    )
    assert found[name].min() >= low and found[name].max() <= high
    filtered = free[(free >= low) & (free <= high)]
    assert len(filtered) > 300 and p_value(found[name], filtered) > MIN_P
    # Two-sided: a range that ends a little elsewhere does not pass.
    other = interval(low, high - (high - low) // 4)
    wrong = filled(model, 4000, {**_cut(given_, 4000), name: asked(4000, other)}, "wrong")
    assert p_value(wrong[name], filtered) < MIN_P


def _cut(conditions: dict[str, Condition], rows: int) -> dict[str, Condition]:
    return {n: c.part(0, rows) for n, c in conditions.items()}


def test_a_range_that_the_row_leaves_no_probability(chain: tuple[Trees, Codes]) -> None:
    model, codes = chain
    upto = model.columns[: model.columns.index("near")]
    young = int(np.flatnonzero(codes["age"] == 20)[0])
    given_ = {n: Condition(np.array([codes[n][young]]), np.array([GIVEN])) for n in upto}
    with pytest.raises(RefusedError, match="leave a range no probability"):
        filled(model, 1, {**given_, "near": asked(1, interval(1500, 1700))}, "none")


def test_labels_behind_given_columns(chain: tuple[Trees, Codes]) -> None:
    model, codes = chain
    rows = 300
    given_ = {
        n: Condition(codes[n][:rows], np.full(rows, GIVEN)) for n in model.columns if n != "y"
    }
    only = filled(model, rows, {**given_, "y": asked(rows, np.array([1]))}, "y")
    assert (only["y"] == 1).all()
    both = filled(model, rows, {**given_, "y": asked(rows, np.array([0, 1]))}, "y")
    free = filled(model, rows, given_, "y")
    assert (both["y"] == free["y"]).all()


def test_rows_do_not_depend_on_the_batch(chain: tuple[Trees, Codes]) -> None:
    model, _ = chain
    rows, state = 240, np.resize([FIRST_SET, FIRST_SET + 1, 0], 240)
    request = Request(
        rows,
        {"age": Condition(np.zeros(rows, np.int64), state, (interval(20, 29), interval(60, FAR)))},
    )
    whole = model.fill(request, 0, KEY)
    assert (whole["age"][state == FIRST_SET] < 30).all()
    assert (whole["age"][state == FIRST_SET + 1] >= 60).all()
    for start, stop in ((0, 7), (7, 130), (130, 240)):
        part = model.fill(request.part(start, stop), start, KEY)
        assert all((part[n] == whole[n][start:stop]).all() for n in model.columns)


def test_a_column_that_learned_nothing() -> None:
    grid = fit_number_grid(np.array([1, 2, 3], np.int64), 5, GRAINS)
    found = truncated(grid, interval(0, 9))
    assert isinstance(found, Truncation) and not found.shares.any()
