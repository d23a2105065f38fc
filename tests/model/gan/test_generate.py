"""What every model that fills holes keeps to, of GANs with weights at random."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.model.gan.small_gans import KEY, KINDS, LABELS, at_random, coded, design
from trimtab.codec.domain import MISSING, Codes
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Gan
from trimtab.model.interface import FIRST_SET, GIVEN, HOLE, PRESENT, Condition, Filler, Request

pytest.importorskip("jax", reason="GANs need the extra `deep`")

START, ROWS = 700, 1400  # in four blocks of 512, of which the first and the last are cut
GIVEN_COLUMNS = {"gan": (), "cgan": LABELS, "fair-gan": ("sex", "ill")}
SETS = {
    "sex": (np.array([1]), np.array([0, 1])),
    "town": (np.array([0, 2]), np.array([1]), np.array([3, MISSING])),
    "ill": (np.array([0]),),
}
quick = settings(max_examples=15, deadline=None, derandomize=True)


def mixed_request(kind: str, rows: int = ROWS) -> Request:
    """Rows of every state that a kind of GAN fills, side by side, in the columns it can be given.

    A model of one given column at a time is asked for one column in each row.
    """
    g = KEY.child("request", kind).generator()
    gan, codes = at_random(kind), coded()[0]
    asked = np.array(GIVEN_COLUMNS[kind] or ("",))[
        g.integers(0, max(len(GIVEN_COLUMNS[kind]), 1), rows)
    ]
    conditions = {}
    for name in gan.columns:
        state = g.choice([HOLE, PRESENT], rows)
        value = codes[name][g.integers(0, codes.rows, rows)]
        sets = SETS.get(name, ())
        if name in GIVEN_COLUMNS[kind]:
            chosen = g.choice([GIVEN, *range(FIRST_SET, FIRST_SET + len(sets))], rows)
            free = kind == "fair-gan"  # any of its cells at once
            state = np.where((asked == name) | (free & (g.random(rows) < 0.5)), chosen, state)
        conditions[name] = Condition(np.where(state == GIVEN, value, MISSING), state, sets)
    return Request(rows, conditions)


@cache
def whole(kind: str) -> tuple[Request, Codes]:
    asked = mixed_request(kind)
    return asked, at_random(kind).fill(asked, START, KEY)


def same(one: Codes, other: Codes) -> bool:
    return one.columns.keys() == other.columns.keys() and all(
        np.array_equal(one[n], other[n]) for n in one.columns
    )


# --- laws of every filler -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_asked_for_comes_out(kind: str) -> None:
    asked, drawn = whole(kind)
    gan = at_random(kind)
    assert isinstance(gan, Filler)
    assert list(drawn.columns) == list(gan.columns) == list(coded()[2]) and drawn.rows == ROWS
    for known, sets in asked.patterns():
        assert gan.refusal(known, sets) is None
    for name, condition in asked.conditions.items():
        assert drawn[name].dtype == np.int64 and drawn[name].shape == (ROWS,)
        given_ = condition.state == GIVEN
        np.testing.assert_array_equal(drawn[name][given_], condition.value[given_])
        assert (drawn[name][condition.state == PRESENT] != MISSING).all()
        for i, among in enumerate(condition.sets):
            chosen = condition.state == FIRST_SET + i
            if name in GIVEN_COLUMNS[kind]:
                assert chosen.sum() > 20 and np.isin(drawn[name][chosen], among).all()
        # Two-sided: what is asked of no row comes out otherwise.
        hole = condition.state == HOLE
        if gan.grids[name].nullable:
            assert (drawn[name][hole] == MISSING).any()


@pytest.mark.parametrize("kind", KINDS)
@quick
@given(cuts=st.lists(st.integers(1, ROWS - 1), max_size=4))
def test_rows_do_not_depend_on_the_batch(kind: str, cuts: list[int]) -> None:
    asked, drawn = whole(kind)
    ends = [0, *sorted(set(cuts)), ROWS]
    for first, last in pairwise(ends):
        part = at_random(kind).fill(asked.part(first, last), START + first, KEY)
        assert same(part, drawn.take(np.arange(first, last)))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_depend_on_their_number_and_the_key(kind: str) -> None:
    drawn = at_random(kind).fill(Request(ROWS, {}), START, KEY)
    moved = at_random(kind).fill(Request(ROWS, {}), START + 1, KEY)
    assert same(moved.take(np.arange(ROWS - 1)), drawn.take(np.arange(1, ROWS)))
    assert not same(moved, drawn)
    assert not same(at_random(kind).fill(Request(ROWS, {}), START, KEY.child("x")), drawn)
    assert len(np.unique(drawn["cost"])) > 20, "rows differ"


@pytest.mark.parametrize("kind", ["cgan", "fair-gan"])
def test_rows_depend_on_what_their_own_cells_say_and_on_no_others(kind: str) -> None:
    free = at_random(kind).fill(Request(ROWS, {}), START, KEY)
    is_given = np.arange(ROWS) % 2 == 0
    condition = Condition(np.full(ROWS, 1), np.where(is_given, GIVEN, HOLE))
    drawn = at_random(kind).fill(Request(ROWS, {"sex": condition}), START, KEY)
    for name in drawn.columns:
        np.testing.assert_array_equal(drawn[name][~is_given], free[name][~is_given])
    changed = free["sex"] != 1
    assert any((drawn[n] != free[n])[is_given & changed].any() for n in drawn.columns if n != "sex")


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows(kind: str) -> None:
    drawn = at_random(kind).fill(Request(0, {}), 5, KEY)
    assert drawn.rows == 0 and list(drawn.columns) == list(coded()[2])
    assert not any(map(len, drawn.columns.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_codes_are_those_of_the_grids(kind: str) -> None:
    drawn = at_random(kind).fill(Request(4000, {}), 0, KEY)
    for name, grid in coded()[2].items():
        codes = drawn[name]
        known = codes[codes != MISSING]
        if not grid.nullable:
            assert len(known) == 4000, name
        if name in LABELS:
            assert set(np.unique(known)) <= set(range(len(grid.token)))
        else:
            assert known.min() >= grid.low[0] and known.max() < grid.high.max()


# --- nothing learned yet: the shares of the table -------------------------------------------------


@pytest.mark.parametrize("name", ["town", "sex", "dose", "age", "cost"])
def test_a_conditional_gan_of_no_weights_draws_each_column_by_itself(name: str) -> None:
    gan = at_random("cgan")
    encoding = gan.encodings[name]
    still = replace(gan, weights=np.zeros_like(gan.weights))
    drawn = still.fill(Request(8000, {}), 0, KEY)[name]
    if encoding.continuous:
        place = drawn[encoding.encode(drawn).outcome == encoding.outcomes]
        real = coded()[0][name]
        real = real[encoding.encode(real).outcome == encoding.outcomes]
        assert stats.ks_2samp(place, real).pvalue > 1e-4
    shares = np.r_[encoding.rows[:-1], [encoding.rows[-1]] * encoding.continuous]
    counts = np.bincount(encoding.encode(drawn).outcome, minlength=len(shares))
    p = stats.chisquare(counts, 8000 * shares / shares.sum()).pvalue if len(shares) > 1 else 0.5
    assert 1e-4 < p < 1 - 1e-4


# --- sets and shares ------------------------------------------------------------------------------


def given_outcomes(gan: Gan, request: Request, name: str) -> np.ndarray:
    return gan.design.draw_given(request, gan.encodings, 0, KEY)[name]


def asked_set(name: str, codes: list[int], rows: int) -> Request:
    state = np.full(rows, FIRST_SET)
    return Request(rows, {name: Condition(np.full(rows, MISSING), state, (np.array(codes),))})


@pytest.mark.parametrize("codes", [[0, 2], [1, MISSING], [3], [0, 1, 2, 3, MISSING]])
def test_a_value_of_a_set_is_picked_as_often_as_it_was_learned(codes: list[int]) -> None:
    gan, rows = at_random("cgan"), 20_000
    encoding = gan.encodings["town"]
    picked = given_outcomes(gan, asked_set("town", codes, rows), "town")
    outcomes = encoding.encode(np.array(codes)).outcome
    assert set(np.unique(picked)) == set(outcomes.tolist())
    counts = np.array([(picked == k).sum() for k in outcomes])
    shares = encoding.rows[outcomes]
    if len(codes) > 1:
        assert 1e-4 < stats.chisquare(counts, rows * shares / shares.sum()).pvalue < 1 - 1e-4
        assert stats.chisquare(counts).pvalue < 1e-4, "two-sided: not alike"
    others = given_outcomes(gan, asked_set("town", codes, rows), "sex")
    assert (others == -1).all(), "what is not asked for is a hole"


@cache
def fair_gan(**shares: tuple[float, ...]) -> Gan:
    """A fair GAN of two protected columns, one of them with missing values."""
    made = design("fair-gan")
    assert isinstance(made, FairDesign)
    groups = ((0, 0), (0, 1), (0, 2), (1, 3), (1, 4))
    made = replace(made, protected=("sex", "town"), groups=groups)
    changed = {"group_shares": (0.1, 0.2, 0.3, 0.15, 0.25), "class_shares": (0.7, 0.3), **shares}
    return replace(at_random("fair-gan"), design=replace(made, **changed))


def counted(*outcomes: np.ndarray) -> dict[tuple[int, ...], int]:
    cells, counts = np.unique(np.stack(outcomes, axis=1), axis=0, return_counts=True)
    return dict(zip(map(tuple, cells.tolist()), counts.tolist(), strict=True))


def test_groups_and_classes_are_drawn_by_their_shares_and_independently() -> None:
    gan, rows = fair_gan(), 20_000
    outcomes = gan.design.draw_given(Request(rows, {}), gan.encodings, 0, KEY)
    assert set(outcomes) == {"sex", "town", "ill"}
    shares = dict(zip(gan.design.groups, gan.design.group_shares, strict=True))
    found = counted(outcomes["sex"], outcomes["town"], outcomes["ill"])
    wanted = {(*g, k): s * p for g, s in shares.items() for k, p in enumerate((0.7, 0.3))}
    assert found.keys() == wanted.keys(), "groups that were not seen are not drawn"
    counts = np.array([found[c] for c in wanted])
    assert 1e-4 < stats.chisquare(counts, rows * np.array([*wanted.values()])).pvalue < 1 - 1e-4
    table = counts.reshape(5, 2)
    assert stats.chi2_contingency(table).pvalue > 1e-4


@pytest.mark.parametrize(
    ("name", "values", "alive"),
    [
        ("sex", (0,), {(0, 0): 0.1, (0, 1): 0.2, (0, 2): 0.3}),
        ("sex", (1,), {(1, 3): 0.15, (1, 4): 0.25}),
        ("town", (3,), {(1, 3): 1.0}),
        ("town", (0,), {(0, 0): 1.0}),
        ("town", (1, 4), {(0, 1): 0.2, (1, 4): 0.25}),
    ],
)
def test_what_is_given_leaves_the_shares_of_its_groups(
    name: str, values: tuple[int, ...], alive: dict[tuple[int, int], float]
) -> None:
    """Whichever of the protected columns it is: none is drawn that was never seen with it."""
    gan, rows = fair_gan(), 10_000
    codes = gan.encodings[name].decode(np.array(values), *np.zeros((3, len(values))))
    state = GIVEN if len(values) == 1 else FIRST_SET
    condition = Condition(np.full(rows, codes[0]), np.full(rows, state), (codes,))
    outcomes = gan.design.draw_given(Request(rows, {name: condition}), gan.encodings, 0, KEY)
    found = counted(outcomes["sex"], outcomes["town"])
    assert found.keys() == alive.keys()
    shares = np.array([*alive.values()])
    if len(alive) > 1:
        counts = np.array([found[c] for c in alive])
        assert 1e-4 < stats.chisquare(counts, rows * shares / shares.sum()).pvalue < 1 - 1e-4


def test_a_combination_that_was_never_seen_is_made_all_the_same() -> None:
    gan, rows = fair_gan(), 50
    given_ = {"sex": 1, "town": 0}
    conditions = {
        n: Condition(gan.encodings[n].decode(np.full(rows, k), *np.zeros((3, rows))),
                     np.full(rows, GIVEN))
        for n, k in given_.items()
    }  # fmt: skip
    outcomes = gan.design.draw_given(Request(rows, conditions), gan.encodings, 0, KEY)
    assert {n: set(outcomes[n].tolist()) for n in given_} == {"sex": {1}, "town": {0}}


def test_values_without_a_share_come_when_they_are_given_and_else_never() -> None:
    gan = fair_gan(group_shares=(0.5, 0.5, 0.0, 0.0, 0.0), class_shares=(0.0, 1.0))
    outcomes = gan.design.draw_given(Request(2000, {}), gan.encodings, 0, KEY)
    assert counted(outcomes["sex"], outcomes["town"]).keys() == {(0, 0), (0, 1)}
    assert (outcomes["ill"] == 1).all()
    codes = {"sex": 1, "ill": gan.encodings["ill"].decode(np.zeros(1, int), *np.zeros((3, 1)))[0]}
    conditions = {n: Condition(np.full(9, c), np.full(9, GIVEN)) for n, c in codes.items()}
    outcomes = gan.design.draw_given(Request(9, conditions), gan.encodings, 0, KEY)
    assert (outcomes["ill"] == 0).all()
    assert (gan.encodings["sex"].decode(outcomes["sex"], *np.zeros((3, 9))) == 1).all()


def test_a_hole_of_a_given_column_that_must_not_be_missing() -> None:
    gan, rows = fair_gan(), 10_000
    assert gan.encodings["town"].nullable, "outcome 0 of town is the missing value"
    request = Request(rows, {"town": Condition(np.full(rows, MISSING), np.full(rows, PRESENT))})
    outcomes = gan.design.draw_given(request, gan.encodings, 0, KEY)
    assert set(outcomes["town"].tolist()) == {1, 2, 3, 4}


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "together", "given_", "sets", "says"),
    [
        ("gan", False, "sex", "", ("cannot condition on sex", "model='cgan'")),
        ("gan", False, "", "age,sex", ("cannot condition on age, sex", "model='cgan'")),
        ("cgan", False, "age", "", ("not trained to be given age", "first=['age']")),
        ("cgan", True, "age,sex", "", ("not trained to be given age:", "first=['age', 'sex']")),
        ("cgan", False, "", "age", ("not trained to be given age", "first=['age']")),
        ("cgan", False, "sex,town", "", ("one column at a time", "first=['sex', 'town']")),
        ("cgan", False, "sex", "town", ("one column at a time", "first=['sex', 'town']")),
        ("cgan", True, "", "sex,town", ("sets of values of several", "give values of all but one")),
        ("fair-gan", False, "age", "", ("given sex, ill", "cannot condition on age")),
        ("fair-gan", False, "sex", "town", ("cannot condition on town")),
    ],
)
def test_what_cannot_be_conditioned_on_is_refused_with_what_to_do(
    kind: str, together: bool, given_: str, sets: str, says: tuple[str, ...]
) -> None:
    asked, among = (frozenset(filter(None, names.split(","))) for names in (given_, sets))
    reason = at_random(kind, together).refusal(asked, among)
    assert reason is not None and all(part in reason for part in says), reason


@pytest.mark.parametrize(
    ("kind", "together", "given_", "sets"),
    [
        ("gan", False, "", ""),
        ("cgan", False, "", ""),
        ("cgan", False, "sex", ""),
        ("cgan", False, "", "town"),
        ("cgan", True, "sex,town,ill", ""),
        ("cgan", True, "sex,ill", "town"),
        ("fair-gan", False, "", ""),
        ("fair-gan", False, "sex,ill", ""),
        ("fair-gan", False, "", "sex,ill"),
    ],
)
def test_what_it_was_trained_for_is_not_refused(
    kind: str, together: bool, given_: str, sets: str
) -> None:
    asked, among = (frozenset(filter(None, names.split(","))) for names in (given_, sets))
    assert at_random(kind, together).refusal(asked, among) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_given_is_said(kind: str) -> None:
    said = at_random(kind).conditions
    assert ("Nothing can be given" in said) is (kind == "gan")
    assert all(name in said for name in GIVEN_COLUMNS[kind])
