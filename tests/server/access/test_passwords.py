"""Passwords, as they are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from tests.server.people import PASSWORD
from trimtab.server.access import passwords


@pytest.fixture(scope="module")
def kept() -> str:
    """What is kept with the parameters that are in use."""
    return passwords.hash_password(PASSWORD)


def test_a_password_is_kept_as_argon2id_and_found_again(kept: str) -> None:
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert passwords.matches(PASSWORD, kept)
    assert not passwords.matches(PASSWORD + "!", kept)
    assert not passwords.is_weak(kept)


def test_one_password_is_kept_differently_each_time(kept: str) -> None:
    assert passwords.hash_password(PASSWORD) != kept


def test_letters_may_be_typed_in_several_ways() -> None:
    kept = passwords.hash_password("caf\u00e9 caf\u00e9 caf\u00e9")
    assert passwords.matches("cafe\u0301 cafe\u0301 cafe\u0301", kept)


@pytest.mark.parametrize("said", [None, "", "plain", "$argon2id$v=19$m=1"])
def test_nothing_matches_what_is_no_hash(said: str | None) -> None:
    assert not passwords.matches("", said)


def test_where_there_is_no_account_a_hash_is_compared_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []
    verify: Callable[..., bool] = PasswordHasher.verify

    def noted(self: PasswordHasher, hash: str, password: bytes) -> bool:
        compared.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert not passwords.matches(PASSWORD, None)
    assert len(compared) == 1
    assert compared[0].startswith("$argon2id$")


def test_older_parameters_are_weak() -> None:
    assert passwords.is_weak(PasswordHasher(time_cost=1, memory_cost=64).hash(b"x"))
