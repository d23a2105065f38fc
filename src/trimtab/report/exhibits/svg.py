"""Vega-Lite specifications as small SVG pictures that can stand side by side in one page."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import vl_convert

from trimtab.report.exhibits.style import CONFIG
from trimtab.report.formatting import fit

VEGA_LITE = "6.4"
_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_TRANSLATE = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)\s*")
_CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0")
_KEPT = frozenset(
    re.findall(
        r"[\w-]+",
        """transform d x y x1 x2 y1 y2 cx cy r width height fill stroke stroke-width
        stroke-dasharray stroke-linecap stroke-opacity fill-opacity opacity text-anchor
        font-size font-weight clip-path id""",
    )
)
_INHERITED = (
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-opacity",
    "fill-opacity",
    "text-anchor",
    "font-size",
)
_ROLES = frozenset({"background", "foreground"})
_DEFAULTS = {
    "opacity": "1",
    "stroke-width": "1",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "stroke-dasharray": "1,0",
    "font-weight": "normal",
}


def drawn(spec: dict[str, Any], identity: str, title: str, description: str) -> str:
    """An SVG element with a title and a description for readers who do not see it.

    identity   unlike that of any other picture in the page; letters, digits and hyphens
    """
    svg = vl_convert.vegalite_to_svg(
        spec, vl_version=VEGA_LITE, config=CONFIG, allowed_base_urls=[], show_warnings=False
    )
    root = ElementTree.fromstring(svg)
    _rename(root, identity)
    width, height = root.get("width"), root.get("height")
    body = "".join(_written(child) for child in root)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" aria-labelledby="{identity}-t {identity}-d">'
        f'<title id="{identity}-t">{escape(fit(title))}</title>'
        f'<desc id="{identity}-d">{escape(fit(description))}</desc>{body}</svg>'
    )


def _rename(root: Element, identity: str) -> None:
    """Make the identities of a picture's parts its own."""
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{identity}-{value}")
            elif value.startswith("url(#"):
                element.set(name, value.replace("url(#", f"url(#{identity}-", 1))


def _written(element: Element) -> str:
    """An element as short text: what is not seen is left out, what is alike is said once."""
    tag = element.tag.removeprefix(_SVG)
    if _unseen(element, tag):
        return ""
    tag, attributes = _short(element, tag)
    if tag == "g":
        return _group(element, attributes)
    inner = escape(element.text or "") + "".join(_written(child) for child in element)
    return _element(tag, attributes, inner)


def _unseen(element: Element, tag: str) -> bool:
    if element.get("display") == "none":
        return True
    if tag == "path":
        painted = element.get("fill", "none") != "none" or element.get("stroke") is not None
        return not element.get("d") or (element.get("class") in _ROLES and not painted)
    return False


def _short(element: Element, tag: str) -> tuple[str, dict[str, str]]:
    """The tag and the attributes that matter, with numbers to a tenth of a pixel."""
    attributes = {
        name: _NUMBER.sub(_tenth, value)
        for name, value in element.attrib.items()
        if name in _KEPT and _DEFAULTS.get(name) != value
    }
    if "font-size" in attributes:
        attributes["font-size"] = attributes["font-size"].removesuffix("px")
    for name in ("fill-opacity", "stroke-opacity", "opacity"):
        if name in attributes:
            attributes[name] = f"{float(element.attrib[name]):.2g}"
    place = _TRANSLATE.match(attributes.get("transform", ""))
    if place is None:
        return tag, attributes
    x, y = place.groups()
    if tag == "text" and place.end() == len(attributes["transform"]):
        del attributes["transform"]
        return tag, {"x": x, "y": y, **attributes}
    if tag == "line":
        del attributes["transform"]
        moved = f"M{x},{y}l{attributes.pop('x2', '0')},{attributes.pop('y2', '0')}"
        return "path", {"d": moved, **attributes}
    circle = _CIRCLE.fullmatch(attributes.get("d", ""))
    if circle:
        del attributes["transform"], attributes["d"]
        return "circle", {"cx": x, "cy": y, "r": circle[1], **attributes}
    if x == y == "0" and place.end() == len(attributes["transform"]):
        del attributes["transform"]
    return tag, attributes


def _tenth(match: re.Match[str]) -> str:
    value = f"{float(match[0]):.1f}"
    return "0" if value == "-0.0" else value.removesuffix(".0")


def _group(element: Element, attributes: dict[str, str]) -> str:
    """A group: what its leaves have in common is moved up to it, and like paths become one."""
    leaves = [c for c in element if c.tag != f"{_SVG}g"]
    if len(leaves) < len(element) or not leaves:
        inner = "".join(_written(child) for child in element)
        if not attributes:
            return inner
        return _element("g", attributes, inner) if inner else ""
    elements = []
    for leaf in leaves:
        tag = leaf.tag.removeprefix(_SVG)
        if not _unseen(leaf, tag):
            elements.append((*_short(leaf, tag), escape(leaf.text or "")))
    if not elements:
        return ""
    for name in _INHERITED:
        values = {item[1].get(name) for item in elements}
        if len(values) == 1 and None not in values:
            attributes[name] = values.pop() or ""
            for item in elements:
                del item[1][name]
    inner = "".join(_element(*item) for item in _merged(elements))
    return _element("g", attributes, inner) if attributes else inner


def _merged(
    elements: list[tuple[str, dict[str, str], str]],
) -> list[tuple[str, dict[str, str], str]]:
    """Neighbouring paths that differ in nothing but their course, as one path."""

    def alike(item: tuple[str, dict[str, str], str]) -> tuple[Any, ...]:
        tag, attributes, _ = item
        rest = tuple(sorted((n, v) for n, v in attributes.items() if n != "d"))
        return tag, rest, "transform" in attributes

    merged = []
    for (tag, rest, moved), items in groupby(elements, alike):
        same = list(items)
        if tag != "path" or moved:
            merged += same
        else:
            merged.append((tag, {"d": "".join(i[1]["d"] for i in same), **dict(rest)}, ""))
    return merged


def _element(tag: str, attributes: dict[str, str], inner: str) -> str:
    attribute_text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{attribute_text}>{inner}</{tag}>" if inner else f"<{tag}{attribute_text}/>"
