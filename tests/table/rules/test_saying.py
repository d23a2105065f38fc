"""Evidence in words, and the values that rules quote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.table.rules.checking.quoted import as_texts, quoted
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Evidence, Rule, Source, Status
from trimtab.table.rules.saying import above, counts, evidence_of, in_order, in_words

EXACT = Evidence(covered=2285, exceptions=0, by_chance=0.31, bound=0.0019)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {},
            "no exception in 2,285 rows; 31 % would break it by chance; fewer than 0.19 % of fresh "
            "rows break it, at 95 % confidence",
        ),
        (
            {"counted": "persons", "exceptions": 10, "bound": 1},
            "at most 10 exceptions in 2,285 persons; 31 % would break it by chance",
        ),
        (
            {"by_chance": 0.99999, "bound": 0.9999},
            "no exception in 2,285 rows; over 99 % would break it by chance",
        ),
        (
            {"by_chance": 1, "bound": 0},
            "no exception in 2,285 rows; 100 % would break it by chance",
        ),
    ],
)
def test_evidence_in_words(changes: dict[str, object], words: str) -> None:
    assert in_words(EXACT.model_copy(update=changes)) == words


def test_declared_rules_say_so() -> None:
    assert evidence_of(Rule(text="a > 0")) == "declared by hand"
    both = Rule(text="a > 0", evidence=EXACT)
    assert evidence_of(both) == f"declared by hand; {in_words(EXACT)}"
    found = both.model_copy(update={"source": Source.FOUND})
    assert evidence_of(found) == in_words(EXACT)


def test_rules_are_shown_the_kept_ones_first() -> None:
    statuses = (Status.DROPPED, Status.KEPT, Status.PROPOSED, Status.KEPT)
    rules = [Rule(text=f"a > {k}", status=status) for k, status in enumerate(statuses)]
    assert [rule.text for rule in in_order(rules)] == ["a > 1", "a > 3", "a > 2", "a > 0"]
    assert counts(rules) == "4 rules: 2 kept, 1 proposed, 1 dropped"
    assert counts(rules[:1]) == "1 rule: 1 dropped"
    assert counts([]) == "no rules"


@given(st.floats(0, 1), st.integers(1, 4))
def test_a_bound_is_never_rounded_down(share: float, digits: int) -> None:
    bound = above(share, digits)
    assert bound >= share and (bound < 1) is (share < 1)
    assert bound <= share * (1 + 10 ** (1 - digits)) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a from b", {}),
        ("sex in ('f', 'm')", {"sex": ("f", "m")}),
        ("0 <= a <= b", {"a": ("0",)}),
        ("b = 2 * a + 1", {}),
        ("a = 'x' where b != 'y' and c >= 1.5", {"a": ("x",), "b": ("y",), "c": ("1.5",)}),
        ("a <= '2020-01-01' where b missing", {"a": ("2020-01-01",)}),
    ],
)
def test_the_values_that_a_rule_quotes(text: str, values: dict[str, tuple[str, ...]]) -> None:
    told = quoted(parse(text))
    assert {name: as_texts(found) for name, found in told.items()} == values
