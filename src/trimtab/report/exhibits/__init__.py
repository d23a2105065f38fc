"""Charts: exhibits as Vega-Lite specifications, and those as small SVG pictures."""
