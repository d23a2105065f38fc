"""Which cells of a delimited text stand in quotation marks, and how its lines end."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Literal

from trimtab.table.text import absent


def quoting_of(sample: str, delimiter: str, names: list[str]) -> dict[str, Any]:
    """What a dialect says of quotation marks, by the first lines of a text.

    `names` are those of its columns. Only cells that could do without quotation marks tell.
    """
    if '"' not in sample:
        return {}
    width = len(names)
    marked, bare = Counter[int](), Counter[int]()
    tokens = set[str]()
    empty, hollow, header = 0, 0, 0
    for place, cell in enumerate(_cells(sample, delimiter)):
        row, column = divmod(place, width)
        inside = cell[1:-1] if cell.startswith('"') else None
        if row == 0:
            header += inside is not None
        elif inside is None:
            hollow += cell == ""
            if absent(cell):
                tokens |= {cell} - {""}
            else:
                bare[column] += 1
        elif inside == "":
            empty += 1
        elif not re.search(rf'["\r\n{re.escape(delimiter)}]', inside):
            marked[column] += 1
    columns = [i for i in range(width) if marked[i] and not bare[i]]
    told = "all" if columns and not bare else "columns" if columns else "need"
    return {
        "quotes": told,
        "quoted": tuple(names[i] for i in columns) if told == "columns" else (),
        "quoted_names": header == width,
        "quoted_empty": empty > hollow,
        "unquoted": tuple(sorted(tokens)) if columns else (),
    }


def _cells(sample: str, delimiter: str) -> list[str]:
    """The cells of the first lines as they are written, row by row; the last may be cut off."""
    mark = re.escape(delimiter)
    cell = re.compile(rf'("(?:[^"]|"")*"|[^{mark}\r\n]*)(?:{mark}|\r\n|\n|\r)')
    lines = re.sub(r"^(\r?\n)+|(?<=\n)(\r?\n)+", "", sample)
    return [match.group(1) for match in cell.finditer(lines)]


def line_end_of(sample: str) -> Literal["\n", "\r\n", "\r"]:
    """What ends the lines of a text: the first end that stands in no quotation marks."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", sample)
    match = re.search(r"\r\n|\n|\r", bare)
    ends: dict[str, Literal["\n", "\r\n", "\r"]] = {"\r\n": "\r\n", "\r": "\r"}
    return ends.get(match.group(), "\n") if match else "\n"
