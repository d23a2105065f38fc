"""The laws of the package (DESIGN, section 6), each as a property of whole tables.

Law 6 (exact conditionals) is tests/model/test_trees.py and test_block.py, law 5 (loading) is
tests/model/test_bundle.py; the network's laws 2 to 6 are in tests/model/network.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

import trimtab
import trimtab.synthesis.execute
from tests.places import DATA
from trimtab._random import Key
from trimtab.codec.codec import fit_codec
from trimtab.datasets import strokes
from trimtab.plan.plan import Given, Plan, from_condition
from trimtab.plan.ranges import Range
from trimtab.synthesis.synthesizer import Synthesizer
from trimtab.table.files import read, to_native
from trimtab.table.table import Table

KEY = Key(9)
quick = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
words = st.sampled_from(["red", "green", "blue", "", "NA", "ü,\"'"])
CELLS = {
    "int64": st.integers(-(10**9), 10**9),
    "decimal": st.integers(-(10**6), 10**6).map(lambda i: i / 100),
    "string": words,
    "bool": st.booleans(),
    "date": st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    "timestamp": st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)),
}
TYPES = {
    "int64": pa.int64(),
    "decimal": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "Europe/Berlin"),
}


# --- law 1: decode(encode(t)) is t ----------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(1, 25))
    columns = {}
    for name in draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=6)):
        cells = draw(st.lists(st.none() | CELLS[name], min_size=rows, max_size=rows))
        columns[f"{name}_{len(columns)}"] = pa.array(cells, TYPES[name])
    return pa.table(columns)


@quick
@given(tables(), st.sampled_from(["pyarrow", "pandas"]))
def test_decoding_undoes_encoding(data: pa.Table, library: str) -> None:
    given_ = data if library == "pyarrow" else data.to_pandas()
    table = read(given_)
    codec = fit_codec(table, 0, public=table.schema.names)
    made = {n for n in table.schema.names if n not in codec.modelled}
    back = codec.decode(codec.encode(table), 0, KEY)
    for name in codec.modelled:
        assert back[name].combine_chunks().equals(table.column(name)), name
    whole = back
    for name in made:  # identifiers are new by design
        assert not set(back[name].to_pylist()) & (set(table.column(name).to_pylist()) - {None})
        whole = whole.set_column(
            whole.column_names.index(name), name, table.data[name].combine_chunks()
        )
    again = to_native(Table(table.schema, whole, table.origin))
    if library == "pandas":
        pd.testing.assert_frame_equal(again, given_)
    else:
        assert again.equals(data)


# --- laws 2 and 3: exactly the plan's rows, whatever the batches ----------------------------------


def people(rows: int = 1500) -> pa.Table:
    """A mixed table: labels, gaps, a moment, an identifier, numbers, an outcome."""
    g = KEY.child("people").generator()
    age = g.integers(18, 95, rows)
    sex = np.where(g.random(rows) < 0.4, "F", "M")
    city = np.array(["Oslo", "Lyon", "Bari", "Graz"])[(age // 20 + g.integers(0, 2, rows)) % 4]
    spent = np.round(g.gamma(2.0, 40.0, rows) * age / 50, 2)
    day = np.datetime64("2021-01-01") + g.integers(0, 700, rows).astype("timedelta64[D]")
    return pa.table(
        {
            "id": pa.array([f"P{i * 7:06d}" for i in range(rows)]),
            "sex": pa.array(sex.tolist()),
            "city": pa.array(city.tolist(), mask=g.random(rows) < 0.1),
            "age": pa.array(age),
            "spent": pa.array(spent, mask=g.random(rows) < 0.15),
            "day": pa.array(day),
            "member": pa.array(g.random(rows) < age / 120),
            "left": pa.array((g.random(rows) < 0.1 + 0.005 * age).astype(np.int64)),
        }
    )


PEOPLE = people()
VALUES: Mapping[str, list[Any]] = {
    "sex": ["F", "M"],
    "city": ["Oslo", "Lyon", "Bari", "Graz", None],
    "member": [True, False],
    "age": [18, 40, 77],
}


@pytest.fixture(scope="module")
def learned() -> dict[str, Synthesizer]:
    """The same table learned from two libraries; ages lead the chain, so that they can be given."""
    settings_ = {"first": ["age"], "outcome": "left"}
    return {
        "pyarrow": trimtab.fit(PEOPLE, **settings_),
        "pandas": trimtab.fit(PEOPLE.to_pandas(), **settings_),
    }


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Groups of rows with values, missing values, sets, ranges and holes."""
    groups = draw(st.integers(1, 5))
    counts = draw(st.lists(st.integers(0, 30), min_size=groups, max_size=groups))
    given_ = {}
    for name in draw(st.lists(st.sampled_from(list(VALUES)), unique=True)):
        cells, known, choice, sets = [], [], [], []
        for _ in range(groups):
            kinds = ["hole", "value", "set"] + (["range"] if name == "age" else [])
            kind = draw(st.sampled_from(kinds))
            known.append(kind == "value")
            cells.append(draw(st.sampled_from(VALUES[name])) if kind == "value" else None)
            choice.append(len(sets) if kind in ("set", "range") else -1)
            if kind == "range":
                ends = sorted(draw(st.tuples(*[st.integers(18, 94)] * 2)))
                sets.append(draw(st.sampled_from([Range(*ends), Range(ends[0]), Range(None, 40)])))
            if kind == "set":
                among = [v for v in VALUES[name] if v is not None]
                some = draw(st.lists(st.sampled_from(among), min_size=1, unique=True))
                sets.append(pa.array(some, PEOPLE[name].type))
        given_[name] = Given(
            pa.array(cells, PEOPLE[name].type), np.array(known), np.array(choice), tuple(sets)
        )
    return Plan(np.array(counts, np.int64), given_)


