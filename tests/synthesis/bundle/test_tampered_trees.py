"""Trees that were tampered with are refused before anything is made of them for the kernel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import trimtab
from tests.model.learned_tables import learned
from tests.places import ROOT
from tests.synthesis.bundle.bundle_files import hostile, refused, stored
from trimtab.model.trees import boosting
from trimtab.model.trees.booster_arrays import LEAF, MISSING_LEFT
from trimtab.model.trees.kernel.forest import MAX_DEPTH
from trimtab.model.trees.trees import Trees
from trimtab.synthesis.bundle.bundle import save

Arrays = dict[str, NDArray[Any]]
FIELDS = ("outputs", "features", "trees", "nodes", "kind", "feature", "threshold", "leaf")
DEEPEST = 64  # levels that a file may hold


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bundle") / "mixed.trimtab"
    save(learned("mixed"), place)
    return place


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be compiled."""

    def fail(*_: Any) -> Any:
        raise AssertionError("trees were compiled for the kernel before they were checked")

    monkeypatch.setattr(boosting, "compile_forest", fail)


def trees_of(saved: Path) -> Arrays:
    arrays = stored(saved)
    return {name: arrays[f"booster.{name}"].copy() for name in FIELDS}


def tampered(saved: Path, place: Path, trees: Arrays) -> Path:
    return hostile(saved, place, {f"booster.{name}": trees[name] for name in FIELDS})


def with_first_tree(trees: Arrays, depth: int) -> Arrays:
    """The first tree of all is one that only goes on to the right, so many levels down."""
    nodes, outputs = int(trees["nodes"][0]), int(trees["outputs"][0])
    splits = int((trees["kind"][:nodes] != LEAF).sum())
    kind = [MISSING_LEFT] + [LEAF, MISSING_LEFT] * (depth - 1) + [LEAF, LEAF]
    new = {
        "nodes": (np.array([len(kind)]), 1),
        "kind": (np.array(kind), nodes),
        "feature": (np.zeros(depth), splits),
        "threshold": (np.arange(depth), splits),
        "leaf": (np.linspace(-0.5, 0.5, (depth + 1) * outputs), (nodes - splits) * outputs),
    }
    joined = {
        name: np.concatenate([first, trees[name][old:]]).astype(trees[name].dtype)
        for name, (first, old) in new.items()
    }
    return trees | joined


def put(name: str, at: int, value: Any) -> Callable[[Arrays], None]:
    def change(trees: Arrays) -> None:
        trees[name][at] = value

    return change


def a_split_for_a_leaf(trees: Arrays) -> None:
    """As many splits as before, the first of them below what is now a leaf."""
    root, child = 0, int(np.flatnonzero(trees["kind"][: trees["nodes"][0]] == LEAF)[0])
    trees["kind"][[root, child]] = LEAF, MISSING_LEFT


def a_node_of_another_tree(trees: Arrays) -> None:
    trees["nodes"][:2] += np.array([1, -1], np.int32)


def one_node_less(trees: Arrays) -> None:
    trees["kind"] = trees["kind"][:-1]


def one_leaf_more(trees: Arrays) -> None:
    trees["leaf"] = np.append(trees["leaf"], np.float32(0))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (put("feature", 0, 65_535), "a column that is not there"),
        (put("feature", -1, 50), "a column that is not there"),
        (put("threshold", 0, np.nan), "is not finite"),
        (put("threshold", -1, np.inf), "is not finite"),
        (put("threshold", 3, -np.inf), "is not finite"),
        (put("leaf", 0, np.nan), "is not finite"),
        (put("kind", 0, 3), "unknown kind"),
        (put("nodes", 0, 0), "size of a tree is out of bounds"),
        (put("nodes", 0, -1), "size of a tree is out of bounds"),
        (put("nodes", 0, 2**31 - 1), "size of a tree is out of bounds"),
        (put("trees", 0, 0), "trees are out of bounds"),
        (put("outputs", 0, 2), "do not match their places"),
        (put("features", 0, 65_535), "do not match their places"),
        (a_split_for_a_leaf, "is torn"),
        (a_node_of_another_tree, "two children for each split"),
        (one_node_less, "nodes are not all there"),
        (one_leaf_more, "leaf weights are not all there"),
    ],
)
def test_unsound_trees(
    change: Callable[[Arrays], None], complaint: str, saved: Path, tmp_path: Path, unseen: None
) -> None:
    trees = trees_of(saved)
    change(trees)
    refused(tampered(saved, tmp_path / "wrong.trimtab", trees), complaint)


def test_trees_that_are_too_deep(saved: Path, tmp_path: Path, unseen: None) -> None:
    trees = with_first_tree(trees_of(saved), DEEPEST + 1)
    refused(tampered(saved, tmp_path / "deep.trimtab", trees), "deeper than 64 levels")


def compiled(made: trimtab.Synthesizer) -> int:
    """How many boosters the kernel can walk."""
    model = made.learned.model
    assert isinstance(model, Trees)
    every = [b for c in model.conditionals.values() for b in c.boostings()]
    return sum(b.trees is not None and b.forest is not None for b in every)


@pytest.mark.parametrize("depth", [1, MAX_DEPTH, MAX_DEPTH + 1, DEEPEST])
def test_deeper_trees_are_for_xgboost(
    depth: int, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = trimtab.load(saved)
    place = tampered(saved, tmp_path / "d.trimtab", with_first_tree(trees_of(saved), depth))
    made = trimtab.load(place)
    assert compiled(sound) - compiled(made) == (depth > MAX_DEPTH)
    drawn = made.sample(200, seed=1)
    assert not drawn.equals(sound.sample(200, seed=1))  # two-sided: that tree counts
    monkeypatch.setenv("TRIMTAB_KERNEL", "off")
    assert drawn.equals(trimtab.load(place).sample(200, seed=1))


@pytest.mark.stress
def test_damaged_files_are_refused_or_drawn_from() -> None:
    """Under the sanitizers of gcc, if they are here: see the script."""
    gcc = shutil.which("gcc")
    words = [sys.executable, "benchmarks/damaged_trees.py", "--files", "300"]
    if gcc is not None:
        asked = [gcc, "-print-file-name=libasan.so"]
        found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        words += ["--sanitized"] * Path(found).is_file()
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "300 files" in ran.stdout and "'drawn'" in ran.stdout and "'refused'" in ran.stdout
