"""Law 6 of a mixture of members: what is drawn, told and shared agrees with enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.grid.grid import Grid, NumberGrid
from trimtab.model.grid.intervals import Allowed, Intervals
from trimtab.model.interface import FIRST_SET, HOLE, PRESENT, Condition, Stream
from trimtab.model.trees.booster_arrays import BoosterArrays
from trimtab.model.trees.boosting import Boosting
from trimtab.model.trees.conditional import Conditional
from trimtab.model.trees.distribution import Ensembles
from trimtab.model.trees.given import GivenBefore
from trimtab.model.trees.location import Location
from trimtab.model.trees.member import RESIDUAL_UNIT
from trimtab.model.trees.partition import partition

KEY = Key(20)
DRAWS = 20_000
MIN_P = 1e-4


def stream_from(start: int, rows: int) -> Stream:
    return lambda purpose: KEY.child(purpose).uniforms(start, start + rows)


def stump(margins: np.ndarray, features: int) -> Boosting:
    """A tree that says the same of every row."""
    return Boosting(
        len(margins),
        BoosterArrays(
            outputs=np.array([len(margins)], np.int32),
            features=np.array([features], np.int32),
            trees=np.array([1], np.int32),
            nodes=np.array([3], np.int32),
            kind=np.array([1, 0, 0], np.uint8),
            feature=np.zeros(1, np.uint16),
            threshold=np.ones(1, np.float32),
            leaf=np.tile(margins, 2).astype(np.float32),
        ),
    )


def ensembles(sizes: np.ndarray, features: int) -> Ensembles:
    """Of three members that find low tokens, all, or high ones likely, and missing ones, too."""
    part = partition(sizes)
    first = np.searchsorted(part.group, np.arange(part.groups)) / max(len(sizes) - 1, 1)
    slopes = np.array([-5, 0.5, 6])[:, None] * first
    slopes[:, 0] += [1.5, -2.5, 4.0]
    inner = [np.array([-1, 0.5, 2])[:, None] * np.arange(n) / n for n in part.classes]
    return Ensembles(
        part,
        tuple(stump(margins, features) for margins in slopes),
        tuple(
            tuple(stump(margins, features) for margins in own)
            if own.shape[1] > 1
            else (Boosting(1),)
            for own in inner
        ),
    )


def of_labels() -> Conditional:
    codes = KEY.child("labels").generator().integers(-1, 6, 900)
    grid = fit_label_grid(np.where(codes < 0, MISSING, codes), 6)
    return Conditional(np.arange(1), grid, ensembles(grid.sizes, 1))


def of_numbers() -> Conditional:
    """Intervals, in groups and classes, of which sets cut some."""
    g = KEY.child("numbers").generator()
    codes = np.round(g.normal(0, 800, 4000)).astype(np.int64)
    codes[g.random(4000) < 0.1] = MISSING
    grid = fit_number_grid(codes, 5)
    assert not grid.atom.any() and len(grid.sizes) > 15
    return Conditional(np.arange(1), grid, ensembles(grid.sizes, 1))


def of_residuals() -> Conditional:
    """A number around one of three places, which hang on the parent's score, too."""
    g = KEY.child("residuals").generator()
    codes = np.round(g.normal(0, 12, 4000)).astype(np.int64)
    codes[g.random(4000) < 0.1] = MISSING
    grid = fit_number_grid(codes, 5)
    off = np.round(g.normal(0, 0.2, 4000) / RESIDUAL_UNIT).astype(np.int64)
    residual = fit_number_grid(np.where(codes == MISSING, MISSING, off), 5)
    weights = np.array([[0.2, -1.0], [0.5, 0.0], [0.1, 1.2]])
    locations = tuple(Location(own, Boosting(1)) for own in weights)
    own = ensembles(residual.sizes, 2)
    return Conditional(np.arange(1), grid, own, locations, residual)


FORMS = {"labels": of_labels, "numbers": of_numbers, "residuals": of_residuals}


def given(conditional: Conditional, rows: int, score: float = 0.7) -> GivenBefore:
    features, scores = np.ones((rows, 1), np.float32), np.full((rows, 1), score)
    return GivenBefore.of(conditional, features, scores)


def domain(grid: Grid) -> np.ndarray:
    """Every code there is."""
    if isinstance(grid, NumberGrid):
        return np.concatenate([[MISSING], np.arange(grid.low[0], grid.high[-1])])
    return np.concatenate([[MISSING], np.arange(len(grid.rows))])


def tables(conditional: Conditional) -> np.ndarray:
    """[members, codes] the probabilities of every code, member by member."""
    codes = domain(conditional.grid)
    own = given(conditional, len(codes))
    elements = conditional.grid.encode(codes)
    logs = [
        member.log_prob(codes, elements, inputs)
        for member, inputs in zip(conditional.members, own.inputs, strict=True)
    ]
    return np.exp(np.array(logs))


