"""The texts of --where, read as the columns' kinds have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trimtab.synthesis.synthesizer import Synthesizer

_RANGE, _OR = "..", "|"


def typed_condition(
    texts: Mapping[str, str | None] | None, synthesizer: Synthesizer
) -> dict[str, Any] | None:
    """The condition that texts ask for: column -> value, list of values, or range.

    "60..70" is a range where a column has an order, "a|b" one of several values where the column is
    a label or a number; but a text that is a value of its column, as the model knows it, is that.
    """
    if texts is None:
        return None
    return {name: _typed_value(text, name, synthesizer) for name, text in texts.items()}


def _typed_value(text: str | None, name: str, synthesizer: Synthesizer) -> Any:
    from trimtab.codec.label import LabelCodec
    from trimtab.plan.ranges import Range, has_order

    if text is None or name not in synthesizer.schema:
        return text
    column, codec = synthesizer.schema[name], synthesizer.learned.codec.columns.get(name)
    if not column.modelled or codec is None:
        return text
    if isinstance(codec, LabelCodec) and text in {str(v) for v in codec.values}:
        return text
    if _RANGE in text and has_order(column):
        low, _, high = text.partition(_RANGE)
        return Range(low.strip() or None, high.strip() or None)
    if _OR in text:
        return [part.strip() or None for part in text.split(_OR)]
    return text
