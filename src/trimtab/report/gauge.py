"""A figure as a small picture: where it is, its interval, and what other tables get."""

from __future__ import annotations

from html import escape

from trimtab.measure.score import Score

_WIDTH, _HEIGHT, _EDGE = 168, 18, 7
_MIDDLE = _HEIGHT / 2


def gauge(score: Score, tone: str, label: str, limits: tuple[float, float] | None = None) -> str:
    """An SVG picture of a score; "" where it has no value.

    tone     the class of its verdict, which colours it
    label    what the picture says, in words
    limits   the last good figure, up to which a band runs, and the last that is not poor: the scale
             reaches it at least, so that a good figure and a poor one do not look alike
    """
    if score.value is None:
        return ""
    held = score.real_rows
    marked = (score.value, *(score.interval or ()), score.ideal, held, score.columns_alone)
    marked = (*marked, *(limits or ()))
    known = [value for value in marked if value is not None]
    low, high = min(known), max(known)
    if low == high:
        low, high = low - 0.5, high + 0.5

    def at(value: float) -> float:
        return round(_EDGE + (value - low) / (high - low) * (_WIDTH - 2 * _EDGE), 1)

    parts = [f"<title>{escape(label)}</title>"]
    if limits is not None and score.ideal is not None:
        start, end = sorted((at(score.ideal), at(limits[0])))
        parts.append(
            f'<rect class="band" x="{start}" y="4" width="{end - start:.1f}" height="10"/>'
        )
    parts += [_line("track", _EDGE, _MIDDLE, _WIDTH - _EDGE, _MIDDLE)]
    if score.ideal is not None:
        parts.append(_line("ideal", at(score.ideal), 4, at(score.ideal), _HEIGHT - 4))
    if score.interval is not None:
        ends = (at(end) for end in score.interval)
        parts.append(_line(f"interval {tone}", next(ends), _MIDDLE, next(ends), _MIDDLE))
    if held is not None:
        name = "other" if score.heldout is None else "held"
        parts.append(_line(name, at(held), 1, at(held), _HEIGHT - 1))
    if score.columns_alone is not None:
        x = at(score.columns_alone)
        shape = f"M{x} {_MIDDLE - 4}L{x + 4} {_MIDDLE}L{x} {_MIDDLE + 4}L{x - 4} {_MIDDLE}Z"
        parts.append(f'<path class="alone" d="{shape}"/>')
    parts.append(f'<circle class="value {tone}" cx="{at(score.value)}" cy="{_MIDDLE}" r="4"/>')
    return (
        f'<svg class="gauge" role="img" aria-label="{escape(label)}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">{"".join(parts)}</svg>'
    )


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'
