"""The pictures' facts of a proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trimtab.measure.score import Exhibit
from trimtab.predict.calibration import PLATT, PRIOR, RAW, Bins
from trimtab.report.blocks import Figure, Key, Panel
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.study.cells import value_of
from trimtab.report.study.words import on_intervals
from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.result import Line, Proof
from trimtab.study.inference import Difference, Effect
from trimtab.study.metrics import AUC, MEASURES, PRECISION

RANKED = (AUC, PRECISION)
FORM_NAMES = {
    RAW: "as the learner states it",
    PRIOR: "after prior correction",
    PLATT: "after Platt's calibration",
}
MIN_ROWS = 50  # over all folds, of a point of a calibration curve
_WAY_KEYS = ("ink", "real real-dashed", "more", "synthetic", "less", "muted", "own")
_FORM_KEYS = {RAW: "synthetic", PRIOR: "real", PLATT: "holdout"}
_EFFECT_KEYS = {
    Effect.HELPS: ("own", "helps"),
    Effect.HARMS: ("synthetic", "harms"),
    Effect.SAME: ("real", "no difference that matters"),
    Effect.UNSURE: ("hollow", str(Effect.UNSURE)),
}
_ROW_KEYS = (
    ("other", "real rows of the larger class"),
    ("real", "real rows of the smaller class"),
    ("synthetic", "added rows"),
)
_PAD = 0.04


def marks(proof: Proof) -> dict[str, int]:
    """A number for each way, by which pictures tell them apart."""
    others = [a for a in proof.arms if a not in (UNTOUCHED, proof.ours)]
    last = len(_WAY_KEYS) - 1
    return {a: _mark(a, proof.ours, others, last) for a in proof.arms}


def _mark(arm: str, ours: str, others: Sequence[str], last: int) -> int:
    if arm == UNTOUCHED:
        return 0
    return last if arm == ours else 1 + others.index(arm) % (last - 1)


def training_rows(proof: Proof) -> Figure | None:
    """The rows of each class, and of each group, that learners were trained on."""
    columns = dict.fromkeys(r.column for found in proof.trained.values() for r in found)
    exhibits = []
    for column in columns:
        told = [
            {
                "way": way,
                "value": r.value,
                "larger": r.larger,
                "smaller": r.smaller,
                "added": r.added,
                "rows": r.rows,
            }
            for way, found in proof.trained.items()
            for r in found
            if r.column == column
        ]
        exhibits.append(_exhibit("training rows", "", told, column))
    return _figure(exhibits, [Key(name=n, said=label) for n, label in _ROW_KEYS])


def differences(proof: Proof) -> Figure | None:
    """Differences to the untouched way of what ranks rows."""
    exhibits, effects = [], set()
    for learner in proof.learners:
        rows = []
        for measure in RANKED:
            ends = _ends(proof, measure)
            for line in _lines(proof, learner):
                one = line.differences.get(measure)
                if one is not None:
                    effects.add(one.effect)
                    rows.append(_differing(MEASURES[measure][0], line.arm, one, ends))
        exhibits.append(_exhibit("ranking differences", learner, rows))
    keys = [Key(name=n, said=label) for e, (n, label) in _EFFECT_KEYS.items() if e in effects]
    band = Key(name="band", said="too small to matter")
    return _figure(exhibits, (*keys, band), on_intervals(proof))


def _differing(
    measure: str, way: str, one: Difference, ends: tuple[float, float]
) -> dict[str, Any]:
    return {
        "measure": measure,
        "way": way,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "margin": one.margin,
        "effect": str(one.effect),
        "left": ends[0],
        "right": ends[1],
    }


def _ends(proof: Proof, measure: str) -> tuple[float, float]:
    """The ends of an axis that fits all learners, so that their pictures can be compared."""
    intervals = [x.differences[measure] for x in proof.lines if measure in x.differences]
    least = min([-2 * d.margin for d in intervals] + [d.low for d in intervals], default=0.0)
    most = max([2 * d.margin for d in intervals] + [d.high for d in intervals], default=0.0)
    pad = _PAD * (most - least)
    return least - pad, most + pad


def cuts(proof: Proof) -> Figure | None:
    """F1 at .5 and at the tuned cut."""
    names = ("f1_at_half", "f1")
    values = [value_of(line, name) for line in proof.lines for name in names]
    most = max([v for v in values if v is not None], default=0.0) * 1.06 or 1.0
    exhibits = [
        _exhibit(
            "cuts",
            learner,
            [
                {
                    "way": line.arm,
                    "at_half": value_of(line, names[0]),
                    "tuned": value_of(line, names[1]),
                    "right": most,
                }
                for line in _lines(proof, learner)
            ],
        )
        for learner in proof.learners
    ]
    keys = (
        Key(name="hollow", said="F1 at the cut of .5"),
        Key(name="filled", said="F1 at the tuned cut"),
    )
    return _figure(exhibits, keys)


def reliability(proof: Proof) -> Figure | None:
    """Stated and observed risks, raw and corrected."""
    exhibits = [
        _exhibit(
            "reliability",
            learner,
            [row for line in _lines(proof, learner) for row in _stated(line)],
        )
        for learner in proof.learners
    ]
    forms = {form for e in exhibits for form in e.columns.get("form", ())}
    keys = [
        Key(name=_FORM_KEYS[form], said=label)
        for form, label in FORM_NAMES.items()
        if form in forms
    ]
    return _figure(exhibits, (*keys, Key(name="diagonal", said="right")))


def _stated(line: Line) -> Iterator[dict[str, Any]]:
    for form in FORM_NAMES:
        bins = line.bins.get(form)
        if bins is None or (form == PRIOR and bins == line.bins.get(RAW)):
            continue  # nothing was there to be corrected
        for row in _points(bins):
            yield {"way": line.arm, "form": form, **row}


def _points(bins: Bins) -> Iterator[dict[str, Any]]:
    for count, stated, hits in zip(bins.rows, bins.stated, bins.hits, strict=True):
        if count >= MIN_ROWS:
            yield {"stated": stated / count, "observed": hits / count, "rows": count}


def curve(proof: Proof) -> Figure | None:
    """What ranks rows, by how many rows of the smaller class are left."""
    numbers = marks(proof)
    exhibits = [
        _exhibit(
            "learning curve",
            learner,
            [
                {
                    "measure": MEASURES[measure][0],
                    "way": point.arm,
                    "mark": numbers.get(point.arm, 0),
                    "size": point.size,
                    "value": point.figures[measure].value,
                    "low": point.figures[measure].low,
                    "high": point.figures[measure].high,
                }
                for measure in reversed(RANKED)
                for point in proof.curve
                if point.learner == learner and measure in point.figures
            ],
        )
        for learner in proof.learners
    ]
    ways = {way for e in exhibits for way in e.columns.get("way", ())}
    return _figure(
        exhibits, [Key(name=_WAY_KEYS[n], said=way) for way, n in numbers.items() if way in ways]
    )


def _lines(proof: Proof, learner: str) -> list[Line]:
    lines = [proof.line(arm, learner) for arm in proof.arms]
    return [line for line in lines if line is not None]


def _exhibit(name: str, learner: str, rows: Sequence[Mapping[str, Any]], *about: str) -> Exhibit:
    columns = {n: [row[n] for row in rows] for n in (rows[0] if rows else ())}
    return Exhibit(
        name=name, title="", about=about, within=learner, columns=columns, rests_on=("real",)
    )


def _figure(exhibits: Sequence[Exhibit], keys: Sequence[Key], remark: str = "") -> Figure | None:
    """The pictures of all learners; None where none has any."""
    filled = [e for e in exhibits if any(e.columns.values())]
    if not filled:
        return None
    kind = kind_of(filled[0])
    return Figure(
        title=kind.title,
        reading=f"{kind.reading} {remark}".rstrip(),
        panels=tuple(Panel(exhibit=e) for e in filled),
        shown=kind.shown,
        keys=tuple(keys),
    )
