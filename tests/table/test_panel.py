"""What persons have once and what orders their rows, as the schema says it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as quickly
from hypothesis import strategies as st

import trimtab
from tests.model.trees.persons.panels import survey, visits
from trimtab.errors import ColumnError, InputError
from trimtab.model.trees.persons.understanding import most_frequent, understood
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.table.files import read
from trimtab.table.panel import order_of, ranks
from trimtab.table.persons import Grouped
from trimtab.table.prepare import prepare
from trimtab.table.schema import Column, Kind, Per, Role, Schema
from trimtab.table.toml import from_toml, to_toml

quick = quickly(max_examples=80, deadline=None, derandomize=True)


def per(schema: Schema) -> dict[str, str | None]:
    return {c.name: c.per for c in schema}


@quick
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=40))
def test_rows_by_persons(pairs: list[tuple[int, int]]) -> None:
    """Against loops over persons."""
    who = np.unique([p for p, _ in pairs], return_inverse=True)[1]
    codes = np.array([c for _, c in pairs])
    grouped = Grouped(who)
    own = [codes[who == w].tolist() for w in range(who.max() + 1)]
    assert grouped.counts.tolist() == [len(c) for c in own]
    assert grouped.changes(codes).tolist() == [len(set(c)) > 1 for c in own]
    assert grouped.agree(codes) == all(len(set(c)) == 1 for c in own)
    assert grouped.rises(codes) == all(c == sorted(c) for c in own)
    assert grouped.tells_apart(codes) == all(len(set(c)) == len(c) for c in own)
    runs = 1 + sum(a != b for a, b in pairwise(who))
    assert grouped.together == (runs == len(own))


def test_what_persons_have_once_and_what_orders_their_rows() -> None:
    schema = read(visits()).schema
    said = per(schema)
    assert {n for n, p in said.items() if p is Per.PERSON} == {"sex", "side", "born", "last"}
    assert said["patient_id"] is None and said["visit"] is Per.ROW
    assert schema.order is not None and schema.order.name == "visit"
    assert "the same in all rows of each person" in schema["sex"].reason
    assert "orders the rows of a person" in schema["visit"].reason


DAYS = [pd.Timestamp("2020-01-01") + pd.Timedelta(days=k) for k in (0, 5, 9, 2, 3, 4, 7, 8, 1)]
RISING, APART, NEITHER = [1, 2, 3] * 3, [3, 1, 2] * 3, [5, 5, 1] * 3


@pytest.mark.parametrize(
    ("columns", "order"),
    [
        ({"size": NEITHER, "seen": DAYS}, "seen"),
        ({"seen": DAYS, "VisitDate": DAYS[::-1]}, "VisitDate"),  # is called like one
        ({"size": RISING, "year": APART}, "year"),
        ({"size": RISING, "year": NEITHER}, "size"),  # nobody has two rows of a year
        ({"size": APART, "other": NEITHER}, None),
        ({"year": ["c", "a", "b"] * 3}, None),
        ({"year": [1, 2, None] * 3}, None),
        ({"seen": [*DAYS[:-1], None]}, None),
        ({"size": [0.1, 0.25, 1 / 3] * 3}, None),  # without a step it cannot be counted
    ],
)
def test_what_says_the_order_of_rows(columns: dict[str, list[object]], order: str | None) -> None:
    data = pd.DataFrame({"patient_id": np.repeat([7, 8, 9], 3), **columns})
    given = pa.Table.from_pandas(data, preserve_index=False)
    entity = Column(name="patient_id", kind=Kind.ENTITY, storage="int64")
    found = read(given, Schema(columns=(entity,))).schema.order
    assert (None if found is None else found.name) == order


def test_gaps_in_what_could_order_rows_are_pointed_out() -> None:
    data = visits()
    data.loc[[3, 8], "visit"] = pd.NaT
    schema = read(data).schema
    assert "it could order them, had 2 rows no gap there" in schema["visit"].reason
    assert "could order" not in schema["bill"].reason + schema["score"].reason


def test_a_table_of_nobody_says_nothing_of_it() -> None:
    schema = read(visits().drop(columns=["patient_id"])).schema
    assert set(per(schema).values()) == {None} and schema.order is None
    once = visits().drop_duplicates("patient_id")
    once = read(once, Schema(columns=(read(visits()).schema["patient_id"],))).schema
    assert once.entity is not None and set(per(once).values()) == {None}


def test_a_constant_that_changes_in_few_is_pointed_out() -> None:
    data = visits()
    many = data["patient_id"].value_counts().index[0]
    at = data.index[data["patient_id"] == many][0]
    data.loc[at, "sex"] = "m" if data.loc[at, "sex"] == "f" else "f"
    column = read(data).schema["sex"]
    assert column.per is Per.ROW and "changes in 1 of" in column.reason


def test_what_the_schema_says_stays() -> None:
    schema = read(visits()).schema
    text = to_toml(schema)
    assert 'role = "order"' in text and 'per = "person"' in text
    assert from_toml(text, "s.toml") == schema
    edited = schema.change("visit", role=Role.KEEP).change("sex", per=Per.ROW)
    again = read(visits(), edited).schema
    assert again.order is None and again["sex"].per is Per.ROW
    known = read(visits(), Schema(columns=(schema["patient_id"],))).schema
    assert per(known) == per(schema) and known.order is not None


def test_rows_come_in_order_of_a_number_that_is_made_afresh() -> None:
    """Encounters are numbered, and nothing else tells their order."""
    data = visits()[["patient_id", "visit", "sex", "job"]].sort_values("visit")
    data["encounter"] = 5_000 + np.arange(len(data))
    data = data.drop(columns=["visit"]).sample(frac=1, random_state=3)
    schema = read(data).schema
    assert schema["encounter"].kind is Kind.IDENTIFIER
    assert schema.order is not None and schema.order.name == "encounter"
    model = trimtab.fit(data, model="persons")
    assert "rows are in order of encounter" in " ".join(model.warnings)
    drawn = model.sample(persons=40, seed=1)
    assert drawn.groupby("patient_id")["encounter"].apply(lambda e: e.is_monotonic_increasing).all()
    assert drawn["encounter"].is_unique and not set(drawn["encounter"]) & set(data["encounter"])
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    rows = understood(coded).rows
    job = coded.codec.columns["job"].decode(rows.codes["job"]).to_pylist()
    who = data["patient_id"].drop_duplicates().tolist()
    ordered = data.sort_values("encounter")
    for person, start, count in zip(who, rows.starts, rows.counts, strict=True):
        own = ordered[ordered["patient_id"] == person]
        assert job[start : start + count] == own["job"].tolist()


def test_rows_that_stand_in_another_order_keep_it() -> None:
    data = visits()[["patient_id", "sex", "job"]].sort_values("patient_id", kind="stable")
    data["encounter"] = np.random.default_rng(1).permutation(len(data)) + 9_000
    assert read(data).schema.order is None


@pytest.mark.parametrize("gaps", [0, 3])
def test_a_column_that_cannot_order_rows_is_refused(gaps: int) -> None:
    data = visits()
    schema = read(data).schema.change("visit", role=Role.KEEP)
    if not gaps:
        table = read(data, schema.change("job", role=Role.ORDER))
        with pytest.raises(InputError, match="'job' has the role order and is a label"):
            order_of(table)
        return
    table = read(data, schema.change("score", role=Role.ORDER))
    missing = int(data["score"].isna().sum())
    with pytest.raises(InputError, match=f"has no value in {missing} of them"):
        order_of(table)
    with pytest.raises(InputError, match="has no value in"):
        trimtab.fit(data, schema=table.schema, model="persons")


def test_two_orders_are_one_too_many() -> None:
    schema = read(survey()).schema
    with pytest.raises(InputError, match=r"year, pay have the role order|have the role order"):
        Schema.parse(
            schema.model_dump() | {"columns": [c.model_dump() | {"role": "order"} for c in schema]},
            "s.toml",
        )


def test_ranks_of_dates_numbers_and_texts() -> None:
    table = read(visits())
    for name in ("visit", "spent", "score"):
        own = ranks(table.column(name))
        values = table.column(name).to_pylist()
        assert [r == -1 for r in own] == [v is None for v in values]
        known = [(r, v) for r, v in zip(own, values, strict=True) if v is not None]
        assert [v for _, v in sorted(known)] == sorted(v for _, v in known)
    texts = ranks(table.column("job"))
    assert len(set(zip(texts.tolist(), table.column("job").to_pylist(), strict=True))) == 4


def changed(data: pd.DataFrame, persons: int) -> pd.DataFrame:
    """The table with another sex in one of the rows of some persons who have three."""
    data = data.copy()
    counts = data["patient_id"].value_counts()
    for who in counts.index[counts >= 3][:persons]:
        at = data.index[data["patient_id"] == who][1]
        data.loc[at, "sex"] = "m" if data.loc[at, "sex"] == "f" else "f"
    return data


def test_nearly_constant_columns_are_constant_on_request() -> None:
    data = changed(visits(), 4)
    settled = trimtab.fit(data, model="persons", constant=["sex"])
    (note,) = [w for w in settled.warnings if "Taken as the same" in w]
    assert "sex (in 4)" in note
    assert (settled.sample(persons=60, seed=2).groupby("patient_id")["sex"].nunique() == 1).all()
    coded = in_codes(prepare(data, constant=["sex"]), settings_of("persons", 5, 0))
    known = understood(coded)
    assert "sex" in known.constants and known.settled == {"sex": 4}
    own = coded.codec.columns["sex"].decode(known.rows.codes["sex"][known.rows.starts])
    truth = visits().groupby("patient_id")["sex"].first()
    assert own.to_pylist() == truth.loc[data["patient_id"].drop_duplicates()].tolist()


@quick
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30))
def test_the_most_frequent_of_a_person(pairs: list[tuple[int, int]]) -> None:
    who, codes = (np.array([p[i] for p in pairs]) for i in (0, 1))
    found = most_frequent(codes, who)
    for w in set(who.tolist()):
        own = codes[who == w].tolist()
        best = max(own, key=lambda c: (own.count(c), -own.index(c)))
        assert set(found[who == w].tolist()) == {best}


def test_constants_that_are_none() -> None:
    with pytest.raises(ColumnError, match="constant"):
        prepare(visits(), constant=["nothing"])
    with pytest.raises(InputError, match="no column says whose the rows are"):
        prepare(visits().drop(columns=["patient_id"]), constant=["sex"])


def test_the_order_is_not_computed_from_others() -> None:
    """A wave that goes with the year: the year orders, and the wave follows."""
    data = survey()
    data["round"] = data["year"].map({2001: 7, 2003: 8, 2004: 9, 2008: 10})
    model = trimtab.fit(data, model="persons")
    coded = in_codes(prepare(data), settings_of("persons", 5, 0))
    assert coded.order is not None
    drawn = model.sample(persons=50, seed=1)
    assert (drawn["year"].map({2001: 7, 2003: 8, 2004: 9, 2008: 10}) == drawn["round"]).all()
    assert drawn.groupby("who")["year"].apply(lambda y: y.is_monotonic_increasing).all()


def crossed(items: str) -> pd.DataFrame:
    """Visits at clinics, or of items: each person several rows, each of those several persons."""
    data = visits()
    g = np.random.default_rng(2)
    if items == "clinic_id":  # each person goes to one
        own = {who: int(g.integers(12)) + 900 for who in data["patient_id"].unique()}
        return data.assign(clinic_id=data["patient_id"].map(own))[["clinic_id", *data.columns]]
    return data.assign(item_id=g.integers(0, 180, len(data)) + 4000)[["item_id", *data.columns]]


@pytest.mark.parametrize("items", ["clinic_id", "item_id"])
def test_of_several_holders_of_rows_one_is_the_person(items: str) -> None:
    data = crossed(items)
    schema = read(data).schema
    assert schema.entity is not None and schema.entity.name == "patient_id"
    column = schema[items]
    assert column.kind is Kind.IDENTIFIER and "whose the rows are, patient_id says" in column.reason
    assert column.per is (Per.PERSON if items == "clinic_id" else Per.ROW)
    model = trimtab.fit(data)
    (note,) = [w for w in model.warnings if "Rows belong to patient_id" in w]
    assert items in note
    drawn = model.sample(persons=30, seed=1)
    once = (drawn.groupby("patient_id")[items].nunique() == 1).all()
    assert bool(once) is (items == "clinic_id")
    assert not set(drawn[items]) & set(data[items])
