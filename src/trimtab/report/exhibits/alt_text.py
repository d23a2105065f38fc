"""What a chart shows, in a sentence: for readers who do not see it."""

from __future__ import annotations

from collections.abc import Callable

from trimtab.measure.score import Exhibit
from trimtab.report.formatting import (
    SAID,
    Row,
    count,
    edge,
    is_moment,
    number,
    percent,
    rows,
    sides_of,
    stages_of,
)

_MAX_SIDES = 3


def subject(exhibit: Exhibit) -> str:
    """What an exhibit is about: its columns and what it is within; empty for the whole table."""
    within = [] if exhibit.within in ("", "data") else [exhibit.within]
    return ", ".join((*exhibit.about, *within))


def bin_of(row: Row) -> str:
    """The bin or the label of a row, as text."""
    if row.get("low") is not None and row.get("high") is not None:
        low, high = (edge(row[end], is_moment(row)) for end in ("low", "high"))
        return f"{low} to {high}"
    return "(missing)" if row.get("value") is None else edge(row["value"])


def share_by_bin(found: list[Row]) -> dict[str, dict[str, float]]:
    """Shares of a distribution by bin or label, and by side."""
    shares: dict[str, dict[str, float]] = {}
    for row in found:
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


def described(exhibit: Exhibit) -> str:
    """What an exhibit shows; the names of its columns where there is no better sentence."""
    entries = rows(exhibit)
    if not entries:
        return "There is nothing to show."
    say = _SENTENCES.get(exhibit.name)
    return say(entries) if say else f"A table of {', '.join(exhibit.columns)}."


def _distribution(entries: list[Row]) -> str:
    shares = share_by_bin(entries)
    if not shares:
        return "No share is known."
    if "real" not in sides_of(entries):
        top, by_side = max(shares.items(), key=lambda item: max(item[1].values()))
        return f"The most frequent is {top}, {percent(max(by_side.values()))} of rows."
    bin_, by_side = max(
        shares.items(), key=lambda item: abs(item[1].get("real", 0) - item[1].get("synthetic", 0))
    )
    real, synthetic = by_side.get("real", 0.0), by_side.get("synthetic", 0.0)
    return (
        f"The greatest difference is at {bin_}: {percent(real)} of real rows and "
        f"{percent(synthetic)} of synthetic ones."
    )


def _cumulative(entries: list[Row]) -> str:
    halves = []
    for side in sides_of(entries):
        reached = [r for r in entries if r["side"] == side and (r["share"] or 0) >= 0.5]
        if reached:
            value = edge(reached[0]["value"], is_moment(reached[0]))
            halves.append(f"at {value} for {SAID[side]} rows")
    return (
        f"Half of the rows is reached {' and '.join(halves)}." if halves else "Cumulative shares."
    )


def _associations(entries: list[Row]) -> str:
    known = [r for r in entries if r["real"] is not None and r["synthetic"] is not None]
    if not known:
        return "No association could be computed."
    worst = max(known, key=lambda r: abs(r["real"] - r["synthetic"]))
    return (
        f"The greatest difference is between {worst['a']} and {worst['b']}: "
        f"{number(worst['real'])} real, {number(worst['synthetic'])} synthetic."
    )


def _projection(entries: list[Row]) -> str:
    phrases = []
    for side in sides_of(entries):
        own = [r for r in entries if r["side"] == side]
        x, y = (sum(r[axis] or 0.0 for r in own) / len(own) for axis in ("x", "y"))
        phrases.append(f"{SAID[side]} {len(own)} points around {number(x)}, {number(y)}")
    return f"{'; '.join(phrases[:_MAX_SIDES])}."


def _telltales(entries: list[Row]) -> str:
    top = sorted(entries, key=lambda r: -(r["gain"] or 0))[:3]
    return "Most telling: " + ", ".join(f"{r['column']} {percent(r['gain'])}" for r in top) + "."


def _groups(entries: list[Row]) -> str:
    phrases = [f"{len(entries)} groups"]
    for side in ("real", "synthetic"):
        counts = [r[side] for r in entries if r.get(side) is not None]
        if counts:
            phrases.append(f"{count(min(counts))} to {count(max(counts))} {side} rows a group")
    return "; ".join(phrases) + "."


def _likeness(entries: list[Row]) -> str:
    known = [r for r in entries if r["value"] is not None]
    if not known:
        return "No group had enough rows."
    worst = max(known, key=lambda r: r["value"])
    return f"The least alike is {worst['group']}, at {number(worst['value'])}."


def _curve(entries: list[Row]) -> str:
    arms = " and ".join(SAID[a] for a in sides_of(entries, "arm"))
    return f"One curve for a learner trained on each of: {arms} rows."


def _importance(entries: list[Row]) -> str:
    top = sorted(entries, key=lambda r: -(r["real"] or 0))[:3]
    return (
        "Most important on real rows: "
        + ", ".join(
            f"{r['column']} {percent(r['real'])} (synthetic {percent(r['synthetic'])})" for r in top
        )
        + "."
    )


