"""What is said of rows that cannot be true, in both editions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab.measure.scorecard import Scorecard
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.scorecard.page import document
from trimtab.report.summary import Point, Recommendation
from trimtab.table.files import read
from trimtab.table.rules.rule import Rule
from trimtab.table.schema import Schema

RULES = ("start <= end", "ward = 'attic' where tower = 'north'", "start >= 0", "fee multiple of 5")


def patients(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 30, rows)
    tower = rng.choice(["north", "south"], rows)
    ward = np.where(tower == "north", "attic", rng.choice(["attic", "cellar"], rows))
    fee = 5.0 * rng.integers(1, 40, rows)
    end = start + rng.integers(0, 30, rows)
    return pd.DataFrame({"start": start, "end": end, "tower": tower, "ward": ward, "fee": fee})


REAL = patients(1_200, 0)


def schema(*rules: str) -> Schema:
    kept = tuple(Rule(text=text) for text in rules)
    return read(REAL).schema.model_copy(update={"rules": kept, "locked": True})


def card(table: pd.DataFrame, *rules: str, **more: object) -> Scorecard:
    asked = {"schema": schema(*rules), "sections": "fidelity", "holdout": patients(1_200, 9)} | more
    found: Scorecard = trimtab.evaluate(REAL, table, **asked)  # type: ignore[arg-type]
    return found


def broken(share: float) -> pd.DataFrame:
    """Other rows, of which a share at the top begins after its end, and half as many are amiss."""
    table, rows = patients(1_000, 1), round(1_000 * share)
    table.loc[: rows - 1, ["start", "end"]] = [50, 20]
    table.loc[rows : rows + rows // 2 - 1, ["tower", "ward"]] = ["north", "cellar"]
    return table


def first(found: Scorecard, **more: object) -> Point:
    point: Point = document(found, **more).answer.points[0]  # type: ignore[arg-type]
    assert point.use == "Rows that could be true"
    return point


def test_a_table_that_breaks_no_rule_could_be_true() -> None:
    point = first(card(patients(1_000, 1), *RULES))
    assert point.stance is Recommendation.YES
    assert point.sentence == "Every row keeps the rules that all real rows keep."
    assert point.advice == ()


def test_the_worst_rules_are_named_with_their_rows() -> None:
    point = first(card(broken(0.1), *RULES))
    assert point.stance is Recommendation.NO
    assert point.sentence == (
        "15 % of its rows cannot be true: start <= end (10 %), ward = 'attic' where tower = "
        "'north' (5.0 %). No held-out real row breaks such a rule."
    )
    assert point.advice == (
        "start <= end: 100 rows (10 %), by number 1, 2, 3, 4, 5 and more; 0 real rows (0 %), 0 % "
        "of the held-out ones.",
        "ward = 'attic' where tower = 'north': 50 rows (5.0 %), by number 101, 102, 103, 104, 105 "
        "and more; 0 real rows (0 %), 0 % of the held-out ones.",
    )


def test_a_hundredth_of_impossible_rows_calls_for_care_and_a_few_do_not() -> None:
    care = first(card(broken(0.01), "start <= end"))
    assert care.stance is Recommendation.CARE
    assert care.sentence.startswith("1.0 % of its rows cannot be true: start <= end (1.0 %).")
    few = first(card(broken(0.002), "start <= end"))
    assert few.stance is Recommendation.YES
    assert few.sentence.startswith(
        "All but 0.2 % of its rows keep the rules of real rows. "
        "Most often broken: start <= end (0.2 %)."
    )


def test_what_is_not_known_or_not_asked_for_says_so() -> None:
    point = first(card(broken(0.1)))
    assert point.stance is Recommendation.UNKNOWN
    assert point.sentence == (
        "Whether its rows could be true is not known: no rule of the real table was found to judge "
        "by."
    )
    unasked = card(broken(0.1), *RULES, rules=False)
    assert "not known: it was not asked for" in first(unasked).sentence
    assert not any(s.measure in ("rows_breaking_rules", "rule_broken") for s in unasked.scores)
    assert any("Rules of the real table are not judged by" in note for note in unasked.notes)


@pytest.mark.parametrize("share", [0.0, 0.002, 0.01, 0.1])
@pytest.mark.parametrize("allow", [(), ("fidelity",)])
def test_the_release_edition_holds_no_rule_and_is_no_milder(
    share: float, allow: tuple[str, ...]
) -> None:
    found = card(broken(share), *RULES)
    made = document(found, edition="release", allow=allow)
    for text in (made.to_json(), render_markdown(made), render_html(made)):
        for secret in ("start <", "start &lt;", "where tower", "by number", "real rows (0"):
            assert secret not in text
    assert made.measures.keys().isdisjoint({"rule_broken"})
    if not allow:
        assert made.answer.points == ()
        return
    order = (Recommendation.YES, Recommendation.CARE, Recommendation.NO)
    stances = [order.index(p.stance) for p in (first(found), made.answer.points[0])]
    assert stances[0] <= stances[1]
    assert made.answer.points[0].advice == ()


def test_both_forms_of_a_report_list_the_broken_rules() -> None:
    made = document(card(broken(0.1), *RULES))
    page, text = render_html(made), render_markdown(made)
    for form in (page, text):
        assert "Rules of the real table that this one breaks" in form
        assert "start &lt;= end" in form
        assert "1, 2, 3, 4, 5" in form
        assert "Rules of the real table that every row keeps: 2 of 4." in form
    assert '"broken_rules"' in made.to_json()
