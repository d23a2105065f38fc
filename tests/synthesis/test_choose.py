"""Which model: exactness first, then what is at hand and asked for, then measurement."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab._random import Key
from trimtab._run import silent
from trimtab.errors import InputError, RefusedError
from trimtab.model.network import fit
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.model.neural import extras
from trimtab.model.trees.block import MAX_CELLS
from trimtab.model.trees.trees import Trees
from trimtab.synthesis import learn
from trimtab.synthesis.choose import Effort, Patterns, chain_order, choose, measure
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.prepare import prepare

FEW, MANY = Effort(1_000, 0.2), Effort(20_000, 1.0)
LONG, GIVEN = Effort(2_000_000, 90.0), Effort(1_000, 0.2, 5.0)
SIZES = {"a": 2, "b": 3, "c": 10, "x": 400, "y": 500, "z": 600}
TINY = Recipe(Shape(16, 1, 0, 3), 64, 5, 1e-2, 0.0, 0.0, 0.98, 20)


def patterns_of(*texts: str) -> Patterns:
    return {frozenset(text) for text in texts}


def never() -> Mapping[str, int]:
    pytest.fail("nobody has to know the sizes here")


def sizes() -> Mapping[str, int]:
    return SIZES


@pytest.mark.parametrize(
    ("first", "patterns", "order"),
    [
        ("", (), ""),
        ("ba", (), "ba"),
        ("zyx", (), "zyx"),  # only asked to lead: nothing is given in patterns
        ("", ("xyz",), "xyz"),  # one pattern for all rows: a prefix, however large
        ("z", ("xyz",), "zxy"),
        ("zx", ("xyz", ""), "zxy"),
        ("", ("",), ""),
    ],
)
def test_one_pattern_leads_the_chain(first: str, patterns: tuple[str, ...], order: str) -> None:
    assert chain_order(tuple(first), patterns_of(*patterns), never) == tuple(order)


@pytest.mark.parametrize(
    ("first", "patterns", "order"),
    [
        ("", ("a", "b"), "ab"),  # 2 x 3 cells: any combination, by enumeration
        ("c", ("a", "b"), "cab"),
        ("", ("a", "bc", "ac"), "abc"),
        ("", ("a", "x"), "ax"),
        ("", ("x", "xy"), "xy"),  # each holds the one before
        ("", ("", "y", "yz", "xyz"), "yzx"),
        ("", ("bz", "abxyz"), "bzaxy"),
    ],
)
def test_blocks_and_nested_patterns(first: str, patterns: tuple[str, ...], order: str) -> None:
    assert chain_order(tuple(first), patterns_of(*patterns), sizes) == tuple(order)


@pytest.mark.parametrize(
    ("first", "patterns"),
    [
        ("", ("x", "y")),
        ("", ("xy", "yz")),
        ("", ("x", "xy", "xz")),
        ("y", ("x",)),
        ("y", ("x", "xz")),
    ],
)
def test_no_chain_does_it(first: str, patterns: tuple[str, ...]) -> None:
    assert chain_order(tuple(first), patterns_of(*patterns), sizes) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.sets(st.sampled_from("abcxyz")).map(frozenset), max_size=4),
    st.lists(st.sampled_from("abcxyz"), unique=True, max_size=3),
)
def test_an_order_is_exact_for_all_its_patterns(
    patterns: list[frozenset[str]], first: list[str]
) -> None:
    """The oracle: all fit into one block, or each pattern is a prefix of the chain."""
    order = chain_order(tuple(first), set(patterns), sizes)
    wanted = set(first).union(*patterns)
    cells = np.prod([SIZES[n] for n in wanted])
    nested = all(a <= b or b <= a for a, b in combinations(patterns, 2))
    if order is None:
        assert cells > MAX_CELLS
        assert first or not nested, "without first, nested patterns always have a chain"
        return
    assert set(order) == wanted and len(order) == len(wanted)
    prefixes = all(set(order[: len(p)]) == p for p in patterns)
    assert cells <= MAX_CELLS or prefixes
    assert list(order[: len(first)]) == first


MISSING_JAX = "the network needs jax: install it"


@pytest.mark.parametrize(
    ("model", "patterns", "missing", "effort", "chosen", "says"),
    [
        ("network", ("x", "y"), None, FEW, "network", "asked for"),
        ("network", (), MISSING_JAX, FEW, "network", "asked for"),  # learning says what is missing
        ("trees", ("x", "y"), None, GIVEN, "trees", "asked for"),
        ("trees", (), None, MANY, "trees", "asked for"),
        ("auto", (), None, FEW, "trees", "under 3,000 rows"),
        ("auto", ("a", "b"), None, FEW, "trees", "conditions exactly on what is asked"),
        ("auto", ("a", "b"), None, LONG, "trees", "about 90 minutes"),
        ("auto", ("a", "b"), None, MANY, "measure", ""),
        ("auto", ("a", "b"), MISSING_JAX, MANY, "trees", "learned in seconds"),
        ("auto", ("a", "b"), MISSING_JAX, GIVEN, "trees", "learned in seconds"),
        ("auto", ("a", "b"), None, GIVEN, "measure", ""),
        ("auto", (), None, GIVEN, "measure", ""),
        ("auto", ("x", "y"), None, FEW, "network", "no chain of trees conditions on exactly"),
        ("auto", ("x", "y"), None, GIVEN, "network", "no chain of trees conditions on exactly"),
    ],
)
def test_every_branch(
    model: str,
    patterns: tuple[str, ...],
    missing: str | None,
    effort: Effort,
    chosen: str,
    says: str,
) -> None:
    found = choose(model, (), patterns_of(*patterns), sizes, missing, effort)
    assert found.model == chosen and says in found.reason
    if missing is not None and model == "auto":
        assert "minutes" not in found.reason, "what cannot be had is not advertised"
    if found.model in ("trees", "measure") and patterns == ("a", "b"):
        assert found.first == ("a", "b")


def test_a_chain_that_was_asked_for_leads_with_what_was_asked() -> None:
    assert choose("trees", ("y",), patterns_of("x", "z"), sizes, None, FEW).first == ("y",)


def test_what_nothing_can_do_is_refused() -> None:
    with pytest.raises(RefusedError, match="such different columns, and the network needs jax"):
        choose("auto", (), patterns_of("x", "y"), sizes, MISSING_JAX, GIVEN)
    with pytest.raises(InputError, match=r"'forest'.*auto, cgan, fair-gan, gan, network, trees"):
        choose("forest", (), (), sizes, None, FEW)


def test_the_likelier_model_wins() -> None:
    g = Key(3).child("rows").generator()
    trees = g.normal(-20, 3, 500)
    better = trees + g.normal(0.5, 1, 500)
    found = measure(trees, better)
    assert found.winner == "network" and measure(better, trees).winner == "trees"
    assert measure(trees, trees).winner == "trees", "a draw is for the faster one"
    assert found.difference == pytest.approx(0.5, abs=0.2)
    assert found.error == pytest.approx(1 / np.sqrt(500), rel=0.2)
    assert "of 500 rows held out the network holds one likelier than the chain" in found.reason
    assert f"by {found.difference:.2f} nats in the mean (standard error 0.0" in found.reason
    found = measure(better, trees)
    assert "the chain of trees holds one likelier than the network" in found.reason
    assert f"by {-found.difference:.2f} nats" in found.reason


def test_no_row_decides_alone() -> None:
    """A row that one model thinks impossible counts for 20 nats, not for infinitely many."""
    trees, network = np.full(1000, -10.0), np.full(1000, -9.9)
    network[0] = -np.inf
    found = measure(trees, network)
    assert found.winner == "network" and np.isfinite([found.difference, found.error]).all()
    assert found.difference == pytest.approx(0.1 * 0.999 - 20 / 1000)
    trees[1:7] = -1e9
    assert measure(trees, network).difference == pytest.approx(
        0.0999 * 0.994 - 0.02 + 0.12, abs=2e-3
    )


def test_one_row() -> None:
    found = measure(np.array([-3.0]), np.array([-2.0]))
    assert (found.winner, found.error, found.rows) == ("network", 0.0, 1)


# --- carried out ----------------------------------------------------------------------------------


def table(rows: int = 700) -> pa.Table:
    g = Key(3).child("table").generator()
    a = g.integers(0, 3, rows)
    x = np.round(g.gamma(2, 200, rows) + 300 * a, 2)
    y = np.round(x * 1.5 + g.normal(0, 40, rows), 2)
    z = np.round(g.normal(500, 90, rows), 2)
    return pa.table({"a": np.array(["p", "q", "r"])[a], "x": x, "y": y, "z": z})


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "recipe_for", lambda rows: TINY)


def learned(model: str, minutes: float | None = None, **more: Any) -> Synthesizer:
    made = prepare(table())
    return learn.learn(made, learn.settings_of(model, 5, 0, minutes), silent, **more)


def test_each_model_on_request() -> None:
    trees, network = learned("trees"), learned("network")
    assert isinstance(trees.learned.model, Trees) and isinstance(network.learned.model, Network)
    for made, name in ((trees, "trees"), (network, "network")):
        assert (made.provenance.model, made.provenance.choice) == (name, "asked for")
        assert made.sample(9).num_rows == 9


def test_auto_takes_the_chain_without_minutes() -> None:
    made = learned("auto", first=("a",))
    assert isinstance(made.learned.model, Trees)
    assert "learned in seconds" in made.provenance.choice and made.provenance.first == ("a",)


def test_auto_takes_the_network_for_scattered_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    scattered = {frozenset("axy"), frozenset("ayz")}
    made = learned("auto", patterns=scattered)
    assert isinstance(made.learned.model, Network)
    assert "no chain of trees" in made.provenance.choice
    assert all(made.learned.model.refusal(p, frozenset()) is None for p in scattered)
    # Both in a block, or one within the other: a chain does it.
    for few in ({frozenset("a"), frozenset("z")}, {frozenset("ax"), frozenset("axyz")}, set()):
        chain = learned("auto", patterns=few).learned.model
        assert isinstance(chain, Trees)
        assert all(chain.refusal(p, frozenset()) is None for p in few)
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    with pytest.raises(RefusedError, match="no_such_module"):
        learned("auto", patterns=scattered)
    with pytest.raises(InputError, match=r"no_such_module.*--model trees"):
        learned("network")
    assert isinstance(learned("auto", 1.0).learned.model, Trees)


@pytest.mark.parametrize("winner", ["trees", "network"])
def test_minutes_let_auto_compare(winner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are learned, and compared on rows that neither saw; the likelier one is kept."""
    seen: dict[str, np.ndarray] = {}
    for kind, name in ((Trees, "trees"), (Network, "network")):
        plain = kind.log_prob

        def log_prob(self: Any, codes: Any, name: str = name, plain: Any = plain) -> np.ndarray:
            seen[name] = codes["x"]
            return plain(self, codes) + 100 * (name == winner)

        monkeypatch.setattr(kind, "log_prob", log_prob)
    fitted: list[int] = []
    plain_fit = learn.fit_trees

    def fit_trees(codes: Any, *rest: Any) -> Trees:
        fitted.append(codes.rows)
        return plain_fit(codes, *rest)

    monkeypatch.setattr(learn, "fit_trees", fit_trees)
    made = learned("auto", 1.0, first=("a",))
    assert made.provenance.model == winner
    assert isinstance(made.learned.model, Trees if winner == "trees" else Network)
    held = len(seen["trees"])
    np.testing.assert_array_equal(seen["trees"], seen["network"])
    assert fitted == [700 - held] + [700] * (winner == "trees"), "a chain is learned anew, of all"
    said = made.provenance.choice
    assert f"of {held} rows held out" in said and "nats" in said and "standard error" in said
    assert made.provenance.first == ("a",)
    if winner == "trees":
        assert made.learned.model.columns[0] == "a"


