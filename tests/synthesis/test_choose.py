"""Which model: exactness first, then what is at hand and asked for, then measurement."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab._random import Key
from trimtab._run import Run
from trimtab.errors import InputError, RefusedError
from trimtab.model.kind import Asked, Needs, Patterns
from trimtab.model.network import fit
from trimtab.model.network.network import Network
from trimtab.model.network.recipe import Recipe
from trimtab.model.network.shape import Shape
from trimtab.model.neural import extras
from trimtab.model.trees import fit as trees_fit
from trimtab.model.trees.trees import Trees
from trimtab.synthesis import learn, lesson
from trimtab.synthesis.choose import Choice, choose
from trimtab.synthesis.settings import settings_of
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.prepare import prepare

MINUTES = 5.0
SIZES = {"a": 2, "b": 3, "c": 10, "x": 400, "y": 500, "z": 600}
TINY = Recipe(Shape(16, 1, 0, 3), 64, 5, 1e-2, 0.0, 0.0, 0.98, 20)


def patterns_of(*texts: str) -> Patterns:
    return {frozenset(text) for text in texts}


def sizes() -> Mapping[str, int]:
    return SIZES


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the network needs is not installed."""
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))


def names(choice: Choice) -> str:
    return " ".join(kind.name for kind in choice.kinds)


@pytest.mark.parametrize(
    ("model", "patterns", "minutes", "chosen", "says"),
    [
        ("network", ("x", "y"), None, "network", "asked for"),
        ("trees", (), None, "trees", "asked for"),
        ("auto", (), None, "trees", "in seconds (`model='best'` compares it with a network)"),
        ("auto", ("a", "b"), None, "trees", "a chain of trees conditions exactly on what is asked"),
        ("auto", ("a", "b"), MINUTES, "trees network", ""),
        ("auto", (), MINUTES, "trees network", ""),
        ("best", ("a", "b"), None, "trees network", ""),
        ("best", (), MINUTES, "trees network", ""),
        ("auto", ("x", "y"), None, "network", "no chain of trees conditions on them exactly"),
        ("best", ("x", "y"), None, "network", "no chain of trees conditions on them exactly"),
        ("auto", ("x", "y"), MINUTES, "network", "no chain of trees conditions on them exactly"),
    ],
)
def test_every_branch(
    model: str, patterns: tuple[str, ...], minutes: float | None, chosen: str, says: str
) -> None:
    found = choose(model, Needs(patterns=patterns_of(*patterns)), sizes, minutes)
    assert names(found) == chosen and says in found.reason
    if "trees" in chosen and patterns == ("a", "b"):
        assert found.first == ("a", "b")


@pytest.mark.usefixtures("absent")
@pytest.mark.parametrize("minutes", [None, MINUTES])
def test_what_cannot_be_had_is_not_advertised(minutes: float | None) -> None:
    found = choose("auto", Needs(patterns=patterns_of("a", "b")), sizes, minutes)
    assert names(found) == "trees" and found.reason.endswith("learned in seconds")
    with pytest.raises(InputError, match=r"needs no_such_module: install .*`model='trees'`"):
        choose("network", Needs(), sizes, minutes)
    with pytest.raises(RefusedError, match=r"\(x; y\), and the network needs no_such_module: ins"):
        choose("auto", Needs(patterns=patterns_of("x", "y")), sizes, minutes)
    best = choose("best", Needs(), sizes, minutes)
    assert names(best) == "trees" and "nothing to compare it with: the network" in best.reason


@pytest.mark.parametrize(("model", "minutes"), [("best", None), ("auto", MINUTES)])
def test_for_scattered_gaps_those_compete_that_fill_them(
    model: str, minutes: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = Needs(patterns=patterns_of("x", "y"), binding=False, scattered=True)
    assert names(choose(model, needs, sizes, minutes)) == "chained network"
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))
    alone = choose(model, needs, sizes, minutes)
    assert names(alone) == "chained"
    assert "nothing to compare it with: the network needs no_such_module: install" in alone.reason


