"""What messages tell to do: arguments in Python, options on the command line."""

from __future__ import annotations

import pytest

from trimtab._remedies import Remedy, remedies, worded
from trimtab.cli.words import in_options, option_words
from trimtab.errors import RefusedError

MESSAGES = [
    ("leave them out with `unseen='skip'`.", "leave them out with --unseen skip."),
    ("lower `min_count`, or leave out `rows`.", "lower --min-count, or leave out -n."),
    ("fit it with `first=['age', 'sex']`", "fit it with --first age,sex"),
    ("fit it with `first=['a b']`", "fit it with --first 'a b'"),
    ("cut it: `bins={'age': 5}`", "cut it: --bins age=5"),
    ("lead: `first=['a,b', 'c']`", "lead: --first '\"a,b\",c'"),
    ("ask `where={'a': None}`", "ask --where a="),
    ("leave `thorough=False`", None),
    ("go on with `resume=True`", "go on with --resume"),
    ("`minutes=3` compares the two", "--minutes 3 compares the two"),
    ("use `complete()`.", "use trimtab complete DATA --given rows.csv -o OUT."),
    ("`recipe={'steps': 10}`", "--recipe steps=10"),
    # What is no argument stays as it is.
    ("a file that `trimtab fit` wrote; the value `x`; nothing", None),
    ("the column `age`", None),
]


@pytest.mark.parametrize(("text", "options"), MESSAGES)
def test_a_command_speaks_of_options(text: str, options: str | None) -> None:
    assert in_options(text) == (text if options is None else options)


def test_an_error_tells_its_remedies() -> None:
    error = RefusedError("2 cells: use `unseen='skip'`, or `min_support`; or `complete()`.")
    assert error.remedies == (
        Remedy("unseen", "skip"),
        Remedy("min_support"),
        Remedy("complete", verb=True),
    )
    assert option_words(error.remedies[0]) == ["--unseen", "skip"]
    assert RefusedError("nothing to do").remedies == remedies("") == ()


def test_a_face_puts_them_in_words_of_its_own() -> None:
    text = "raise `min_count`, or ask for `rows=5`; see `x y`"
    words = worded(text, lambda remedy: f"the field {remedy.name}" if remedy.value else None)
    assert words == "raise `min_count`, or ask for the field rows; see `x y`"
