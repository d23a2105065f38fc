"""Reports as files: the form follows from the name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from trimtab._validate import one_of
from trimtab.errors import InputError
from trimtab.table.output_path import check_output_path, replacing

if TYPE_CHECKING:
    from trimtab.measure.scorecard import Scorecard
    from trimtab.report.document import Document
    from trimtab.study.balancing.result import Proof

FORMS = (".html", ".md", ".json")
EDITIONS = ("internal", "release")


def check_report(path: str | Path, edition: str = "internal") -> Path:
    """Check that a report can be written at `path`, before any work is done.

    Raises InputError for another ending than .html, .md or .json or an unknown edition, TableError
    for a place that cannot be written.
    """
    one_of(EDITIONS, edition=edition)
    ending = Path(path).suffix.lower()
    if ending not in FORMS:
        given = f"it ends in {ending!r}" if ending else "it has no ending"
        raise InputError(
            f"cannot write a report to {path}: {given}. Expected .html (a page that works "
            "offline), .md or .json: give it one of these."
        )
    return check_output_path(path)


def write_report(
    scorecard: Scorecard,
    path: str | Path,
    *,
    edition: str = "internal",
    allow: Collection[str] = (),
    title: str | None = None,
) -> Path:
    """Write a scorecard as a report, and give back its place.

    edition, allow, title   as `document` takes them
    Raises what `check_report` and `document` raise; nothing is half written.
    """
    place = check_report(path, edition)
    # Late, because drawing needs libraries that take long to import.
    from trimtab.report.scorecard.page import document

    report = document(scorecard, title=title, edition=edition, allow=allow)
    return _written(place, report, report.to_json)


def write_study(proof: Proof, path: str | Path, *, title: str | None = None) -> Path:
    """Write a proof as a page, and give back its place; as JSON it is the proof itself.

    Raises what `check_report` raises; nothing is half written.
    """
    place = check_report(path)
    from trimtab.report.study.page import study_document

    return _written(place, study_document(proof, title=title), proof.to_json)


def _written(place: Path, document: Document, to_json: Callable[[], str]) -> Path:
    ending = place.suffix.lower()
    if ending == ".html":
        from trimtab.report.html import render_html

        text = render_html(document)
    elif ending == ".md":
        from trimtab.report.markdown import render_markdown

        text = render_markdown(document)
    else:
        text = to_json() + "\n"
    with replacing(place) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return place
