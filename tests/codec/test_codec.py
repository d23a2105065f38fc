"""The codec of a table: roles, persons, public columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from trimtab._random import Key
from trimtab.codec.codec import Codec, fit_codec
from trimtab.codec.identifier import IdentifierCodec
from trimtab.codec.label import POOLED, LabelCodec
from trimtab.table.files import read
from trimtab.table.persons import persons
from trimtab.table.schema import Column, Kind, Role, Schema
from trimtab.table.table import Table

KINDS = {
    "who": (Kind.ENTITY, "string", Role.KEEP),
    "id": (Kind.IDENTIFIER, "int64", Role.KEEP),
    "size": (Kind.NUMBER, "int64", Role.KEEP),
    "colour": (Kind.LABEL, "string", Role.KEEP),
    "note": (Kind.TEXT, "string", Role.KEEP),
    "name": (Kind.LABEL, "string", Role.DROP),
}
DATA = pa.table(
    {
        # Red is held by two persons in twelve rows, blue by six persons in six rows.
        "who": ["p", "q"] * 6 + list("abcdef") + [None, None],
        "id": list(range(20)),
        "size": [3] * 19 + [None],
        "colour": ["red"] * 12 + ["blue"] * 6 + ["green"] * 2,
        "note": ["same"] * 8 + [f"text {i}" for i in range(12)],
        "name": ["secret"] * 20,
    }
)


def table(entity: bool = True) -> Table:
    kinds = {**KINDS} if entity else {**KINDS, "who": (Kind.LABEL, "string", Role.DROP)}
    columns = tuple(Column(name=n, kind=k, storage=s, role=r) for n, (k, s, r) in kinds.items())
    return read(DATA, Schema(locked=True, columns=columns))


def test_columns_by_role() -> None:
    codec = fit_codec(table(), 0)
    assert tuple(codec.columns) == ("who", "id", "size", "colour", "note")
    assert codec.modelled == ("size", "colour", "note")
    assert "secret" not in codec.model_dump_json()
    assert Codec.model_validate_json(codec.model_dump_json()) == codec


def test_decode_of_encode() -> None:
    """What is modelled comes back; identifiers are new."""
    given = table()
    codec = fit_codec(given, 0, public=("note",))
    back = codec.decode(codec.encode(given), 0, Key(1))
    for name in ("size", "colour", "note"):
        assert back.column(name).combine_chunks().equals(given.column(name))
    for name in ("who", "id"):
        assert not set(back.column(name).to_pylist()) & set(given.column(name).to_pylist())
        assert len(set(back.column(name).to_pylist())) == given.rows


def test_persons_hold_labels() -> None:
    def colours(entity: bool) -> tuple:
        codec = fit_codec(table(entity), 5).columns["colour"]
        assert isinstance(codec, LabelCodec)
        return codec.values

    assert colours(entity=True) == ("blue",)
    assert colours(entity=False) == ("red", "blue")


def test_public_columns_are_never_pooled() -> None:
    codec = fit_codec(table(), 5, public=("colour",)).columns["colour"]
    assert isinstance(codec, LabelCodec)
    assert set(codec.values) == {"red", "blue", "green"} and codec.marker is None


@pytest.mark.parametrize("min_count", [0, 5])
def test_free_text_is_pooled_even_without_a_min_count(min_count: int) -> None:
    given = table(entity=False)
    codec = fit_codec(given, min_count).columns["note"]
    assert isinstance(codec, LabelCodec)
    assert codec.values == ("same",) and codec.marker == POOLED


def test_a_row_without_an_entity_is_a_person_of_its_own() -> None:
    who = persons(table())
    assert who is not None and len(np.unique(who)) == 2 + 6 + 2
    assert who[18] != who[19] and not {who[18], who[19]} & set(who[:18].tolist())
    assert persons(table(entity=False)) is None


def test_identifiers_of_later_rows_are_those_of_the_whole() -> None:
    given = table()
    codec = fit_codec(given, 0)
    codes = codec.encode(given)
    whole = codec.decode(codes, 0, Key(1))
    later = codec.decode(codes, 7, Key(1))
    for name, column in codec.columns.items():
        if isinstance(column, IdentifierCodec):
            assert later.column(name).to_pylist()[:13] == whole.column(name).to_pylist()[7:]
