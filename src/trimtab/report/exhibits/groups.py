"""Exhibits of groups: counts, likeness, rates and means."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import altair as alt

from trimtab.measure.score import Exhibit, Topic
from trimtab.report.exhibits.columns import pairs
from trimtab.report.exhibits.kind import ExhibitKind, named_in, one, with_columns
from trimtab.report.exhibits.labels import shortened
from trimtab.report.exhibits.style import (
    INK,
    STEP,
    SYNTHETIC,
    Record,
    data,
    dotted,
    framed,
    lines,
    side_colours,
)
from trimtab.report.exhibits.text_table import TextTable, as_side, as_text, listed
from trimtab.report.formatting import SAID, Row, count, fit, number, percent, rows, sides_of

MAX_GROUPS = 30
RATES = {
    "selection": "share predicted positive",
    "tpr": "true positive rate",
    "fpr": "false positive rate",
}
_FORMS = {
    "rows": count,
    "positives": count,
    "base_rate": percent,
    "selection_rate": percent,
    "tpr": percent,
    "fpr": percent,
    "precision": percent,
    "auc": number,
}


def labels_of(entries: list[Row], exhibit: Exhibit) -> list[Row]:
    """Rows with their group as "label": without the names of columns that the exhibit names."""
    names = "|".join(re.escape(fit(name)) for name in exhibit.about)
    named = re.compile(rf"(^|, )(?:{names}) = ")
    return [
        {**r, "label": named.sub(r"\1", str(r["group"])) if names else r["group"]} for r in entries
    ]


def groups(exhibit: Exhibit) -> dict[str, Any] | None:
    """Rows of each group in both tables, and as planned."""
    entries = labels_of(rows(exhibit), exhibit)
    chosen = _most_changed(entries)
    named = [
        {
            "label": r["label"],
            "real": r.get("real"),
            "synthetic": r.get("synthetic"),
            "wanted": r.get("planned"),
        }
        for r in entries
        if str(r["group"]) in chosen
    ]
    title = "rows" + (" (mark: planned)" if any(n["wanted"] is not None for n in named) else "")
    return pairs(named, title, "")


def _most_changed(entries: list[Row]) -> set[str]:
    """The groups that are drawn: those whose number of rows changed most."""

    def change(row: Row) -> float:
        return -abs((row.get("real") or 0) - (row.get("synthetic") or 0))

    return {str(r["group"]) for r in sorted(entries, key=change)[:MAX_GROUPS]}


def group_likeness(exhibit: Exhibit) -> dict[str, Any] | None:
    """A distance for each group with its interval, the greatest first."""
    entries = [r for r in labels_of(rows(exhibit), exhibit) if r["value"] is not None]
    entries = sorted(entries, key=lambda r: -r["value"])[:MAX_GROUPS]
    if not entries:
        return None
    names = shortened(str(r["label"]) for r in entries)
    records: list[Record] = [
        {"label": names[str(r["label"])], "y": r["value"], "low": r["low"], "high": r["high"]}
        for r in entries
    ]
    y = lines([*names.values()])
    chart = alt.Chart(data(records))
    reach = chart.mark_rule(color=SYNTHETIC, strokeWidth=1.5).encode(
        y=y, x=alt.X("low:Q", title="unlikeness, with its 95 % interval"), x2="high:Q"
    )
    dots = chart.mark_point(filled=True, color=SYNTHETIC, size=45, opacity=1).encode(y=y, x="y:Q")
    return framed(alt.layer(reach, dots), STEP * len(entries))


def group_rates(exhibit: Exhibit) -> dict[str, dict[str, Any]]:
    """Bars with intervals for each rate that was computed, by group and arm."""
    entries = labels_of(rows(exhibit), exhibit)
    names = _shown(entries)
    charts = {}
    rates = {"selection": "share of rows with the class"} if exhibit.within == "data" else RATES
    for name, title in rates.items():
        value = "selection_rate" if name == "selection" else name
        records = [
            {
                "label": names[str(r["label"])],
                "side": r["arm"],
                "y": r[value],
                "low": r[f"{name}_low"],
                "high": r[f"{name}_high"],
            }
            for r in entries
            if r.get(value) is not None and str(r["label"]) in names
        ]
        if records:
            charts[title] = _rated(records, [*names.values()])
    return charts


def group_means(exhibit: Exhibit) -> dict[str, Any] | None:
    """Means by group and arm with intervals: predicted ones, where there are any."""
    entries = labels_of(rows(exhibit), exhibit)
    has_predictions = any(r["predicted"] is not None for r in entries)
    names = _shown(entries)
    records: list[Row] = [
        {
            "label": names[str(r["label"])],
            "side": r["arm"],
            "y": r["predicted" if has_predictions else "observed"],
            "low": r["low"],
            "high": r["high"],
        }
        for r in entries
        if r["predicted" if has_predictions else "observed"] is not None
        and str(r["label"]) in names
    ]
    if not records:
        return None
    present = sides_of(records)
    y, beside = lines([*names.values()]), alt.YOffset("side:N", sort=present)
    title = "mean prediction (mark: observed)" if has_predictions else "mean"
    reach = alt.Chart(data(records)).mark_rule(strokeWidth=1.5)
    layers = [
        reach.encode(
            x=alt.X("low:Q", title=title, scale=alt.Scale(zero=False)),
            x2="high:Q",
            color=side_colours(present),
            y=y,
            yOffset=beside,
        ),
        *(dot.encode(x=alt.X("y:Q", title=title), y=y, yOffset=beside) for dot in dotted(records)),
    ]
    if has_predictions:
        observed: list[Record] = [
            {"label": names[str(r["label"])], "side": r["arm"], "y": r["observed"]}
            for r in entries
            if str(r["label"]) in names
        ]
        mark = alt.Chart(data(observed)).mark_tick(color=INK, thickness=2, height=STEP * 0.4)
        layers.append(mark.encode(x=alt.X("y:Q", title=title), y=y, yOffset=beside))
    return framed(alt.layer(*layers), (STEP + 8) * len(names))


def _shown(entries: list[Row]) -> dict[str, str]:
    """The groups that are drawn, and what is shown of their names."""
    groups = list(dict.fromkeys(str(r["label"]) for r in entries))
    return shortened(groups[:MAX_GROUPS])


def _rated(records: list[Row], labels: list[str]) -> dict[str, Any]:
    present = sides_of(records)
    chart = alt.Chart(data(records)).encode(
        y=lines(labels), yOffset=alt.YOffset("side:N", sort=present)
    )
    bar = chart.mark_bar(fillOpacity=0.55).encode(
        x=alt.X(
            "y:Q",
            title=None,
            axis=alt.Axis(format="%"),
        ),
        color=side_colours(present),
    )
    reach = chart.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=None), x2="high:Q", color=side_colours(present)
    )
    return framed(alt.layer(bar, reach), (STEP + 4) * len(labels))


def _counts(entries: list[Row]) -> str:
    phrases = [f"{len(entries)} groups"]
    for side in ("real", "synthetic"):
        counts = [r[side] for r in entries if r.get(side) is not None]
        if counts:
            phrases.append(f"{count(min(counts))} to {count(max(counts))} {side} rows a group")
    return "; ".join(phrases) + "."


def _least_alike(entries: list[Row]) -> str:
    known = [r for r in entries if r["value"] is not None]
    if not known:
        return "No group had enough rows."
    worst = max(known, key=lambda r: r["value"])
    return f"The least alike is {worst['group']}, at {number(worst['value'])}."


def _lowest_and_highest(entries: list[Row]) -> str:
    said = _extremes(entries, "selection_rate", "predicted positive", percent)
    return said or "Rates by group; the table holds them."


def _least_and_greatest(entries: list[Row]) -> str:
    return _extremes(entries, "observed", "observed", number) or "No mean is known."


def _extremes(entries: list[Row], field: str, words: str, form: Callable[[Any], str]) -> str:
    """The groups at both ends of a field, of every arm that knows one; empty where none does."""
    phrases = []
    for arm in sides_of(entries, "arm"):
        known = [r for r in entries if r["arm"] == arm and r.get(field) is not None]
        if known:
            low, high = min(known, key=itemgetter(field)), max(known, key=itemgetter(field))
            phrases.append(
                f"{SAID[arm]}: {words} between {form(low[field])} ({low['group']}) and "
                f"{form(high[field])} ({high['group']})"
            )
    return "; ".join(phrases) + "." if phrases else ""


def _rates(arm: str) -> Callable[[Exhibit], TextTable]:
    """The table of rates, whose rows are of a table or of what a learner was trained on."""

    def table_of(exhibit: Exhibit) -> TextTable:
        entries = rows(exhibit)
        present = [n for n in _FORMS if any(r.get(n) is not None for r in entries)]
        lines = tuple(
            (str(r["group"]), SAID[r["arm"]], *(_rate(r, n, _FORMS[n]) for n in present))
            for r in entries
        )
        return TextTable(("group", arm, *(n.replace("_", " ") for n in present)), lines)

    return table_of


def _rate(row: Row, name: str, form: Callable[[float | None], str]) -> str:
    stem = "selection" if name == "selection_rate" else name
    low, high = row.get(f"{stem}_low"), row.get(f"{stem}_high")
    text = form(row.get(name))
    if low is None or high is None or row.get(name) is None:
        return text
    return f"{text} ({100 * low:.1f} to {100 * high:.1f})"


def _means(arm: str) -> Callable[[Exhibit], TextTable]:
    forms = {
        "group": as_text,
        "arm": as_side,
        "rows": count,
        "observed": number,
        "predicted": number,
    }
    return listed({**forms, "low": number, "high": number}, arm=arm)


GROUPS = ExhibitKind(
    name="groups",
    title="Rows of groups",
    reading="Rows of each group before and after, and as planned.",
    topic=Topic.GROUPS,
    charts=one(groups),
    sentence=_counts,
    table=listed({"group": as_text, "real": count, "synthetic": count, "planned": count}),
    sides=with_columns,
    public=("group", "synthetic", "planned"),
    mark="dot",
)
LIKENESS = ExhibitKind(
    name="group likeness",
    title="Likeness within groups",
    reading="How unlike the synthetic rows of a group are to the real rows of the same group, with "
    "95 % intervals. The least alike come first.",
    topic=Topic.GROUPS,
    charts=one(group_likeness),
    sentence=_least_alike,
    table=listed(
        {
            "group": as_text,
            "rows_real": count,
            "rows_synthetic": count,
            "value": number,
            "low": number,
            "high": number,
        }
    ),
)
RATES_IN_TABLES = ExhibitKind(
    name="group rates",
    within="data",
    title="Rates by group in the tables",
    reading="How often the class occurs in each group, with 95 % intervals. Compare first the two "
    "bars of a group, then the groups with each other.",
    topic=Topic.FAIRNESS,
    charts=group_rates,
    sentence=_lowest_and_highest,
    table=_rates("table"),
    sides=named_in("arm"),
    mark="bar",
)
MEANS_IN_TABLES = ExhibitKind(
    name="group means",
    within="data",
    title="Means by group in the tables",
    reading="The mean of the target in each group, with 95 % intervals.",
    topic=Topic.FAIRNESS,
    charts=one(group_means),
    sentence=_least_and_greatest,
    table=_means("table"),
    sides=named_in("arm"),
    mark="dot",
)
RATES_OF_LEARNERS = ExhibitKind(
    name="group rates",
    title="Rates by group of what learners predict",
    reading="Rates of each group among real rows, with 95 % intervals, by learners trained on real "
    "and on synthetic rows. Compare first the two bars of a group, then the groups with each "
    "other.",
    topic=Topic.FAIRNESS,
    charts=group_rates,
    sentence=_lowest_and_highest,
    table=_rates("trained on"),
    sides=named_in("arm"),
    shown=1,
    mark="bar",
    arms=True,
)
MEANS_OF_LEARNERS = ExhibitKind(
    name="group means",
    title="Means by group of what learners predict",
    reading="The mean prediction for each group of real rows, with 95 % intervals; the mark is the "
    "mean that was observed.",
    topic=Topic.FAIRNESS,
    charts=one(group_means),
    sentence=_least_and_greatest,
    table=_means("trained on"),
    sides=named_in("arm"),
    mark="dot",
    arms=True,
)
