"""Kinds of models: the list, and one that another package adds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from tests.extensions import offer
from trimtab.errors import BundleError, InputError, RefusedError
from trimtab.model.kinds import KINDS, kind_of, kinds

# A model that draws whole rows of codes that it saw, with a change of its own: a toy, and no good.
TOY = """
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from trimtab.codec.domain import Codes
from trimtab.model.grid.store import Stored
from trimtab.model.interface import GIVEN
from trimtab.model.kind import Fitted, ModelKind, Options


@dataclass(frozen=True)
class Toy:
    names: tuple
    cells: np.ndarray
    step: int

    @property
    def columns(self):
        return self.names

    @property
    def conditions(self):
        return "Any labels can be given when sampling, and tell nothing of the others."

    def refusal(self, given, sets):
        return "a toy knows no sets." if sets else None

    def fill(self, request, start, key):
        at = (np.arange(start, start + request.rows) * self.step) % self.cells.shape[1]
        codes = {name: self.cells[j, at].copy() for j, name in enumerate(self.names)}
        for name, condition in request.conditions.items():
            mask = condition.state == GIVEN
            codes[name][mask] = condition.value[mask]
        return Codes(codes, request.rows)


class StoredToy(Stored):
    kind: Literal["toy"] = "toy"
    step: int = Field(ge=1)


class ToyOptions(Options):
    step: int = Field(default=1, ge=1, description="How many rows it goes on.")


class ToyKind(ModelKind):
    name = "toy"
    noun = "toy"
    options = ToyOptions
    stored = StoredToy

    def learn(self, coded, needs, options, key, run):
        run.tell("copying", 0, 1)
        names = tuple(coded.grids)
        cells = np.stack([coded.codes[name] for name in names])
        return Fitted(Toy(names, cells, options.step), ("a toy copies rows.",))

    def store(self, model):
        return StoredToy(step=model.step), {"cells": model.cells}

    def restore(self, stored, grids, shelf):
        return Toy(tuple(grids), shelf.take("cells"), stored.step)


TOY = ToyKind()
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a package that adds a kind of model, on the path."""
    return offer(tmp_path / "packages", monkeypatch, "trimtab.models", "toy_model:TOY", TOY)


def table() -> pa.Table:
    labels = np.array(["x", "y", "z"])[np.arange(60) % 3]
    return pa.table({"label": labels, "number": np.arange(60) % 7})


def test_the_list_names_ours_once() -> None:
    names = [kind.name for kind in kinds()]
    assert names == ["trees", "network", "gan", "cgan", "fair-gan"]
    assert [kind_of(name) for name in names] == list(KINDS)
    assert len({kind.stored for kind in KINDS}) == 3
    with pytest.raises(InputError, match="'forest': expected one of cgan, fair-gan, gan, network"):
        kind_of("forest")


@pytest.mark.usefixtures("toy")
def test_a_kind_from_outside_learns_draws_and_is_saved(tmp_path: Path) -> None:
    synthesizer = trimtab.fit(table(), model="toy")
    assert synthesizer.provenance.model == "toy" and "a toy copies rows." in synthesizer.warnings
    assert synthesizer.sample(60).equals(table())
    assert synthesizer.sample(3, where={"label": "z"})["label"].to_pylist() == ["z"] * 3
    synthesizer.save(tmp_path / "m.trimtab")
    assert trimtab.load(tmp_path / "m.trimtab").sample(60).equals(table())
    balanced = trimtab.balance(table(), ["label"], model="toy", rows=30)
    assert balanced.table["label"].value_counts().field("counts").to_pylist() == [10] * 3
    with pytest.raises(RefusedError, match=r"knows no sets\. Or fit it with --model trees --first"):
        synthesizer.sample(9, where={"label": ["x", "y"]})


def test_its_file_is_refused_where_its_package_is_not(
    tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimtab.fit(table(), model="toy").save(tmp_path / "m.trimtab")
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(toy)])
    with pytest.raises(BundleError, match=r"'toy': expected one of .* Install the package"):
        trimtab.load(tmp_path / "m.trimtab")


def test_the_commands_take_it(tmp_path: Path, toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.csv

    monkeypatch.setenv("PYTHONPATH", f"{toy}:{':'.join(p for p in sys.path if 'src' in p)}")

    def command(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "trimtab", *arguments],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return ran.stdout

    pyarrow.csv.write_csv(table(), tmp_path / "t.csv")
    facts = json.loads(command("fit", "t.csv", "-o", "m.trimtab", "--model", "toy", "--json"))
    assert facts["model"] == "toy"
    command("sample", "m.trimtab", "-o", "s.csv")
    drawn = pyarrow.csv.read_csv(tmp_path / "s.csv")
    assert drawn.equals(table())


def test_a_package_that_is_broken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path / "a", monkeypatch, "trimtab.models", "broken_kind:KIND", "import nothing_here")
    with pytest.raises(InputError, match=r"which toy adds to trimtab\.models, c"):
        kinds()


def test_a_name_stands_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "from trimtab.model.trees.kind import TREES"
    offer(tmp_path / "a", monkeypatch, "trimtab.models", "second_trees:TREES", text)
    with pytest.raises(InputError, match="two kinds of models are called 'trees'"):
        kinds()


def test_what_is_no_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path / "a", monkeypatch, "trimtab.models", "no_kind:KIND", "KIND = 3")
    with pytest.raises(InputError, match="is of type int: expected ModelKind"):
        kinds()