def p_value(drawn: np.ndarray, codes: np.ndarray, weights: np.ndarray) -> float:
    """Of the chi-square test that codes were drawn by these weights; rare neighbours are pooled."""
    order = np.argsort(codes)
    found = np.bincount(np.searchsorted(codes[order], drawn), minlength=len(codes))
    expected = (weights / weights.sum() * len(drawn))[order]
    if found[expected == 0].any():
        return 0.0
    bins = np.unique(np.cumsum(expected) // 100, return_inverse=True)[1]
    observed, wanted = np.bincount(bins, found), np.bincount(bins, expected)
    kept = wanted > 0
    return float(stats.chisquare(observed[kept], wanted[kept]).pvalue)


def sets(grid: Grid) -> list[Allowed]:
    if isinstance(grid, NumberGrid):
        low, high = int(grid.low[0]), int(grid.high[-1])
        span = high - low
        one = Intervals(np.array([low + span // 4]), np.array([low + span * 5 // 12]))
        two = Intervals(
            np.array([low + span // 3, low + span // 2]),
            np.array([low + span // 3 + 3, low + span * 3 // 4]),
            missing=True,
        )
        return [one, two]
    return [np.array([0, 1]), np.array([MISSING, 2, 5])]


def inside(codes: np.ndarray, allowed: Allowed) -> np.ndarray:
    if not isinstance(allowed, Intervals):
        return np.isin(codes, allowed)
    pairs = zip(allowed.low, allowed.high, strict=True)
    among = np.any([(codes >= a) & (codes <= b) for a, b in pairs], axis=0)
    return np.where(codes == MISSING, allowed.missing, among)


def dealt_evenly(own: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """What a set would hold if members were dealt to it whatever they make of it: wrong."""
    part = own * kept
    return (part / part.sum(axis=1, keepdims=True)).mean(axis=0)


@pytest.mark.parametrize("form", FORMS)
def test_holes_are_drawn_from_the_mean_of_the_members(form: str) -> None:
    conditional = FORMS[form]()
    own, codes = tables(conditional), domain(conditional.grid)
    np.testing.assert_allclose(own.sum(axis=1), 1, atol=2e-3)
    drawn = given(conditional, DRAWS).free(Condition.holes(DRAWS), stream_from(0, DRAWS))
    assert p_value(drawn, codes, own.mean(axis=0)) > MIN_P
    assert all(p_value(drawn, codes, one) < 1e-6 for one in own)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("which", [0, 1])
def test_sets_are_drawn_exactly(form: str, which: int) -> None:
    conditional = FORMS[form]()
    own, codes = tables(conditional), domain(conditional.grid)
    allowed = sets(conditional.grid)[which]
    kept = inside(codes, allowed)
    before, every = given(conditional, DRAWS), np.zeros(DRAWS, np.int64)
    condition = Condition(every, np.full(DRAWS, FIRST_SET), (allowed,))
    drawn = before.free(condition, stream_from(0, DRAWS))
    again = before.draw([allowed], every, stream_from(DRAWS, DRAWS))
    for result in (drawn, again):
        assert inside(result, allowed).all()
        assert p_value(result, codes, own.mean(axis=0) * kept) > MIN_P
        assert p_value(result, codes, dealt_evenly(own, kept)) < 1e-5
    mass = float((own.mean(axis=0) * kept).sum())
    assert before.part(np.arange(3)).share([allowed], every[:3]) == pytest.approx(mass, rel=5e-3)


@pytest.mark.parametrize("form", FORMS)
def test_what_must_be_present(form: str) -> None:
    conditional = FORMS[form]()
    own, codes = tables(conditional), domain(conditional.grid)
    condition = Condition(np.zeros(DRAWS, np.int64), np.full(DRAWS, PRESENT))
    drawn = given(conditional, DRAWS).free(condition, stream_from(0, DRAWS))
    kept = codes != MISSING
    assert p_value(drawn, codes, own.mean(axis=0) * kept) > MIN_P
    assert p_value(drawn, codes, dealt_evenly(own, kept)) < 1e-5


@pytest.mark.parametrize("form", FORMS)
def test_what_is_told_is_the_mean(form: str) -> None:
    conditional = FORMS[form]()
    own, codes = tables(conditional).mean(axis=0), domain(conditional.grid)
    elements = conditional.grid.encode(codes)
    every = given(conditional, len(codes))
    np.testing.assert_allclose(np.exp(every.log_prob(codes, elements)), own, rtol=1e-9)
    missing = np.exp(conditional.log_missing(every.inputs))
    np.testing.assert_allclose(missing, own[codes == MISSING][0], rtol=1e-9)
    pieces = conditional.conditional(every.part(np.arange(2)).inputs).row(1)
    masses = [
        own[(codes >= first) & (codes <= last)].sum()
        for first, last in zip(pieces.first, pieces.last, strict=True)
    ]
    if form == "labels":
        np.testing.assert_allclose(pieces.mass, masses, atol=1e-9)
    assert pieces.missing == pytest.approx(own[codes == MISSING][0], rel=5e-3)
    assert pieces.mass.sum() + pieces.missing == pytest.approx(1)


@pytest.mark.parametrize("form", FORMS)
def test_batches_do_not_matter(form: str) -> None:
    conditional, rows = FORMS[form](), 200
    state = KEY.child("state").generator().integers(0, FIRST_SET + 2, rows)
    values = domain(conditional.grid)[1 + np.arange(rows) % 5]
    condition = Condition(values, state, tuple(sets(conditional.grid)))
    features, scores = np.ones((rows, 1), np.float32), np.linspace(-1, 1, rows)[:, None]
    whole = GivenBefore.of(conditional, features, scores)
    drawn = whole.free(condition, stream_from(0, rows))
    assert len(np.unique(drawn[state == HOLE])) > 2
    for start, stop in ((0, 1), (1, 70), (70, 200)):
        at = np.arange(start, stop)
        part = whole.part(at).free(condition.of_rows(at), stream_from(start, stop - start))
        np.testing.assert_array_equal(part, drawn[start:stop])
