"""Rules that people look up, add, keep and drop, by what their texts say word for word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import pairwise

from trimtab._validate import one_of
from trimtab.errors import InputError, RuleError, unknown_column
from trimtab.table.rules.rule import Rule, Source, Status
from trimtab.table.rules.words import COLUMNS, KEYWORDS, Form, Word, Words, shortened, words_of

Rules = tuple[Rule, ...]
Said = tuple[tuple[Form, str], ...]


def added(rules: Rules, text: str, status: str, columns: Collection[str]) -> Rules:
    """Rules with one more. Raises RuleError for unknown columns, and for a rule that is there.

    What else may be wrong with it, the rows are needed to tell: see `check`.
    """
    one_of(tuple(Status), status=status)
    words = _words(text, columns)
    for word, after in pairwise(words.words):
        if _is_column(word, after) and word.text not in columns:
            raise RuleError(str(unknown_column(word.text, columns, f"rule {shortened(text)!r}")))
    wanted = _said(words)
    for number, rule in enumerate(rules, 1):
        if _said(_words(rule.text, columns)) == wanted:
            raise RuleError(
                f"rule {shortened(text)!r} is there already, as rule {number} ({rule.status}): "
                f"change what is done with it, such as `set_rule({rule.text!r}, 'kept')`."
            )
    return (*rules, Rule(text=text.strip(), status=Status(status)))


def changed(rules: Rules, text: str, status: str, columns: Collection[str]) -> Rules:
    """Rules with another status of one. Raises RuleError where there is no such rule."""
    one_of(tuple(Status), status=status)
    place = place_of(rules, text, columns)
    change: dict[str, object] = {"status": Status(status)}
    if status == Status.KEPT and not rules[place].kept:
        change["source"] = Source.DECLARED  # it is kept because somebody says so
    rule = rules[place].model_copy(update=change)
    return (*rules[:place], rule, *rules[place + 1 :])


def place_of(rules: Rules, text: str, columns: Collection[str]) -> int:
    """Where a rule stands among others. Raises RuleError where there is no such rule."""
    wanted = _said(_words(text, columns))
    texts = [rule.text for rule in rules]
    for place, other in enumerate(texts):
        if _said(_words(other, columns)) == wanted:
            return place
    near = get_close_matches(text, texts, n=3, cutoff=0.5)
    hint = f" Did you mean {_either(near)}?" if near else ""
    many = f"It has {len(rules)}" if rules else "It has none"
    raise RuleError(
        f"the schema has no rule {shortened(text)!r}.{hint} {many}: see `schema.rules`, or add "
        "one with `schema.add_rule`."
    )


def _either(texts: Sequence[str]) -> str:
    return " or ".join(repr(shortened(text)) for text in texts)


def _words(text: str, columns: Collection[str]) -> Words:
    try:
        return words_of(text, columns)
    except InputError as error:
        raise RuleError(str(error)) from None


def _said(words: Words) -> Said:
    """The words alone: where they stand, and in which quotes, makes no difference."""
    names = {Form.NAME, Form.QUOTED}
    return tuple((Form.NAME if w.form in names else w.form, w.text) for w in words.words)


def _is_column(word: Word, after: Word) -> bool:
    """Whether a word can only be a column: no keyword, and no part of a date such as `year(x)`."""
    if word.form not in COLUMNS or (word.form is Form.NAME and after.text == "("):
        return False
    return word.form is Form.QUOTED or word.text not in KEYWORDS
