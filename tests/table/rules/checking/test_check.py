"""Rules of a schema against a table: what is refused, with which words, and what is not."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import pyarrow as pa
import pytest

import trimtab
from trimtab.errors import RuleError
from trimtab.table.rules.checking.check import checked
from trimtab.table.rules.rule import Evidence, Rule, Source, Status

ROWS = 24


def table(**schema: Any) -> trimtab.Table:
    """A table with a column of each kind; `schema` changes the roles of some."""
    k = list(range(ROWS))
    data = pa.table(
        {
            "a": [float(i) for i in k],
            "b": [i + 1.0 for i in k],
            "c": [i + 2.5 for i in k],
            "start": pa.array([1_700_000_000 + 86_400 * i for i in k], pa.timestamp("s")),
            "end": pa.array([1_700_000_000 + 86_400 * (i + i % 3) for i in k], pa.timestamp("s")),
            "year": [2023 for _ in k],
            "sex": [("f", "m")[i % 2] for i in k],
            "city": [("Aa", "Bb", "Cc")[i % 3] for i in k],
            "red": [int(i % 2 == 0) for i in k],
            "green": [int(i % 2 == 1) for i in k],
            "code": [("01", "02", "07")[i % 3] for i in k],
            "key": [f"k{i:05}" for i in k],
            "note": [None if i % 4 else "x" for i in k],
        }
    )
    known = trimtab.read(data).schema
    kinds = {"a": "number", "b": "number", "c": "number", "year": "number", "code": "label"}
    for name, kind in kinds.items():
        known = known.change(name, kind=kind)
    for name, role in schema.items():
        known = known.change(name, role=role)
    return trimtab.read(data, known)


TABLE = table()


def of(*texts: str, source: Source = Source.DECLARED) -> list[Rule]:
    return [Rule(text=text, source=source) for text in texts]


def refused(*texts: str, among: trimtab.Table = TABLE) -> str:
    with pytest.raises(RuleError) as caught:
        checked(of(*texts), among, 5)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a <= b",
            "a < b < c",
            "0 <= a",
            "a >= 0",
            "b = a + 1",
            "a = b - 1",
            "c = 0.5 * a + 0.5 * b + 2",
        ),
        *("start <= end", "start >= '2023-01-01'", "year = year(start)", "'2023-11-14' <= end"),
        *("city from code", "code matches city", "sex, red occur together"),
        *("one of red, green", "at most one of red, green", "sex in ('f', 'm')", "a != 99"),
        *("note missing where a = 1", "red = 1 exactly where sex = 'f'", "a within sex"),
        *("a multiple of 1", "1 <= code <= 7", "start within city", "year present"),
    ],
)
def test_what_fits_and_holds_is_taken(text: str) -> None:
    rules = of(text)
    assert checked(rules, TABLE, 5) == tuple(rules)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ende >= start", "schema: rule 1, 'ende >= start': there is no column 'ende'. Did you "),
        ("key from a", "rule 1, 'key from a': column 'key' is an identifier: expected columns"),
        ("city <= a", "'city' holds labels: an order is about numbers or dates"),
        ("city > 3", "'city' holds labels, which have no order"),
        ("city within sex", "'city' holds labels: a range is about numbers or dates"),
        ("a = city + b", "'city' holds labels: a sum is about numbers or dates"),
        ("city multiple of 2", "'city' holds labels: a multiple is about numbers."),
        ("start multiple of 2", "'start' holds dates: a multiple is about numbers."),
        ("year = year(a)", "'a' holds numbers: year() is of a date"),
        ("start <= a", "'start' holds dates, 'a' holds numbers: expected columns that hold the"),
        ("a = start", "'a' holds numbers, 'start' holds dates: expected columns that hold the"),
        ("a = sex", "For a copy in another form say '`a` matches sex'."),
        ("a = b + start", "'a' holds numbers, and the sum is not of these: a date is"),
        ("start = a + b", "'start' holds dates, and the sum is not of these"),
        ("start > 5", "'start' holds dates, and 5 is a number: expected a date in quotes"),
        ("start > 'x'", "'x' is no date: expected one such as '2024-05-31'"),
        ("start <= end <= 5", "'start' holds dates, and 5 is a number"),
        ("a > '5'", "'a' holds numbers, and '5' is a text: expected a number, without quotes"),
        ("a in (1, 'u')", "'a' holds numbers, and 'u' is a text"),
        ("a > 0 where start = 'y'", "'y' is no date"),
        ("a > 0 where b >= 'y'", "'b' holds numbers, and 'y' is a text"),
        ("one of red, city", "'city' does not say yes or no: it has 3 values"),
        ("a, start make a date", "'start' holds dates: a year, a month and a day is about"),
        ("a > 3 or", "rule 1, 'a > 3 or': expected the rule to end here, or `where`, found 'or'"),
        ("x" * 10_000, "rule 1, 'xxxxx"),
        ("x" * 10_000, "has 10,000 characters: expected at most 1,000"),
        ("0 <= a <= -1", "rule 1, '0 <= a <= -1': no row can keep it."),
    ],
)
def test_what_does_not_fit_is_refused(text: str, why: str) -> None:
    message = refused(text)
    assert why in message and len(message) < 500


def test_the_place_is_named() -> None:
    message = refused("a <= b", "a <= c", "a <= zzz")
    assert message.startswith("schema: rule 3, 'a <= zzz': there is no column 'zzz'.")
    with pytest.raises(RuleError, match=r"^my\.toml: rule 1, 'a <': "):
        checked(of("a <"), TABLE, 5, "my.toml")


def test_columns_that_are_left_out() -> None:
    without = table(b="drop")
    message = refused("a <= b", among=without)
    assert message.startswith("schema: rule 1, 'a <= b': column 'b' is left out: expected columns")
    found = of("a <= b", "a <= c", source=Source.FOUND)
    assert checked(found, without, 5) == (found[1],)
    dropped = [Rule(text="a <= b", status=Status.DROPPED)]
    assert checked(dropped, without, 5) == tuple(dropped)


@pytest.mark.parametrize(
    "texts",
    [
        ("a <= b", "b >= a"),
        ("a = 1", "a in (1)"),
        ("0 <= a", "a >= 0"),
        ("a >= b where sex = 'f'", "b <= a where sex in ('f')"),
        ("code matches city", "city matches code"),
        ("one of red, green", "one of green, red"),
        ("c = a + b", "c = b + a"),
    ],
)
def test_the_same_twice(texts: tuple[str, str]) -> None:
    first, second = texts
    said = f"schema: rule 2, {second!r}: rule 1, {first!r}, says the same: leave one of them out."
    assert refused(*texts) == said


@pytest.mark.parametrize(
    ("texts", "last", "others"),
    [
        (("a < b", "c > 0", "b < a"), 3, [1]),
        (("a <= b", "b < c", "c > 1", "c <= a"), 4, [1, 2]),
        (("a >= 5", "b >= 0", "a < 5"), 3, [1]),
        (("a >= 10", "b >= 0", "b = a + 1", "b < 11"), 4, [1, 3]),
        (("start > '2024-01-01'", "a > 0", "start < '2023-12-31'"), 3, [1]),
        (("start < end", "end = start"), 2, [1]),
        (("a = 3", "a in (1, 2)"), 2, [1]),
        (("a in (1, 9)", "3 <= a", "a < 8"), 3, [1, 2]),
        (("sex = 'f'", "city = 'Aa'", "sex = 'm'"), 3, [1]),
        (("sex in ('f', 'm')", "sex != 'f'", "sex != 'm'"), 3, [1, 2]),
        (("a missing", "a present"), 2, [1]),
        (("c = a + b", "a > 0", "b > 0", "c < 0"), 4, [1, 2, 3]),
    ],
)
def test_contradictions_name_a_smallest_set(
    texts: tuple[str, ...], last: int, others: list[int]
) -> None:
    message = refused(*texts)
    beside = " and ".join(f"rule {n}, {texts[n - 1]!r}" for n in others)
    assert message.startswith(
        f"schema: rule {last}, {texts[last - 1]!r}: no row can keep it together with {beside}. "
    )


def test_rules_that_agree_are_no_contradiction() -> None:
    agreed = ("a <= b", "b <= c", "a <= c", "a >= 0", "b > 0", "a < b <= c", "b < 1e15")
    assert len(checked(of(*agreed), TABLE, 5)) == len(agreed)
    apart = of("a > 90 where sex = 'q'", "a < 80 where sex = 'q'")
    assert checked(apart, TABLE, 5) == tuple(apart)


def test_a_contradiction_among_proposed_rules_is_none() -> None:
    rules = [Rule(text="a < b"), Rule(text="b < a", status=Status.PROPOSED)]
    assert checked(rules, TABLE, 5) == tuple(rules)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("code from city", "city from code"), "say 'city matches code'"),
        (("b = a + 1", "a = b - 1"), "follows from itself: leave one of them out, for the others"),
        (
            ("a <= year", "year <= a"),
            "together they say that the columns are equal: say '`a` = year'",
        ),
        (
            ("code from city, sex", "city from red", "red from code"),
            "goes round in a circle with rule 1, 'code from city, sex' and rule 2, 'city from red'",
        ),
    ],
)
def test_circles(texts: tuple[str, ...], said: str) -> None:
    assert said in refused(*texts)


def test_circles_of_found_rules_are_taken() -> None:
    rules = of("code from city", "city from code", source=Source.FOUND)
    assert checked(rules, TABLE, 5) == tuple(rules)


def test_declared_rules_that_the_rows_break() -> None:
    message = refused("a >= 10")
    assert message == (
        "schema: rule 1, 'a >= 10': 10 of 24 rows break it, the first in row 1. Correct these "
        'rows or the rule, leave it out, or set its status to "proposed" to have it shown only.'
    )
    assert "fewer than 5 of 24 rows break it, the first in row 21." in refused("a < 20")
    proposed = [Rule(text="a >= 10", status=Status.PROPOSED)]
    assert checked(proposed, TABLE, 5) == tuple(proposed)


def test_persons_are_counted() -> None:
    data = pa.table({"who": [f"p{i // 4}" for i in range(40)], "a": [float(i) for i in range(40)]})
    known = trimtab.read(data).schema.change("who", kind="entity", role="keep")
    known = known.change("a", kind="number")
    persons = trimtab.read(data, known)
    with pytest.raises(RuleError, match="7 of 10 persons break it, the first in row 1"):
        checked(of("a >= 27"), persons, 5)


EVIDENCE = Evidence(covered=900, exceptions=0, by_chance=0.25, bound=0.01)


def test_found_rules_that_new_rows_break_are_proposed() -> None:
    rule = Rule(text="a < 19.5", source=Source.FOUND, evidence=EVIDENCE)
    (now,) = checked([rule], TABLE, 5)
    assert now.status is Status.PROPOSED and now.source is Source.FOUND
    assert now.evidence == Evidence(covered=24, exceptions=5, by_chance=0.25, bound=1)
    locked = trimtab.Table(
        TABLE.schema.model_copy(update={"locked": True}), TABLE.data, TABLE.origin
    )
    with pytest.raises(
        RuleError, match=r"rule 1, 'a < 19.5': fewer than 5 .* the schema is locked"
    ):
        checked([rule], locked, 5)


def test_a_rule_with_exceptions_that_is_kept_by_hand_is_declared() -> None:
    loose = EVIDENCE.model_copy(update={"exceptions": 10})
    with pytest.raises(RuleError, match=r"rule 1, 'a < 19\.5'"):
        checked([Rule(text="a < 19.5", source=Source.FOUND, evidence=loose)], TABLE, 5)


def test_five_hundred_rules_are_checked_quickly() -> None:
    names = [f"n{k}" for k in range(40)]
    data = pa.table({n: [float(i + k) for i in range(1000)] for k, n in enumerate(names)})
    known = trimtab.read(data).schema
    for name in names:
        known = known.change(name, kind="number")
    large = trimtab.read(data, known)
    pairs = [(a, b) for a, b in product(range(40), repeat=2) if a < b][:499]
    rules = of(*(f"n{a} <= n{b}" for a, b in pairs), source=Source.FOUND)
    began = time.process_time()
    assert len(checked([*rules, Rule(text="n0 >= 0")], large, 5)) == 500
    assert time.process_time() - began < 1
    with pytest.raises(RuleError, match="rule 500, 'n39 < n0': no row can keep it together with"):
        checked([*rules, Rule(text="n39 < n0")], large, 5)


@pytest.mark.parametrize(
    "text", ["a = 3 where sex = 'f'", "a != 7", "start != '2023-11-14 22:13:20'", "note = 'x'"]
)
def test_found_rules_that_quote_values_of_few_are_left_out(text: str) -> None:
    rule = Rule(text=text, source=Source.FOUND, status=Status.PROPOSED)
    left = 0 if text != "note = 'x'" else 1  # six rows hold that
    assert len(checked([rule], TABLE, 5)) == left
    assert len(checked([rule], TABLE, 7)) == 0
    assert len(checked([rule], TABLE, 0)) == 1
    declared = rule.model_copy(update={"source": Source.DECLARED})
    assert checked([declared], TABLE, 5) == (declared,)


def test_evidence_is_told_as_coarsely_as_is_wanted_now() -> None:
    told = Evidence(covered=200, exceptions=5, by_chance=0.9, bound=0.1)
    rule = Rule(text="a <= b", status=Status.PROPOSED, source=Source.FOUND, evidence=told)
    assert checked([rule], TABLE, 5) == (rule,)
    (now,) = checked([rule], TABLE, 20)
    assert now.evidence is not None
    assert (now.evidence.exceptions, now.evidence.bound) == (20, 1)
    few = rule.model_copy(update={"evidence": told.model_copy(update={"covered": 19})})
    assert checked([few], TABLE, 20) == ()


def test_dropped_rules_on_columns_that_there_are_not() -> None:
    """Where they stood in a model's file, it could not be read any more."""
    for source in Source:
        rule = Rule(text="nosuch <= a", status=Status.DROPPED, source=source)
        with pytest.raises(RuleError, match="there is no column 'nosuch'"):
            checked([rule], TABLE, 5)


def test_numbers_that_are_too_large_to_hold_against_each_other() -> None:
    assert "23 of 24 rows break it" in refused("b = 1e308 * a")
