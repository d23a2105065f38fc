"""What a proof found; the same in Python and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, computed_field, model_validator

from trimtab._named import Named
from trimtab._shown import charts, pictures
from trimtab._versioned import Versioned
from trimtab._visible import visible
from trimtab.predict.calibration import Bins
from trimtab.predict.threshold import Cost
from trimtab.study.balancing.arms.untouched import UNTOUCHED
from trimtab.study.balancing.conclusion import Conclusion, concluded
from trimtab.study.balancing.controls import Control
from trimtab.study.balancing.copies import Copies
from trimtab.study.balancing.tails import Tail
from trimtab.study.balancing.trained import TrainingRows
from trimtab.study.inference import Difference, Effect, Mean
from trimtab.study.metrics import AUC
from trimtab.table.inputs import Input

PROOF_VERSION = 3


class _Frozen(Named):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Frozen):
    """One learner in one arm.

    figures      means over outer folds, by the names in `metrics.MEASURES`
    differences  to the untouched arm, for the measures of which more or less is better
    thresholds   the median over folds of each, by what they make best; of probabilities as they
                 come
    spread       the least and the largest of each over folds
    ratios       how often each ratio was chosen inside
    bins         calibration curves, over all folds, of "raw", "prior" and "platt" probabilities
    """

    arm: str
    learner: str
    figures: dict[str, Mean]
    differences: dict[str, Difference] = Field(default_factory=dict)
    thresholds: dict[str, float]
    spread: dict[str, tuple[float, float]] = Field(default_factory=dict)
    ratios: dict[str, int] = Field(default_factory=dict)
    bins: dict[str, Bins] = Field(default_factory=dict)


class CurvePoint(_Frozen):
    """One learner in one arm, where the smaller class has `size` training rows."""

    size: int
    arm: str
    learner: str
    figures: dict[str, Mean]
    differences: dict[str, Difference] = Field(default_factory=dict)


class Group(_Frozen):
    """One group of a protected column: rates over all outer folds, at the tuned threshold.

    rows, positives   that were tested: each row counts once for each repeat of the folds
    """

    arm: str
    learner: str
    column: str
    group: str
    rows: int
    positives: int
    selected: float | None
    recalled: float | None


class Gap(_Frozen):
    """How far groups of a protected column are apart, largest minus smallest over groups with
    enough rows.

    selected     share of rows called positive (demographic parity difference)
    recalled     share of positive rows called positive (equal opportunity difference)
    ..._change   of each to the untouched arm, with its jackknife standard error over folds
    """

    arm: str
    learner: str
    column: str
    selected: float | None
    recalled: float | None
    selected_change: tuple[float, float] | None = None
    recalled_change: tuple[float, float] | None = None


class Answer(_Frozen):
    """What one learner's folds say of balancing.

    effect   of the best balancing arm that is ours on the AUC
    verdict  in words, and `advice`: what to do instead or besides
    """

    learner: str
    effect: Effect
    verdict: str
    advice: tuple[str, ...] = ()


class Proof(Versioned):
    """Whether balancing helps.

    positive, positives   the class the proof is about, and its rows
    minority              rows of the smaller class (it is the positive one, unless said otherwise)
    folds, asked          outer folds that were done, and that were asked for
    conclusion            what the answers of all learners come to
    curve_folds           folds of the learning curve that were done at every size
    trained               rows that learners were trained on by arm, the mean over folds
    controls              runs whose answer is known; version 1 called them `sentinels`. In versions
                          1 and 2 intervals of differences were not corrected
    unable                what could not be done, and why
    given                 the table that was handed over; its rows whose class is known
    date, asked_by        when, in universal time, and by which command or function
    cpu_seconds           that the folds took
    """

    kind: ClassVar[str] = "proof"
    newest: ClassVar[int] = PROOF_VERSION
    command: ClassVar[str] = "trimtab prove DATA --target Y -o PROOF.json"

    version: int = PROOF_VERSION
    trimtab: str
    target: str
    positive: str
    rows: int
    positives: int
    minority: int
    people: int | None
    protected: tuple[str, ...] = ()
    cost: Cost | None = None
    arms: tuple[str, ...]
    ours: str
    learners: tuple[str, ...]
    folds: int
    asked: int
    repeats: int
    inner: int
    ratios: tuple[float, ...]
    sizes: tuple[int, ...]
    curve_folds: int
    seed: int
    answers: tuple[Answer, ...]
    lines: tuple[Line, ...]
    trained: dict[str, tuple[TrainingRows, ...]] = Field(default_factory=dict)
    curve: tuple[CurvePoint, ...] = ()
    controls: tuple[Control, ...] = ()
    copies: dict[str, Copies] = Field(default_factory=dict)
    tails: dict[str, Tail] = Field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    given: Input | None = None
    date: str = ""
    asked_by: str = ""
    cpu_seconds: float = 0.0

    @model_validator(mode="before")
    @classmethod
    def _of_another_version(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        # The conclusion follows from the rest.
        told = {name: v for name, v in content.items() if name != "conclusion"}
        if told.get("version") == 1:
            told = {"controls" if k == "sentinels" else k: v for k, v in told.items()}
        return told | {"version": PROOF_VERSION} if told.get("version") in (1, 2) else told

    @computed_field  # type: ignore[prop-decorator]
    @property
    def conclusion(self) -> Conclusion:
        """One bottom line for all learners."""
        aucs: dict[str, dict[str, float]] = {UNTOUCHED: {}, self.ours: {}}
        for line in self.lines:
            value = line.figures[AUC].value if AUC in line.figures else None
            if line.arm in aucs and value is not None:
                aucs[line.arm][line.learner] = value
        effects = {a.learner: a.effect for a in self.answers}
        ps = {
            line.learner: line.differences[AUC].holm
            for line in self.lines
            if line.arm == self.ours and line.learner in effects and AUC in line.differences
        }
        return concluded(effects, aucs[UNTOUCHED], aucs[self.ours], ps)

    @property
    def charts(self) -> Mapping[str, Any]:
        """Its charts by their titles, as Altair objects: see `trimtab.charts`."""
        return charts(self)

    def line(self, arm: str, learner: str) -> Line | None:
        """One learner's line in one arm, if there is one."""
        return next((x for x in self.lines if x.arm == arm and x.learner == learner), None)

    def __repr__(self) -> str:
        verdicts = (f"{a.learner}: {a.verdict}" for a in self.answers)
        return visible(f"Proof({'; '.join((self.conclusion.text, *verdicts))})")

    __str__ = __repr__

    def _repr_html_(self) -> str:
        answers = f"<p>{escape(self.conclusion.text)}</p>" + "".join(
            f"<p><b>{escape(a.learner)}</b>: {escape(a.verdict)}</p><ul>"
            + "".join(f"<li>{escape(x)}</li>" for x in a.advice)
            + "</ul>"
            for a in self.answers
        )
        notes = "".join(f"<li>{escape(n)}</li>" for n in self.notes)
        return f"{answers}<ul>{notes}</ul>{pictures(self)}"
