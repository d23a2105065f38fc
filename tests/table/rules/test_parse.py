"""The texts of rules: every statement is read as it was said, and any other text is refused."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trimtab.errors import InputError
from trimtab.table.rules.condition import Atom, Holds, Where
from trimtab.table.rules.date_parts import MakeDate
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.kind import Kind
from trimtab.table.rules.kinds import KINDS
from trimtab.table.rules.linear import PARTS, Linear, Term
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.multiples import MultipleOf
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Column, Order
from trimtab.table.rules.parse import parse
from trimtab.table.rules.ranges import Within
from trimtab.table.rules.rule import MAX_CHARACTERS
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.together import Together
from trimtab.table.rules.words import KEYWORDS, words_of

NAMES = st.one_of(
    st.text("abcé_.", min_size=1, max_size=4),
    st.text(max_size=5),
    st.sampled_from([*sorted(KEYWORDS), *PARTS, "not"]),
    st.sampled_from(
        ["a b", "`", "a`b", "'", "1", "1.5", "-", "<=", "=", ",", "+", "end date", " "]
    ),
)
NUMBERS = st.one_of(
    st.integers(-1000, 1000).map(float),
    st.floats(-1e30, 1e30).map(lambda v: v + 0.0),
)
FACTORS = NUMBERS.filter(lambda v: v != 0)
VALUES = st.text(max_size=6) | NUMBERS


def several(least: int, most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(NAMES, min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def atoms(draw: st.DrawFn) -> Atom:
    sign = draw(st.sampled_from(["missing", "present", "in", "=", "!=", "<=", ">=", "<", ">"]))
    many = {"missing": (0, 0), "present": (0, 0), "in": (1, 3)}.get(sign, (1, 1))
    values = draw(st.lists(VALUES, min_size=many[0], max_size=many[1]))
    return Atom(draw(NAMES), sign, tuple(values))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    sides = draw(st.lists(NAMES.map(Column) | VALUES, min_size=2, max_size=4))
    assume(any(isinstance(s, Column) for s in sides))
    assume(all(s != t for s, t in pairwise(sides)))
    # A column before one value is what holds of a single column, which is another kind.
    assume(len(sides) > 2 or isinstance(sides[1], Column))
    strict = draw(st.lists(st.booleans(), min_size=len(sides) - 1, max_size=len(sides) - 1))
    return Order(tuple(sides), tuple(strict))


@st.composite
def sums(draw: st.DrawFn) -> Linear:
    decided, *columns = draw(several(2, 4))
    parts = st.sampled_from(["", "", *PARTS])
    terms = tuple(
        Term(draw(FACTORS | st.sampled_from([1.0, -1.0])), c, draw(parts)) for c in columns
    )
    constant = draw(st.just(0.0) | NUMBERS)
    # One column, as it is, is an equality, which is another kind.
    assume(len(terms) > 1 or constant or terms[0].part or terms[0].factor != 1)
    return Linear(decided, terms, constant)


SIMPLE = st.one_of(
    several(2, 4).map(lambda n: From(n[0], n[1:])),
    several(2, 2).map(lambda n: Matches(*n)),
    several(2, 4).map(Together),
    several(2, 4).map(lambda n: Within(n[0], n[1:])),
    st.builds(MultipleOf, NAMES, st.floats(1e-9, 1e12)),
    st.builds(OneOf, several(2, 4), *map(st.just, (1, 1))),
    st.builds(OneOf, several(2, 4), *map(st.just, (0, 1))),
    st.builds(OneOf, several(2, 4), *map(st.just, (1, None))),
    several(2, 3).map(MakeDate),
    several(2, 2).map(lambda n: Equal(*n)),
    atoms().map(Holds),
    sums(),
    orders(),
)
CONDITIONS = st.lists(atoms(), min_size=1, max_size=3).map(tuple)
STATEMENTS = st.one_of(
    SIMPLE,
    st.builds(Where, SIMPLE, CONDITIONS),
    st.builds(Where, atoms().map(Holds), CONDITIONS, st.just(True)),
)


@settings(max_examples=400)
@given(STATEMENTS)
def test_every_statement_is_read_as_it_was_said(statement: Statement) -> None:
    text = statement.text
    assume(len(text) <= MAX_CHARACTERS)
    assert parse(text) == statement
    assert str(statement) == text


@settings(max_examples=200)
@given(STATEMENTS, st.lists(st.text("abc é_12-<=,'`.", min_size=1, max_size=4), max_size=3))
def test_known_names_change_nothing_of_what_is_said(
    statement: Statement, others: list[str]
) -> None:
    assume(len(statement.text) <= MAX_CHARACTERS)
    # Names that hold other words of a rule could be meant without backticks: those are ambiguous.
    names = [n for n in (*statement.columns, *others) if " " not in n and "," not in n]
    plain = [n for n in names if not any(s in n[1:] for s in "-<=+*(>!'`\"")]
    assert parse(statement.text, plain) == statement


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_the_example_of_a_kind_is_read_as_that_kind(kind: Kind) -> None:
    statement = parse(kind.says)
    assert parse(statement.text) == statement
    for other in KINDS[: KINDS.index(kind)]:
        words = words_of(kind.says)
        read = other.read(words)
        assert read == statement if read is not None else words.at == 0


SIGNS = ("-", "<", ">", "=", "<=", ">=", "!=", "==", "+", "*", "(", ")", ",", ",")
VALUES_SAID = ("x", "y", "z", "`q r`", "'v'", "','", "'='", "1", "2.5", "1e999")
WORDS = st.sampled_from([*sorted(KEYWORDS), *PARTS, *VALUES_SAID, *SIGNS, "where", "not"])


@settings(max_examples=1500)
@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_any_words_are_a_rule_or_a_typed_error(text: str) -> None:
    try:
        statement = parse(text)
    except InputError as error:
        assert "character" in str(error)
        return
    again = parse(statement.text)
    assert again.text == statement.text
    assert again.columns == statement.columns
    assert len(set(statement.columns)) == len(statement.columns) > 0


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_any_text_is_a_rule_or_a_typed_error(text: str) -> None:
    with suppress(InputError):
        parse(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "a,", "a <=", "a = b +", "x = 1 and", "one of a,", "a from b,", "- ", "a - ",
        "a in ('x',", "(" , "a where x = 1 and ", "a b ", "a = 2 * ",
    ],
)  # fmt: skip
def test_the_longest_texts_take_little_time(pattern: str) -> None:
    text = (pattern * MAX_CHARACTERS)[:MAX_CHARACTERS]
    start = time.process_time()
    for _ in range(20):
        with pytest.raises(InputError):
            parse(text, ["a b", "c d"])
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("end >= start", "start <= end"),
        ("x > y > z", "z < y < x"),
        ("total = tax + net", "total = tax + net"),
        ("x = -y", "x = - y"),
        ("x = - year(d)", "x = - year(d)"),
        ("kg=0.4536*lb", "kg = 0.4536 * lb"),
        ("sex in (\"f\",'m')", "sex in ('f', 'm')"),
        ("c = 1.8 * f + 32 where f present", "c = 1.8 * f + 32 where f present"),
        ("t missing exactly where u = 0", "t missing exactly where u = 0"),
        ("x = 07", "x = 7"),
        ("  x   >=\n 0 ", "x >= 0"),
    ],
)
def test_what_people_write_is_said_in_one_form(text: str, said: str) -> None:
    assert parse(text).text == said


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a b", "a from", "a from a", "a from b, b", "a matches a", "a = a", "a = a + b",
        "a = b + b", "a <= a", "a < b > c", "1 <= 2", "one of a", "one of a, a",
        "a, b, c, d make a date",
        "a make a date", "a ',' b, c make a date", "a multiple of 0", "a multiple of 'x'",
        "a multiple of -1", "a in ()", "a in (b)", "a = b where", "a = b where c",
        "a = b and c = d",
        "a = b exactly where c = 1", "a >= 0 exactly", "a == b", "a = week(b)", "a = b c",
        "a = 1e999", "a <= 1e999", "a in (1, 1e999)", "a multiple of 1e999", "a = 1e999 * b",
        "a within a", "a, a occur together", "occur together", "a occur together",
        "a missing missing",
    ],
)  # fmt: skip
def test_texts_that_say_nothing_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(InputError, match=r"(at|before) character|characters") as raised:
        parse(text)
    assert str(raised.value).startswith(f"rule {text!r}")


def test_a_column_named_as_a_number_is_known_in_backticks_only() -> None:
    assert parse("a in (1, 2)", ["1", "2"]) == Holds(Atom("a", "in", (1.0, 2.0)))
    assert parse("a = 1", ["1", "2"]) == Holds(Atom("a", "=", (1.0,)))
    assert parse("a = `1`", ["1", "2"]) == Equal("a", "1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("age == 5", "expected a single = for what is equal, found '==' at character 5."),
        ("age <= age", "a side stands beside itself, before character 11."),
        ("a from a where b = 1", "'a' cannot follow from itself, before character 10."),
    ],
)
def test_the_place_of_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert str(caught.value) == f"rule {text!r}: {said}"
