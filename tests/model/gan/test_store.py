"""A GAN's file: the same bytes, the same rows, no JAX to load it, and no damage unseen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.model.gan.small_gans import KINDS, at_random, coded, table
from tests.synthesis.bundle.bundle_files import JSON, hostile, packed, refused, stored, unpacked
from trimtab._random import Key
from trimtab.errors import BundleError
from trimtab.model.gan.gan import Drawn
from trimtab.model.interface import Request
from trimtab.synthesis.bundle.bundle import load, save
from trimtab.synthesis.learned import Learned, Provenance
from trimtab.synthesis.synthesizer import Synthesizer

pytest.importorskip("jax", reason="GANs need the extra `deep`")

TOWN = 3  # the place of town among the columns


@cache
def learned(kind: str, staged: bool = True) -> Learned:
    codes, codec, _ = coded()
    stages = tuple(
        Drawn(50 * k + 50, -1 / (k + 3), codes.take(np.arange(20 * k, 20 * k + 20)))
        for k in range(3)
    )
    provenance = Provenance(
        trimtab="0.1.0",
        model=kind,
        choice="asked for",
        rows=table().rows,
        persons=None,
        min_count=5,
        seed=3,
        first=(),
        outcomes=("ill",),
        public=(),
        protected=("sex",) if kind == "fair-gan" else (),
        warnings=("a remark",),
    )
    gan = replace(at_random(kind), stages=stages if staged else ())
    return Learned(table().schema, codec, gan.grids, gan, provenance, table().origin)


def drawn(made: Learned, rows: int = 300) -> pa.Table:
    return made.codec.decode(made.model.fill(Request(rows, {}), 11, Key(5)), 11, Key(5))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundle")
    for kind in KINDS:
        save(learned(kind), folder / f"{kind}.trimtab")
    return {kind: folder / f"{kind}.trimtab" for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_gan_draws_the_same_rows(kind: str, saved: dict[str, Path]) -> None:
    before, after = learned(kind), load(saved[kind])
    assert drawn(after).equals(drawn(before))
    assert (after.schema, after.codec) == (before.schema, before.codec)
    assert (after.provenance, after.origin) == (before.provenance, before.origin)
    assert after.model.design == before.model.design
    assert hash(after.model.design) == hash(before.model.design), "one compiled program for both"
    assert after.model.columns == before.model.columns
    assert after.model.layout == before.model.layout
    np.testing.assert_array_equal(after.model.weights, before.model.weights)


@pytest.mark.parametrize("kind", KINDS)
def test_stages_come_back_as_they_were(kind: str, saved: dict[str, Path]) -> None:
    one, other = (Synthesizer(m).stages for m in (learned(kind), load(saved[kind])))
    assert [(s.step, s.figure) for s in one] == [(50, -1 / 3), (100, -1 / 4), (150, -1 / 5)]
    assert [(s.step, s.figure) for s in other] == [(s.step, s.figure) for s in one]
    for k, (a, b) in enumerate(zip(one, other, strict=True)):
        assert a.table.data.equals(b.table.data)
        real = table().data.slice(20 * k, 20)
        assert a.table.column("town").equals(real.column("town").combine_chunks())
        assert a.table.schema.names == table().schema.names


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_gan_makes_the_same_bytes(
    kind: str, saved: dict[str, Path], tmp_path: Path
) -> None:
    save(learned(kind), tmp_path / "again.trimtab")
    save(load(saved[kind]), tmp_path / "twice.trimtab")
    assert (tmp_path / "again.trimtab").read_bytes() == saved[kind].read_bytes()
    assert (tmp_path / "twice.trimtab").read_bytes() == saved[kind].read_bytes()


def test_a_gan_without_stages_is_kept_too(tmp_path: Path) -> None:
    save(learned("cgan", staged=False), tmp_path / "m.trimtab")
    found = load(tmp_path / "m.trimtab")
    assert Synthesizer(found).stages == () and drawn(found).equals(drawn(learned("cgan")))


# --- arrays that contradict the structure ---------------------------------------------------------


def at_last(value: float) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(values: NDArray[Any]) -> NDArray[Any]:
        return np.append(values[:-1], np.asarray(value, values.dtype))

    return change


def with_code(column: int, code: int) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(codes: NDArray[Any]) -> NDArray[Any]:
        codes = codes.copy()
        codes[1, column, 7] = code
        return codes

    return change


@pytest.mark.parametrize(
    ("name", "change", "pattern"),
    [
        ("weights", lambda w: w[:-1], "expected float32 of shape"),
        ("weights", lambda w: np.append(w, w[:1]), "expected float32 of shape"),
        ("weights", lambda w: w[None], "expected float32 of shape"),
        ("weights", lambda w: w.astype(np.float64), "weights is float64"),
        ("weights", lambda w: w.view(np.int32), "weights is int32"),
        ("weights", at_last(np.nan), "not finite"),
        ("weights", at_last(np.inf), "not finite"),
        ("stage.codes", lambda c: c[0], "stage.codes is int64 of shape"),
        ("stage.codes", lambda c: c[:, :-1], "stage.codes is int64 of shape"),
        ("stage.codes", lambda c: c.astype(np.int32), "stage.codes is int32"),
        ("stage.codes", lambda c: c[:2], "stage.steps is int64 of shape"),
        ("stage.codes", with_code(TOWN, 4), "codes that 'town' does not have"),
        ("stage.codes", with_code(TOWN, -1), "codes that 'town' does not have"),
        ("stage.codes", with_code(0, 2), "codes that 'sex' does not have"),
        ("stage.codes", with_code(1, 2**62 + 1), "codes that 'age' does not have"),
        ("stage.codes", with_code(1, -(2**63) + 1), "codes that 'age' does not have"),
        ("stage.steps", lambda s: s[::-1].copy(), "stage.steps do not ascend"),
        ("stage.steps", lambda s: s * 0 + 5, "stage.steps do not ascend"),
        ("stage.steps", lambda s: s[:2], "stage.steps is int64 of shape"),
        ("stage.steps", lambda s: s.astype(float), "stage.steps is float64"),
        ("stage.figures", lambda f: f[:2], "stage.figures is float64 of shape"),
        ("stage.figures", lambda f: f.astype(np.float32), "stage.figures is float32"),
        ("stage.figures", at_last(np.nan), "stage.figures holds numbers that are not finite"),
        ("stage.figures", at_last(-np.inf), "stage.figures holds numbers that are not finite"),
    ],
)
def test_arrays_that_are_none(
    name: str,
    change: Callable[[NDArray[Any]], NDArray[Any]],
    pattern: str,
    saved: dict[str, Path],
    tmp_path: Path,
) -> None:
    for kind in KINDS:
        changed = change(stored(saved[kind])[name])
        refused(hostile(saved[kind], tmp_path / "m.trimtab", {name: changed}), pattern)


@pytest.mark.parametrize("kind", KINDS)
def test_every_array_is_needed_and_no_other(
    kind: str, saved: dict[str, Path], tmp_path: Path
) -> None:
    place = tmp_path / "m.trimtab"
    refused(hostile(saved[kind], place, {"extra": np.zeros(1)}), "the array extra is unknown")
    for name, values in stored(saved[kind]).items():
        refused(hostile(saved[kind], place, {name: None}), "missing")
        refused(hostile(saved[kind], place, {name: values[None]}), "no sound model")
        refused(hostile(saved[kind], place, {name: values.astype(np.int16)}), "no sound model")


# --- structures that contradict the arrays, or themselves -----------------------------------------


def restructured(saved: Path, place: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    """The saved model with its structure changed in place, and everything else resealed."""
    members = unpacked(saved)
    structure = json.loads(members[JSON])
    change(structure)
    return packed(place, members | {JSON: json.dumps(structure).encode()})


def designed(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda structure: structure["design"].update(changes)


WEIGHTS, SHARES = "expected float32 of shape", "do not sum to 1"
STRUCTURES: tuple[tuple[str, Callable[[dict[str, Any]], Any], str], ...] = (
    *((kind, designed(noise=9), WEIGHTS) for kind in KINDS),
    *((kind, designed(noise=0), "noise") for kind in KINDS),
    *((kind, designed(noise=8.0), "noise") for kind in KINDS),
    *((kind, designed(noise=10**9), "noise") for kind in KINDS),
    *((kind, designed(extra=1), "extra") for kind in KINDS),
    *((kind, designed(kind="vae"), "design") for kind in KINDS),
    *((kind, lambda s: s.pop("design"), "design") for kind in KINDS),
    *((kind, lambda s: s.update(kind="network"), r"model\.json") for kind in KINDS),
    *((kind, lambda s: s.update(grids=[]), "other columns") for kind in KINDS),
    *((kind, lambda s: s["grids"][0].update(name="sexes"), "other columns") for kind in KINDS),
    ("gan", designed(hidden=[16, 33]), WEIGHTS),
    ("gan", designed(hidden=[]), "hidden"),
    ("gan", designed(hidden=[16, 0]), "hidden"),
    ("gan", designed(hidden="16-32"), "hidden"),
    ("gan", designed(dropout=1.0), "dropout"),
    ("gan", designed(dropout=-0.1), "dropout"),
    ("gan", designed(bins=0), "bins"),
    ("cgan", designed(columns=["sex", "towns"]), "columns that it does not have"),
    ("cgan", designed(columns=["sex", "sex", "ill"]), "given a column twice"),
    ("cgan", designed(columns=["sex", "town"]), WEIGHTS),
    ("cgan", designed(columns=3), "columns"),
    ("cgan", designed(together="yes"), "together"),
    ("cgan", designed(width=33), WEIGHTS),
    ("cgan", designed(blocks=2), WEIGHTS),
    ("cgan", designed(blocks=-1), "blocks"),
    ("cgan", designed(blocks=65), "blocks"),
    ("cgan", designed(pack=0), "pack"),
    ("cgan", designed(moments=-1.0), "moments"),
    ("fair-gan", designed(protected=[]), "protected"),
    ("fair-gan", designed(protected=["sexes"]), "columns that it does not have"),
    ("fair-gan", designed(protected=["ill"]), "given a column twice"),
    ("fair-gan", designed(protected=["age"]), "given numbers for groups"),
    ("fair-gan", designed(target="ills"), "columns that it does not have"),
    ("fair-gan", designed(target="cost"), "given numbers for groups"),
    ("fair-gan", designed(groups=[[0], [2]]), "groups of values that its columns do not have"),
    ("fair-gan", designed(groups=[[0], [1, 1]]), "groups of values that its columns do not have"),
    ("fair-gan", designed(groups=[[0], [-1]]), "groups"),
    ("fair-gan", designed(groups=[[0]]), "groups"),
    ("fair-gan", designed(groups=[[0], [1], [1]]), "its groups have other shares"),
    ("fair-gan", designed(group_shares=[1.0]), "its groups have other shares"),
    ("fair-gan", designed(group_shares=[0.6, 0.3]), SHARES),
    ("fair-gan", designed(group_shares=[1.5, -0.5]), "group_shares"),
    ("fair-gan", designed(class_shares=[0.3, 0.3, 0.4]), "its classes have other shares"),
    ("fair-gan", designed(class_shares=[0.3, 0.8]), SHARES),
    ("fair-gan", designed(heads=3), "heads do not fit its width"),
    ("fair-gan", designed(heads=0), "heads"),
    ("fair-gan", designed(width=18), WEIGHTS),
    ("fair-gan", designed(fairness=-1.0), "fairness"),
    ("fair-gan", designed(units=17), WEIGHTS),
)


@pytest.mark.parametrize(("kind", "change", "pattern"), STRUCTURES)
def test_a_structure_that_contradicts_the_rest(
    kind: str,
    change: Callable[[dict[str, Any]], Any],
    pattern: str,
    saved: dict[str, Path],
    tmp_path: Path,
) -> None:
    refused(restructured(saved[kind], tmp_path / "m.trimtab", change), pattern)


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_is_no_share_and_no_size(
    kind: str, saved: dict[str, Path], tmp_path: Path
) -> None:
    members = unpacked(saved[kind])
    for word in ("NaN", "Infinity", "1e999"):
        raw = members[JSON].replace(b'"noise": 8', b'"noise": ' + word.encode())
        assert raw != members[JSON]
        refused(packed(tmp_path / "m.trimtab", members | {JSON: raw}), r"model\.json")


quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@quick
@given(data=st.data())
def test_damage_is_refused_or_draws(
    data: st.DataObject, saved: dict[str, Path], tmp_path: Path
) -> None:
    """Any one number of any array changed: it is refused, or rows can be drawn and stages read."""
    kind = data.draw(st.sampled_from(KINDS))
    arrays = stored(saved[kind])
    name = data.draw(st.sampled_from(sorted(n for n, a in arrays.items() if a.size)))
    values = arrays[name].copy()
    flat, at = values.reshape(-1), data.draw(st.integers(0, values.size - 1))
    if values.dtype.kind == "f":
        flat[at] = data.draw(st.floats(width=8 * values.itemsize))
    else:
        flat[at : at + 1] += data.draw(st.integers(-2, 2))  # wraps around below MISSING
    try:
        found = load(hostile(saved[kind], tmp_path / "m.trimtab", {name: values}))
    except BundleError:
        return
    with np.errstate(over="ignore", invalid="ignore"):
        assert drawn(found, 50).num_rows == 50
    assert [s.table.rows for s in Synthesizer(found).stages] == [20] * 3


# --- without JAX ----------------------------------------------------------------------------------

WITHOUT = """
import sys
for name in ("jax", "jaxlib", "optax"):
    sys.modules[name] = None
