"""Kinds of models: the list, and one that another package adds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from tests.extensions import Install, documented
from trimtab.errors import BundleError, InputError, RefusedError
from trimtab.model.kinds import KINDS, kind_of, kinds
from trimtab.model.neural import extras
from trimtab.sklearn import Balancer
from trimtab.synthesis.choose import option_fields
from trimtab.synthesis.likelihood import log_prob


@pytest.fixture
def apart(install: Install) -> Path:
    """The folder of the package of docs/extending.md that adds a kind of model."""
    return install("apart", *documented("apart"))


def table() -> pa.Table:
    labels = np.array(["x", "x", "x", "y", "y", "z"])[np.arange(60) % 6]
    return pa.table({"label": labels, "number": np.arange(60) % 7})


def test_the_list_names_ours_once() -> None:
    names = [kind.name for kind in kinds()]
    assert names == ["trees", "chained", "network", "gan", "cgan", "fair-gan", "persons"]
    assert [kind_of(name) for name in names] == list(KINDS)
    assert len({kind.stored for kind in KINDS}) == 5
    with pytest.raises(
        InputError, match="'forest': expected one of cgan, chained, fair-gan, gan, network"
    ):
        kind_of("forest")


def counts(drawn: pa.Table, name: str) -> list[int]:
    pairs = sorted(drawn[name].value_counts().to_pylist(), key=lambda pair: str(pair["values"]))
    return [pair["counts"] for pair in pairs]


@pytest.mark.usefixtures("apart")
def test_a_kind_of_the_page_learns_draws_and_is_saved(tmp_path: Path) -> None:
    synthesizer = trimtab.fit(table(), model="apart", options={"flat": 0.25})
    assert synthesizer.provenance.model == "apart"
    assert "Columns tell nothing of each other." in synthesizer.warnings
    drawn = synthesizer.sample(6000, seed=2)
    # Half of the labels are x, a third y, a sixth z: levelled by a quarter.
    wanted = 0.75 * np.array([1 / 2, 1 / 3, 1 / 6]) + 0.25 / 3
    np.testing.assert_allclose(np.array(counts(drawn, "label")) / 6000, wanted, atol=0.03)
    assert synthesizer.sample(10, seed=2).equals(drawn.slice(0, 10)), "row i hangs on i alone"
    some = synthesizer.sample(900, where={"label": ["x", "z"], "number": trimtab.Range(2, 5)})
    assert set(some["label"].to_pylist()) == {"x", "z"}
    assert min(some["number"].to_pylist()) >= 2 and max(some["number"].to_pylist()) <= 5
    synthesizer.save(tmp_path / "m.trimtab")
    assert trimtab.load(tmp_path / "m.trimtab").sample(6000, seed=2).equals(drawn)


@pytest.mark.usefixtures("apart")
def test_verbs_and_faces_know_it() -> None:
    balanced = trimtab.balance(table(), ["label"], model="apart", rows=30)
    assert counts(balanced.table, "label") == [10] * 3
    gaps = table().set_column(0, "label", pa.array([None, "x"] * 30))
    filled = trimtab.impute(gaps, model="apart")
    assert filled.table["label"].null_count == 0
    assert Balancer(model="apart").fit_resample(np.c_[np.arange(30)], [0] * 20 + [1] * 10)
    with pytest.raises(InputError, match="flat is for the model apart, not for auto"):
        trimtab.fit(table(), options={"flat": 0.5})
    with pytest.raises(InputError, match=r"flat = 3\.0: expected a number from 0 to 1"):
        trimtab.fit(table(), model="apart", options={"flat": 3.0})
    with pytest.raises(RefusedError, match="cannot tell how probable one is"):
        log_prob(trimtab.fit(table(), model="apart").learned, trimtab.read(table()))


AUTOMATIC = """
import numpy as np

from apart.kind import ApartKind


class Rival(ApartKind):
    name, noun, automatic, refuses = "rival", "rival", True, None

    def refusal(self, coded, needs, options):
        return Rival.refuses

    def learn(self, coded, needs, options, key, run):
        fitted = super().learn(coded, needs, options, key, run)
        type(fitted.model).log_prob = lambda self, codes: np.full(codes.rows, 50.0)
        type(fitted.model).conditional = None
        return fitted


RIVAL = Rival()
"""


def test_auto_compares_a_kind_that_another_package_offers(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, _ = documented("apart")
    point = {"trimtab.models": {"rival": "rival:RIVAL"}}
    install("rival", {**files, "rival.py": AUTOMATIC}, point)
    monkeypatch.setattr(extras, "NEEDS", ("no_such_module",))  # without the network, to be quick
    quick = trimtab.fit(table(), minutes=1)
    assert quick.provenance.model == "rival", "what it says of rows cannot be beaten"
    assert "the rival holds one likelier than the chain of trees" in quick.provenance.choice
    kind_of("rival").__class__.refuses = "not today."  # type: ignore[attr-defined]
    assert trimtab.fit(table(), minutes=1).provenance.model == "trees"
    with pytest.raises(RefusedError, match=r"not today\. Or use `model='trees'`\."):
        trimtab.fit(table(), model="rival")


def test_an_option_is_called_like_no_other(install: Install) -> None:
    files, points = documented("apart")
    text = files["apart/kind.py"].replace("flat: Annotated", "seed: Annotated")
    install("apart", {"apart/kind.py": text}, points)
    with pytest.raises(InputError, match="apart has an option 'seed', which is the name of ano"):
        option_fields()


def test_its_file_is_refused_where_its_package_is_not(
    tmp_path: Path, apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trimtab.fit(table(), model="apart").save(tmp_path / "m.trimtab")
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(apart)])
    with pytest.raises(BundleError, match=r"kind 'apart', and no package .* \(known are trees"):
        trimtab.load(tmp_path / "m.trimtab")


def test_the_commands_take_it(tmp_path: Path, apart: Path) -> None:
    paths = [str(apart), *filter(None, [os.environ.get("PYTHONPATH")])]

    def command(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "trimtab", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"},
        )
        return ran.stdout

    trimtab.write(trimtab.read(table()), tmp_path / "t.csv")
    told = command("fit", "--help")
    assert (
        "|fair-gan|persons|apart" in told
        and "--flat SHARE" in told
        and "How far shares are" in told
    )
    words = ("fit", "t.csv", "-o", "m.trimtab", "--model", "apart", "--flat", ".5", "--json")
    assert json.loads(command(*words))["model"] == "apart"
    command("sample", "m.trimtab", "-n", "9", "-o", "s.csv")
    assert trimtab.read(tmp_path / "s.csv").rows == 9


def test_a_package_that_is_broken_is_named(install: Install) -> None:
    point = {"trimtab.models": {"broken": "broken_kind:KIND"}}
    install("toy", {"broken_kind.py": "import nothing_here"}, point)
    with pytest.raises(InputError, match=r"which toy adds to trimtab\.models, cannot be imported"):
        kinds()


def test_a_name_stands_once(install: Install) -> None:
    text = "from trimtab.model.trees.kind import TREES"
    install("toy", {"second.py": text}, {"trimtab.models": {"toy": "second:TREES"}})
    with pytest.raises(InputError, match="two kinds of models are called 'trees'"):
        kinds()


def test_what_is_no_kind_is_refused(install: Install) -> None:
    install("toy", {"no_kind.py": "KIND = 3"}, {"trimtab.models": {"toy": "no_kind:KIND"}})
    with pytest.raises(InputError, match="is of type int: expected ModelKind"):
        kinds()
