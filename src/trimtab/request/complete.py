"""What is asked of `complete`."""

from __future__ import annotations

from typing import ClassVar

from trimtab.request.parts import Columns, Seeded, Training


class Complete(Columns, Training, Seeded):
    """Learn a table, and complete partly filled rows."""

    verb: ClassVar[str] = "complete"