import trimtab
from trimtab import cli
for path in sys.argv[1:]:
    made = trimtab.load(path)
    print(made.provenance.model, len(made.stages), made.stages[0].table.rows, sorted(made.summary))
    try:
        made.sample(3)
    except trimtab.errors.InputError as error:
        print("said:", error)
    for words in (["inspect", path], ["sample", path, "-n", "3", "-o", "out.csv"]):
        sys.argv = ["trimtab", *words]
        try:
            cli.main()
        except SystemExit as left:
            print("left with", left.code)
"""


def test_files_are_loaded_and_looked_at_without_jax(saved: dict[str, Path], tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, *map(str, saved.values())],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for kind in KINDS:
        assert f"{kind} 3 20 ['critic', 'generator']" in ran.stdout
    assert ran.stdout.count("said: a GAN needs jax, optax: install it with pip install") == 3
    assert ran.stdout.count("left with 0") == 3 and ran.stdout.count("left with 2") == 3
    assert "generator: 886 weights" in ran.stdout
    assert "error: a GAN needs jax, optax" in ran.stderr and "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_code_in_the_files(saved: dict[str, Path]) -> None:
    for kind in KINDS:
        with zipfile.ZipFile(saved[kind]) as archive:
            content = b"".join(archive.read(n) for n in archive.namelist())
        assert b"pickle" not in content and str(saved[kind].parent).encode() not in content
