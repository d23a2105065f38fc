"""The tables of a proof's page on what learners do in each way."""

from __future__ import annotations

from trimtab.predict.calibration import FORMS, ISOTONIC, PLATT, PRIOR, RAW
from trimtab.report.blocks import Cell, CellGroup, CellLine, CellTable
from trimtab.report.study.cells import (
    DIGITS,
    LEARNER,
    NONE,
    WAY,
    by_learner,
    difference_of,
    mean_of,
    value_of,
)
from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.result import Line, Proof
from trimtab.study.metrics import AUC, MEASURES, PRECISION
from trimtab.study.wording import plain

_COMPARED = {
    AUC: "AUC",
    PRECISION: "average precision",
    "f1": "F1 tuned",
    "balanced_accuracy": "balanced acc. tuned",
    "cost": "cost a row",
}
_FIGURES = {
    AUC: "AUC",
    PRECISION: "average precision",
    "f1_at_half": "F1 at .5",
    "f1": "F1 tuned",
    "balanced_accuracy": "balanced acc. tuned",
    "brier_raw": "Brier score raw",
    "ratio_raw": "stated / observed",
    "cost": "cost a row",
}


def differences(proof: Proof) -> CellTable | None:
    """Differences to the untouched way with corrected p and effect."""
    names = [n for n in _COMPARED if any(n in x.differences for x in proof.lines)]
    groups = by_learner(
        proof,
        lambda line: [difference_of(line.differences.get(n), DIGITS.get(n, 3)) for n in names],
        [a for a in proof.arms if a != UNTOUCHED],
    )
    if not names or not groups:
        return None
    cost = " Cost is counted as saved." if "cost" in names else ""
    return CellTable(
        title="Differences, tested",
        reading="Above 0 is better than doing nothing. Below each difference: its interval, p "
        f"corrected for the number of ways, and what it comes to.{cost}",
        first=WAY,
        grouped=LEARNER,
        columns=tuple(_COMPARED[n] for n in names),
        groups=groups,
    )


def figures(proof: Proof) -> CellTable | None:
    """All figures, with their intervals."""
    names = [n for n in _FIGURES if any(n in x.figures for x in proof.lines)]
    groups = by_learner(proof, lambda line: [mean_of(line, n) for n in names], proof.arms)
    if not names or not groups:
        return None
    return CellTable(
        title="All figures",
        reading="Means over folds with 95 % intervals. Tuned: with the cut that was best on inner "
        "folds. Brier score: mean squared error of the stated risk, less is better; below it after "
        "prior correction and Platt's calibration. Stated / observed: 1 is right.",
        first=WAY,
        grouped=LEARNER,
        columns=tuple(_FIGURES[n] for n in names),
        groups=groups,
    )


def cuts(proof: Proof) -> CellTable | None:
    """The threshold to use, and what comes of it."""
    names = {"f1_at_half": "F1", "recall_at_half": "recall"}
    tuned = {"f1": "F1", "recall": "recall", "precision": "precision"}
    chosen = {"f1": "F1", "balanced_accuracy": "balanced accuracy", "cost": "cost"}
    chosen = {n: s for n, s in chosen.items() if any(n in x.thresholds for x in proof.lines)}
    several = len(proof.ratios) > 1

    def cells(line: Line) -> list[Cell]:
        row = [Cell(text=plain(value_of(line, n))) for n in (*names, *tuned)]
        row += [_threshold(line, n) for n in chosen]
        return [*row, _ratios(line)] if several else row

    groups = by_learner(proof, cells, proof.arms)
    if not groups:
        return None
    spans = [("cut at .5", len(names)), ("cut tuned for F1", len(tuned))]
    spans += [("cut that is best for", len(chosen))] if chosen else []
    return CellTable(
        title="The cut to use",
        reading="Medians over folds of the cuts that inner folds chose, with the least and the "
        "largest, for probabilities as the learner states them. None: calling no row positive was "
        "best.",
        first=WAY,
        grouped=LEARNER,
        columns=(
            *(*names.values(), *tuned.values(), *chosen.values()),
            *(("times chosen",) if several else ()),
        ),
        spans=(*spans, *((("ratio", 1),) if several else ())),
        groups=groups,
    )


