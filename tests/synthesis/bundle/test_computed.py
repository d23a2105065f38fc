"""Computed columns in a model's file: back as they were, or refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.synthesis.bundle.bundle_files import JSON, hostile, packed, refused, stored, unpacked
from tests.synthesis.computed.ruled_tables import fitted
from trimtab.errors import BundleError
from trimtab.synthesis.bundle.contents import values_held


@pytest.fixture(scope="module")
def made() -> trimtab.Synthesizer:
    return fitted(model="trees", first=("city",))


@pytest.fixture(scope="module")
def saved(made: trimtab.Synthesizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("computed") / "m.trimtab"
    made.save(place)
    return place


def test_a_round_trip(made: trimtab.Synthesizer, saved: Path, tmp_path: Path) -> None:
    again = trimtab.load(saved)
    pd.testing.assert_frame_equal(again.sample(300, seed=2), made.sample(300, seed=2))
    one, two = (s.conditional({"county": "x"}, "city").values for s in (again, made))
    assert one == two and list(again.learned.beside.computed) == list(made.learned.beside.computed)
    assert again.provenance == made.provenance and set(made.provenance.computed) >= {"county"}
    assert set(again.sample(50, where={"county": "x"}).city) == {"Aa", "Bb"}
    again.save(tmp_path / "again.trimtab")
    assert (tmp_path / "again.trimtab").read_bytes() == saved.read_bytes()


def test_what_it_holds_is_listed(made: trimtab.Synthesizer) -> None:
    told = [h for h in values_held(made.learned) if "what goes with" in h.what]
    assert {h.column for h in told} <= set(made.learned.beside.computed)
    assert made.to_dict()["computed"]["county"] == "county from city"


def _changed(saved: Path, place: Path, change: Any, member: str = JSON) -> Path:
    members = unpacked(saved)
    structure = json.loads(members[member])
    change(structure)
    return packed(place, members | {member: json.dumps(structure).encode()})


def _part(structure: Any, name: str) -> Any:
    return next(part for part in structure["computed"] if part["grid"]["name"] == name)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.pop("computed"),
        lambda s: s["computed"].pop(),
        lambda s: s["computed"].append(s["computed"][0]),
        lambda s: _part(s, "county").update(by="level"),
        lambda s: _part(s, "county").update(by="net"),
        lambda s: _part(s, "county").update(by="county"),
        lambda s: _part(s, "county").update(by="nobody"),
        lambda s: _part(s, "county").update(rule="level matches degree"),
        lambda s: _part(s, "county").update(kind="same"),
        lambda s: _part(s, "county").update(kind="code"),
        lambda s: _part(s, "county")["grid"].update(name="city"),
        lambda s: _part(s, "county")["grid"].update(name="nobody"),
        lambda s: _part(s, "county")["grid"].update(kind="number"),
        lambda s: _part(s, "copied").update(by="visit"),
        lambda s: _part(s, "copied").update(by="city"),
        lambda s: _part(s, "total")["terms"][0].update(column="total"),
        lambda s: _part(s, "total")["terms"][0].update(part="year"),
        lambda s: _part(s, "total")["terms"][0].update(factor="1"),
        lambda s: _part(s, "total").update(terms=[]),
        lambda s: _part(s, "total").update(constant=None),
        lambda s: _part(s, "year")["terms"][0].update(part="century"),
        lambda s: s["grids"].append(_part(s, "county")["grid"]),
    ],
)
def test_structures_that_contradict_each_other(change: Any, saved: Path, tmp_path: Path) -> None:
    refused(_changed(saved, tmp_path / "m.trimtab", change), "holds no sound model")


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p["computed"].pop("county"),
        lambda p: p["computed"].update(county="county from nobody"),
        lambda p: p["computed"].update(net="county from city"),
        lambda p: p.pop("computed"),
        lambda p: p.update(unheld=["county from nobody"]),
    ],
)
def test_provenance_that_tells_of_others(change: Any, saved: Path, tmp_path: Path) -> None:
    place = _changed(saved, tmp_path / "m.trimtab", change, "provenance.json")
    refused(place, "holds no sound model")


def test_a_rule_that_is_not_kept(saved: Path, tmp_path: Path) -> None:
    def propose(schema: Any) -> None:
        for rule in schema["rules"]:
            rule["status"] = "proposed" if rule["text"] == "county from city" else rule["status"]

    refused(_changed(saved, tmp_path / "m.trimtab", propose, "schema.json"), "no sound model")


def test_arrays_are_needed_and_checked(saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "m.trimtab"
    arrays = {n: a for n, a in stored(saved).items() if n.startswith("computed.")}
    lookups = [n for n in arrays if re.fullmatch(r"computed\.\d+\.of_code", n)]
    assert len(lookups) == 2
    for name, values in arrays.items():
        refused(hostile(saved, place, {name: None}), "missing")
        refused(hostile(saved, place, {name: values[None]}), "no sound model")
        refused(hostile(saved, place, {name: values.astype(np.int16)}), "no sound model")
    for name in lookups:
        refused(hostile(saved, place, {name: arrays[name][:-1]}), "shape")
        for bad in (-1, 10**6, 2**62 + 1):
            refused(hostile(saved, place, {name: arrays[name] * 0 + bad}), "does not have")


def test_older_readers_are_told_to_upgrade(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.synthesis.bundle.archive.FORMAT_VERSION", 2)
    with pytest.raises(BundleError, match=r"format version 3, .*reads up to 2.*Upgrade"):
        trimtab.load(saved)
