"""Exhibits as charts (Vega-Lite, then small SVG pictures), as tables of text, and as sentences."""