def test_the_comparison_holds_out_what_the_network_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows that decide are those that the network's training is validated on, no others."""
    codes = []
    monkeypatch.setattr(
        Network, "log_prob", lambda self, found: codes.append(found) or np.zeros(found.rows)
    )
    learned("auto", 1.0)
    task = prepare(table())
    held, _ = fit.held_out_rows(task.rows, None, Key(0).child("fit", "held out"))
    x = np.round(np.array(task.column("x").to_pylist()) * 100).astype(int)[held]
    np.testing.assert_array_equal(codes[0]["x"], x)


def test_a_training_that_ended_early_is_noted() -> None:
    def press(phase: str, done: int, total: int, figure: str = "") -> None:
        if phase.startswith("training"):
            os.kill(os.getpid(), signal.SIGINT)

    made = learn.learn(prepare(table()), learn.settings_of("network", 5, 0), press)
    assert any("Training ended early after 50 steps (interrupted)" in w for w in made.warnings)
    assert not any("ended early" in w for w in learned("network").warnings)


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), "5", True])
def test_minutes_that_are_none(minutes: Any) -> None:
    with pytest.raises(InputError, match=r"minutes = .*expected a number above 0"):
        trimtab.fit(table(), minutes=minutes)


def test_resuming_needs_a_checkpoint_and_a_network(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="resume was asked without a checkpoint"):
        trimtab.fit(table(), model="network", resume=True)
    place = tmp_path / "m.training"
    for model in ("network", "trees", "auto"):
        with pytest.raises(InputError, match="resume"):
            trimtab.fit(table(), model=model, resume=True, checkpoint=place)


def test_learning_is_bounded_by_minutes_however_long_the_recipe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A recipe of hours, and a hundredth of a minute."""
    monkeypatch.setattr(fit, "recipe_for", lambda rows: replace(TINY, epochs=1e5))
    made = learned("network", 0.01)
    assert isinstance(made.learned.model, Network)
    assert np.isfinite(made.learned.model.weights).all()
