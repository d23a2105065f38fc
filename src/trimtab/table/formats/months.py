"""The names of months in the languages that dates are read in."""

from __future__ import annotations

from collections.abc import Mapping

# English has no name in a pattern: "%d %b %Y"; others stand before it: "de:%d. %B %Y".
_FULL = {
    "": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
_SHORT = {
    "": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
}


def _names(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {language: tuple(names.split()) for language, names in table.items()}


FULL, SHORT = _names(_FULL), _names(_SHORT)