def _rates(entries: list[Row]) -> str:
    phrases = []
    for arm in sides_of(entries, "arm"):
        known = [r for r in entries if r["arm"] == arm and r.get("selection_rate") is not None]
        if known:
            low = min(known, key=lambda r: r["selection_rate"])
            high = max(known, key=lambda r: r["selection_rate"])
            phrases.append(
                f"{SAID[arm]}: predicted positive between {percent(low['selection_rate'])} "
                f"({low['group']}) and {percent(high['selection_rate'])} ({high['group']})"
            )
    return "; ".join(phrases) + "." if phrases else "Rates by group; the table holds them."


def _means(entries: list[Row]) -> str:
    phrases = []
    for arm in sides_of(entries, "arm"):
        known = [r for r in entries if r["arm"] == arm and r["observed"] is not None]
        if known:
            low = min(known, key=lambda r: r["observed"])
            high = max(known, key=lambda r: r["observed"])
            phrases.append(
                f"{SAID[arm]}: observed between {number(low['observed'])} ({low['group']}) and "
                f"{number(high['observed'])} ({high['group']})"
            )
    return "; ".join(phrases) + "." if phrases else "No mean is known."


def _distances(entries: list[Row]) -> str:
    phrases = []
    for side in sides_of(entries, "from"):
        own = [r for r in entries if r["from"] == side and r["distance"] is not None]
        if own:
            near = min(own, key=lambda r: r["distance"])
            phrases.append(
                f"{percent(near['share'])} of {SAID[side]} rows are in the nearest class"
            )
    return "; ".join(phrases) + "." if phrases else "No distance is known."


def _tails(entries: list[Row]) -> str:
    known = [r for r in entries if r["real"] is not None and r["synthetic"] is not None]
    if not known:
        return "No end could be compared."
    worst = max(known, key=lambda r: abs(r["real"] - r["synthetic"]))
    return (
        f"The greatest difference is at the {worst['end']} end of {worst['column']}: "
        f"{percent(worst['real'])} of real rows, {percent(worst['synthetic'])} of synthetic ones."
    )


def _rare(entries: list[Row]) -> str:
    lost = sum(1 for r in entries if r["synthetic"] == 0)
    return f"{len(entries)} rare labels; {lost} of them are in no synthetic row."


def _training(entries: list[Row]) -> str:
    known = [r for r in entries if r["distance"] is not None and r["step"] is not None]
    if not known:
        return "No distance is known."
    least = min(known, key=lambda r: r["distance"])
    phrases = (
        f"{percent(r['distance'])} at step {count(r['step'])}" for r in (known[0], known[-1])
    )
    return (
        f"The distance was {' and '.join(phrases)}, the last; it was least at step "
        f"{count(least['step'])}: {percent(least['distance'])}."
    )


def _stages(entries: list[Row]) -> str:
    """How far the shares of the first and of the last stage are from the real ones."""
    *steps, real = stages_of(entries[0])
    phrases = []
    for step in dict.fromkeys((steps[0], steps[-1])):
        known = [(r[step], r[real]) for r in entries if r[step] is not None and r[real] is not None]
        phrases.append(f"{percent(sum(abs(a - b) for a, b in known) / 2)} at {step}")
    return f"Rows that are elsewhere than real ones: {', '.join(phrases)}."


def _ways(entries: list[Row]) -> str:
    phrases = [f"{r['measure']}, {r['way']}: {number(r['value'])} ({r['effect']})" for r in entries]
    return f"Differences to doing nothing: {'; '.join(phrases)}."


def _cuts(entries: list[Row]) -> str:
    phrases = [f"{r['way']} {number(r['at_half'])} and {number(r['tuned'])}" for r in entries]
    return f"F1 at .5 and with the cut tuned: {'; '.join(phrases)}."


def _reliability(entries: list[Row]) -> str:
    """Each way's highest raw statement, and what came of it."""
    top = {r["way"]: r for r in entries if r["form"] == "raw"}
    phrases = [
        f"{way}, where {percent(r['stated'])} was stated, {percent(r['observed'])}"
        for way, r in top.items()
    ]
    return f"Came true: {'; '.join(phrases)}." if phrases else "No statement has enough rows."


def _fewer(entries: list[Row]) -> str:
    """The best and the worst way at each size, by the first measure."""
    phrases = []
    first = [r for r in entries if r["measure"] == entries[0]["measure"] and r["value"] is not None]
    for size in dict.fromkeys(r["size"] for r in first):
        own = sorted((r for r in first if r["size"] == size), key=lambda r: r["value"])
        low, high = own[0], own[-1]
        phrases.append(
            f"with {count(size)} rows from {number(low['value'])} ({low['way']}) to "
            f"{number(high['value'])} ({high['way']})"
        )
    return f"{entries[0]['measure']}: {'; '.join(phrases)}."


_SENTENCES: dict[str, Callable[[list[Row]], str]] = {
    "distribution": _distribution,
    "cumulative": _cumulative,
    "associations": _associations,
    "projection": _projection,
    "telltales": _telltales,
    "groups": _groups,
    "group likeness": _likeness,
    "roc": _curve,
    "calibration": _curve,
    "importance": _importance,
    "group rates": _rates,
    "group means": _means,
    "distances": _distances,
    "training": _training,
    "stages": _stages,
    "stage pairs": _stages,
    "tails": _tails,
    "rare labels": _rare,
    "ranking differences": _ways,
    "cuts": _cuts,
    "reliability": _reliability,
    "learning curve": _fewer,
}
