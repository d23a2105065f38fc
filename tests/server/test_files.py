"""Files below one folder, whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.server.files import Files, room_needed
from trimtab.server.ids import PREFIXES, is_id, new_id
from trimtab.server.problems import NoRoom


def test_ids_are_told_by_what_they_name() -> None:
    made = {name: new_id(name) for name in PREFIXES}
    for name, id in made.items():
        assert is_id(id) and is_id(id, name)
        assert not any(is_id(id, other) for other in PREFIXES if other != name)
    assert len({new_id("jobs") for _ in range(1000)}) == 1000


@given(st.text(max_size=60))
def test_no_text_that_is_no_id_names_a_folder(text: str) -> None:
    files = Files(Path("folder"))
    if not is_id(text, "datasets"):
        with pytest.raises(ValueError, match="no id"):
            files.folder("datasets", text)


@pytest.mark.parametrize("file", ["../x", "/etc/passwd", "datasets/../../x", "a/../../b"])
def test_no_kept_file_lies_elsewhere(tmp_path: Path, file: str) -> None:
    with pytest.raises(ValueError, match="not below"):
        Files(tmp_path / "data").place(file)


def test_a_link_that_leads_out_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").write_text("x")
    os.symlink(tmp_path / "secret", tmp_path / "data" / "link")
    with pytest.raises(ValueError, match="not below"):
        Files(tmp_path / "data").place("link")


def test_a_folder_moves_whole_and_scratch_vanishes(tmp_path: Path) -> None:
    files, id = Files(tmp_path), new_id("datasets")
    with files.scratch() as folder:
        (folder / "table.csv").write_bytes(b"a\n1\n")
        home = files.move(folder, "datasets", id)
    kept = files.keep(home / "table.csv")
    assert kept.file == f"datasets/{id}/table.csv" and kept.bytes == 4
    assert files.place(kept.file).read_bytes() == b"a\n1\n"
    assert not list((tmp_path / "scratch").iterdir())
    with pytest.raises(RuntimeError), files.scratch() as folder:
        raise RuntimeError
    assert not folder.exists()
    files.remove("datasets", id)
    assert not home.exists()


def test_a_full_disk_is_said() -> None:
    with pytest.raises(NoRoom, match="nothing was kept"), room_needed():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="else"), room_needed():
        raise OSError(errno.EIO, "something else")


def test_too_little_left_is_refused(tmp_path: Path) -> None:
    Files(tmp_path).check_room(0)
    with pytest.raises(NoRoom, match="nearly full"):
        Files(tmp_path).check_room(1 << 40)