def calibration(proof: Proof) -> CellTable | None:
    """How right stated risks are, before and after."""
    forms = {"brier": FORMS, "log_loss": (RAW, PRIOR, PLATT), "ratio": (RAW, PRIOR, PLATT)}
    forms["slope"] = (RAW, PLATT)
    digits = {"brier": 4, "log_loss": 3, "ratio": 2, "slope": 2}
    titles = {"brier": "Brier score", "log_loss": "log loss", "ratio": "stated / observed"}
    titles["slope"] = "slope"
    short = {RAW: "raw", PRIOR: "prior", PLATT: "Platt", ISOTONIC: "isotonic"}
    names = [(stem, form) for stem, stem_forms in forms.items() for form in stem_forms]

    def cells(line: Line) -> list[Cell]:
        return [
            Cell(text=plain(value_of(line, f"{stem}_{form}"), digits[stem])) for stem, form in names
        ]

    groups = by_learner(proof, cells, proof.arms)
    if not groups:
        return None
    return CellTable(
        title="Before and after correction",
        reading="Of Brier score and log loss less is better. Stated / observed is the mean stated "
        "risk by the share that was positive; slope is 1 where risks are neither too extreme "
        "(below 1) nor too timid. Prior correction needs nothing to be learned; where it leaves "
        "stated / observed far from 1, take Platt's.",
        first=WAY,
        grouped=LEARNER,
        columns=tuple(short[form] for _, form in names),
        spans=tuple((titles[stem], len(stem_forms)) for stem, stem_forms in forms.items()),
        groups=groups,
    )


def leaders(proof: Proof) -> CellTable | None:
    """Which way leads with how many rows left, and what the test says of it."""
    sizes = list(dict.fromkeys(p.size for p in proof.curve))
    groups = []
    for measure in (PRECISION, AUC):
        lines = tuple(
            CellLine(name=x, cells=tuple(_leader(proof, x, size, measure) for size in sizes))
            for x in proof.learners
            if any(p.learner == x for p in proof.curve)
        )
        if lines:
            groups.append(CellGroup(title=f"by {MEASURES[measure][0]}", lines=lines))
    if not groups:
        return None
    return CellTable(
        title="Which way leads",
        reading="With so many training rows of the smaller class left. Below the leading way: its "
        f"figure, that of the table {UNTOUCHED}, and what the difference comes to.",
        first=LEARNER,
        grouped="measure",
        columns=tuple(f"{size:,} rows" for size in sizes),
        groups=tuple(groups),
    )


def _leader(proof: Proof, learner: str, size: int, measure: str) -> Cell:
    points = {p.arm: p for p in proof.curve if (p.learner, p.size) == (learner, size)}
    values = {a: p.figures[measure].value for a, p in points.items() if measure in p.figures}
    known = {a: v for a, v in values.items() if v is not None}
    if not known:
        return NONE
    best = max(known, key=lambda a: known[a])
    if best == UNTOUCHED:
        return Cell(text=best, notes=(plain(known[best]),))
    notes = (f"{plain(known[best])}, {UNTOUCHED} {plain(known.get(UNTOUCHED))}",)
    difference = points[best].differences.get(measure)
    return Cell(text=best, notes=notes, word="" if difference is None else str(difference.effect))


def curve(proof: Proof, measure: str) -> CellTable | None:
    """Differences to the untouched way by rows left."""
    ways = [a for a in proof.arms if any(p.arm == a for p in proof.curve)]
    groups = []
    for learner in proof.learners:
        lines = []
        for size in dict.fromkeys(p.size for p in proof.curve):
            points = {p.arm: p for p in proof.curve if (p.learner, p.size) == (learner, size)}
            cells = []
            for way in ways:
                point = points.get(way)
                if point is None or measure not in point.figures:
                    cells.append(NONE)
                    continue
                mean = point.figures[measure]
                cell = difference_of(point.differences.get(measure), 3)
                notes = (f"{cell.text} {cell.notes[0]}", *cell.notes[1:]) if cell.notes else ()
                cells.append(cell.model_copy(update={"text": plain(mean.value), "notes": notes}))
            if points:
                lines.append(CellLine(name=f"{size} rows", cells=tuple(cells)))
        if lines:
            groups.append(CellGroup(title=learner, lines=tuple(lines)))
    if not groups:
        return None
    name = MEASURES[measure][0]
    return CellTable(
        title=f"{name[0].upper()}{name[1:]} with fewer rows",
        reading="Below each figure: the difference to the untouched way with its interval, p "
        "corrected for the number of ways, and what it comes to.",
        first="rows of the smaller class",
        grouped=LEARNER,
        columns=tuple(ways),
        groups=tuple(groups),
        folded=True,
    )


def _threshold(line: Line, name: str) -> Cell:
    if name not in line.thresholds:
        return NONE
    low, high = line.spread.get(name, (None, None))
    notes = () if low is None or high is None else (f"{_cut(low)} to {_cut(high)}",)
    return Cell(text=_cut(line.thresholds[name]), notes=notes)


def _cut(threshold: float) -> str:
    return "none" if threshold > 1 else plain(threshold)


def _ratios(line: Line) -> Cell:
    return Cell(text=", ".join(f"{ratio}: {n}×" for ratio, n in line.ratios.items()))
