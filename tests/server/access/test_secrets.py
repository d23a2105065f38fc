"""The key of the server, and secrets that are given out once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from trimtab.errors import InputError, RefusedError
from trimtab.server.access.secrets import (
    KEY_BYTES,
    fingerprint,
    issued,
    new_secret,
    read_key,
    row_of,
    same,
)
from trimtab.server.ids import new_id


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = read_key(tmp_path)
    assert len(key) == KEY_BYTES
    assert read_key(tmp_path) == key
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
    other = tmp_path / "other"
    other.mkdir()
    assert read_key(other) != key


def test_servers_that_start_together_have_one_key(tmp_path: Path) -> None:
    together, found = threading.Barrier(8), []

    def start() -> None:
        together.wait()
        found.append(read_key(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {(tmp_path / "secret").read_bytes()}
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    key = read_key(tmp_path)
    (tmp_path / "secret").chmod(mode)
    with pytest.raises(RefusedError, match="chmod 600") as told:
        read_key(tmp_path)
    assert key.hex() not in str(told.value)
    (tmp_path / "secret").chmod(0o600)
    assert read_key(tmp_path) == key


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "secret").write_bytes(b"k" * size)
    with pytest.raises(InputError, match=f"holds {size} bytes, expected 32"):
        read_key(tmp_path)


def test_a_hash_depends_on_the_key_the_purpose_and_the_text() -> None:
    hashes = {
        fingerprint(key, purpose, text)
        for key in (b"a" * 32, b"b" * 32)
        for purpose in ("token", "session")
        for text in ("x", "y", "\ud800")
    }
    assert len(hashes) == 12
    assert fingerprint(b"a" * 32, "token", "x") == fingerprint(b"a" * 32, "token", "x")


def test_secrets_differ_and_name_their_row() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    id = new_id("tokens")
    token = issued("tt", id)
    assert row_of("tt", "tokens", token) == id
    for wrong in (token + "x", token[:-1], token.upper(), f" {token}", token + "\n", "", "tt_", id):
        assert row_of("tt", "tokens", wrong) is None
    assert row_of("ts", "tokens", token) is None


def test_texts_of_any_letters_are_compared() -> None:
    assert same("ä\ud800", "ä\ud800")
    assert not same("ä", "a")
