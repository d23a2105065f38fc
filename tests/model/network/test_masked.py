"""A network held to masks: its distribution by enumeration, and draws against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

import numpy as np
import pytest
from scipy import stats

from tests.model.network.small_networks import (
    KEY,
    coded,
    conditionals,
    random_labels,
    random_visits,
    visits,
)
from trimtab._arrays import Float, Int
from trimtab.codec.domain import MISSING, Codes
from trimtab.errors import BundleError
from trimtab.model.grid.distribution import PiecewiseDistributions
from trimtab.model.grid.grid import NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.grid.store import Shelf
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Request
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction
from trimtab.model.network.network import Network
from trimtab.model.network.sampler import _orders
from trimtab.model.network.shape import BLOCK_ROWS
from trimtab.model.network.store import network_of, stored_network

MIN_P = 1e-4  # of a test with a fixed key
ROWS = 40 * BLOCK_ROWS
NA = int(MISSING)
Tables = Mapping[tuple[str, ...], Callable[..., bool]]  # of the codes of columns
CASES: dict[str, Tables] = {
    "pairs": {("a", "b"): lambda a, b: b == NA or (a + b) % 3 != 0},
    "two pairs": {
        ("a", "b"): lambda a, b: a == NA or b == NA or b >= a,
        ("c", "b"): lambda c, b: (c == 0) == (b in (NA, 0, 1)),
    },
    "missing exactly where": {("c", "b"): lambda c, b: (b == NA) == (c == 1)},
    "no values": {("a", "b"): lambda a, b: a != 0 or b == NA},
    "three together": {("a", "b", "c"): lambda a, b, c: NA in (a, b) or (a + b + c) % 2 == 0},
    "one alone": {("a",): lambda a: a != 1},
}


@dataclass(frozen=True)
class Labels:
    """The network of three labels held to tables, and what these say by hand."""

    tables: Tables

    @cached_property
    def network(self) -> Network:
        free = random_labels()
        return free.masked(masks_of(free, self.tables))

    @cached_property
    def domain(self) -> Codes:
        """Every row, in an order in which the first column varies slowest."""
        values = {
            n: [*range(len(g.sizes) - g.nullable), *([NA] * g.nullable)]
            for n, g in self.network.grids.items()
        }
        rows = np.array(list(product(*values.values())), np.int64)
        return Codes({n: rows[:, j] for j, n in enumerate(values)}, len(rows))

    @cached_property
    def held(self) -> list[str]:
        """The columns that are held, which are drawn first."""
        return [n for n in self.network.columns if any(n in names for names in self.tables)]

    @cached_property
    def expected(self) -> Float:
        """The probability of each row of the domain: columns that are held step by step, what can
        be completed, values among values; then the others."""
        return np.exp(self._log(self.held, [n for n in self.network.columns if n not in self.held]))

    @cached_property
    def margin(self) -> tuple[Codes, Float]:
        """The distinct rows of what is held, and their probabilities."""
        own = np.stack([self.domain[n] for n in self.held], axis=1)
        distinct, place = np.unique(own, axis=0, return_inverse=True)
        codes = Codes({n: distinct[:, j] for j, n in enumerate(self.held)}, len(distinct))
        return codes, np.bincount(place.reshape(-1), self.expected)

    def _log(self, held: list[str], rest: list[str]) -> Float:
        layout = list(self.network.encodings)
        order = [layout.index(n) for n in (*held, *rest)]
        each = conditionals(random_labels(), np.array(order))
        # Axes of `each` go by layout, from missing up; the domain by table, missing last.
        at = tuple(
            np.where(self.domain[n] == NA, 0, self.domain[n] + self.network.grids[n].nullable)
            for n in layout
        )
        log, rows = np.zeros(self.domain.rows), self.domain
        alive = np.array(
            [
                all(f(*(int(rows[n][i]) for n in names)) for names, f in self.tables.items())
                for i in range(rows.rows)
            ]
        )
        for step, name in enumerate((*held, *rest)):
            mass = each[layout.index(name)][at]
            if name not in held:
                log += np.log(mass)
                continue
            before = np.stack([rows[n] for n in held[:step]] or [np.zeros(rows.rows, np.int64)], 1)
            masked = np.zeros(rows.rows)
            for i in range(rows.rows):
                same = (before == before[i]).all(axis=1)
                chances: dict[int, float] = {}
                for j in np.flatnonzero(same):
                    chances[int(rows[name][j])] = float(mass[j])
                left = {int(v) for v in rows[name][same & alive]}
                own = int(rows[name][i])
                masked[i] = _masked(chances, left, own)
            with np.errstate(divide="ignore"):
                log += np.log(masked)
        return log


def _masked(chances: dict[int, float], left: set[int], own: int) -> float:
    """The probability of a value: what is not left goes to values if it is one, and to missing if
    it is missing; where none of its kind is left, to what is."""
    if own not in left:
        return 0.0
    kinds = [sum(p for v, p in chances.items() if (v == NA) == k) for k in (False, True)]
    some = [any((v == NA) == k for v in left) for k in (False, True)]
    mine = own == NA
    whole = kinds[mine] if some[1 - mine] else sum(kinds)
    return whole * chances[own] / sum(chances[v] for v in left if (v == NA) == mine)


def masks_of(
    network: Network, tables: Tables, bounds: Mapping[str, list[int]] | None = None
) -> Masks:
    """Masks of tables that functions of codes tell."""
    names = dict.fromkeys(n for columns in tables for n in columns)
    classes = {
        n: Classes(network.grids[n], np.array((bounds or {}).get(n, []), np.int64)) for n in names
    }
    made = []
    for columns, function in tables.items():
        examples = [classes[n].examples.tolist() for n in columns]
        allowed = np.array([function(*cell) for cell in product(*examples)], bool)
        order = [n for n in network.columns if n in columns]
        table = allowed.reshape([len(e) for e in examples])
        axes = [columns.index(n) for n in order]
        made.append(Restriction(tuple(order), table.transpose(axes), "a rule"))
    return Masks(classes, tuple(made))


@cache
def case(name: str) -> Labels:
    return Labels(CASES[name])


def counts(drawn: Codes, domain: Codes) -> Int:
    """How often each row of a domain was drawn."""
    rows = {row: i for i, row in enumerate(zip(*map(list, domain.columns.values()), strict=True))}
    found = zip(*(drawn[n].tolist() for n in domain.columns), strict=True)
    return np.bincount([rows[row] for row in found], minlength=domain.rows)


def p_of(found: Int, expected: Float) -> float:
    """Of a chi-square test, cells of few pooled."""
    wanted = expected / expected.sum() * found.sum()
    assert not found[wanted == 0].any()
    few = wanted < 5
    pooled = [np.r_[x[~few], x[few].sum()] for x in (found, wanted)]
    kept = pooled[1] > 0
    return float(stats.chisquare(pooled[0][kept], pooled[1][kept]).pvalue)


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_is_the_masked_distribution(name: str) -> None:
    made = case(name)
    assert made.network.held is not None and [*made.network.held.columns] == made.held
    told = np.exp(made.network.log_prob(made.domain))
    np.testing.assert_array_equal(told > 0, made.expected > 0)
    if len(made.held) > 1:  # of two or more columns that follow, likelihoods are means over orders
        np.testing.assert_allclose(told.sum(), 1, rtol=1e-5)
        np.testing.assert_allclose(told, made.expected, rtol=2e-4, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_draws_have_the_masked_distribution(name: str) -> None:
    made = case(name)
    drawn = made.network.fill(Request(ROWS, {}), 0, KEY.child(name))
    if len(made.held) > 1:
        assert p_of(counts(drawn, made.domain), made.expected) > MIN_P
    held, expected = made.margin
    assert p_of(counts(drawn, held), expected) > MIN_P


def _given(network: Network, rows: int, given: Mapping[str, int]) -> dict[str, Condition]:
    state = np.full(rows, GIVEN)
    return {n: Condition(np.full(rows, code), state) for n, code in given.items()}


@pytest.mark.parametrize("name", ["pairs", "two pairs", "missing exactly where", "three together"])
def test_conditionals_are_what_is_drawn_next(name: str) -> None:
    """Given any cells, the first of the columns that are held has its conditional."""
    made = case(name)
    network = made.network
    assert network.held is not None
    for column in network.held.columns:
        for other in (n for n in network.columns if n != column):
            for code in np.unique(made.domain[other]).tolist():
                told = network.conditional(Codes({other: np.array([code])}, 1), column)
                chances = {int(c): float(p) for c, p in zip(told.first, told.mass[0], strict=True)}
                chances |= {NA: float(told.missing[0])}
                here = (made.domain[other] == code) & (made.expected > 0)
                possible = {int(v) for v in made.domain[column][here]}
                if possible:
                    assert {v for v, p in chances.items() if p > 0} == possible
                    free = random_labels().conditional(Codes({other: np.array([code])}, 1), column)
                    unmasked = {
                        int(c): float(p) for c, p in zip(free.first, free.mass[0], strict=True)
                    } | {NA: float(free.missing[0])}
                    for value in possible:
                        wanted = _masked(unmasked, possible, value)
                        assert chances[value] == pytest.approx(wanted, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize(("state", "allowed"), [(PRESENT, None), (FIRST_SET, [0, 2])])
def test_sets_and_values_are_drawn_first_among_what_is_left(
    state: int, allowed: list[int] | None
) -> None:
    """b in a set given c: its masked conditional, cut once more."""
    made = case("two pairs")
    codes = None if allowed is None else np.array(allowed)
    sets: tuple[Allowed, ...] = () if codes is None else (codes,)
    conditions = _given(made.network, ROWS, {"c": 0}) | {
        "b": Condition(np.full(ROWS, NA), np.full(ROWS, state), sets)
    }
    drawn = made.network.fill(Request(ROWS, conditions), 0, KEY.child("set", state))
    if state == PRESENT:
        assert (drawn["b"] != NA).all() and (drawn["c"] == 0).all()
        assert {*np.unique(drawn["b"]).tolist()} <= {0, 1}
        return
    told = made.network.conditional(Codes({"c": np.array([0])}, 1), "b")
    inside = [int(c) for c in told.first if c in (allowed or []) and told.mass[0][c] > 0]
    assert inside and {*np.unique(drawn["b"]).tolist()} == {*inside}


def test_given_cells_that_break_a_rule_come_back_as_given() -> None:
    made = case("missing exactly where")
    conditions = _given(made.network, 600, {"b": 1, "c": 1})
    drawn = made.network.fill(Request(600, conditions), 0, KEY)
    assert (drawn["b"] == 1).all() and (drawn["c"] == 1).all()
    assert len(np.unique(drawn["a"])) > 1


CITY_COSTS = {0: (0, 20_000), 1: (50_000, 200_000), 2: (0, 300_000), 3: (100_000, 150_000)}


def _in_range(city: int, cost: int) -> bool:
    low, high = CITY_COSTS.get(city, (0, 10**9))
    return cost == NA or low <= cost < high


@cache
def costs() -> Network:
    """The network of visits, its costs in ranges by city."""
    free = random_visits()
    bounds = sorted({b for ends in CITY_COSTS.values() for b in ends if b > 0})
    return free.masked(masks_of(free, {("city", "cost"): _in_range}, {"cost": bounds}))


def test_ranges_of_a_number_hold_and_are_ordinary_draws_inside() -> None:
    """Given a city, costs are those that the free network draws where it draws them next."""
    city, (low, high) = 1, CITY_COSTS[1]
    given = _given(random_visits(), ROWS, {"city": city})
    held = costs().fill(Request(ROWS, given), 0, KEY.child("held"))["cost"]
    free = random_visits().fill(Request(ROWS, given), 0, KEY.child("free"))["cost"]
    names = random_visits().compiled.names
    orders = _orders(KEY.child("free"), 0, ROWS // BLOCK_ROWS, len(names))
    at = names.index("city")
    first = [next(c for c in order if c != at) for order in orders.tolist()]
    next_one = np.repeat([names[c] == "cost" for c in first], BLOCK_ROWS)
    reference = free[next_one]
    inside = (reference >= low) & (reference < high)
    assert ((held == NA) | ((held >= low) & (held < high))).all() and inside.sum() > 300
    assert not inside[reference != NA].all()
    assert stats.ks_2samp(held[held != NA], reference[inside]).pvalue > MIN_P
    gaps = [[(x == NA).sum(), (x != NA).sum()] for x in (held, reference)]
    assert stats.chi2_contingency(gaps).pvalue > MIN_P


@pytest.mark.parametrize("city", [1, 3])
def test_conditionals_of_a_number_are_cut_to_its_range(city: int) -> None:
    """By code: values share what values have, and missing keeps its own."""
    grid, given = costs().grids["cost"], Codes({"city": np.array([city])}, 1)
    assert isinstance(grid, NumberGrid)
    values = np.unique([c for a, b in zip(grid.low, grid.high, strict=True) for c in range(a, b)])
    free = _masses(random_visits().conditional(given, "cost"), values)
    held = _masses(costs().conditional(given, "cost"), values)
    left = np.array([_in_range(city, int(v)) for v in values])
    wanted = np.where(left, free[1:] * free[1:].sum() / free[1:][left].sum(), 0)
    np.testing.assert_allclose(held, np.r_[free[0], wanted], atol=1e-6)
    assert held.sum() == pytest.approx(1, abs=1e-6)


def _masses(told: PiecewiseDistributions, values: Int) -> Float:
    """The mass of missing, and that of each code, as the pieces of one row say it."""
    out = np.zeros(len(values))
    pieces = zip(told.first.tolist(), told.last.tolist(), told.mass[0].tolist(), strict=True)
    for a, b, mass in pieces:
        inside = (values >= a) & (values <= b) & ((values - a) % told.unit == 0)
        out[inside] += mass / max(inside.sum(), 1)
    return np.r_[told.missing[0], out]


def test_likelihoods_of_a_number_are_masses() -> None:
    """Of whole rows: given the rest, every cost inside the range of its city, and no other."""
    grid = costs().grids["cost"]
    assert isinstance(grid, NumberGrid)
    codes = np.r_[NA, np.unique(np.r_[grid.low, (grid.high - 1)])]
    rest = {"age": 40, "smokes": 1, "city": 3}
    rows = Codes({n: np.full(len(codes), c) for n, c in rest.items()} | {"cost": codes}, len(codes))
    inside = np.array([_in_range(3, int(c)) for c in codes])
    np.testing.assert_array_equal(np.isfinite(costs().log_prob(rows)), inside)
    assert inside.sum() > 5 and not inside.all()


def test_rows_of_any_split_are_those_of_the_whole() -> None:
    network = costs()
    g = KEY.child("split").generator()
    codes = coded(visits())[0]
    rows, start = 1300, 700
    conditions = {}
    for name in network.columns:
        state = g.choice([HOLE, GIVEN, PRESENT], rows)
        value = codes[name][g.integers(0, codes.rows, rows)]
        conditions[name] = Condition(np.where(state == GIVEN, value, NA), state)
    state = np.where(np.arange(rows) % 5 == 0, FIRST_SET, conditions["cost"].state)
    some = Intervals(np.array([30_000]), np.array([140_000]))
    conditions["cost"] = Condition(conditions["cost"].value, state, (some,))
    request = Request(rows, conditions)
    whole = network.fill(request, start, KEY)
    chosen = whole["cost"][state == FIRST_SET]
    assert ((chosen >= 30_000) & (chosen <= 140_000)).all()
    for a, b in ((0, 1), (37, 900), (512, 1300)):
        part = network.fill(request.part(a, b), start + a, KEY)
        for name in network.columns:
            np.testing.assert_array_equal(part[name], whole[name][a:b])


def test_masks_are_stored_and_come_back() -> None:
    stored, arrays = stored_network(costs())
    again = network_of(stored, costs().grids, Shelf(dict(arrays)))
    assert again.masks is not None and costs().masks is not None
    (mine,), (its,) = costs().masks.restrictions, again.masks.restrictions
    assert mine.columns == its.columns and mine.rule == its.rule
    np.testing.assert_array_equal(mine.allowed, its.allowed)
    np.testing.assert_array_equal(
        costs().masks.classes["cost"].bounds, again.masks.classes["cost"].bounds
    )


def test_a_network_is_held_to_no_relations() -> None:
    masks = costs().masks
    assert masks is not None
    above = Relation("cost", ("age",), np.ones(1), 0.0, True, False, 1e-6)
    classes = {**masks.classes, "age": Classes(costs().grids["age"], np.zeros(0, np.int64))}
    wrong = costs().masked(Masks(classes, masks.restrictions, (above,)))
    stored, arrays = stored_network(wrong)
    with pytest.raises(BundleError, match="the masks of a model"):
        network_of(stored, costs().grids, Shelf(dict(arrays)))
