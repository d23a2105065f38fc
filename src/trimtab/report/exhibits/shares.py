"""Shares of rows by bin or label, as exhibits of distributions hold them."""

from __future__ import annotations

from trimtab.measure.score import Exhibit
from trimtab.report.formatting import Row, edge, is_moment, rows, sides_of


def bin_of(row: Row) -> str:
    """The bin or the label of a row, as text."""
    if row.get("low") is not None and row.get("high") is not None:
        low, high = (edge(row[end], is_moment(row)) for end in ("low", "high"))
        return f"{low} to {high}"
    return "(missing)" if row.get("value") is None else edge(row["value"])


def share_by_bin(entries: list[Row]) -> dict[str, dict[str, float]]:
    """Shares of a distribution by bin or label, and by side."""
    shares: dict[str, dict[str, float]] = {}
    for row in entries:
        if row["share"] is not None:
            shares.setdefault(bin_of(row), {})[row["side"]] = row["share"]
    return shares


def difference(exhibit: Exhibit) -> float:
    """Half the sum of absolute differences of real and synthetic shares: 0 alike, 1 apart."""
    entries = rows(exhibit)
    if "real" not in sides_of(entries):
        return 0.0
    shares = share_by_bin(entries).values()
    return sum(abs(s.get("real", 0.0) - s.get("synthetic", 0.0)) for s in shares) / 2
