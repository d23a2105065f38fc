"""A model file that was changed is refused with a typed error, or nothing changes."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.model.learned_tables import drawn, learned
from tests.synthesis.bundle.bundle_files import (
    ARRAYS,
    JSON,
    hostile,
    packed,
    refused,
    stored,
    unpacked,
)
from trimtab.errors import BundleError
from trimtab.synthesis.bundle.bundle import MEMBERS, load, save


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bundle") / "mixed.trimtab"
    save(learned("mixed"), place)
    return place


def test_what_is_no_bundle(tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    refused(place, "does not exist")
    refused(tmp_path, "is a folder")
    for raw in (b"", b"a,b\n1,2\n", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        place.write_bytes(raw)
        refused(place)


def test_truncated_anywhere(saved: Path, tmp_path: Path) -> None:
    raw, place = saved.read_bytes(), tmp_path / "m.trimtab"
    for length in [*range(0, len(raw), max(1, len(raw) // 60)), *range(len(raw) - 30, len(raw))]:
        place.write_bytes(raw[:length])
        refused(place)


@pytest.mark.parametrize("name", [*sorted(MEMBERS), "manifest.json"])
def test_a_flipped_byte_in_any_member(name: str, saved: Path, tmp_path: Path) -> None:
    members = unpacked(saved)
    for at in np.linspace(0, len(members[name]) - 1, 25).astype(int):
        changed = bytearray(members[name])
        changed[at] ^= 0x55
        place = tmp_path / "m.trimtab"
        packed(place, members | {name: bytes(changed)}, resealed=False)
        if name == "manifest.json":  # what it says beside checksums is not checked against anything
            try:
                load(place)
            except BundleError:
                continue
        else:
            refused(place, "checksum")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_flipped_byte_anywhere_changes_nothing_or_is_refused(
    data: st.DataObject, saved: Path, tmp_path: Path
) -> None:
    raw = bytearray(saved.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    place = tmp_path / "m.trimtab"
    place.write_bytes(raw)
    try:
        found = load(place)
    except BundleError:
        return
    assert drawn(found, 20)[1].equals(drawn(learned("mixed"), 20)[1])


def test_missing_unknown_and_doubled_members(saved: Path, tmp_path: Path) -> None:
    members, place = unpacked(saved), tmp_path / "m.trimtab"
    for name in members:
        rest = {n: raw for n, raw in members.items() if n != name}
        refused(packed(place, rest, resealed=False), f"{name}")
    refused(packed(place, members | {"run.py": b"1"}), "'run.py' is unknown")
    refused(packed(place, members | {"run.py": b"1"}, resealed=False), "'run.py' is unknown")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(place, "w") as archive:
        for name, raw in (*members.items(), (JSON, members[JSON])):
            archive.writestr(name, raw)
    refused(place, "twice")


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"version": 4, "trimtab": "9.0"}, r"newer trimtab \(9\.0\).*[Uu]pgrade"),
        ({"version": 10**9, "members": {}}, "newer"),
        ({"version": 0}, "format version"),
        ({"version": "1"}, "format version"),
        ({"version": True}, "format version"),
        ({"format": "other"}, "trimtab-model"),
        ({"members": []}, "lists no members"),
        ({"members": dict.fromkeys(MEMBERS, 1)}, "no size and checksum"),
    ],
)
def test_other_manifests(
    changes: dict[str, Any], pattern: str, saved: Path, tmp_path: Path
) -> None:
    members = unpacked(saved)
    manifest = json.loads(members["manifest.json"]) | changes
    members["manifest.json"] = json.dumps(manifest).encode()
    refused(packed(tmp_path / "m.trimtab", members, resealed=False), pattern)


def test_a_zip_bomb_is_not_unpacked(saved: Path, tmp_path: Path) -> None:
    members = unpacked(saved) | {ARRAYS: bytes(2**27)}
    refused(packed(tmp_path / "m.trimtab", members), "not unpacked")


@pytest.mark.parametrize("raw", [b"[" * 100_000, b"{", b"\xff", b"NaN", b"3", b"[]", b"9" * 5000])
@pytest.mark.parametrize("name", sorted(n for n in MEMBERS if n.endswith(".json")))
def test_members_that_are_no_json(name: str, raw: bytes, saved: Path, tmp_path: Path) -> None:
    refused(packed(tmp_path / "m.trimtab", unpacked(saved) | {name: raw}), name)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("schema.json", '"name": "age"', '"name": "ages"'),
        ("schema.json", '"kind": "datetime"', '"kind": "label"'),
        ("schema.json", '"version": 4', '"version": 5'),
        ("schema.json", '"rules": null', '"rules": [{"text": "age >="}]'),
        ("schema.json", '"rules": null', '"rules": [{"text": "ages >= 1"}]'),
        ("schema.json", '"rules": null', '"rules": [{"text": "age >= 1"}]'),
        ("provenance.json", '"kept": null', '"kept": 1'),
        ("codec.json", '"age"', '"ages"'),
        ("codec.json", '"min_count": 5', '"min_count": 4'),
        ("codec.json", '"Oslo"', '"Lyon"'),
        ("codec.json", '"Oslo",', ""),
        ("codec.json", '"marker": "(rare)"', '"marker": "Oslo"'),
        ("codec.json", '"type": "bool"', '"type": "string"'),
        ("codec.json", '"zone": "UTC"', '"zone": "../../etc"'),
        ("codec.json", '"decimals": 2', '"decimals": 2000'),
        ("provenance.json", '"rows": 400', '"rows": 0'),
        ("provenance.json", '"first": []', '"first": ["nobody"]'),
        ("origin.json", '"type": "int64"', '"type": "list<item: int64>"'),
        ("origin.json", '"library": "pyarrow"', '"library": "os"'),
        ("model.json", '"name": "age"', '"name": "cost"'),
        ("model.json", '"name": "age"', '"name": "PatientID"'),
        ("model.json", '"kind": "number"', '"kind": "label"'),
        ("model.json", '"kind": "trees"', '"kind": "code"'),
        ("model.json", '"missing_rows": 0', '"missing_rows": -1'),
        ("model.json", '"missing_rows": 0', '"missing_rows": 1'),
        ("model.json", '"missing_rows": 0', '"missing_rows": 0.5'),
        ("model.json", '"group": 3', '"group": 2'),
        ("model.json", '"group": 3', '"group": 1000000000'),
        ("model.json", '"residual": false', '"residual": true'),
        ("model.json", '"block": ', '"block": 1'),
    ],
)
def test_members_that_contradict_each_other(
    name: str, old: str, new: str, saved: Path, tmp_path: Path
) -> None:
    members = unpacked(saved)
    text = members[name].decode()
    assert old in text
    members[name] = text.replace(old, new, 1).encode()
    refused(packed(tmp_path / "m.trimtab", members), "holds no sound model")


def test_arrays_that_are_none(saved: Path, tmp_path: Path) -> None:
    members = unpacked(saved)
    for raw in (b"", b"\xff" * 100, members[ARRAYS][:-1], (2**60).to_bytes(8, "little") + b"{}"):
        refused(packed(tmp_path / "m.trimtab", members | {ARRAYS: raw}), "cannot be read")


@pytest.mark.stress
def test_every_array_is_needed_and_checked(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    refused(hostile(saved, place, {"extra": np.zeros(1)}), "unknown")
    for name, values in stored(saved).items():
        refused(hostile(saved, place, {name: None}), "missing")
        refused(hostile(saved, place, {name: values[None]}), "no sound model")
        if values.size and not name.endswith(".location"):  # which may have any number of folds
            refused(hostile(saved, place, {name: np.append(values, values, axis=0)}))
        if values.size and values.dtype.kind == "f":
            for bad in (np.nan, np.inf, -np.inf):
                worse = values.copy()
                worse.reshape(-1)[-1] = bad
                refused(hostile(saved, place, {name: worse}), "no sound model")
        refused(hostile(saved, place, {name: values.astype(np.int16)}), "no sound model")


@pytest.mark.parametrize(
    ("part", "change", "pattern"),
    [
        (r"grid.\d+.low", lambda a: a[::-1], "sorted"),
        (r"grid.\d+.low", lambda a: a * 0 - 2**62 - 1, "outside"),
        (r"grid.\d+.high", lambda a: a - 10**9, "empty"),
        (r"grid.\d+.rows", lambda a: -a, "outside"),
        (r"grid.\d+.rows", lambda a: a * 0 + 2**53, "more than"),
        (r"grid.\d+.token", lambda a: a + 10**6, "outside"),
        (r"grid.\d+.token", lambda a: a * 0, r"."),
        (r"grid.\d+.token", lambda a: a - 10**6, "outside"),
        (r"grid.\d+.levels", lambda a: a * 0, "outside"),
        (r"grid.\d+.level_shares", lambda a: a * 2, "no shares"),
        (r"conditional.\d+.group", lambda a: a + 1, r"."),
        (r"conditional.\d+.group", lambda a: -a, r"."),
        (r"conditional.\d+.klass", lambda a: a + 1, r"."),
        (r"conditional.\d+.sizes", lambda a: a - 10**6, "outside"),
        (r"block.weights", lambda a: -a, "probabilities"),
        (r"block.weights", lambda a: a * 2, "probabilities"),
        (r"block.weights", lambda a: a.T, r"."),
        (r"booster.outputs", lambda a: a + 1, "outputs"),
        (r"booster.features", lambda a: a + 1, "features"),
        (r"booster.trees", lambda a: a + 1, "trees"),
        (r"booster.feature", lambda a: a + 1000, "column"),
    ],
)
def test_arrays_that_contradict_each_other(
    part: str,
    change: Callable[[NDArray[Any]], NDArray[Any]],
    pattern: str,
    saved: Path,
    tmp_path: Path,
) -> None:
    fitting = {n: a for n, a in stored(saved).items() if re.fullmatch(part, n)}
    name, values = max(fitting.items(), key=lambda item: (item[1].size, item[0]))
    assert values.size > 1
    refused(hostile(saved, tmp_path / "m.trimtab", {name: change(values)}), pattern)


@pytest.mark.stress
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_an_array_holds_it_is_refused_or_draws(
    data: st.DataObject, saved: Path, tmp_path: Path
) -> None:
    arrays = stored(saved)
    name = data.draw(st.sampled_from(sorted(n for n, a in arrays.items() if a.size)))
    values = arrays[name].copy()
    flat = values.reshape(-1)
    at = data.draw(st.integers(0, len(flat) - 1))
    if values.dtype.kind == "f":
        flat[at] = data.draw(st.floats(width=32 if values.dtype.itemsize == 4 else 64))
    else:
        info = np.iinfo(values.dtype)
        near = st.integers(-2, 2).map(lambda d: min(max(int(flat[at]) + d, info.min), info.max))
        flat[at] = data.draw(near | st.integers(int(info.min), int(info.max)))
    try:
        found = load(hostile(saved, tmp_path / "m.trimtab", {name: values}))
    except BundleError:
        return
    with np.errstate(all="ignore"):
        assert drawn(found, 50)[1].num_rows == 50
