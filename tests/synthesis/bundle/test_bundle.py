"""A saved model draws the same rows, from the same bytes each time."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.model.learned_tables import LEARNED, drawn, learn, learned, mixed
from trimtab.codec.domain import MISSING
from trimtab.errors import BundleError, TableError
from trimtab.model.grid.checks import check_grid
from trimtab.model.grid.fit import fit_number_grid
from trimtab.synthesis.bundle.bundle import MEMBERS, load, save
from trimtab.table.files import to_native
from trimtab.table.table import Table


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bundle") / "mixed.trimtab"
    save(learned("mixed"), place)
    return place


@pytest.mark.parametrize("name", LEARNED)
def test_a_loaded_model_draws_the_same_rows(name: str, tmp_path: Path) -> None:
    before = learned(name)
    save(before, tmp_path / "m.trimtab")
    after = load(tmp_path / "m.trimtab")
    (codes, rows), (codes_after, rows_after) = drawn(before), drawn(after)
    assert list(codes.columns) == list(codes_after.columns)
    for column in codes.columns:
        np.testing.assert_array_equal(codes[column], codes_after[column])
    assert rows.equals(rows_after)
    log_prob = before.model.log_prob(codes)
    np.testing.assert_array_equal(log_prob, after.model.log_prob(codes))
    assert (after.schema, after.codec) == (before.schema, before.codec)
    assert (after.provenance, after.origin) == (before.provenance, before.origin)


def test_the_residual_and_the_location_are_kept() -> None:
    """The tables above reach every part of a conditional."""
    found = [c for n in LEARNED for c in learned(n).model.conditionals.values()]
    assert any(c.residual is not None for c in found)
    assert any(c.locations and c.residual is None for c in found)
    classes = [b for c in found for boostings in c.ensembles.classes for b in boostings]
    assert any(boosting.trees is not None for boosting in classes)


def test_the_same_model_makes_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    deeper = tmp_path / "elsewhere"
    deeper.mkdir()
    save(learned("mixed"), deeper / "again.trimtab")
    assert (deeper / "again.trimtab").read_bytes() == saved.read_bytes()
    save(load(saved), deeper / "twice.trimtab")
    assert (deeper / "twice.trimtab").read_bytes() == saved.read_bytes()


def test_no_code_and_no_path_in_the_file(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        assert set(archive.namelist()) == {*MEMBERS, "manifest.json"}
        content = b"".join(archive.read(n) for n in archive.namelist())
    assert str(saved.parent).encode() not in content
    assert not re.search(rb"\x80[\x02-\x05]\x95|c__main__|cnumpy|pickle", content)


def test_rare_values_are_not_in_the_file(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        content = b"".join(archive.read(n) for n in archive.namelist())
    assert b"rare-1" not in content and b"P0000" not in content and b"Bergen" in content


def test_nothing_is_left_where_writing_fails(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="does not exist"):
        save(learned("one label"), tmp_path / "no" / "m.trimtab")
    (tmp_path / "m.trimtab").mkdir()
    with pytest.raises(TableError, match="folder"):
        save(learned("one label"), tmp_path / "m.trimtab")
    assert [p.name for p in tmp_path.iterdir()] == ["m.trimtab"]


def test_the_callers_dataframe_comes_back_after_loading(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "a": pandas.array([1, 2, None] * 60, dtype="Int64"),
            "b": pandas.Series(["x", "y", "x"] * 60, dtype="object"),
            3: np.array([1.5, 2.5, 3.5] * 60, np.float32),
            "d": pandas.Series(["u", "v", "u"] * 60, dtype="string[pyarrow]"),
            "e": pandas.Categorical(["k", "l", "k"] * 60),
        }
    )
    save(learn(frame), tmp_path / "m.trimtab")
    after = load(tmp_path / "m.trimtab")
    back = to_native(Table(after.schema, drawn(after, 20)[1], after.origin))
    assert back.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert list(back.columns) == list(frame.columns)


def test_the_callers_polars_frame_comes_back_after_loading(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.from_arrow(mixed(100).select(["age", "city", "day", "seen"]))
    save(learn(frame), tmp_path / "m.trimtab")
    after = load(tmp_path / "m.trimtab")
    back = to_native(Table(after.schema, drawn(after, 20)[1], after.origin))
    assert back.schema == frame.schema


def test_a_number_with_too_few_values_to_learn_any_is_sound() -> None:
    grid = fit_number_grid(np.array([7, *[MISSING] * 20]), 5)
    assert not len(grid.low)
    check_grid(grid, "grid.0")


def test_types_that_no_table_has_are_not_saved(tmp_path: Path) -> None:
    before = learned("one label")
    odd = replace(before.origin, arrow=pa.schema([("city", pa.list_(pa.int8()))]))
    with pytest.raises(BundleError, match="list"):
        save(replace(before, origin=odd), tmp_path / "m.trimtab")
    assert not list(tmp_path.iterdir())
