"""The verb `write_report`: a scorecard as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trimtab.measure.scorecard import Scorecard


def write_report(
    scorecard: Scorecard,
    path: str | Path,
    *,
    edition: str = "internal",
    allow: Sequence[str] = (),
    title: str | None = None,
) -> Path:
    """Write a scorecard as a report: .html (one file, works offline), .md or .json.

    edition   "internal" shows exact figures of the real data; "release" shows nothing that was
              computed from real rows but the scores of the sections in `allow`
    Raises InputError for an unknown kind of file, edition or section, TableError for a place that
    cannot be written.
    """
    from trimtab.report import write

    return write.write_report(scorecard, path, edition=edition, allow=allow, title=title)


def check_report(path: str | Path) -> None:
    """Refuse, before any work is done, a place that no report can be written to.

    Raises as `write_report` does.
    """
    from trimtab.report import write

    write.check_report(path)
