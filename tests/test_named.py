"""What completion shows of an object: our names, and none of the library's that it stands on."""

from __future__ import annotations

from pydantic import BaseModel

import trimtab
from tests.report.study.test_page import proof
from trimtab._named import Named
from trimtab.measure.score import Exhibit
from trimtab.measure.scorecard import Settings
from trimtab.request.fit import Fit
from trimtab.table.schema import Schema
from trimtab.verbs.carry_out import VERBS


class Own(Named):
    """One whose method is called like one of the library's."""

    size: int = 0

    def copy(self) -> int:  # type: ignore[override]
        return self.size

    @property
    def half(self) -> float:
        return self.size / 2


def shown(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_fields_and_what_is_written_are_shown_and_nothing_else() -> None:
    assert shown(Own()) == {"size", "copy", "half"}
    assert "__repr__" in dir(Own())


def test_no_public_object_shows_what_the_library_brings() -> None:
    proved, schema = proof(learners=("one",)), trimtab.read(trimtab.datasets.strokes(50)).schema
    parts = (
        proved,
        proved.answers[0],
        proved.lines[0],
        proved.conclusion,
        schema,
        schema.columns[0],
    )
    theirs = {name for name in dir(BaseModel) if not name.startswith("_")} - {"schema"}
    for thing in (*parts, Fit(), Settings(), Exhibit(name="a", title="b")):
        assert shown(thing) and not shown(thing) & theirs, type(thing)
        assert {*type(thing).model_fields} <= shown(thing)
    assert all(issubclass(request, Named) for request in VERBS) and issubclass(Schema, Named)
    assert "schema" in shown(Fit()) and "schema" not in shown(proved)
