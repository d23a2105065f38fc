"""The statement in the text of a rule."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.table.rules.condition import Holds, Where, read_conditions
from trimtab.table.rules.kinds import KINDS
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.words import Words, words_of


def parse(text: str, names: Iterable[str] = ()) -> Statement:
    """The statement that a text makes. `names` are columns that need no backticks.

    Raises InputError for a text that is none, naming it and the place.
    """
    words = words_of(text, names)
    statement = _statement(words)
    exactly = words.take("exactly", "where")
    if exactly and not isinstance(statement, Holds):
        raise words.wrong_before(
            "'exactly where' goes with what a single column is, such as `total missing exactly "
            "where tenure = 0`"
        )
    if exactly or words.take("where"):
        statement = Where(statement, read_conditions(words), exactly)
    if not words.done:
        raise words.wrong("expected the rule to end here, or `where`")
    return statement


def _statement(words: Words) -> Statement:
    for kind in KINDS:
        statement = kind.read(words)
        if statement is not None:
            return statement
    signs = [word.sign for word in words.words]
    if "==" in signs:
        words.at = signs.index("==")
        raise words.wrong("expected a single = for what is equal")
    examples = ", ".join(f"`{kind.says}`" for kind in KINDS)
    raise words.wrong(f"expected a rule, such as {examples}")
