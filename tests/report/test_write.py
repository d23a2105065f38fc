"""Reports as files: the form by the name, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.report.scorecards import Sketch, scorecard
from trimtab.errors import InputError, TableError
from trimtab.report.document import Document
from trimtab.report.write import check_report, write_report

CARD = scorecard(Sketch(columns=2, groups=2)).model_copy(update={"exhibits": ()})


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("r.html", "<!DOCTYPE html>"), ("R.MD", "**INTERNAL"), ("r.json", '{\n "version": 5')],
)
def test_the_form_follows_from_the_name(name: str, beginning: str, tmp_path: Path) -> None:
    place = write_report(CARD, tmp_path / name)
    assert place == tmp_path / name
    assert place.read_text(encoding="utf-8").startswith(beginning)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_edition_and_title_are_passed_on(tmp_path: Path) -> None:
    place = write_report(CARD, tmp_path / "r.json", edition="release", allow=("copies",), title="T")
    made = Document.parse(place.read_text(encoding="utf-8"))
    assert (made.edition, made.title) == ("release", "T")
    assert "copies" in made.mark


@pytest.mark.parametrize("name", ["report", "report.pdf", "report.html.gz", ".html"])
def test_other_names_are_refused(name: str, tmp_path: Path) -> None:
    for refuse in (check_report, lambda p: write_report(CARD, p)):
        with pytest.raises(InputError, match=r"Expected \.html .*, \.md or \.json"):
            refuse(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="does not exist"):
        check_report(tmp_path / "nowhere" / "r.html")
    (tmp_path / "r.md").mkdir()
    with pytest.raises(TableError, match="is a folder"):
        write_report(CARD, tmp_path / "r.md")


def test_what_fails_leaves_the_old_report(tmp_path: Path) -> None:
    place = tmp_path / "r.json"
    place.write_text("old", encoding="utf-8")
    with pytest.raises(InputError, match="allow"):
        write_report(CARD, place, edition="release", allow=("everything",))
    with pytest.raises(InputError, match="edition"):
        write_report(CARD, place, edition="secret")
    assert place.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_title_that_is_no_text_is_made_one(tmp_path: Path) -> None:
    for name in ("r.html", "r.md", "r.json"):
        text = write_report(CARD, tmp_path / name, title="bad \udcff\x00 title").read_bytes()
        assert "bad \ufffd\ufffd title" in text.decode("utf-8")


def test_checking_a_place_imports_no_drawing() -> None:
    code = (
        "from trimtab.report.write import check_report; check_report('r.html'); import sys; "
        "assert not {'altair', 'vl_convert', 'jinja2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