def test_a_chain_that_was_asked_for_must_do_what_is_asked_if_that_is_binding() -> None:
    needs = Needs(("y",), patterns=patterns_of("x", "z"))
    with pytest.raises(RefusedError, match=r"\(x; z\): leave out `model`, or .*='network'`\."):
        choose("trees", needs, sizes)
    assert choose("trees", replace(needs, binding=False), sizes).first == ("y",)


def test_what_is_no_model() -> None:
    with pytest.raises(
        InputError,
        match=r"'forest'.*auto, best, cgan, chained, fair-gan, gan, network, persons, trees",
    ):
        choose("forest", Needs(), sizes)


# --- ranges ---------------------------------------------------------------------------------------

WIDE = {"age": 70, "sex": 2, "zip": 5000, "pay": 120, "day": 100}


def rows(given: str, ranges: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(given.split()), frozenset(ranges.split())


def for_plan(model: str, first: str, asked: Asked, minutes: float | None = None) -> Choice:
    return choose(model, Needs(tuple(first.split()), asked=asked), lambda: WIDE, minutes)


def test_a_chain_where_one_is_exact_for_ranges() -> None:
    found = for_plan("auto", "age zip", [rows("zip", "age")])
    assert (names(found), found.first) == ("trees", ("zip", "age"))
    assert names(for_plan("network", "age sex", [rows("sex", "age")])) == "network"
    assert names(for_plan("auto", "age", [rows("", "age")], MINUTES)) == "trees network"
    assert names(for_plan("auto", "age pay", [rows("", "age pay")], MINUTES)) == "trees"
    assert names(for_plan("auto", "age", [rows("age", "")])) == "trees"


def test_the_network_where_no_chain_is_exact_for_ranges() -> None:
    found = for_plan("auto", "age zip sex", [rows("", "zip"), rows("zip sex", "age")])
    assert names(found) == "network" and "more than 20,000 cells" in found.reason


@pytest.mark.parametrize(
    ("model", "first", "asked", "message"),
    [
        (
            "network",
            "age pay",
            [rows("", "age pay")],
            "not of age, pay together: .*='trees'`",
        ),
        ("auto", "age pay day", [rows("", "age pay day")], "more than 20,000 .* a network cond"),
        ("trees", "age zip", [rows("", "age zip")], "more than 20,000 cells .*: ask for fewer"),
    ],
)
def test_ranges_that_are_refused(model: str, first: str, asked: Asked, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        for_plan(model, first, asked)


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
    return learn.learn(made, settings_of(model, 5, 0, minutes), **more)


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
    with pytest.raises(InputError, match=r"no_such_module.*`model='trees'`"):
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
    plain_fit = trees_fit.fit_trees

    def fit_trees(codes: Any, *rest: Any) -> Trees:
        fitted.append(codes.rows)
        return plain_fit(codes, *rest)

    monkeypatch.setattr(trees_fit, "fit_trees", fit_trees)
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
    held, _ = lesson.held_out_rows(task.rows, None, Key(0).child("fit", "held out"))
    x = np.round(np.array(task.column("x").to_pylist()) * 100).astype(int)[held]
    np.testing.assert_array_equal(codes[0]["x"], x)


def test_a_training_that_ended_early_is_noted() -> None:
    def press(phase: str, done: int, total: int, figure: str = "") -> None:
        if phase.startswith("training"):
            os.kill(os.getpid(), signal.SIGINT)

    made = learn.learn(prepare(table()), settings_of("network", 5, 0), Run(press))
    assert any("Training ended early after 50 steps (interrupted)" in w for w in made.warnings)
    assert not any("ended early" in w for w in learned("network").warnings)


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), "5", True])
def test_minutes_that_are_none(minutes: Any) -> None:
    with pytest.raises(InputError, match=r"minutes = .*expected a number above 0"):
        trimtab.fit(table(), minutes=minutes)


def test_resuming_needs_a_checkpoint_and_a_network(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="`resume` was asked without a `checkpoint`"):
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
