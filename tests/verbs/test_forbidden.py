"""What is asked for, or given, against kept rules: named, before anything is learned or drawn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab.errors import RefusedError
from trimtab.table.rules.rule import Rule

RACES = {"german": "white", "chinese": "asian", "irish": "white", "korean": "asian"}


def people(rows: int = 1200, seed: int = 0) -> pa.Table:
    """A table in which the group decides the race, and a visit never ends before it starts."""
    rng = np.random.default_rng(seed)
    group = rng.choice(list(RACES), rows)
    start = rng.integers(0, 1000, rows)
    return pa.table(
        {
            "group": group,
            "race": [RACES[g] for g in group],
            "sex": rng.choice(["f", "m"], rows),
            "start": start,
            "end": start + rng.integers(0, 300, rows),
        }
    )


def test_a_full_product_comes_out_with_a_warning_for_each_rule() -> None:
    balanced = trimtab.balance(
        people(), by=["group", "race", "sex"], unseen="generate", model="trees", rows=320
    )
    rows = balanced.table.to_pylist()
    assert len({(r["group"], r["race"], r["sex"]) for r in rows}) == 16
    told = [w for w in balanced.warnings if "cannot be true" in w]
    assert len(told) == 1 and "race" in told[0] and "group" in told[0]
    assert all(r["start"] <= r["end"] for r in rows)  # rules on what is not given are kept


def test_a_declared_rule_refuses_what_it_forbids_before_the_fit() -> None:
    learned = trimtab.fit(people(), model="trees")
    declared = tuple(Rule(text=r.text) for r in learned.schema.rules or () if r.kept)
    given = learned.schema.model_copy(update={"rules": declared})
    with pytest.raises(RefusedError, match="declared, forbids"):
        trimtab.balance(
            people(), by=["group", "race"], unseen="generate", schema=given, model="trees"
        )


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"group": ["irish", "korean"], "race": ["white", "white"]}, "group"),
        ({"start": [10, 500], "end": [20, 400]}, "start <= end"),
    ],
)
def test_given_cells_that_break_a_kept_rule_are_refused_by_name(
    cells: dict[str, list[object]], rule: str
) -> None:
    learned = trimtab.fit(people(), model="trees", first=list(cells))
    with pytest.raises(RefusedError, match="row 2 breaks the kept rule") as refused:
        learned.sample(given=pa.table(cells))
    assert rule in str(refused.value)
    fine = {name: values[:1] for name, values in cells.items()}
    assert learned.sample(given=pa.table(fine)).num_rows == 1
