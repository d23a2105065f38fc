"""Results with a version: the same as plain values, as JSON and in Python."""

from __future__ import annotations

import json

import pytest

from tests.places import ROOT
from trimtab import Proof, Scorecard
from trimtab._versioned import Versioned
from trimtab.errors import InputError
from trimtab.report.document import Document

FILES = ROOT / "tests" / "laws" / "files_of_before"
RESULTS = {"scorecard": Scorecard, "report": Document, "proof": Proof}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_the_same_in_all_forms(name: str) -> None:
    kind: type[Versioned] = RESULTS[name]
    result = kind.parse((FILES / f"{name}.json").read_text(encoding="utf-8"))
    assert kind.kind == name
    assert result.to_dict() == json.loads(result.to_json())
    assert 1 <= result.to_dict()["version"] <= kind.newest
    assert kind.parse(result.to_json()) == result


@pytest.mark.parametrize("name", RESULTS)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    kind: type[Versioned] = RESULTS[name]
    with pytest.raises(InputError, match=f"^the {name}: no valid {name}, at version.*Write one"):
        kind.parse('{"version": "one"}')
    with pytest.raises(InputError, match=rf"^x\.json: {name} version 99 is newer than"):
        kind.parse('{"version": 99, "more": 1}', "x.json")
