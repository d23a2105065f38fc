"""A network's file: the same bytes, the same rows, no JAX to load it, and no damage unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.model.network.small_networks import at_random, coded, three_labels, visits
from tests.synthesis.bundle.bundle_files import (
    ARRAYS,
    JSON,
    hostile,
    packed,
    refused,
    stored,
    unpacked,
)
from trimtab._random import Key
from trimtab.errors import BundleError
from trimtab.model.interface import Request
from trimtab.synthesis.bundle.bundle import load, save
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.table.files import read


def learned_of(table: pa.Table) -> Learned:
    codes, codec = coded(table)
    made = read(table)
    provenance = Provenance(
        trimtab="0.1.0",
        model="network",
        choice="asked for",
        rows=made.rows,
        persons=None,
        min_count=5,
        seed=3,
        first=(),
        outcomes=(),
        public=(),
        warnings=("a remark",),
    )
    network = at_random(codes, codec)
    return Learned(made.schema, codec, network.grids, network, provenance, made.origin)


@cache
def learned(name: str) -> Learned:
    tables = {"visits": visits(), "labels": three_labels(500)}
    return learned_of(tables[name])


def drawn(made: Learned, rows: int = 300) -> pa.Table:
    return made.codec.decode(made.model.fill(Request(rows, {}), 11, Key(5)), 11, Key(5))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bundle") / "visits.trimtab"
    save(learned("visits"), place)
    return place


@pytest.mark.parametrize("name", ["visits", "labels"])
def test_a_loaded_network_draws_the_same_rows(name: str, tmp_path: Path) -> None:
    """Law 5."""
    before = learned(name)
    save(before, tmp_path / "m.trimtab")
    after = load(tmp_path / "m.trimtab")
    assert drawn(after).equals(drawn(before))
    codes = before.model.fill(Request(300, {}), 0, Key(1))
    np.testing.assert_array_equal(after.model.log_prob(codes), before.model.log_prob(codes))
    assert (after.schema, after.codec) == (before.schema, before.codec)
    assert (after.provenance, after.origin) == (before.provenance, before.origin)
    assert (after.model.shape, after.model.columns) == (before.model.shape, before.model.columns)


def test_the_same_network_makes_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    save(learned("visits"), tmp_path / "again.trimtab")
    save(load(saved), tmp_path / "twice.trimtab")
    assert (tmp_path / "again.trimtab").read_bytes() == saved.read_bytes()
    assert (tmp_path / "twice.trimtab").read_bytes() == saved.read_bytes()


def test_truncated_or_flipped(saved: Path, tmp_path: Path) -> None:
    raw, place = saved.read_bytes(), tmp_path / "m.trimtab"
    for length in range(0, len(raw), len(raw) // 20):
        place.write_bytes(raw[:length])
        refused(place)
    members = unpacked(saved)
    for at in np.linspace(0, len(members[ARRAYS]) - 1, 15).astype(int):
        changed = bytearray(members[ARRAYS])
        changed[at] ^= 0x55
        packed(place, members | {ARRAYS: bytes(changed)}, resealed=False)
        refused(place, "checksum")


def at_last(value: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(weights: NDArray[Any]) -> NDArray[Any]:
        return np.append(weights[:-1], np.float32(value))

    return change


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        (lambda w: w[:-1], "expected float32 of shape"),
        (lambda w: np.append(w, w[:1]), "expected float32 of shape"),
        (lambda w: w[None], "expected float32 of shape"),
        (lambda w: w.astype(np.float64), "weights is float64"),
        (lambda w: w.astype(np.float16), "weights is float16"),
        (lambda w: w.view(np.int32), "weights is int32"),
        (at_last(np.nan), "not finite"),
        (at_last(np.inf), "not finite"),
        (at_last(-np.inf), "not finite"),
        (lambda w: None, "the array weights is missing"),
    ],
)
def test_weights_that_are_none(
    change: Callable[[NDArray[Any]], NDArray[Any] | None],
    pattern: str,
    saved: Path,
    tmp_path: Path,
) -> None:
    place = tmp_path / "m.trimtab"
    refused(hostile(saved, place, {"weights": change(stored(saved)["weights"])}), pattern)


def test_every_array_is_needed_and_no_other(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    refused(hostile(saved, place, {"extra": np.zeros(1)}), "the array extra is unknown")
    refused(hostile(saved, place, {"booster.trees": np.zeros(1)}), "unknown")
    for name, values in stored(saved).items():
        refused(hostile(saved, place, {name: None}), "missing")
        refused(hostile(saved, place, {name: values[None]}), "no sound model")
        refused(hostile(saved, place, {name: values.astype(np.int16)}), "no sound model")


@pytest.mark.parametrize(
    ("old", "new", "pattern"),
    [
        ('"kind": "network"', '"kind": "trees"', r"model\.json"),
        ('"kind": "network"', '"kind": "code"', r"model\.json"),
        ('"kind": "network"', '"kind": 3', r"model\.json"),
        ('"kind": "network",', "", r"model\.json"),
        ('"width": 16', '"width": 17', "expected float32 of shape"),
        ('"width": 16', '"width": 0', "width"),
        ('"width": 16', '"width": 100000', "width"),
        ('"width": 16', '"width": 16.0', "width"),
        ('"shared": 1', '"shared": 0', "expected float32 of shape"),
        ('"shared": 1', '"shared": -1', "shared"),
        ('"own": 1', '"own": 2', "expected float32 of shape"),
        ('"own": 1', '"own": 1000', "own"),
        ('"components": 3', '"components": 0', "components"),
        ('"components": 3', '"components": 2', "expected float32 of shape"),
        ('"components": 3', '"components": 3, "code": "x"', r"model\.json"),
        ('"name": "age"', '"name": "ages"', "other columns"),
        ('"name": "age"', '"name": "cost"', "stands twice"),
        ('"kind": "number"', '"kind": "label"', "is unknown|weights is"),
        ('"missing_rows": 0', '"missing_rows": 1', "."),
        ('"missing_rows": 0', '"missing_rows": -1', "missing_rows"),
    ],
)
def test_a_structure_that_contradicts_the_rest(
    old: str, new: str, pattern: str, saved: Path, tmp_path: Path
) -> None:
    members = unpacked(saved)
    text = members[JSON].decode()
    assert old in text
    members[JSON] = text.replace(old, new, 1).encode()
    refused(packed(tmp_path / "m.trimtab", members), pattern)


def test_a_network_without_columns(saved: Path, tmp_path: Path) -> None:
    members = unpacked(saved)
    structure = json.loads(members[JSON]) | {"grids": []}
    members[JSON] = json.dumps(structure).encode()
    refused(packed(tmp_path / "m.trimtab", members), "other columns")


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_an_array_holds_it_is_refused_or_draws(
    data: st.DataObject, saved: Path, tmp_path: Path
) -> None:
    arrays = stored(saved)
    names = sorted(n for n, a in arrays.items() if a.size and n != "weights")
    name = data.draw(st.sampled_from(names))
    values = arrays[name].copy()
    flat = values.reshape(-1)
    at = data.draw(st.integers(0, len(flat) - 1))
    if values.dtype.kind == "f":
        flat[at] = data.draw(st.floats(width=8 * values.itemsize))
    else:
        flat[at] += data.draw(st.integers(-2, 2))
    try:
        found = load(hostile(saved, tmp_path / "m.trimtab", {name: values}))
    except BundleError:
        return
    assert drawn(found, 50).num_rows == 50


def test_extreme_weights_draw(saved: Path, tmp_path: Path) -> None:
    """Finite weights of any size make odd rows, and no crash."""
    weights = stored(saved)["weights"]
    for scale in (0, 1e10, -1e30):
        found = load(
            hostile(saved, tmp_path / "m.trimtab", {"weights": weights * np.float32(scale)})
        )
        assert drawn(found, 50).num_rows == 50


def test_no_code_in_the_file(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        content = b"".join(archive.read(n) for n in archive.namelist())
    assert b"pickle" not in content and str(saved.parent).encode() not in content
    arrays = safetensors.numpy.load(unpacked(saved)[ARRAYS])
    assert arrays["weights"].dtype == np.float32


WITHOUT = """
import sys
for name in ("jax", "jaxlib", "optax"):
    sys.modules[name] = None
import trimtab
from trimtab import cli
made = trimtab.load(sys.argv[1])
print(made.provenance.model, made.schema.names, repr(made))
for verb in (lambda: made.sample(3), lambda: made.learned.model.log_prob(None)):
    try:
        verb()
    except trimtab.errors.InputError as error:
        print("said:", error)
for words in (["inspect", sys.argv[1]], ["sample", sys.argv[1], "-n", "3", "-o", "out.csv"]):
    sys.argv = ["trimtab", *words]
    try:
        cli.main()
    except SystemExit as left:
        print("left with", left.code)
"""


def test_a_file_is_loaded_and_looked_at_without_jax(saved: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(saved)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("network ('age', 'cost'")
    assert ran.stdout.count("said: the network needs jax, optax: install it with pip install") == 2
    assert "Any cells of any columns can be given" in ran.stdout
    assert ran.stdout.count("left with 0") == 1 and ran.stdout.count("left with 2") == 1
    assert "error: the network needs jax, optax" in ran.stderr
    assert "pip install 'trimtab[deep]'" in ran.stderr and "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []
