"""Which columns are computed, and which are learned all the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.synthesis.computed.ruled_tables import RULES, frame, schema
from trimtab._random import Key
from trimtab.model.kind import Needs
from trimtab.synthesis.computed.choice import computations, needs_without
from trimtab.synthesis.learn import in_codes
from trimtab.synthesis.settings import settings_of
from trimtab.table.files import read

ALL = {"county", "level", "total", "pounds", "copied", "starts", "year", "seen", "hour"}


def chosen(
    data: pd.DataFrame,
    rules: tuple[str, ...],
    needs: Needs | None = None,
    min_count: int = 5,
    **wanted: Any,
) -> dict[str, tuple[str, ...]]:
    """What is computed of a table, and from what."""
    ruled = schema(data, rules, **wanted)
    coded = in_codes(read(data, ruled), settings_of("trees", min_count, 0))
    found = computations(coded, needs or Needs(), ())
    return {name: c.inputs for name, c in found.items()}


def test_every_column_that_a_rule_decides_is_computed() -> None:
    assert chosen(frame(), RULES).keys() == ALL


def test_proposed_rules_and_tables_without_rules_compute_nothing() -> None:
    ruled = schema()
    for text in RULES:
        ruled = ruled.set_rule(text, "proposed")
    coded = in_codes(read(frame(), ruled), settings_of("trees", 5, 0))
    assert computations(coded, Needs(), ()) == {}
    assert trimtab.fit(frame(), rules=False, model="trees").learned.beside.computed == {}


def test_inputs_come_before_what_is_computed_from_them() -> None:
    a = np.arange(300) % 97 * 1.0
    data = pd.DataFrame({"a": a, "b": a, "c": 2 * a, "d": 4 * a, "other": np.arange(300) % 3})
    found = list(chosen(data, ("d = 2 * c", "c = a + b", "b = a")))
    assert found == ["b", "c", "d"]


@pytest.mark.parametrize("name", ["level", "total", "county", "year"])
def test_what_is_asked_for_first_is_learned(name: str) -> None:
    found = chosen(frame(), RULES, Needs(first=(name,)))
    assert name not in found


def test_a_column_that_is_asked_for_is_what_its_match_is_computed_from() -> None:
    data = frame().assign(level=lambda d: d.level.map(str) + "!")
    assert chosen(data, ("level matches degree",)) == {"level": ("degree",)}
    found = chosen(data, ("level matches degree",), Needs(first=("level",)))
    assert found == {"degree": ("level",)}
    assert chosen(frame(), ("copied = kilos",), Needs(first=("copied",))) == {"kilos": ("copied",)}


def test_outcomes_are_learned() -> None:
    assert "county" not in chosen(frame(), RULES, outcome="county")


@pytest.mark.parametrize(
    ("given", "computed"),
    [
        ({"county"}, False),
        ({"city"}, False),  # where it is always missing in one city, no value can be filled in
        ({"city", "county"}, True),
        ({"degree"}, True),
    ],
)
def test_rows_to_complete(given: set[str], computed: bool) -> None:
    found = chosen(frame(), ("county from city",), Needs(patterns={frozenset(given)}))
    assert ("county" in found) == computed


def test_plans_that_ask_for_it_have_it_learned() -> None:
    asked = ((frozenset[str](), frozenset({"total"})),)
    assert "total" not in chosen(frame(), RULES, Needs(asked=asked))


def test_needs_of_the_model_do_not_name_computed_columns() -> None:
    needs = Needs(
        outcomes=("county", "ill"),
        patterns={frozenset({"city", "county", "net"})},
        asked=((frozenset({"city", "county"}), frozenset({"net"})),),
    )
    rest = needs_without(needs, {"county"})
    assert rest.outcomes == ("ill",)
    assert rest.patterns == {frozenset({"city", "net"})}
    assert rest.asked == ((frozenset({"city"}), frozenset({"net"})),)
    assert needs_without(needs, ()) is needs


def test_a_column_with_gaps_of_its_own_is_learned() -> None:
    data = frame()
    data.loc[5, "copied"] = np.nan
    data.loc[5, "kilos"] = 70.0
    data.loc[7, "pounds"] = np.nan
    found = chosen(data, RULES)
    assert "copied" not in found and "pounds" not in found and "total" in found


def test_pooled_labels_that_go_with_different_values_are_learned() -> None:
    data = frame()
    data.loc[:2, "city"], data.loc[:2, "county"] = "Rare", "x"
    data.loc[3:5, "city"], data.loc[3:5, "county"] = "Scarce", "y"
    assert "county" not in chosen(data, RULES)
    assert "county" in chosen(data, RULES, min_count=3)


def test_what_goes_with_few_rows_of_a_label_is_not_written_down() -> None:
    """A lookup of a pooled label, or of a gap, would say what few rows hold."""
    data = frame()
    data.loc[:2, "degree"], data.loc[:2, "level"] = "odd", 77
    assert "level" not in chosen(data, ("level from degree",))
    assert "level" in chosen(data, ("level from degree",), min_count=3)
    data.loc[:2, "degree"] = None
    assert "level" not in chosen(data, ("level from degree",))


def test_what_goes_with_rows_of_few_persons_is_not_written_down() -> None:
    data = frame()
    data.insert(0, "person", np.arange(len(data)) // 2)
    data.loc[:5, "degree"], data.loc[:5, "level"] = "odd", 77
    assert "level" not in chosen(data, ("level from degree",))
    data["person"] = np.arange(len(data)) // 2 * 1000 + np.arange(len(data))
    assert "level" in chosen(data, ("level from degree",))


def test_a_label_is_computed_only_if_all_that_can_come_out_is_kept() -> None:
    data = frame()[["moment", "ill"]]
    data.insert(0, "year", data.moment.dt.year.map(str))
    assert chosen(data, ("year = year(moment)",)) == {"year": ("moment",)}
    gap = data[data.year != "2020"].reset_index(drop=True)
    assert chosen(gap, ("year = year(moment)",)) == {}


def test_the_finer_of_two_copies_is_computed() -> None:
    """A coarser one does not say all that is drawn of the other."""
    g = Key(5).generator()
    day = (np.datetime64("2020-01-01") + g.integers(0, 500, 400)).astype("datetime64[s]")
    data = pd.DataFrame({"moment": day, "day": day.astype(object), "end": g.random(400) < 0.5})
    data["day"] = pd.array(day.astype("datetime64[D]").astype(object))
    assert chosen(data, ("day = moment",)) == {"moment": ("day",)}
    assert chosen(data, ("moment = day",)) == {"moment": ("day",)}
