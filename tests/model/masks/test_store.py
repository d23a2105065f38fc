"""Masks as structure and arrays, and back; and what is refused of damaged files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.model.learned_tables import learned
from tests.synthesis.bundle.bundle_files import JSON, hostile, packed, refused, stored, unpacked
from trimtab._random import Key
from trimtab.codec.domain import MISSING
from trimtab.codec.label import LabelCodec
from trimtab.errors import BundleError
from trimtab.model.interface import Request
from trimtab.model.masks.classes import Classes
from trimtab.model.masks.masks import Masks
from trimtab.model.masks.relation import Relation
from trimtab.model.masks.restriction import Restriction, looking_ahead
from trimtab.model.trees.checks import check_masks
from trimtab.model.trees.trees import Trees
from trimtab.synthesis.bundle.bundle import load, save
from trimtab.synthesis.learned import Learned


def _held() -> Learned:
    """The mixed table held to tables of classes, in the block and behind it, and to relations."""
    found = learned("mixed")
    model, codec = found.model, found.codec
    assert isinstance(model, Trees)
    numbers = [n for n in ("age", "cost", "score") if n not in model.block.columns]
    label, late = model.block.columns[0], numbers[-1]
    own = codec.columns["city"]
    assert isinstance(own, LabelCodec) and own.marker is not None
    classes = {n: Classes(g, np.zeros(0, np.int64)) for n, g in model.grids.items()}
    classes["city"] = replace(classes["city"], pooled=len(own.values))
    middle = int(np.median(model.grids[late].low))  # type: ignore[union-attr]
    classes[late] = replace(classes[late], bounds=np.array([middle, middle + 10]))
    table = np.ones((classes[label].size, classes[late].size), bool)
    table[0, 2:] = False
    cities = np.ones((classes[label].size, classes["city"].size), bool)
    cities[1, 0] = False
    names = sorted((label, "city"), key=model.columns.index)
    rules = [Restriction((label, late), table)]
    if names[0] != names[1]:
        rules.append(Restriction((label, "city"), cities))
    possible = {n: c.possible for n, c in classes.items()}
    ahead = looking_ahead(rules, model.columns, possible)
    assert ahead is not None
    where = Restriction((label,), np.arange(classes[label].size) == 0)
    first, then = sorted(numbers[:2], key=model.columns.index)
    relations = (
        Relation(then, (first,), np.array([0.5]), 3.0, True, False, 1e-6, where),
        Relation(then, (), np.zeros(0), 0.0, True, False, 1e-6),
    )
    return replace(found, model=model.masked(Masks(classes, ahead, relations)))


@pytest.fixture(scope="module")
def made() -> Learned:
    return _held()


@pytest.fixture(scope="module")
def saved(made: Learned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("masks") / "held.trimtab"
    save(made, place)
    return place


def _codes(found: Learned) -> dict[str, NDArray[Any]]:
    return dict(found.model.fill(Request(600, {}), 7, Key(2)).columns)


def test_a_round_trip(made: Learned, saved: Path) -> None:
    again = load(saved)
    before, after = made.model.masks, again.model.masks  # type: ignore[attr-defined]
    assert list(before.classes) == list(after.classes)
    for name, classes in before.classes.items():
        assert (classes.bounds == after.classes[name].bounds).all()
        assert classes.pooled == after.classes[name].pooled
    for one, other in zip(before.restrictions, after.restrictions, strict=True):
        assert one.columns == other.columns and (one.allowed == other.allowed).all()
    for one, other in zip(before.relations, after.relations, strict=True):
        for name in ("target", "others", "constant", "above", "below", "slack"):
            assert getattr(one, name) == getattr(other, name)
        assert (one.factors == other.factors).all()
        assert (one.where is None) == (other.where is None)
    for name, codes in _codes(made).items():
        assert (codes == _codes(again)[name]).all()
    # And the masks do something.
    free = _codes(learned("mixed"))
    assert any((codes != free[n]).any() for n, codes in _codes(made).items())
    assert made.codec.columns["city"].marker == "(rare)"  # type: ignore[union-attr]
    assert before.classes["city"].pooled != MISSING


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (r"mask.bounds.\d+", lambda a: a[::-1]),
        (r"mask.bounds.\d+", lambda a: a * 0),
        (r"mask.bounds.\d+", lambda a: a[:1]),
        (r"mask.bounds.\d+", lambda a: a[None]),
        (r"mask.bounds.\d+", lambda a: a.astype(float)),
        (r"mask.bounds.\d+", lambda a: np.array([-(2**62) - 1, 2**62])),
        (r"mask.restriction.\d+", lambda a: a[:, :-1]),
        (r"mask.restriction.\d+", lambda a: a.astype(np.int64)),
        (r"mask.restriction.\d+", lambda a: a.reshape(-1)),
        (r"mask.where.\d+", lambda a: a[:-1]),
        (r"mask.where.\d+", lambda a: a.astype(float)),
        (r"mask.factors.0", lambda a: a * np.nan),
        (r"mask.factors.0", lambda a: a[:0]),
        (r"mask.factors.0", lambda a: a.astype(np.float32)),
        (r"mask.factors.1", lambda a: np.ones(1)),
    ],
)
def test_arrays_that_contradict_each_other(
    part: str, change: Callable[[NDArray[Any]], NDArray[Any]], saved: Path, tmp_path: Path
) -> None:
    fitting = {n: a for n, a in stored(saved).items() if re.fullmatch(part, n)}
    name, values = max(fitting.items(), key=lambda item: (item[1].size, item[0]))
    refused(hostile(saved, tmp_path / "m.trimtab", {name: change(values)}), "no sound model")


def test_every_array_is_needed(saved: Path, tmp_path: Path) -> None:
    for name in [n for n in stored(saved) if n.startswith("mask.")]:
        refused(hostile(saved, tmp_path / "m.trimtab", {name: None}), "missing")


def test_numbers_of_the_block_are_held_to_no_ranges(saved: Path) -> None:
    """Their combinations are enumerated, cut into so many cells and no more."""
    found = load(saved).model
    assert isinstance(found, Trees) and found.masks is not None
    number = found.masks.relations[0].others[0]
    names = (number, *(n for n in found.columns if n != number))
    turned = {n: found.grids[n] for n in names}
    above = Masks(found.masks.classes, (), (Relation(number, (), np.zeros(0), 0, True, False, 0),))
    check_masks(above, turned, 0)
    with pytest.raises(BundleError, match="number that is enumerated"):
        check_masks(above, turned, 1)
    table = Masks(found.masks.classes, (Restriction((number,), np.ones(2, bool)),))
    check_masks(table, turned, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trimtab.model.trees.checks.MAX_CUT", 2)
        with pytest.raises(BundleError, match="too many cells"):
            check_masks(table, turned, 1)


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def change(masks: Any) -> None:
        *walk, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        for step in walk:
            masks = masks[step]
        masks[last] = value(masks[last]) if callable(value) else value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("classes.0.column", 10**6),
        _set("classes.0.column", -1),
        _set("classes.0.column", lambda c: c + 1),
        _set("classes", lambda c: c[1:]),
        _set("classes", lambda c: [*c, c[0]]),
        _set("classes", lambda c: [{**x, "pooled": 10**9} for x in c]),
        _set("classes", lambda c: [{**x, "pooled": -1} for x in c]),
        _set("classes", lambda c: [{**x, "pooled": 0} for x in c]),
        _set("restrictions.0.columns", []),
        _set("restrictions.0.columns", lambda c: c[::-1]),
        _set("restrictions.0.columns", lambda c: [c[0], c[0]]),
        _set("restrictions", lambda c: c[1:]),
        _set("relations.0.target", 0),
        _set("relations.0.target", 10**6),
        _set("relations.1.target", 0),
        _set("relations.0.others", lambda c: [c[0] + 500]),
        _set("relations.0.others", []),
        _set("relations.0.constant", float("nan")),
        _set("relations.0.slack", float("inf")),
        _set("relations.0.slack", "much"),
        _set("relations.0.where", None),
        _set("relations.0.where", []),
        _set("relations.0.above", 3),
        _set("relations", lambda c: c[1:]),
        _set("more", 1),
    ],
)
def test_structures_that_cannot_be(
    change: Callable[[Any], None], saved: Path, tmp_path: Path
) -> None:
    members = unpacked(saved)
    structure = json.loads(members[JSON])

    def masks_in(node: Any) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("masks"), dict):
                return node["masks"]
            node = list(node.values())
        found = [masks_in(n) for n in node] if isinstance(node, list) else []
        return next((f for f in found if f is not None), None)

    change(masks_in(structure))
    members[JSON] = json.dumps(structure).encode()
    refused(packed(tmp_path / "m.trimtab", members))
