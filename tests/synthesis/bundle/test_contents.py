"""What a model holds of the real table."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from tests.model.learned_tables import learn, mixed
from trimtab.synthesis.bundle.contents import Held, values_held


def by(table: pa.Table, min_count: int) -> dict[tuple[str, str], Held]:
    found = values_held(learn(table, min_count))
    return {(h.column, h.what.split(",")[0]): h for h in found}


def test_kept_labels_and_bounds_are_listed() -> None:
    table = mixed()
    held = by(table, 5)
    assert set(held["city", "labels"].values) == {"Oslo", "Ürümqi", "São Paulo", "Bergen", "Lyon"}
    assert held["smokes", "labels"].values in (("False", "True"), ("True", "False"))
    assert held["country", "labels"].values == ("NO",)
    assert "0.0" in held["cost", "single values"].values
    assert not held["seen", "bounds of intervals"].real
    assert "person" in held["city", "labels"].what
    assert not any(column == "PatientID" for column, _ in held)


def test_all_values_are_listed_as_real_without_protection() -> None:
    table = mixed()
    held = by(table.drop_columns("PatientID"), 0)
    assert "rare-1" in held["city", "labels"].values
    bounds = held["seen", "bounds of intervals"]
    shown = pc.cast(table.column("seen"), pa.timestamp("s", "UTC"))
    real = {text[:19] for text in pc.cast(shown, pa.string()).to_pylist()}
    assert bounds.real and "real" in bounds.what
    assert sum(v[:19] in real for v in bounds.values) >= len(bounds.values) / 2


def test_extremes_that_a_schema_quotes_are_listed() -> None:
    learned = learn(mixed().select(["day"]))
    assert not [h for h in values_held(learned) if "reason" in h.what]
    schema = learned.schema.change("day", reason="moments from 2020-01-01 to 2022-06-18")
    quoted = [h for h in values_held(replace(learned, schema=schema)) if "reason" in h.what]
    assert [h.values for h in quoted] == [("moments from 2020-01-01 to 2022-06-18",)]


def test_moments_are_shown_as_dates() -> None:
    held = values_held(learn(mixed().select(["day"])))
    shown = [v for h in held if "bounds" in h.what for v in h.values]
    assert shown and all(len(v) == 10 and v.startswith("20") for v in shown)