def agrees(drawn: Table, plan: Plan) -> bool:
    """Whether the rows are the plan's, every given cell as given, every set and range kept."""
    group = np.repeat(np.arange(len(plan.counts)), plan.counts)
    if drawn.rows != len(group):
        return False
    for name, asked in plan.given.items():
        cells, wanted = drawn.column(name).to_pylist(), asked.values.to_pylist()
        for row, g in enumerate(group):
            if asked.known[g] and cells[row] != wanted[g]:
                return False
            if asked.choice[g] < 0:
                continue
            among = asked.sets[asked.choice[g]]
            if isinstance(among, Range):
                low, high = among.low or 0, among.high or 1000
                if cells[row] is None or not low <= cells[row] <= high:
                    return False
            elif cells[row] not in among.to_pylist():
                return False
    return True


@quick
@given(plans(), st.integers(0, 3))
def test_a_draw_has_exactly_the_plans_rows(
    learned: dict[str, Synthesizer], plan: Plan, seed: int
) -> None:
    synthesizer = learned["pyarrow"]
    drawn = synthesizer.draw(plan, seed=seed)
    assert agrees(drawn, plan)
    assert drawn.schema.names == tuple(PEOPLE.column_names)
    ids = drawn.column("id").to_pylist()
    assert len(set(ids)) == len(ids) and not set(ids) & set(PEOPLE["id"].to_pylist())
    # Two-sided: rows that were drawn for another plan do not pass.
    if "sex" in plan.given and plan.given["sex"].known[plan.counts > 0].any():
        other = from_condition({"city": "Oslo"}, max(plan.rows, 60), synthesizer.schema)
        assert not agrees(synthesizer.draw(other, seed=seed), plan)


@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
def test_the_caller_gets_back_the_type_given(learned: dict[str, Synthesizer], library: str) -> None:
    synthesizer = learned[library]
    drawn = synthesizer.sample(40, where={"city": None, "sex": ["F"], "member": True})
    if library == "pandas":
        assert isinstance(drawn, pd.DataFrame) and len(drawn) == 40
        assert drawn.dtypes.to_dict() == PEOPLE.to_pandas().dtypes.to_dict()
        assert drawn["city"].isna().all() and (drawn["sex"] == "F").all()
    else:
        assert isinstance(drawn, pa.Table) and drawn.schema.equals(PEOPLE.schema)
        assert drawn["city"].null_count == 40 and set(drawn["member"].to_pylist()) == {True}


