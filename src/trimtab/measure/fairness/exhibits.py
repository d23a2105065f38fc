"""Rates and means by group as exhibits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trimtab.measure.fairness.rates import GroupRates, Mean, Members, Rate
from trimtab.measure.score import Exhibit

_EMPTY = ("tpr", "tpr_low", "tpr_high", "fpr", "fpr_low", "fpr_high", "precision", "auc")


def rates_exhibit(
    columns: tuple[str, ...], learner: str, arms: Mapping[str, GroupRates], class_: str
) -> Exhibit:
    """The rates of a learner for one class, by arm; groups without rows are left out."""
    table: dict[str, list[Any]] = {}
    for arm, rates in arms.items():
        present = rates.rows > 0
        part: dict[str, Any] = {
            "arm": [arm] * int(present.sum()),
            "group": [n for n, h in zip(rates.names, present, strict=True) if h],
            "rows": rates.rows[present],
            "positives": rates.positives[present],
            "base_rate": rates.base.value[present],
        }
        named = {"selection": rates.selection, "tpr": rates.tpr, "fpr": rates.fpr}
        for name, rate in named.items():
            low, high = rate.interval
            part["selection_rate" if name == "selection" else name] = rate.value[present]
            part |= {f"{name}_low": low[present], f"{name}_high": high[present]}
        part |= {"precision": rates.precision.value[present], "auc": rates.auc.value[present]}
        _append(table, part)
    title = f"Rates by group, {learner}: {class_}"
    return _exhibit("group rates", title, columns, learner, table)


def labels_exhibit(
    columns: tuple[str, ...], arms: Mapping[str, tuple[Members, Rate]], class_: str
) -> Exhibit:
    """How often a class occurs by group in each table; the label stands for the selection."""
    table: dict[str, list[Any]] = {}
    for arm, (within, rate) in arms.items():
        present = rate.counted > 0
        low, high = rate.interval
        part: dict[str, Any] = {
            "arm": [arm] * int(present.sum()),
            "group": [n for n, h in zip(within.names, present, strict=True) if h],
            "rows": rate.counted[present],
            "positives": np.rint(rate.value[present] * rate.counted[present]).astype(int),
            "base_rate": rate.value[present],
            "selection_rate": rate.value[present],
            "selection_low": low[present],
            "selection_high": high[present],
        }
        part |= {name: [None] * int(present.sum()) for name in _EMPTY}
        _append(table, part)
    return _exhibit("group rates", f"Rates by group in the data: {class_}", columns, "data", table)


def means_exhibit(
    columns: tuple[str, ...], within: str, arms: Mapping[str, tuple[Members, Mean, Mean | None]]
) -> Exhibit:
    """The mean of a number, and of its prediction, by group and arm."""
    table: dict[str, list[Any]] = {}
    for arm, (rows, observed, predicted) in arms.items():
        present = rows.counts > 0
        low, high = (observed if predicted is None else predicted).interval
        part: dict[str, Any] = {
            "arm": [arm] * int(present.sum()),
            "group": [n for n, h in zip(rows.names, present, strict=True) if h],
            "rows": rows.counts[present],
            "observed": observed.value[present],
            "predicted": [None] * int(present.sum())
            if predicted is None
            else predicted.value[present],
            "low": low[present],
            "high": high[present],
        }
        _append(table, part)
    return _exhibit("group means", f"Means by group, {within}", columns, within, table)


def _append(table: dict[str, list[Any]], part: Mapping[str, Any]) -> None:
    for name, values in part.items():
        table.setdefault(name, []).extend(values)


def _exhibit(
    name: str, title: str, columns: tuple[str, ...], within: str, table: dict[str, list[Any]]
) -> Exhibit:
    return Exhibit(name=name, title=title, about=columns, within=within, columns=table)
