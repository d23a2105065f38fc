"""Rules as a person types them: without spaces, or backticks around a name that has some."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab._random import Key
from trimtab.table.prepare import prepare
from trimtab.table.rules.rule import Rule

TYPED = ("low tide<=high tide", "total=low tide+high tide")


def frame(rows: int = 600) -> pd.DataFrame:
    g = Key(6).child("typed").generator()
    low = g.integers(0, 60, rows)
    high = low + g.integers(0, 40, rows)
    return pd.DataFrame({"low tide": low, "high tide": high, "total": low + high})


@pytest.mark.parametrize("model", ["trees", "network"])
def test_rules_are_kept_as_they_are_typed(model: str) -> None:
    rules = tuple(Rule(text=text) for text in TYPED)
    schema = prepare(frame()).schema.model_copy(update={"rules": rules})
    made = trimtab.fit(frame(), schema=schema, model=model)
    assert made.provenance.computed == {"total": rules[1].text}
    assert (made.provenance.gaps == {}) == (model == "trees")  # a chain is held to it by masks
    assert not [n for n in made.provenance.warnings if "may break" in n]
    drawn = made.sample(2000, seed=1)
    assert np.all(drawn["low tide"] <= drawn["high tide"])
    assert np.all(drawn["total"] == drawn["low tide"] + drawn["high tide"])