@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
def test_partial_rows_are_completed(learned: dict[str, Synthesizer], library: str) -> None:
    """Each row has holes of its own; given identifiers stay, others are made."""
    partial = pa.table(
        {
            "sex": ["F", None, "M", None],
            "age": pa.array([20, None, None, 80]),
            "id": ["mine", None, None, None],
            "city": [None, "Bari", None, None],
        }
    )
    given_ = partial.to_pandas() if library == "pandas" else partial
    drawn = learned[library].sample(given=given_)
    rows = (pa.Table.from_pandas(drawn) if library == "pandas" else drawn).to_pylist()
    assert len(rows) == 4 and [r["id"] for r in rows].count("mine") == 1
    for row, asked in zip(rows, partial.to_pylist(), strict=True):
        assert all(row[n] == v for n, v in asked.items() if v is not None)


@pytest.mark.parametrize("size", [1, 3, 64, 1000])
def test_batches_do_not_matter(
    learned: dict[str, Synthesizer], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3, of whole draws: row i depends on the key and on i."""
    plan = Plan(
        np.array([70, 0, 61]),
        {
            "sex": Given(pa.array(["F", "M", None]), np.array([1, 1, 0], bool), np.full(3, -1)),
            "city": Given(
                pa.nulls(3, pa.string()),
                np.array([0, 0, 0], bool),
                np.array([-1, -1, 0]),
                (pa.array(["Oslo", "Graz"]),),
            ),
        },
    )
    whole = learned["pyarrow"].draw(plan, seed=3).data
    monkeypatch.setattr(trimtab.synthesis.execute, "BATCH_ROWS", size)
    assert learned["pyarrow"].draw(plan, seed=3).data.equals(whole)
    assert not learned["pyarrow"].draw(plan, seed=4).data.equals(whole)


def test_more_rows_begin_with_the_same_rows(learned: dict[str, Synthesizer]) -> None:
    few, many = (learned["pyarrow"].sample(n, seed=1) for n in (13, 200))
    assert many.slice(0, 13).equals(few)


@quick
@given(plans(), st.lists(st.integers(0, 150), max_size=4))
def test_any_split_fills_the_same(
    learned: dict[str, Synthesizer], plan: Plan, cuts: list[int]
) -> None:
    """Law 3, of a model: parts filled one by one are the whole."""
    model = learned["pyarrow"].learned.model
    asked = trimtab.synthesis.execute.compile_plan(learned["pyarrow"].learned, plan)
    group = np.repeat(np.arange(len(plan.counts)), plan.counts)
    rows = asked.take(group).model
    whole = model.fill(rows, 0, KEY)
    for start, stop in pairwise(sorted({0, *(c for c in cuts if c < plan.rows), plan.rows})):
        part = model.fill(rows.part(start, stop), start, KEY)
        for name in model.columns:
            assert np.array_equal(part[name], whole[name][start:stop]), name


# --- law 4: the order of the columns does not matter ----------------------------------------------


def variation(a: list[Any], b: list[Any]) -> float:
    """Total variation between the shares of the values of two columns."""
    one, other = Counter(a), Counter(b)
    return sum(abs(one[v] / len(a) - other[v] / len(b)) for v in one | other) / 2


def noise(columns: list[list[Any]]) -> float:
    """What chance alone makes of the total variation of two samples, generously.

    Its mean is below sum(sqrt(p / (2 pi)) * sqrt(1/m + 1/n)); it varies by less than
    sqrt((1/m + 1/n) / 4), of which four are allowed.
    """
    sizes = sum(1 / len(c) for c in columns)
    shares = [n / len(columns[0]) for n in Counter(columns[0]).values()]
    return float((sum(np.sqrt(shares)) / np.sqrt(2 * np.pi) + 2) * np.sqrt(sizes))


def test_reordering_columns_reorders_the_output() -> None:
    real = strokes(2500, seed=1).drop_columns(["residence", "ever_married"])
    turned = real.select(real.column_names[::-1])
    one, other = (trimtab.fit(t, outcome="stroke").sample(4000, seed=2) for t in (real, turned))
    assert other.column_names == one.column_names[::-1]
    for name in real.column_names:
        a, b = one[name].to_pylist(), other[name].to_pylist()
        if pa.types.is_string(real[name].type) or len(set(real[name].to_pylist())) < 10:
            assert variation(a, b) < noise([a, b]), name
        else:
            known = [[v for v in c if v is not None] for c in (a, b)]
            # The .1 % level of two samples of 4,000, and .02 for models that differ a little.
            assert stats.ks_2samp(*known).statistic < 1.95 * np.sqrt(2 / 4000) + 0.02, name
    # What depends on each other still does, as much as in the real table.
    for pair in (("age", "hypertension"), ("age", "heart_disease"), ("age", "stroke")):
        found = [
            stats.spearmanr(*(t[n].to_pylist() for n in pair)).statistic for t in (real, one, other)
        ]
        # A rank correlation of 2,500 rows varies by 1 / sqrt(2,500) = .02: four of them.
        assert max(found) - min(found) < 0.08 and min(found) > 0.12, (pair, found)


# --- real tables ----------------------------------------------------------------------------------

ROWS = 2500  # fewer than `auto` compares two models for
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is absent")


@pytest.fixture(scope="module", params=["adult", "stroke", "compas"])
def real_and_drawn(request: pytest.FixtureRequest) -> tuple[pa.Table, pa.Table]:
    """Some rows of a real table, and a draw of twice as many."""
    whole = pacsv.read_csv(DATA / request.param / "train.csv")
    rows = KEY.child(request.param).generator().permutation(whole.num_rows)[:ROWS]
    real = whole.take(np.sort(rows))
    return real, trimtab.fit(real, seed=1).sample(2 * ROWS, seed=1)


@needs_data
def test_real_marginals_are_kept(real_and_drawn: tuple[pa.Table, pa.Table]) -> None:
    real, drawn = real_and_drawn
    tested = 0
    for name in real.column_names:
        a, b = real[name].to_pylist(), drawn[name].to_pylist()
        if len(set(a)) <= 20:
            assert variation(a, b) < noise([a, b]), name
            # Two-sided: the same check fails where every sixth row is a rare value.
            rare = Counter(a).most_common()[-1][0]
            wrong = [rare if i % 6 == 0 else v for i, v in enumerate(b)]
            assert variation(a, wrong) > noise([a, b]), name
            tested += 1
        elif not isinstance(a[0], str):
            known = [[v for v in c if v is not None] for c in (a, b)]
            bound = 1.95 * np.sqrt(sum(1 / len(c) for c in known)) + 0.01
            assert stats.ks_2samp(*known).statistic < bound, name
            tested += 1
    assert tested >= 8


@needs_data
def test_no_unique_real_value_is_copied(real_and_drawn: tuple[pa.Table, pa.Table]) -> None:
    """Numbers that one real row holds appear about as often as numbers that no real row holds."""
    real, drawn = real_and_drawn
    for name in real.column_names:
        a = [v for v in real[name].to_pylist() if v is not None]
        if isinstance(a[0], str) or len(set(a)) < 500:
            continue
        step = 1 if isinstance(a[0], int) else 0.01
        counts = pd.Series(np.round(np.array(a) / step)).value_counts()
        unique = counts.index[counts == 1].to_numpy()
        beside = np.setdiff1d(unique + 1, counts.index.to_numpy())
        codes = np.round(np.array([v for v in drawn[name].to_pylist() if v is not None]) / step)
        hits = np.isin(codes, unique).sum() / len(unique)
        near = np.isin(codes, beside).sum() / len(beside)
        # Rates of Poisson counts: five standard deviations; real values stand a little closer
        # together than those beside them, which is worth a quarter.
        error = np.sqrt((hits + near) / min(len(unique), len(beside)))
        assert hits < 1.25 * near + 5 * error, name


@needs_data
def test_the_largest_real_values_never_show(real_and_drawn: tuple[pa.Table, pa.Table]) -> None:
    """At K = 5 a number lies where at least five rows lie there or beyond."""
    real, drawn = real_and_drawn
    for name in real.column_names:
        a = sorted(v for v in real[name].to_pylist() if v is not None)
        if not isinstance(a[0], str) and len(set(a)) > 60:
            b = [v for v in drawn[name].to_pylist() if v is not None]
            assert a[4] <= min(b) and max(b) <= a[-5], name
