"""What value protection keeps out of draws is told: ends of ranges, and classes that lose by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import trimtab
from trimtab import datasets
from trimtab._random import Key
from trimtab.model.coded import Coded
from trimtab.synthesis.held_back import beyond_ends, of_held_back
from trimtab.table.prepare import prepare

KEY = Key(16).child("held back")
ROWS, ROOTKIT = 3000, 12


def coded(data: pa.Table, min_count: int = 5, **options: Any) -> Coded:
    return Coded(prepare(data, **options), min_count)


# --- ends -----------------------------------------------------------------------------------------


def ages(rows: int = 300) -> pa.Table:
    """Unique amounts, days with gaps, and labels."""
    g = KEY.child("ages").generator()
    day = np.datetime64("2020-01-01") + g.integers(0, 4000, rows).astype("timedelta64[D]")
    return pa.table(
        {
            "paid": np.round(g.lognormal(5, 1, rows), 2),
            "day": pa.array(day, mask=g.random(rows) < 0.3),
            "kind": g.choice(["a", "b"], rows).tolist(),
        }
    )


def test_shares_beyond_the_ends_are_those_of_a_large_draw() -> None:
    """A hundred draws for every real row leave hardly a place that can be reached and is not."""
    table = ages()
    told = {each.name: each for each in beyond_ends(coded(table))}
    drawn = trimtab.fit(table, model="trees").sample(30_000, seed=1)
    assert told.keys() == {"paid", "day"}
    for name, each in told.items():
        real, made = (t[name].drop_null().to_pylist() for t in (table, drawn))
        assert each.below == pytest.approx(np.mean([v < min(made) for v in real]), abs=0.004)
        assert each.above == pytest.approx(np.mean([v > max(made) for v in real]), abs=0.004)
        assert each.low <= min(made) and max(made) <= each.high
        assert 4 <= round(each.above * len(real)) <= 6


def test_the_note_names_columns_and_shares() -> None:
    (note,) = of_held_back(coded(ages()))
    far = {each.name: each for each in beyond_ends(coded(ages()))}
    assert "too few rows hold values there" in note and "`min_count`" in note
    for name in ("paid", "day"):
        above = f"{100 * far[name].above:.1f} % above {far[name].high}"
        assert f"{name}, " in note and above in note
    assert note in trimtab.fit(ages(), model="trees").provenance.warnings


def test_no_note_where_hardly_a_row_is_beyond() -> None:
    """Of 4,000 rows a thousandth lies beyond either end; without protection none does."""
    assert beyond_ends(coded(ages(4000))) and not of_held_back(coded(ages(4000)))
    for least in (0, 1):
        assert not beyond_ends(coded(ages(), least)) and not of_held_back(coded(ages(), least))


def test_few_persons_of_many_rows_are_told() -> None:
    """Four of a hundred persons come three hundred times each, later than all others."""
    people = [*range(100)] * 20 + [*range(100, 104)] * 300
    days = [100 + (k * 7919) % 2000 for k in range(2000)] + [5000 + k for k in range(1200)]
    data = pa.table({"person_id": [f"P{p:04d}" for p in people], "day": days, "x": [1, 2] * 1600})
    whole = coded(data)
    assert whole.table.schema.entity is not None
    (each,) = (b for b in beyond_ends(whole) if b.name == "day")
    assert each.above == pytest.approx(1200 / 3200, abs=0.01)
    assert any("persons hold values there" in n and "% above" in n for n in of_held_back(whole))


def test_the_last_year_of_the_visits_is_not_cut_off() -> None:
    """A tenth of the dates lay beyond the end, while a person counted by the first visit."""
    far = {each.name: each for each in beyond_ends(coded(datasets.visits()))}
    for name in ("DATE", "ProcedureDate", "ObsValueFloat"):
        assert far[name].share < 0.01, name
    assert str(far["DATE"].high) > "2017-12-01"


# --- classes --------------------------------------------------------------------------------------


def connections(concentrated: bool, seed: int = 0, few: int = 3) -> dict[str, Any]:
    """Connections, of which a few have a root shell: all of them rootkits, or any."""
    g = KEY.child("connections", seed).generator()
    label = np.array(["normal"] * ROWS, object)
    label[: ROWS // 3], label[-ROOTKIT:] = "smurf", "rootkit"
    where = np.arange(ROWS - few, ROWS) if concentrated else g.choice(ROWS, few, replace=False)
    shell = np.zeros(ROWS, np.int64)
    shell[where] = 1
    return {"where": where, "shell": shell, "seconds": g.integers(0, 50, ROWS), "label": label}


def column_of(form: str, made: dict[str, Any]) -> pa.Array:
    """The root shell as a flag, a text, a count among others, or one of many rare texts."""
    shell, where = made["shell"], made["where"]
    if form == "flag":
        return pa.array(shell)
    if form == "text":
        return pa.array(np.where(shell == 1, "bash as root", "none").tolist())
    if form == "number":
        values = np.asarray(np.arange(ROWS) % 300 // 3, np.int64)
        values[where] = 10_000 + 997 * np.arange(len(where))
        return pa.array(values)
    texts = [f"port {k % 40}" for k in range(ROWS)]
    for k in range(0, 1900, 100):  # nineteen others, all over
        texts[k] = f"rare {k}"
    for k in where:
        texts[k] = "root port"
    return pa.array(texts)


def notes_on(form: str, made: dict[str, Any], min_count: int = 5) -> list[str]:
    data = pa.table(
        {
            "root_shell": column_of(form, made),
            "seconds": made["seconds"],
            "label": made["label"].tolist(),
        }
    )
    told = of_held_back(coded(data, min_count, outcome="label"))
    return [note for note in told if note.startswith("Part of what tells")]


@pytest.mark.parametrize("form", ["flag", "text", "number", "many texts"])
def test_what_defines_a_class_is_not_lost_in_silence(form: str) -> None:
    made = connections(concentrated=True)
    (note,) = notes_on(form, made)
    assert note.startswith("Part of what tells label = rootkit is lost: values of root_shell that ")
    assert "bash" not in note and "root port" not in note and "3" not in note
    assert not notes_on(form, made, min_count=0)


@pytest.mark.parametrize("form", ["flag", "text", "number", "many texts"])
def test_values_that_stand_anywhere_make_no_note(form: str) -> None:
    """A false alarm comes once in a thousand tables: forty have none."""
    assert not any(notes_on(form, connections(False, seed)) for seed in range(40))


def test_enough_rows_are_kept_and_make_no_note() -> None:
    assert not notes_on("flag", connections(concentrated=True, few=5))
    assert not notes_on("text", connections(concentrated=True, few=6))


def test_one_person_is_no_evidence() -> None:
    """Three rows of one person say no more than one; of three persons they do."""
    made = connections(concentrated=True)
    for people, told in (((ROWS - 3,) * 3, False), (range(ROWS - 3, ROWS), True)):
        who = [f"P{k % (ROWS // 2):05d}" for k in range(ROWS - 3)] + [f"Q{p:05d}" for p in people]
        data = pa.table(
            {
                "person_id": who,
                "root_shell": column_of("text", made),
                "label": made["label"].tolist(),
            }
        )
        whole = coded(data, outcome="label")
        assert whole.table.schema.entity is not None
        notes = [n for n in of_held_back(whole) if n.startswith("Part of")]
        assert bool(notes) is told and all("persons" in n for n in notes)


def test_a_class_that_is_held_back_itself_is_not_named() -> None:
    """Four rootkits are too few to be named: the note speaks of the pool."""
    made = connections(concentrated=True)
    made["label"][-ROOTKIT:-4] = "normal"
    (note,) = notes_on("flag", made)
    assert "label = (rare)" in note and "rootkit" not in note


def test_a_balanced_table_says_it_too() -> None:
    made = connections(concentrated=True)
    data = pa.table({"root_shell": made["shell"], "label": made["label"].tolist()})
    balanced = trimtab.balance(data, ["label"], outcome="label", model="trees", rows=300)
    assert any("label = rootkit" in w and "root_shell" in w for w in balanced.warnings)
    assert set(balanced.table["root_shell"].to_pylist()) == {0}
