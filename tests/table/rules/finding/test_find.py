"""What is found in small tables: what was planted as it is, and nothing where nothing is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.places import DATA
from trimtab.table.files import read
from trimtab.table.rules.finding.find import find_rules
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule, Source, Status
from trimtab.table.rules.view import view
from trimtab.table.schema import Kind
from trimtab.table.table import Table

ROWS = 3000
SEED = 20_260


def dates(numbers: Any) -> list[str | None]:
    """Days since 1970 as dates; None where nan."""
    return [
        None if np.isnan(n) else str(np.datetime64(int(n), "D")) for n in np.asarray(numbers, float)
    ]


def made(rows: int = ROWS, seed: int = SEED) -> dict[str, Any]:
    """A table with one rule of each kind, and some columns without."""
    draw = np.random.default_rng(seed)
    hidden = draw.normal(size=rows)
    city = draw.integers(0, 12, rows)
    start = np.floor(17_000 + 300 * draw.normal(size=rows))
    end = start + np.floor(draw.exponential(20, rows))
    end[draw.random(rows) < 0.2] = np.nan
    minute = draw.integers(0, 1440, rows)
    net = np.round(draw.gamma(2, 80, rows), 2)
    tax = np.round(draw.gamma(2, 15, rows), 2)
    claims = np.floor(draw.exponential(9, rows)) + 1
    claims[draw.random(rows) < 0.04] = 0
    mean = np.round(50 + 5 * hidden, 2)
    mean[claims == 0] = np.nan
    left = draw.choice(4, rows, p=[0.5, 0.25, 0.15, 0.1])
    again = (draw.random(rows) < 0.4) & (left != 3)
    colour = draw.choice(3, rows, p=[0.5, 0.3, 0.2])
    test = draw.choice(3, rows)
    day = np.floor(draw.uniform(14_000, 20_000, rows)).astype(np.int64).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    pounds = np.round(170 + 30 * hidden, 1)
    return {
        "city": [f"city {c}" for c in city],
        "county": [f"county {c}" for c in (city * 7 % 12) // 3],
        "start": dates(start),
        "end": dates(end),
        "visit_date": dates(start),
        "seen_at": [
            str((np.datetime64(int(s), "D") + np.timedelta64(int(m), "m")).astype("datetime64[s]"))
            for s, m in zip(start + 3, minute, strict=True)
        ],
        "seen_on": dates(start + 3),
        "net": net,
        "tax": tax,
        "gross": np.round(net + tax, 2),
        "claims": claims.astype(int),
        "mean_claim": mean,
        "left_to": [("home", "care", "rehab", "died")[c] for c in left],
        "readmitted": [("no", "yes")[int(c)] for c in again],
        **{f"is_{c}": (colour == i).astype(int) for i, c in enumerate(("red", "green", "blue"))},
        "test": [("pulse", "height", "platelets")[c] for c in test],
        "value": np.round(np.array([70, 170, 260])[test] + 9 * draw.uniform(-1, 1, rows), 1),
        "year": month.astype("datetime64[Y]").astype(int) + 1970,
        "month": month.astype(int) % 12 + 1,
        "day": (day - month.astype("datetime64[D]")).astype(int) + 1,
        "pounds": pounds,
        "kilos": np.round(0.45359237 * pounds, 1),
        "grade": [f"grade {g}" for g in (city % 5)[::-1]],
        "grade_code": 10 + (city % 5)[::-1],
        "age": np.round(45 + 15 * draw.normal(size=rows)).clip(0, 99).astype(int),
        "smokes": [("no", "yes")[int(c)] for c in draw.random(rows) < 0.3],
    }


def table_of(columns: dict[str, Any]) -> Table:
    return read(pa.table({n: pa.array(c, from_pandas=True) for n, c in columns.items()}))


@pytest.fixture(scope="module")
def planted() -> tuple[Table, tuple[Rule, ...]]:
    table = table_of(made())
    return table, find_rules(table)


@pytest.mark.parametrize(
    "says",
    [
        ("county from city",),
        ("start <= end", "visit_date <= end"),
        ("visit_date = start", "start = visit_date"),
        ("seen_on = date(seen_at)",),
        ("gross = net + tax",),
        ("mean_claim missing exactly where claims = 0",),
        ("one of is_red, is_green, is_blue",),
        ("value within test",),
        ("year, month, day make a date",),
        ("kilos = 0.4536 * pounds", "kilos = 0.45359 * pounds", "kilos = 0.45359237 * pounds"),
        ("grade matches grade_code", "grade_code matches grade"),
        ("readmitted = 'no' where left_to = 'died'",),
    ],
    ids=lambda says: says[0],
)
def test_each_planted_rule_is_found_as_exact(
    planted: tuple[Table, tuple[Rule, ...]], says: tuple[str, ...]
) -> None:
    _, rules = planted
    found = [r for r in rules if r.text in says]
    assert len(found) == 1, [r.text for r in rules]
    assert found[0].kept and found[0].source is Source.FOUND
    assert found[0].evidence is not None and found[0].evidence.exact
    assert found[0].evidence.bound <= 0.05


def test_what_is_kept_holds_in_fresh_rows(planted: tuple[Table, tuple[Rule, ...]]) -> None:
    table, rules = planted
    seen, fresh = view(table), view(read(table_of(made(60_000, 1)).data, table.schema))
    for rule in rules:
        statement = parse(rule.text, table.schema.names)
        assert statement.text == rule.text
        outcome = statement.learned(seen)(fresh)
        share = outcome.broken.sum() / outcome.covered.sum()
        assert rule.evidence is not None
        if rule.kept:
            assert share <= rule.evidence.bound + 0.001, rule.text
        if rule.kept and not statement.learns:
            assert share == 0, rule.text
        itself = statement.learned(seen)(seen)
        assert rule.evidence.covered == itself.covered.sum()
        count = int(itself.broken.sum())
        assert count <= rule.evidence.exceptions < count + 5
        assert rule.evidence.exceptions % 5 == 0


def test_the_same_table_has_the_same_rules(planted: tuple[Table, tuple[Rule, ...]]) -> None:
    table, rules = planted
    assert find_rules(table) == rules
    assert [r.kept for r in rules] == sorted((r.kept for r in rules), reverse=True)
    assert len({r.text for r in rules}) == len(rules)
    assert {r.status for r in rules} <= {Status.KEPT, Status.PROPOSED}


@pytest.mark.parametrize("seed", range(4))
def test_independent_columns_have_no_rules(seed: int) -> None:
    draw = np.random.default_rng(seed)
    columns = {n: [c[i] for i in draw.permutation(1000)] for n, c in made(1000, seed).items()}
    assert find_rules(table_of(columns)) == ()


@pytest.mark.parametrize("name", ["stroke", "compas", "synthea_patients"])
def test_shuffled_real_columns_have_no_rules(name: str) -> None:
    table = read(DATA / name / "train.csv")
    draw = np.random.default_rng(0)
    data = table.data
    for at, column in enumerate(data.column_names):
        order = pa.array(draw.permutation(data.num_rows))
        data = data.set_column(at, column, data[column].take(order))
    assert find_rules(Table(table.schema, data, table.origin)) == ()


def test_values_of_few_are_named_by_no_rule() -> None:
    draw = np.random.default_rng(3)
    rows = 2000
    code = draw.choice(6, rows)
    columns: dict[str, Any] = {
        "code": [f"c{c}" for c in code],
        "name": [f"n{c}" for c in code],
        "back": [("no", "yes")[int(c)] for c in (draw.random(rows) < 0.5) & (code != 0)],
        "amount": np.round(draw.gamma(2, 30, rows), 2),
    }
    # Four rows share a label and a number that nobody else has, and what always goes with them.
    for i in range(4):
        columns["code"][i], columns["name"][i] = "secret", "hidden"
        columns["back"][i], columns["amount"][i] = "no", 123_456.78
    rules = find_rules(table_of(columns), min_count=5)
    assert any("'c0'" in rule.text for rule in rules), "values of many are named"
    for rule in rules:
        said = rule.model_dump_json()
        assert not any(word in said for word in ("secret", "hidden", "123456", "123,456")), said


def test_values_of_few_persons_are_named_by_no_rule_however_many_rows_they_have() -> None:
    draw = np.random.default_rng(11)
    persons, each = 600, 4
    of = np.repeat(np.arange(persons), each)
    code = draw.choice(5, persons * each)
    columns: dict[str, Any] = {
        "patient_id": 100 + of,
        "code": [f"c{c}" for c in code],
        "back": [("no", "yes")[int(c)] for c in (draw.random(len(of)) < 0.5) & (code != 0)],
        "amount": np.round(draw.gamma(2, 30, len(of)), 2),
        "noted": [("x", None)[int(c)] for c in draw.random(len(of)) < 0.3],
    }
    # Four persons have sixteen rows with a code and an amount that nobody else has.
    for i in range(4 * each):
        columns["code"][i], columns["back"][i] = "secret", "no"
        columns["amount"][i], columns["noted"][i] = 123_456.78, None
    rules = find_rules(table_of(columns), min_count=5)
    assert any("'c0'" in rule.text for rule in rules), "values of many are named"
    for rule in rules:
        assert not any(word in rule.text for word in ("secret", "123456")), rule.text


def test_persons_are_counted_and_not_their_rows() -> None:
    draw = np.random.default_rng(5)
    persons, rows = 60, 1800
    of = np.sort(draw.integers(0, persons, rows))
    blood, site = draw.choice(3, persons)[of], draw.choice(3, persons)[of]
    columns = {
        "patient_id": 100 + of,
        "site": [f"site {s}" for s in site],
        "blood": [("a", "b", "0")[b] for b in blood],
        "height": (160 + 10 * draw.normal(size=persons)).round(1)[of],
        "born": dates(np.floor(draw.uniform(0, 9000, persons))[of]),
        "score": draw.normal(size=rows).round(2),
    }
    table = table_of(columns)
    assert table.schema["patient_id"].kind is Kind.ENTITY
    # Each person's rows repeat what is theirs: sixty persons show no rule, 1,800 rows do.
    assert find_rules(table) == ()
    alone = Table(table.schema.change("patient_id", kind=Kind.NUMBER), table.data, table.origin)
    assert find_rules(alone) != ()


@pytest.mark.parametrize("rows", [0, 1, 2, 19])
def test_tables_of_few_rows_have_no_rules(rows: int) -> None:
    table = table_of(made(40))
    few = Table(table.schema, table.data.slice(0, rows), table.origin)
    assert find_rules(few) == ()


def test_columns_that_say_nothing_are_no_reason_to_fail() -> None:
    rows = 200
    columns = {
        "empty": pa.nulls(rows, pa.string()),
        "constant": ["x"] * rows,
        "once": [None] * (rows - 1) + [3.0],
        "text": [f"word {i} of {i * 7} and {i * 13} more" for i in range(rows)],
        "huge": [1e300 * (-1) ** i for i in range(rows)],
        "where": [i % 3 for i in range(rows)],
        "one of": [("a", "'", "`", ",")[i % 4] for i in range(rows)],
    }
    for rule in find_rules(table_of(columns)):
        assert parse(rule.text, list(columns)).text == rule.text


def test_one_column_may_be_missing_and_equal_by_the_values_of_another() -> None:
    draw = np.random.default_rng(8)
    rows = 6000
    tenure = np.floor(draw.exponential(25, rows)) + 1
    tenure[:11] = 0
    monthly = np.round(draw.uniform(20, 120, rows), 2)
    total = np.round(monthly * tenure * draw.uniform(0.95, 1.05, rows), 2)
    total = np.where(tenure == 1, monthly, total)
    total[tenure == 0] = np.nan
    table = table_of({"tenure": tenure.astype(int), "monthly": monthly, "total": total})
    kept = [r.text for r in find_rules(table) if r.kept]
    assert "total missing exactly where tenure = 0" in kept
    assert "total = monthly where tenure = 1" in kept


def test_columns_that_are_missing_together_are_told_by_the_first_of_them() -> None:
    draw = np.random.default_rng(12)
    rows, columns = 1500, 9
    group = draw.choice(["in", "out", "away"], rows)
    table: dict[str, Any] = {"group": group.tolist()}
    for k in range(columns):
        table[f"x{k}"] = np.where(group == "away", np.nan, draw.normal(size=rows).round(3))
    wanted = {f"x{k} missing exactly where x0 missing" for k in range(1, columns)}
    wanted.add("x0 missing exactly where group = 'away'")
    assert {rule.text for rule in find_rules(table_of(table)) if rule.kept} == wanted


def test_what_few_persons_tell_beside_a_value_is_no_part_of_a_list() -> None:
    draw = np.random.default_rng(13)
    persons, each = 400, 5
    of = np.repeat(np.arange(persons), each)
    code = draw.choice(["a", "b", "rare", "c"], persons, p=[0.3, 0.3, 0.1, 0.3])[of]
    back = np.where(code == "c", draw.choice(["yes", "no"], len(of)), "no").astype(object)
    back[code == "b"] = draw.choice(["yes", "no"], int((code == "b").sum()))
    # Of all persons with the code, one tells what it goes with, in many rows.
    back[code == "rare"] = None
    one = of[np.flatnonzero(code == "rare")[0]]
    more = 300
    columns = {
        "patient_id": 100 + np.append(of, np.full(more, one)),
        "code": np.append(code, np.full(more, "rare")).tolist(),
        "back": [*back.tolist(), *["no"] * more],
    }
    rules = find_rules(table_of(columns), min_count=5)
    assert any("back = 'no' where code = 'a'" in rule.text for rule in rules)
    assert not any("back = 'no'" in r.text and "'rare'" in r.text for r in rules)


def test_columns_that_are_missing_one_after_another_are_told_as_a_chain() -> None:
    draw = np.random.default_rng(14)
    rows, columns = 2000, 6
    left = draw.random(rows)
    table: dict[str, Any] = {}
    for k in range(columns):
        table[f"x{k}"] = np.where(left < 0.1 * (k + 1), np.nan, draw.normal(size=rows).round(3))
    wanted = {f"x{k + 1} missing where x{k} missing" for k in range(columns - 1)}
    assert {rule.text for rule in find_rules(table_of(table)) if rule.kept} == wanted
