"""What a model tells of one column: exact against enumeration, and what its own draws show."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from tests.model.learned_tables import LEARNED, learned
from tests.model.network.small_networks import any_gaussian
from trimtab._arrays import Float
from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import RefusedError
from trimtab.model.grid.distribution import PiecewiseDistribution, mass_near, of_tokens
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import LabelGrid, NumberGrid
from trimtab.model.grid.table import fit_grids
from trimtab.model.interface import GIVEN, Condition, ConditionalModel, Request
from trimtab.model.network.network import Network
from trimtab.model.network.shape import Shape, weight_count
from trimtab.model.trees.block import Block
from trimtab.model.trees.fit import Order, fit_trees
from trimtab.model.trees.trees import Trees
from trimtab.table.files import read

KEY = Key(23)
SHAPE = Shape(width=16, shared=1, own=1, components=3)
DRAWS = 20_000


def labels(rows: int = 3000) -> pa.Table:
    """Four dependent labels, one of them with gaps."""
    g = KEY.child("labels").generator()
    a = g.integers(0, 3, rows)
    b = (g.random(rows) < np.array([0.2, 0.5, 0.9])[a]).astype(int)
    c = (a + 2 * b + (g.random(rows) < 0.3)) % 4
    y = (g.random(rows) < 0.1 + 0.2 * c).astype(int)
    return pa.table(
        {
            "a": np.array(list("xyz"))[a].tolist(),
            "b": np.array(["no", "yes"])[b].tolist(),
            "c": pa.array(np.array(list("klmn"))[c].tolist(), mask=g.random(rows) < 0.1 * (1 + a)),
            "y": np.array(["out", "in"])[y].tolist(),
        }
    )


@pytest.fixture(scope="module")
def chain() -> Trees:
    """The block a, b, c, and y behind it."""
    table = read(labels())
    codec = fit_codec(table, 0)
    return fit_trees(codec.encode(table), codec, Order((), ("y",)), None, KEY)


def network(trees: Trees, seed: int = 0) -> Network:
    """A network with weights at random: every column depends on all others, and none is learned."""
    grids = {n: trees.grids[n] for n in sorted(trees.grids)}
    noise = KEY.child("weights", seed).generator().standard_normal(weight_count(grids, SHAPE))
    return Network(grids, SHAPE, any_gaussian(grids, seed), (noise * 0.3).astype(np.float32))


Model = Trees | Network


def told(model: Model, given: dict[str, int], column: str) -> PiecewiseDistribution:
    """What a model tells of one row."""
    codes = {name: np.array([code]) for name, code in given.items()}
    return model.conditional(Codes(codes, 1), column).row(0)


def masses(found: PiecewiseDistribution) -> Float:
    """All masses, that of missing last."""
    return np.append(found.mass, found.missing)


def enumerated(model: Trees, given: dict[str, int], column: str) -> Float:
    """The same from the probabilities of all rows there can be."""
    names, values = model.columns, []
    for name in names:
        grid = model.grids[name]
        assert isinstance(grid, LabelGrid)
        values.append([*range(len(grid.rows)), *[MISSING] * grid.nullable])
    rows = np.array(list(product(*values)), np.int64)
    cells = Codes({n: rows[:, j] for j, n in enumerate(names)}, len(rows))
    weights = np.exp(model.log_prob(cells))
    for name, code in given.items():
        weights = weights * (cells[name] == code)
    size = len(model.grids[column].rows)
    place = np.where(cells[column] == MISSING, size, cells[column])
    found = np.bincount(place, weights=weights, minlength=size + 1)
    return found / found.sum()


GIVEN_LABELS: list[dict[str, int]] = [
    {},
    {"a": 1},
    {"c": MISSING},
    {"b": 0, "c": 2},
    {"a": 2, "b": 1},
    {"a": 0, "b": 1, "c": 3},
]


@pytest.mark.parametrize("given", GIVEN_LABELS, ids=str)
def test_a_chain_against_enumeration(chain: Trees, given: dict[str, int]) -> None:
    """Law 6: exact in the block, and behind it where all before is given; else within noise."""
    assert chain.columns[-1] == "y" and "y" not in chain.block.columns
    for column in chain.columns:
        if column in given:
            continue
        found = told(chain, given, column)
        exact = column != "y" or len(given) == 3
        assert (found.draws == 0) is exact
        wanted = enumerated(chain, given, column)
        np.testing.assert_allclose(masses(found), wanted, atol=1e-6 if exact else 0.02)


def request(given: dict[str, int], rows: int = DRAWS) -> Request:
    state = np.full(rows, GIVEN)
    return Request(rows, {n: Condition(np.full(rows, c), state) for n, c in given.items()})


def distance(model: Model, given: dict[str, int], column: str) -> float:
    """The largest difference of two distribution functions: of draws, and as it is told.

    Labels stand by their codes, missing last. Draws of numbers are rounded inside ranges, so that
    their functions are compared where ranges and atoms begin.
    """
    codes = model.fill(request(given), 0, KEY.child(column))[column]
    grid, found = model.grids[column], told(model, given, column)
    known = np.sort(codes[codes != MISSING])
    low, high = found.first, found.first + 1
    ends = low
    if isinstance(grid, NumberGrid):
        high = grid.high
        ends = np.unique([low[grid.token == t].min() for t in np.unique(grid.token)])
    inside = ((ends[:, None] - low) / (high - low)).clip(0, 1)
    apart = np.abs(np.searchsorted(known, ends) / DRAWS - inside @ found.mass).max(initial=0)
    return max(float(apart), abs(1 - len(known) / DRAWS - found.missing))


# Of draws alone: the 1 - 1e-4 quantile of the Kolmogorov-Smirnov statistic.
NOISE = 2.23 / np.sqrt(DRAWS)


@pytest.mark.parametrize("name", ["mixed", "all values", "numbers", "sparse"])
def test_what_a_chain_draws_is_what_it_tells(name: str) -> None:
    """Every column, given all before it: tokens, tokens around a location, and residuals."""
    model = learned(name).model
    assert isinstance(model, Trees)
    row = model.fill(Request(1, {}), 7, KEY)
    for j, column in enumerate(model.columns):
        before = {n: int(row[n][0]) for n in model.columns[:j]}
        assert told(model, before, column).draws == 0
        assert distance(model, before, column) < NOISE + 0.005, column


@pytest.mark.parametrize("seed", [0, 1])
def test_what_a_network_draws_is_what_it_tells(seed: int) -> None:
    """Every column, given all others: no order is left to be drawn."""
    trees = learned("mixed").model
    assert isinstance(trees, Trees)
    model = network(trees, seed)
    row = model.fill(Request(1, {}), 7, KEY)
    for column in model.columns:
        others = {n: int(row[n][0]) for n in model.columns if n != column}
        assert distance(model, others, column) < NOISE + 0.005, column


@pytest.mark.parametrize("kind", ["chain", "network"])
def test_many_rows_are_told_as_each_by_itself(kind: str) -> None:
    trees = learned("mixed").model
    assert isinstance(trees, Trees)
    model: Model = trees if kind == "chain" else network(trees)
    rows = model.fill(Request(600 if kind == "network" else 9, {}), 7, KEY)
    names = model.columns
    for given, column in (((), names[0]), (names[:2], names[3]), (names[:-1], names[-1])):
        together = model.conditional(Codes({n: rows[n] for n in given}, rows.rows), column)
        assert together.mass.shape[0] == len(together.missing) == rows.rows
        for at in (0, 4, rows.rows - 1):
            alone = told(model, {n: int(rows[n][at]) for n in given}, column)
            np.testing.assert_allclose(masses(together.row(at)), masses(alone), atol=1e-5)
            assert together.row(at).draws == alone.draws


def test_a_network_tells_the_same_whatever_stands_in_cells_not_given() -> None:
    trees = learned("mixed").model
    assert isinstance(trees, Trees)
    model = network(trees)
    alone = told(model, {}, "city")
    assert not np.allclose(masses(alone), masses(told(model, {"stage": 1}, "city")))
    # Given as missing is told apart from not given.
    assert not np.allclose(masses(alone), masses(told(model, {"cost": MISSING}, "city")))


@pytest.mark.parametrize("name", LEARNED)
def test_masses_sum_to_one(name: str) -> None:
    trees = learned(name).model
    assert isinstance(trees, Trees)
    networks = [network(trees)] if name in ("mixed", "sparse") else []
    for model in (trees, *networks):
        assert isinstance(model, ConditionalModel)
        for column in model.columns:
            found = told(model, {}, column)
            assert masses(found).sum() == pytest.approx(1, abs=1e-12)
            assert (masses(found) >= 0).all()
            assert (found.first <= found.last).all()
            if not isinstance(model.grids[column], LabelGrid):
                assert (np.diff(found.first) >= 0).all()


def test_an_impossible_combination_is_refused() -> None:
    block = Block(("a", "b"), np.array([[0.0, 0.0], [0.5, 0.5]]))
    with pytest.raises(RefusedError, match="leave no combination"):
        block.tokens_given(1, {"a": np.array([0])}, "b")


def evenly(grid: NumberGrid) -> PiecewiseDistribution:
    """The distribution of a column by itself."""
    return of_tokens(grid, (grid.sizes / grid.sizes.sum())[None]).row(0)


def test_neighbours_of_a_number_are_a_share_of_the_rows() -> None:
    """A tenth of the rows around any number: as told by the column alone, a tenth of the mass."""
    values = np.sort(KEY.child("numbers").generator().integers(0, 10**6, 4000))
    grid = fit_number_grid(values, 5)
    found = evenly(grid)
    for code in (0, values[3], values[2000], values[-2], 10**7):
        assert mass_near(grid, found, int(code), 0.1) == pytest.approx(0.1)
    # A value that more rows hold counts by its own.
    grid = fit_number_grid(np.r_[values, np.zeros(1000, np.int64), [MISSING] * 1250], 5)
    found = evenly(grid)
    assert mass_near(grid, found, 0, 0.1) == pytest.approx(1000 / 6250)
    assert mass_near(grid, found, MISSING, 0.1) == found.missing == pytest.approx(0.2)
    assert mass_near(grid, found, int(values[2000]), 0.1) == pytest.approx(0.08)


def test_neighbours_of_a_label_hold_it() -> None:
    grid = fit_label_grid(np.array([0, 0, 1, 2, MISSING]), 3)
    found = of_tokens(grid, (grid.sizes / 5)[None]).row(0)
    assert [mass_near(grid, found, c, 0.1) for c in (0, 1, MISSING)] == [0.4, 0.2, 0.2]


def test_a_number_without_values_is_missing() -> None:
    grid = fit_number_grid(np.array([1, 2, MISSING]), 5)
    found = of_tokens(grid, np.ones((1, 1))).row(0)
    assert (found.missing, len(found.mass)) == (1.0, 0)
    assert mass_near(grid, found, 1, 0.1) == 0.0


def test_grids_of_a_table_are_those_of_its_codes() -> None:
    """The pieces of labels come by code, whatever the order of the tokens."""
    table = read(labels())
    codec = fit_codec(table, 0)
    codes = codec.encode(table)
    for name, grid in fit_grids(codes, codec, None).items():
        found = of_tokens(grid, (grid.sizes / grid.sizes.sum())[None]).row(0)
        shares = [np.mean(codes[name] == c) for c in range(len(found.mass))]
        np.testing.assert_allclose(found.mass, shares)
