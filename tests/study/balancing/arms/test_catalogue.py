"""The list of arms: what is compared if nothing is said, in which order, and what is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from trimtab import datasets
from trimtab.errors import InputError
from trimtab.study.balancing.arms.catalogue import OWN, arms_of, kinds
from trimtab.table.prepare import prepare
from trimtab.table.table import Table

TOY = """
from dataclasses import dataclass
from trimtab.study.balancing.arms.arm import ArmKind
from trimtab.study.question import Training

@dataclass(frozen=True)
class Toy:
    name: str = {name!r}
    adds: bool = False

    def training(self, part, ratio, key):
        return Training(part.sample, part.is_positive)

KIND = ArmKind({short!r}, lambda table: Toy(), usual=True)
"""


@pytest.fixture(scope="module")
def table() -> Table:
    return prepare(datasets.strokes(60))


def installed(place: Path, short: str = "toy", name: str = "a toy") -> None:
    """A package in a folder that adds an arm."""
    (place / "toy_arms.py").write_text(TOY.format(short=short, name=name))
    facts = place / "toy-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[trimtab.arms]\ntoy = toy_arms:KIND\n")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that packages are looked for in."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "toy_arms", raising=False)
    return tmp_path


def names(asked: Sequence[str] | None, whole: bool, table: Table) -> list[str]:
    return [arm.name for arm in arms_of(asked, whole, table)[0]]


def test_usual_arms(table: Table) -> None:
    assert [kind.short for kind in OWN] == [
        *("none", "weights", "oversample", "smote", "borderline", "adasyn", "trimtab")
    ]
    assert names(None, False, table) == [
        *("as it is", "class weights", "random over-sampling", "SMOTE", "trimtab")
    ]
    assert names(None, True, table) == [
        *("as it is", "class weights", "random over-sampling"),
        *("SMOTE", "Borderline-SMOTE", "ADASYN", "trimtab"),
    ]
    assert names(["trimtab", "none", "none"], False, table) == ["as it is", "trimtab"]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["none", "magic", "trimtab"], "arms = 'magic': expected one of adasyn, borderline, none"),
        (["none", "weights"], r"arms = none, weights: expected 'none' and 'trimtab' among them"),
        (["trimtab"], "arms = trimtab: expected 'none' and 'trimtab' among them"),
    ],
)
def test_what_is_refused(asked: list[str], text: str, table: Table) -> None:
    with pytest.raises(InputError, match=text):
        arms_of(asked, False, table)


def test_without_imbalanced_learn(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    monkeypatch.setitem(sys.modules, "imblearn", None)
    arms, notes = arms_of(None, True, table)
    assert [a.name for a in arms] == [
        *("as it is", "class weights", "random over-sampling", "trimtab")
    ]
    assert notes == (
        "SMOTE is not compared: SMOTE and its relatives need imbalanced-learn: pip install "
        "'trimtab[imbalance]', or leave them out.",
    )
    with pytest.raises(InputError, match="need imbalanced-learn: pip install"):
        arms_of(["none", "adasyn", "trimtab"], False, table)


def test_an_arm_of_another_package_stands_last_and_is_asked_for(
    elsewhere: Path, table: Table
) -> None:
    installed(elsewhere)
    assert [kind.short for kind in kinds()] == [*(kind.short for kind in OWN), "toy"]
    assert names(["toy", "trimtab", "none"], False, table) == ["as it is", "trimtab", "a toy"]
    assert "a toy" not in names(None, True, table)
    with pytest.raises(InputError, match=r"expected one of .*smote, toy, trimtab, weights"):
        arms_of(["none", "magic", "trimtab"], False, table)


@pytest.mark.parametrize(
    ("short", "name", "text"),
    [
        ("smote", "a toy", "two arms are asked for by 'smote': rename or uninstall"),
        ("toy", "trimtab", "two arms are called 'trimtab': rename or uninstall"),
    ],
)
def test_names_are_given_once(
    short: str, name: str, text: str, elsewhere: Path, table: Table
) -> None:
    installed(elsewhere, short, name)
    with pytest.raises(InputError, match=text):
        arms_of(["none", "trimtab", "toy"][: 2 + (short == "toy")], False, table)
