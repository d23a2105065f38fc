"""Identifiers: unique, never a real one, and the same for a row whatever the batch."""

from __future__ import annotations

import uuid
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab._random import Key
from trimtab.codec.identifier import IdentifierCodec, fit_identifier
from trimtab.errors import TableError

quick = settings(max_examples=40, deadline=None, derandomize=True)
KEY = Key(5).child("fresh")
UUIDS = [str(uuid.UUID(int=i * 7919 + (4 << 76))) for i in range(50)]
COLUMNS = {
    "number": pa.array([17, 3, None, 250_001]),
    "negative": pa.array([-12, 5]),
    "snowflake": pa.array([1_500_000_000_000_000_001, 1_400_000_000_000_000_000]),
    "small and large": pa.array([1, 2**63 - 1]),
    "beyond int64": pa.array([1.8e19, 1.7e19]),
    "float": pa.array([7.0, 1.2e16]),
    "text": pa.array(["A-17", "new-000001", "new2-7", None]),
    "uuid": pa.array(UUIDS),
    "no value": pa.nulls(3, pa.string()),
    "no number": pa.nulls(3, pa.int64()),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_unique_and_never_real(name: str) -> None:
    real = COLUMNS[name]
    codec = fit_identifier(real)
    made = codec.make(0, 5000, KEY)
    assert made.null_count == 0 and len(made) == 5000
    # A caller gets floats back where floats were given: they must stay apart there too.
    typed = made.cast(real.type)
    assert len(pc.unique(typed)) == 5000
    assert not pc.any(pc.is_in(typed, real.drop_null())).as_py()
    assert IdentifierCodec.model_validate_json(codec.model_dump_json()) == codec


@pytest.mark.parametrize("name", COLUMNS)
def test_a_row_has_one_identifier_whatever_the_batch(name: str) -> None:
    codec = fit_identifier(COLUMNS[name])
    whole = codec.make(0, 300, KEY).to_pylist()
    for cuts in ([0, 1, 2, 6, 300], [0, 117, 300]):
        parts = [codec.make(a, b, KEY) for a, b in pairwise(cuts)]
        assert pa.concat_arrays(parts).to_pylist() == whole


def test_uuids_are_like_uuids_and_follow_the_key() -> None:
    codec = fit_identifier(COLUMNS["uuid"])
    made = codec.make(0, 200, KEY).to_pylist()
    assert {uuid.UUID(m).version for m in made} == {4}
    assert {uuid.UUID(m).variant for m in made} == {uuid.RFC_4122}
    assert not set(made) & set(codec.make(0, 200, Key(6)).to_pylist())


def test_no_value_is_held() -> None:
    """Two columns whose largest numbers share a magnitude have the same codec."""
    assert fit_identifier(pa.array([17, 250_001])) == fit_identifier(pa.array([999_999]))
    assert fit_identifier(pa.array(["smith", "jones"])) == fit_identifier(pa.array(["x"]))


def test_no_room() -> None:
    with pytest.raises(TableError, match="no room for fresh ones"):
        fit_identifier(pa.array([-(2**63), 2**63 - 1]))


@quick
@given(st.lists(st.integers(-(10**17), 2**63 - 1), min_size=1, max_size=20))
def test_any_integers(values: list[int]) -> None:
    real = pa.array(values, pa.int64())
    made = fit_identifier(real).make(10**9, 10**9 + 50, KEY)
    assert not set(made.to_pylist()) & set(values)


@quick
@given(st.lists(st.text(max_size=8) | st.from_regex(r"new\d?-\d{6}", fullmatch=True), min_size=1))
def test_any_texts(values: list[str]) -> None:
    made = fit_identifier(pa.array(values, pa.string())).make(0, 50, KEY)
    assert not set(made.to_pylist()) & set(values)
