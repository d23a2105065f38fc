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
    made: dict[str, list[Any]] = {}
    for arm, rates in arms.items():
        held = rates.rows > 0
        part: dict[str, Any] = {
            "arm": [arm] * int(held.sum()),
            "group": [n for n, h in zip(rates.names, held, strict=True) if h],
            "rows": rates.rows[held],
            "positives": rates.positives[held],
            "base_rate": rates.base.value[held],
        }
        named = {"selection": rates.selection, "tpr": rates.tpr, "fpr": rates.fpr}
        for name, rate in named.items():
            low, high = rate.interval
            part["selection_rate" if name == "selection" else name] = rate.value[held]
            part |= {f"{name}_low": low[held], f"{name}_high": high[held]}
        part |= {"precision": rates.precision.value[held], "auc": rates.auc.value[held]}
        _append(made, part)
    title = f"Rates by group, {learner}: {class_}"
    return _exhibit("group rates", title, columns, learner, made)


def labels_exhibit(
    columns: tuple[str, ...], arms: Mapping[str, tuple[Members, Rate]], class_: str
) -> Exhibit:
    """How often a class occurs by group in each table; the label stands for the selection."""
    made: dict[str, list[Any]] = {}
    for arm, (within, rate) in arms.items():
        held = rate.counted > 0
        low, high = rate.interval
        part: dict[str, Any] = {
            "arm": [arm] * int(held.sum()),
            "group": [n for n, h in zip(within.names, held, strict=True) if h],
            "rows": rate.counted[held],
            "positives": np.rint(rate.value[held] * rate.counted[held]).astype(int),
            "base_rate": rate.value[held],
            "selection_rate": rate.value[held],
            "selection_low": low[held],
            "selection_high": high[held],
        }
        part |= {name: [None] * int(held.sum()) for name in _EMPTY}
        _append(made, part)
    return _exhibit("group rates", f"Rates by group in the data: {class_}", columns, "data", made)


def means_exhibit(
    columns: tuple[str, ...], within: str, arms: Mapping[str, tuple[Members, Mean, Mean | None]]
) -> Exhibit:
    """The mean of a number, and of its prediction, by group and arm."""
    made: dict[str, list[Any]] = {}
    for arm, (rows, observed, predicted) in arms.items():
        held = rows.counts > 0
        low, high = (observed if predicted is None else predicted).interval
        part: dict[str, Any] = {
            "arm": [arm] * int(held.sum()),
            "group": [n for n, h in zip(rows.names, held, strict=True) if h],
            "rows": rows.counts[held],
            "observed": observed.value[held],
            "predicted": [None] * int(held.sum()) if predicted is None else predicted.value[held],
            "low": low[held],
            "high": high[held],
        }
        _append(made, part)
    return _exhibit("group means", f"Means by group, {within}", columns, within, made)


def _append(made: dict[str, list[Any]], part: Mapping[str, Any]) -> None:
    for name, values in part.items():
        made.setdefault(name, []).extend(values)


def _exhibit(
    name: str, title: str, columns: tuple[str, ...], within: str, made: dict[str, list[Any]]
) -> Exhibit:
    return Exhibit(name=name, title=title, about=columns, within=within, columns=made)
