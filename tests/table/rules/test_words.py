"""The words of rules: what they are, where they stand, and that nothing else is let through."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.errors import InputError
from trimtab.table.rules.rule import MAX_CHARACTERS
from trimtab.table.rules.words import (
    KEYWORDS,
    Form,
    listed,
    literal,
    named,
    shortened,
    words_of,
)

NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(sorted(KEYWORDS)),
    st.sampled_from(
        ["a b", "`", "``", "a`b", "'", "1", "1.5", "-", "<=", "a_b.c", "é", "名前", " "]
    ),
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)


@given(NAMES)
def test_a_name_is_read_as_it_was(name: str) -> None:
    words = words_of(f"{named(name)} missing")
    assert words.column() == name
    assert words.take("missing") and words.done


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_a_list_of_names_is_read_as_it_was(names: list[str]) -> None:
    words = words_of(listed(names))
    assert words.names() == tuple(names)
    assert words.done


@given(st.text(max_size=30))
def test_a_text_value_is_read_as_it_was(value: str) -> None:
    words = words_of(literal(value))
    assert words.value() == value
    assert words.done


@given(NUMBERS.map(float))
def test_a_number_is_read_as_it_was(value: float) -> None:
    words = words_of(literal(value))
    assert words.value() == value
    assert words.done


@given(st.text(max_size=60), st.lists(NAMES, max_size=4))
def test_any_text_has_words_or_a_typed_error(text: str, names: list[str]) -> None:
    try:
        words = words_of(text, names)
    except InputError as error:
        assert shortened(text)[:20] in str(error) or repr(text)[:10] in str(error)
        return
    assert [w.form for w in words.words].count(Form.END) == 1
    places = [w.place for w in words.words]
    assert places == sorted(set(places))
    for word in words.words[:-1]:
        assert not text[word.place - 1].isspace()
        if word.form in (Form.NAME, Form.NUMBER, Form.SIGN):
            assert text.startswith(word.text, word.place - 1)


@pytest.mark.parametrize("text", ["a;b", "a ≤ b", "__import__('os').x%1", "a /b", "a = {1}", "#"])
def test_signs_that_are_no_part_of_a_rule_are_named_with_their_place(text: str) -> None:
    with pytest.raises(InputError, match=r"at character \d+ is no part of a rule"):
        words_of(text)


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_a_quote_that_is_never_closed_is_named_with_its_place(quote: str) -> None:
    with pytest.raises(InputError, match="at character 5 is never closed"):
        words_of(f"a = {quote}x{quote}{quote}")


@pytest.mark.parametrize("characters", [MAX_CHARACTERS + 1, 10_000, 10_000_000])
def test_a_text_that_is_too_long_is_refused_at_once(characters: int) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=f"has {characters:,} characters") as raised:
        words_of("(" * characters)
    assert time.process_time() - start < 0.5
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    "text", ["`" * MAX_CHARACTERS, "a" * MAX_CHARACTERS, "1e" * 500, "a," * 500, "- " * 500]
)
def test_the_longest_texts_take_no_time(text: str) -> None:
    names = [f"a column {i}" for i in range(1000)]
    start = time.process_time()
    for _ in range(5):
        with suppress(InputError):
            words_of(text, names)
    assert time.process_time() - start < 5


def test_names_with_other_signs_need_no_backticks_where_they_are_known() -> None:
    names = ["end date", "end", "end date (planned)"]
    found = words_of("end <= end date <= end date (planned)", names).words
    assert [w.text for w in found] == ["end", "<=", "end date", "<=", "end date (planned)", ""]
    assert [w.text for w in words_of("end dates", names).words] == ["end", "dates", ""]
    assert [w.text for w in words_of("end date_2", names).words] == ["end", "date_2", ""]


def test_names_that_look_like_values_or_signs_are_known_in_backticks_only() -> None:
    names = ["1", "0.5", "-", "<=", "'x'", "(", ","]
    found = words_of("`1` <= 1 - 0.5 , 'x'", names).words
    forms = [Form.QUOTED, Form.SIGN, Form.NUMBER, Form.SIGN, Form.NUMBER, Form.SIGN, Form.TEXT]
    assert [w.form for w in found] == [*forms, Form.END]
