"""Drawn pictures taken apart: their texts, and what is painted."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from trimtab.measure.score import Exhibit
from trimtab.report.exhibits.draw import pictures

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str, columns: dict[str, list[Any]], **more: Any) -> list[str]:
    """The pictures of an exhibit."""
    return [
        p.svg for p in pictures(Exhibit(name=name, title="Title", columns=columns, **more), "p1")
    ]


def texts(svg: str) -> list[str]:
    """The texts of a picture that are seen."""
    return [e.text or "" for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def leaves(svg: str) -> list[tuple[str, dict[str, str]]]:
    """Tags and attributes of what is painted, with what it inherits."""
    found = []

    def visit(element: ElementTree.Element, inherited: dict[str, str]) -> None:
        held = {**inherited, **element.attrib}
        if len(element) == 0:
            found.append((element.tag.removeprefix(SVG), held))
        for child in element:
            visit(child, {n: v for n, v in held.items() if n != "transform"})

    visit(ElementTree.fromstring(svg), {})
    return found


def corners(svg: str, colour: str) -> list[tuple[float, float]]:
    """The corners of the first line of a colour, as a picture has them: y grows downwards."""
    line = next(held["d"] for _, held in leaves(svg) if held.get("stroke") == colour)
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", line)]


def levels(svg: str, colour: str) -> list[tuple[float, float, float]]:
    """The level parts of an outline, as (start, end, height) in pixels, without those at nought."""
    found = corners(svg, colour)
    ground = max(y for _, y in found)
    return [
        (a[0], b[0], ground - a[1])
        for a, b in pairwise(found)
        if a[1] == b[1] and b[0] > a[0] and a[1] < ground
    ]
