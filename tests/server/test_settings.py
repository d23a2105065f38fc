"""How a server may be started, and what its operator allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from trimtab.errors import InputError, RefusedError
from trimtab.server.policy import Policy, read_policy
from trimtab.server.settings import Settings, prepare_folder


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.0.0.9"])
def test_this_machine_alone_needs_no_tls(tmp_path: Path, host: str) -> None:
    assert Settings(tmp_path, host=host).local


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "tables.example"])
def test_elsewhere_is_refused_without_tls_and_the_remedies_are_named(
    tmp_path: Path, host: str
) -> None:
    with pytest.raises(RefusedError, match=r"`certificate`.*`proxied=True`"):
        Settings(tmp_path, host=host)
    assert Settings(tmp_path, host=host, proxied=True).secure
    for name in ("c", "k"):
        (tmp_path / name).touch()
    assert Settings(tmp_path, host=host, certificate=tmp_path / "c", key=tmp_path / "k").secure


def test_a_certificate_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        Settings(tmp_path, certificate=tmp_path / "c", key=tmp_path / "k")


@pytest.mark.parametrize("name", ["", "a b", "tables/x", "http://tables", "*"])
def test_names_are_names_of_hosts(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="name of a host"):
        Settings(tmp_path, names=(name,))


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    made = prepare_folder(tmp_path / "a" / "data")
    assert made.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="Name a folder"):
        prepare_folder(tmp_path / "file")


def test_the_policy_of_a_file(tmp_path: Path) -> None:
    place = tmp_path / "policy.toml"
    assert read_policy(place) == Policy()
    place.write_text("jobs_at_once = 4\nleast_min_count = 10\n")
    assert read_policy(place) == Policy(jobs_at_once=4, least_min_count=10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs_at_once = 0", "jobs_at_once"),
        ("jobs = 1", "Expected some of jobs_at_once"),
        ("jobs_at_once = ", "no TOML"),
    ],
)
def test_a_policy_that_is_none_is_said(tmp_path: Path, text: str, said: str) -> None:
    place = tmp_path / "policy.toml"
    place.write_text(text)
    with pytest.raises(InputError, match=said):
        read_policy(place)
