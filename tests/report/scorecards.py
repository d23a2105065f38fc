"""Scorecards as an evaluation would make them, of any width, from simulated figures."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tests.report.sketched_persons import of_persons
from trimtab._random import Key
from trimtab.measure.score import Direction, Exhibit, Measure, Score, Section, Split
from trimtab.measure.scorecard import Scorecard, Settings

LEARNERS = ("boosted trees", "random forest")
ODD = (
    "<script>alert('x')</script>",
    "a & b",
    'said "so"',
    "日本語の列",
    "naïve — ñandú",
    "x" * 120,
    "tab\there",
    "null\x00byte",
    "*bold* | pipe `code`",
    "{{ 7 * 7 }}",
)
FIDELITY, USEFULNESS, FAIRNESS, COPIES = Section
BOTH = ("real", "synthetic")
ALL = ("real", "synthetic", "holdout")


_SPLITS = {"group_distance": Split.GROUP, "rule_broken": Split.RULE}


def measure(
    name: str,
    section: Section,
    title: str,
    direction: Direction,
    ideal: float | None,
    *limits: float,
) -> Measure:
    tolerance, alarm = limits or (None, None)
    return Measure(
        name=name,
        section=section,
        split=_SPLITS.get(name, Split.LEARNER),
        title=title,
        meaning=f"What {title.lower()} is. A bad value looks like this in practice.",
        direction=direction,
        ideal=ideal,
        tolerance=tolerance,
        alarm=alarm,
        source="Author 2020, section 3",
    )


PARITY, OPPORTUNITY = "demographic_parity_difference", "equal_opportunity_difference"
DRAWN = "drawn_to_training_rows"
LOWER, HIGHER = Direction.LOWER, Direction.HIGHER
MEASURES = {
    m.name: m
    for m in (
        measure("mean_column_error", FIDELITY, "Error of columns", LOWER, 0.0, 0.01, 0.03),
        measure("total_variation", FIDELITY, "Distance of a column", LOWER, 0.0, 0.02, 0.06),
        measure("mean_pair_error", FIDELITY, "Error of pairs", LOWER, 0.0, 0.01, 0.03),
        measure("joint_difference", FIDELITY, "Distance of a pair", LOWER, 0.0, 0.03, 0.08),
        measure("detection", FIDELITY, "Detection by a learner", LOWER, 0.5, 0.05, 0.15),
        measure("group_distance", FIDELITY, "Unlikeness of a group", LOWER, 0.0, 0.05, 0.15),
        measure("auc", USEFULNESS, "ROC AUC", HIGHER, 1.0, 0.01, 0.03),
        measure("f1", USEFULNESS, "F1 score", HIGHER, 1.0, 0.02, 0.05),
        measure(
            PARITY,
            FAIRNESS,
            "Gap of selection rates",
            LOWER,
            0.0,
            0.02,
            0.08,
        ),
        measure(
            OPPORTUNITY,
            FAIRNESS,
            "Gap of true positive rates",
            LOWER,
            0.0,
            0.02,
            0.08,
        ),
        measure("rows_breaking_rules", FIDELITY, "Rows not true", LOWER, 0.0, 0.005, 0.02),
        measure("rule_broken", FIDELITY, "Rows breaking a rule", LOWER, 0.0, 0.005, 0.02),
        measure("exact_copies", COPIES, "Rows copied", LOWER, 0.0, 0.0, 0.001),
        measure(
            DRAWN,
            COPIES,
            "Nearness to training rows",
            Direction.TARGET,
            0.5,
            0.02,
            0.05,
        ),
    )
}


@dataclass(frozen=True)
class Sketch:
    """What a simulated scorecard is like."""

    columns: int = 15
    groups: int = 12
    holdout: bool = True
    error: float = 0.01  # how far synthetic shares are from real ones
    copied: float = 0.0
    odd: bool = False
    synthetic_only: bool = True
    target: bool = True
    protected: bool = True
    stages: bool = False
    persons: bool = False
    rules: bool = True

    @property
    def names(self) -> list[str]:
        plain = [f"column_{k:02d}" for k in range(self.columns)]
        return [*ODD[: self.columns], *plain[len(ODD) :]] if self.odd else plain

    @property
    def group_names(self) -> list[str]:
        extra = [f" {ODD[k % len(ODD)]}" if self.odd else "" for k in range(self.groups)]
        return [f"sex = {'FM'[k % 2]}, race = R{k // 2}{extra[k]}" for k in range(self.groups)]


def scorecard(sketch: Sketch = Sketch()) -> Scorecard:
    """A whole scorecard."""
    made = _Maker(sketch, Key(7).generator())
    settings = Settings(
        target=sketch.names[1] if sketch.target else None,
        protected=("sex", "race") if sketch.protected else (),
        by=("sex", "race"),
    )
    notes = ["Not compared: id (an identifier), remarks (free text)."]
    if not sketch.holdout:
        notes.append("No held-out real rows were given.")
    return Scorecard(
        trimtab="0.1.0",
        rows={"real": 26_048, "synthetic": 30_000}
        | ({"holdout": 16_281} if sketch.holdout else {}),
        columns=tuple(sketch.names),
        settings=settings,
        scores=tuple(made.scores()),
        measures=MEASURES,
        exhibits=tuple(made.exhibits()),
        notes=tuple(notes),
    )


class _Maker:
    def __init__(self, sketch: Sketch, generator: np.random.Generator) -> None:
        self.sketch, self.draw = sketch, generator
        self.sides = ALL if sketch.holdout else BOTH

    def score(self, name: str, value: float, ceiling: float | None, **more: Any) -> Score:
        spread = 0.1 * abs(value - (MEASURES[name].ideal or 0)) + 0.002
        ceiling = ceiling if self.sketch.holdout else None
        interval = (value - spread, value + spread)
        return MEASURES[name].score(
            value, n=16_281, ceiling=ceiling, interval=interval, covers="rows drawn again", **more
        )

    def scores(self) -> list[Score]:
        sketch, error = self.sketch, self.sketch.error
        names = sketch.names
        found = [
            self.score("mean_column_error", error, 0.009, headline=True),
            self.score("mean_pair_error", 1.4 * error, 0.012, headline=True),
            self.score("detection", 0.5 + 3 * error, 0.501, headline=True, within=LEARNERS[0]),
        ]
        if sketch.rules:
            found.append(self.score("rows_breaking_rules", 2 * error, 0.0, headline=True))
        for k, rule in enumerate(self.rules() if sketch.rules else ()):
            more = {"about": names[k : k + 2], "within": rule}
            found.append(self.score("rule_broken", 2 * error / (k + 1), 0.0, **more))
        for name in names:
            found.append(self.score("total_variation", error * self.far(), 0.01, about=(name,)))
        found.append(MEASURES["total_variation"].missing("no value is known", about=(names[-1],)))
        for k, a in enumerate(names):
            for b in names[k + 1 :]:
                found.append(self.score("joint_difference", error * self.far(), 0.01, about=(a, b)))
        for group in sketch.group_names:
            value = 0.1 * self.far()
            found.append(
                self.score("group_distance", value, 0.05, about=("sex", "race"), within=group)
            )
        if sketch.target:
            found += self.usefulness()
        found += [
            self.score("exact_copies", sketch.copied, 0.0, headline=True),
            self.score(DRAWN, 0.503 + sketch.copied, 0.5),
        ]
        return found

    def rules(self) -> list[str]:
        """Rules that some rows break, the first of which says a value."""
        names = [f"`{name}`" for name in self.sketch.names[:4]]
        return [f"{names[0]} in ('a label')", *(f"{a} <= {b}" for a, b in pairwise(names))]

    def broken_rules(self) -> Exhibit:
        rules, held = self.rules(), 0.0 if self.sketch.holdout else None
        shares = [2 * self.sketch.error / (k + 1) for k in range(len(rules))]
        columns: dict[str, list[Any]] = {
            "rule": rules,
            "kind": ["value", *["order"] * (len(rules) - 1)],
            "synthetic_rows": [round(30_000 * share) for share in shares],
            "synthetic_covered": [30_000 for _ in rules],
            "synthetic": shares,
            "real_rows": [0 for _ in rules],
            "real": [0.0 for _ in rules],
            "holdout": [held for _ in rules],
            "expected": [None if self.sketch.holdout else 0.001 for _ in rules],
            "counts": [True for _ in rules],
            "examples": ["3, 17, 20, 21, 405" for _ in rules],
        }
        title = "Rules of the real table that this one breaks"
        return Exhibit(name="broken_rules", title=title, columns=columns, rests_on=self.sides)

    def far(self) -> float:
        return float(self.draw.exponential())

    def usefulness(self) -> list[Score]:
        found, target = [], (self.sketch.names[1],)
        for k, learner in enumerate(LEARNERS):
            more = {"about": target, "within": learner}
            found.append(
                self.score("auc", 0.93 - self.sketch.error, 0.928, headline=k == 0, **more)
            )
            found.append(self.score("f1", 0.70, 0.712, **more))
            if self.sketch.protected:
                more = {"about": ("sex",), "within": f"{learner}, trained on synthetic rows"}
                found.append(self.score(PARITY, 0.19, 0.18, headline=k == 0, **more))
                missing = "no row of group 'X' is positive"
                found.append(
                    MEASURES[OPPORTUNITY].missing(missing, about=("race",), within=learner)
                )
        return found

    def exhibits(self) -> list[Exhibit]:
        found = []
        for k, name in enumerate(self.sketch.names):
            found += self.number(name) if k % 2 else self.label(name)
        found += [self.associations(), self.projection(), self.telltales(), self.tails()]
        found += [self.rare_labels(), *self.groups(), self.distances(), self.shown_pair()]
        if self.sketch.rules:
            found.append(self.broken_rules())
        if self.sketch.target:
            for learner in LEARNERS:
                found += self.learned(learner)
        if self.sketch.target and self.sketch.protected:
            found += [self.rates("data"), self.means("data"), self.means(LEARNERS[0])]
        if self.sketch.target:
            found.append(self.conclusions())
        if self.sketch.persons:
            found += of_persons(ODD) if self.sketch.odd else of_persons()
        return [*found, *self.staged(found)] if self.sketch.stages else found

    def moved(self, shares: Any) -> Any:
        noise = self.draw.normal(0, 3 * self.sketch.error, len(shares))
        made = np.clip(shares * np.exp(noise), 0, None)
        return made / made.sum()

    def number(self, name: str) -> list[Exhibit]:
        edges = np.linspace(0, 100, 21)
        real = np.exp(-(((edges[:-1] - 20 - 50 * self.draw.random()) / 25) ** 2))
        real = 0.95 * real / real.sum()
        columns: dict[str, list[Any]] = {n: [] for n in ("side", "value", "low", "high", "share")}
        curve: dict[str, list[Any]] = {n: [] for n in ("side", "value", "share")}
        for side in BOTH:
            shares = real if side == "real" else 0.95 * self.moved(real)
            columns["side"] += [side] * 21
            columns["value"] += [None] * 20 + ["(missing)"]
            columns["low"] += [*edges[:-1], None]
            columns["high"] += [*edges[1:], None]
            columns["share"] += [*shares, 0.05]
            curve["side"] += [side] * 60
            curve["value"] += list(np.linspace(0, 100, 60))
            curve["share"] += list(np.interp(np.linspace(0, 100, 60), edges[1:], shares.cumsum()))
        about = (name,)
        return [
            Exhibit(name="distribution", title=name, about=about, columns=columns),
            Exhibit(name="cumulative", title=name, about=about, columns=curve),
            *self.alone(name, columns),
        ]

    def label(self, name: str) -> list[Exhibit]:
        labels = [f"label {k}" for k in range(4 + int(12 * self.draw.random()))]
        labels = [*ODD, *labels] if self.sketch.odd else labels
        real = np.sort(self.draw.dirichlet(np.ones(len(labels))))[::-1]
        size = len(labels)
        columns = {
            "side": ["real"] * size + ["synthetic"] * size,
            "value": labels * 2,
            "low": [None] * 2 * size,
            "high": [None] * 2 * size,
            "share": [*real, *self.moved(real)],
        }
        curve = {n: columns[n] for n in ("side", "value", "share")}
        return [
            Exhibit(name="distribution", title=name, about=(name,), columns=columns),
            Exhibit(name="cumulative", title=name, about=(name,), columns=curve),
            *self.alone(name, columns),
        ]

    def alone(self, name: str, columns: dict[str, list[Any]]) -> list[Exhibit]:
        """The synthetic table's own distribution."""
        if not self.sketch.synthetic_only:
            return []
        own = [k for k, side in enumerate(columns["side"]) if side == "synthetic"]
        return [
            Exhibit(
                name="distribution",
                title=name,
                about=(name,),
                columns={n: [v[k] for k in own] for n, v in columns.items()},
                rests_on=("synthetic",),
            )
        ]

    def staged(self, found: list[Exhibit]) -> list[Exhibit]:
        """A training: its course, every column at three stages, and a pair of columns."""
        real = "holdout" if self.sketch.holdout else "real"
        steps = {"step": [100, 2_000, 30_000], "distance": [0.4, 0.1, 0.05]}
        made = [Exhibit(name="training", title="Course of the training", columns=steps)]
        for exhibit in found:
            if exhibit.name != "distribution" or "real" not in exhibit.rests_on:
                continue
            size = len(exhibit.columns["side"]) // 2
            columns = {n: exhibit.columns[n][:size] for n in ("value", "low", "high")}
            shares = exhibit.columns["share"][:size]
            for step in ("step 100", "step 2,000", "step 30,000"):
                columns[step] = list(self.moved(np.array(shares)))
            made.append(
                Exhibit(
                    name="stages",
                    title=exhibit.title,
                    about=exhibit.about,
                    columns={**columns, real: shares},
                    rests_on=(real, "synthetic"),
                )
            )
        edges = list(np.linspace(0, 100, 6))
        labels = [*ODD[:2], "a label", "(others)"] if self.sketch.odd else list("abcd")
        pair: dict[str, list[Any]] = {
            "x_value": ([None] * 5 + ["(missing)"]) * 4,
            "x_low": [*edges[:-1], None] * 4,
            "x_high": [*edges[1:], None] * 4,
            "y_value": [label for label in labels for _ in range(6)],
            "y_low": [None] * 24,
            "y_high": [None] * 24,
        }
        for stage in ("step 100", "step 2,000", "step 30,000", real):
            pair[stage] = list(self.draw.dirichlet(np.ones(24)))
        about = (self.sketch.names[1], self.sketch.names[0])
        title = f"{about[0]} across, {about[1]} at the side"
        sides = (real, "synthetic")
        made.append(
            Exhibit(name="stage pairs", title=title, about=about, columns=pair, rests_on=sides)
        )
        return made

    def associations(self) -> Exhibit:
        columns: dict[str, list[Any]] = {n: [] for n in ("a", "b", "real", "synthetic", "kind")}
        names = self.sketch.names
        for k, a in enumerate(names):
            for j, b in enumerate(names[k + 1 :], k + 1):
                kind = ("correlation", "mixed", "contingency")[k % 2 + j % 2]
                low = -1.0 if kind == "correlation" else 0.0
                real = float(np.clip(self.draw.normal(0, 0.3), low, 1))
                if low == 0:
                    real = abs(real)
                fake = float(np.clip(real + self.draw.normal(0, 3 * self.sketch.error), low, 1))
                values = (a, b, real, None if j == 7 and k == 3 else fake, kind)
                for column, value in zip(columns, values, strict=True):
                    columns[column].append(value)
        return Exhibit(name="associations", title="Associations of columns", columns=columns)

    def projection(self) -> Exhibit:
        columns: dict[str, list[Any]] = {"side": [], "x": [], "y": []}
        for side in self.sides:
            centre = self.draw.integers(0, 3, 1000)
            x = self.draw.normal(0, 1, 1000) + 3 * centre
            columns["side"] += [side] * 1000
            columns["x"] += list(x)
            columns["y"] += list(self.draw.normal(0, 1, 1000) + np.sin(x))
        return Exhibit(
            name="projection", title="Principal components", columns=columns, rests_on=self.sides
        )

    def shown_pair(self) -> Exhibit:
        """Points of a number and another by groups, from draws of their own."""
        draw = Key(1).child("shown").generator()
        names, size = self.sketch.names, 60
        order = draw.integers(0, 3, 2 * size)
        words = ODD[:3] if self.sketch.odd else ("a", "b", "(others)")
        columns: dict[str, list[Any]] = {"side": ["real"] * size + ["synthetic"] * size}
        columns |= {f"{axis}_value": list(draw.normal(0, 1, 2 * size)) for axis in "xy"}
        columns |= {"group": [words[k] for k in order], "group_order": list(order)}
        about = (names[1], names[0], names[-1])
        title = "60 of 900 real rows and 60 of 900 synthetic rows"
        return Exhibit(name="shown pair", title=title, about=about, columns=columns)

    def telltales(self) -> Exhibit:
        gains = np.sort(self.draw.dirichlet(np.ones(self.sketch.columns)))[::-1]
        return Exhibit(
            name="telltales",
            title="What gives it away",
            within=LEARNERS[0],
            columns={"column": self.sketch.names, "gain": list(gains)},
            rests_on=self.sides,
        )

    def tails(self) -> Exhibit:
        numbers = self.sketch.names[1::2]
        size = 2 * len(numbers)
        return Exhibit(
            name="tails",
            title="Ends of numbers",
            columns={
                "column": [n for n in numbers for _ in range(2)],
                "end": ["low", "high"] * len(numbers),
                "real": [0.01] * size,
                "synthetic": list(np.clip(self.draw.normal(0.01, 0.003, size), 0, None)),
            },
        )

    def rare_labels(self) -> Exhibit:
        counts = self.draw.poisson(12, 10)
        return Exhibit(
            name="rare labels",
            title="Rare labels",
            columns={
                "column": [self.sketch.names[0]] * 10,
                "label": list(ODD) if self.sketch.odd else [f"rare {k}" for k in range(10)],
                "real": [int(v) for v in counts],
                "synthetic": [int(v) for v in self.draw.poisson(counts)],
                "expected": [float(v) for v in counts],
            },
        )

    def groups(self) -> list[Exhibit]:
        names, size = self.sketch.group_names, self.sketch.groups
        real = [int(9000 / (k + 1) ** 1.5) for k in range(size)]
        made = [30_000 // size] * size
        value = np.sort(self.draw.exponential(0.1, size))
        about = ("sex", "race")
        counts = {"group": names, "real": real, "synthetic": made, "planned": made}
        likeness = {
            "group": names,
            "rows_real": real,
            "rows_synthetic": made,
            "value": [None, *value[1:]],
            "low": [None, *value[1:] * 0.8],
            "high": [None, *value[1:] * 1.3],
        }
        found = [
            Exhibit(name="groups", title="Rows of groups", about=about, columns=counts),
            Exhibit(name="group likeness", title="Likeness", about=about, columns=likeness),
        ]
        if self.sketch.synthetic_only:
            own = {"group": names, "synthetic": made, "planned": made}
            only = ("synthetic",)
            title = "Rows of groups"
            found.append(
                Exhibit(name="groups", title=title, about=about, columns=own, rests_on=only)
            )
        return found

    def distances(self) -> Exhibit:
        left = np.arange(0, 3, 0.1)
        columns: dict[str, list[Any]] = {"from": [], "distance": [], "share": []}
        for side in self.sides[1:]:
            shares = self.moved(np.exp(-(((left - 1) / 0.5) ** 2)))
            if side == "synthetic":
                shares[0] += self.sketch.copied
            columns["from"] += [side] * len(left)
            columns["distance"] += list(left)
            columns["share"] += list(shares / shares.sum())
        return Exhibit(
            name="distances", title="Nearest training rows", columns=columns, rests_on=self.sides
        )

    def learned(self, learner: str) -> list[Exhibit]:
        about = (self.sketch.names[1],)
        more: dict[str, Any] = {"about": about, "within": learner, "rests_on": self.sides}
        fpr = np.linspace(0, 1, 80) ** 2
        p = np.linspace(0.05, 0.95, 10)
        weights = self.draw.dirichlet(np.ones(self.sketch.columns))
        arms = [*["real"] * 80, *["synthetic"] * 80]
        both = ["real"] * 10 + ["synthetic"] * 10
        observed = np.concatenate([p, np.clip(p + 0.04, 0, 1)])
        found = [
            Exhibit(
                name="roc",
                title="ROC",
                columns={
                    "arm": arms,
                    "fpr": [*fpr, *fpr],
                    "tpr": [*fpr**0.15, *fpr**0.19],
                },
                **more,
            ),
            Exhibit(
                name="calibration",
                title="Calibration",
                columns={
                    "arm": both,
                    "predicted": [*p, *p],
                    "observed": list(observed),
                    "low": list(observed - 0.03),
                    "high": list(observed + 0.03),
                    "rows": [400] * 20,
                },
                **more,
            ),
            Exhibit(
                name="classification report",
                title="Classification report",
                columns={
                    "arm": ["real", "real", "synthetic", "synthetic"],
                    "class": ["<=50K", ">50K"] * 2,
                    "precision": [0.9, 0.76, 0.89, 0.75],
                    "recall": [0.93, 0.66, 0.93, 0.62],
                    "f1": [0.92, 0.71, 0.91, 0.68],
                    "rows": [12435, 3846] * 2,
                },
                **more,
            ),
            Exhibit(
                name="importance",
                title="Importance",
                columns={
                    "column": self.sketch.names,
                    "real": list(weights),
                    "synthetic": list(self.moved(weights)),
                },
                **more,
            ),
        ]
        return [*found, self.rates(learner)] if self.sketch.protected else found

    def conclusions(self) -> Exhibit:
        """What an analyst would find of a target, by regression."""
        effects = [*self.sketch.names[2:], f"{self.sketch.names[0]} = high"]
        columns: dict[str, list[Any]] = {
            n: [] for n in ("outcome", "effect", "side", "estimate", "low", "high")
        }
        for effect in effects:
            true = float(self.draw.normal(0, 1))
            for side in self.sides:
                value = true + float(self.draw.normal(0, 0.1 + (side == "synthetic") * 0.2))
                said = (
                    f"{self.sketch.names[1]} = 1",
                    effect,
                    side,
                    value,
                    value - 0.2,
                    value + 0.2,
                )
                for name, cell in zip(columns, said, strict=True):
                    columns[name].append(cell)
        return Exhibit(
            name="conclusions",
            title="Estimates: regression",
            about=(self.sketch.names[1],),
            within="regression",
            columns=columns,
            rests_on=self.sides,
        )

    def means(self, within: str) -> Exhibit:
        size, names = self.sketch.groups, self.sketch.group_names
        observed = 40 + self.draw.normal(0, 5, 2 * size)
        predicted = observed + self.draw.normal(0, 1, 2 * size)
        said = observed if within == "data" else predicted
        columns = {
            "arm": ["real"] * size + ["synthetic"] * size,
            "group": names * 2,
            "rows": [900] * 2 * size,
            "observed": list(observed),
            "predicted": [None] * 2 * size if within == "data" else list(predicted),
            "low": list(said - 2),
            "high": list(said + 2),
        }
        return Exhibit(
            name="group means",
            title=f"Means by group, {within}",
            about=("race",),
            within=within,
            columns=columns,
        )

    def rates(self, learner: str) -> Exhibit:
        size = self.sketch.groups
        base = np.clip(self.draw.normal(0.3, 0.1, 2 * size), 0.05, 0.9)
        columns: dict[str, list[Any]] = {
            "arm": ["real"] * size + ["synthetic"] * size,
            "group": self.sketch.group_names * 2,
            "rows": [900] * 2 * size,
            "positives": [int(270 * b) for b in base],
            "base_rate": list(base),
            "precision": list(base + 0.1),
            "auc": [None] * 2 * size,
        }
        for name, stem in (("selection_rate", "selection"), ("tpr", "tpr"), ("fpr", "fpr")):
            rate = np.clip(base + {"tpr": 0.4, "fpr": -0.15}.get(name, 0), 0.01, 0.99)
            columns[name] = list(rate)
            columns[f"{stem}_low"] = list(np.clip(rate - 0.05, 0, 1))
            columns[f"{stem}_high"] = list(np.clip(rate + 0.05, 0, 1))
            columns[name][3] = columns[f"{stem}_low"][3] = columns[f"{stem}_high"][3] = None
        return Exhibit(
            name="group rates",
            title="Rates of groups",
            about=("sex", "race"),
            within=learner,
            columns=columns,
            rests_on=self.sides,
        )
