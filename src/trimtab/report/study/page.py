"""The page of a proof: whether balancing helps, as a document."""

from __future__ import annotations

from collections.abc import Iterable

from trimtab.report.blocks import Block, Bullets, Chapter, Paragraph, Part
from trimtab.report.document import MARKS, Document, Fact, Subject
from trimtab.report.formatting import fit
from trimtab.report.study import checks, tables, words
from trimtab.report.study import figures as pictures
from trimtab.report.summary import Answer, Other, Point, Recommendation
from trimtab.study.balancing.conclusion import Worth
from trimtab.study.balancing.result import Answer as LearnersAnswer
from trimtab.study.balancing.result import Proof
from trimtab.study.inference import Effect
from trimtab.study.metrics import AUC, PRECISION

QUESTION = "The answer"
CAVEAT = (
    "F1 at .5 before and after balancing is no evidence, because it moves with the cut and not "
    "with what was learned. Nor is any figure for which rows were added before test rows were "
    "taken out."
)
_STANCES = {
    Effect.HELPS: Recommendation.YES,
    Effect.HARMS: Recommendation.NO,
    Effect.SAME: Recommendation.EVEN,
    Effect.UNSURE: Recommendation.UNKNOWN,
}
_WORTHS = {
    Worth.ALL: Recommendation.YES,
    Worth.SOME: Recommendation.CARE,
    Worth.EVEN: Recommendation.EVEN,
    Worth.NONE: Recommendation.NO,
    Worth.UNSHOWN: Recommendation.UNKNOWN,
}


def study_document(proof: Proof, *, title: str | None = None) -> Document:
    """The document of a proof."""
    return Document(
        title=fit(title or f"Would balancing help to predict {proof.target}?"),
        edition="internal",
        mark=MARKS["internal"],
        summary=words.summary(proof),
        subjects=_subjects(proof),
        facts=_facts(proof),
        answer=_answer(proof),
        headlines=(),
        chapters=tuple(_chapters(proof)),
        measures={},
        beside="",
        notes=proof.notes,
        provenance=_provenance(proof),
    )


def _answer(proof: Proof) -> Answer:
    return Answer(
        question=QUESTION,
        alarmed="Leak alarm",
        alarm=_alarm(proof),
        points=(*_bottom_line(proof), *(_point(proof, a) for a in proof.answers)),
        unknown=(words.not_shown(), *words.unfinished(proof)),
        caveat=CAVEAT,
    )


def _bottom_line(proof: Proof) -> Iterable[Point]:
    """What holds of all learners; of a single one its own point says that."""
    if len(proof.answers) > 1:
        conclusion = proof.conclusion
        yield Point(
            use="All learners",
            stance=_WORTHS[conclusion.worth],
            word=str(conclusion.worth),
            sentence=words.opened(conclusion.text),
        )


def _point(proof: Proof, answer: LearnersAnswer) -> Point:
    return Point(
        use=words.opened(answer.learner).removesuffix("."),
        stance=_STANCES[answer.effect],
        word=str(answer.effect),
        sentence=words.opened(answer.verdict),
        others=_others(proof, answer.learner),
        advice=answer.advice,
    )


def _others(proof: Proof, learner: str) -> tuple[Other, ...]:
    """What each way comes to by AUC."""
    lines = [line for a in proof.arms if (line := proof.line(a, learner)) is not None]
    return tuple(
        Other(name=line.arm, word=str(line.differences[AUC].effect))
        for line in lines
        if AUC in line.differences
    )


def _alarm(proof: Proof) -> str:
    alarms = [words.opened(c.text) for c in proof.controls if not c.sound]
    if not alarms:
        return ""
    return f"Do not trust the figures below before this is understood. {' '.join(alarms)}"


def _chapters(proof: Proof) -> Iterable[Chapter]:
    """The chapters that there is anything to say in."""
    chapters = (
        _rows(proof),
        _differences(proof),
        _cuts(proof),
        _calibration(proof),
        _curve(proof),
        _tails(proof),
        _groups(proof),
        _controls(proof),
        _method(proof),
    )
    return (chapter for chapter in chapters if chapter is not None)


def _chapter(
    identity: str, title: str, lead: str, blocks: Iterable[Block | None]
) -> Chapter | None:
    present = tuple(b for b in blocks if b is not None)
    if not present:
        return None
    part = Part(identity=f"{identity}-part", blocks=present)
    return Chapter(identity=identity, title=title, lead=lead, parts=(part,))


def _bullets(items: Iterable[str]) -> Bullets | None:
    texts = tuple(items)
    return Bullets(items=texts) if texts else None


def _rows(proof: Proof) -> Chapter | None:
    return _chapter(
        "rows",
        "What does each way do to the training rows?",
        f"It is meant to level the classes of {proof.target}. Whether more rows also teach more is "
        "the question of all that follows.",
        (pictures.training_rows(proof), _bullets(words.uncounted(proof))),
    )


def _differences(proof: Proof) -> Chapter | None:
    return _chapter(
        "differences",
        "What does each way do to the ranking of rows?",
        "AUC and average precision look only at the order in which a learner puts rows. No cut "
        "changes them, so they tell what was learned.",
        (pictures.differences(proof), tables.differences(proof), tables.figures(proof)),
    )


def _cuts(proof: Proof) -> Chapter | None:
    return _chapter(
        "cuts",
        "Why does F1 at .5 mislead?",
        "Of a rare class a learner rarely states more than .5, so at the cut of .5 it calls hardly "
        "any row positive and F1 is near 0. Balancing raises what it states, and more rows pass "
        "the same cut. A lower cut does that too, and leaves the table and the risks as they are.",
        (_bullets(words.at_half(proof)), pictures.cuts(proof), tables.cuts(proof)),
    )


def _calibration(proof: Proof) -> Chapter | None:
    return _chapter(
        "calibration",
        "Are the stated risks right?",
        "A learner that saw as many positive rows as others believes the class to be that "
        "frequent, and states risks to match. That can be put right afterwards.",
        (pictures.reliability(proof), tables.calibration(proof)),
    )


def _curve(proof: Proof) -> Chapter | None:
    if not proof.curve:
        return None
    folds = "1 fold" if proof.curve_folds == 1 else f"{proof.curve_folds} folds"
    return _chapter(
        "curve",
        "Does it help where rows are fewer still?",
        "If added rows help anywhere, it is where the smaller class has few rows. This is from "
        f"{folds}, each at every size.",
        (
            _bullets((*words.ours(proof), *words.learned_nothing(proof))),
            tables.leaders(proof),
            pictures.curve(proof),
            tables.curve(proof, PRECISION),
            tables.curve(proof, AUC),
        ),
    )


def _tails(proof: Proof) -> Chapter | None:
    return _chapter(
        "tails",
        "Do added rows keep outliers and noise?",
        "Added / real near 1 is as in the real world. Well below 1 the unusual is lost; well above "
        "1 it is made up, and rows amid the other class are noise. Copies, and rows made between "
        "neighbours, lie beside what they were made from, which lowers that last count.",
        (checks.tails(proof),),
    )


def _groups(proof: Proof) -> Chapter | None:
    if not proof.groups:
        return None
    parts = []
    for k, column in enumerate(dict.fromkeys(g.column for g in proof.groups)):
        blocks = (checks.group_rates(proof, column), checks.gaps(proof, column))
        present = tuple(b for b in blocks if b is not None)
        parts.append(Part(identity=f"groups-{k}", title=column, blocks=present))
    aim = "F1" if proof.cost is None else "cost"
    return Chapter(
        identity="groups",
        title="How do groups fare?",
        lead=f"At the cut that inner folds chose for the best {aim}, over all folds. Recall is the "
        "share of a group's positive rows that are called positive. A gap is no proof of "
        "discrimination, and no gap is no proof of fairness.",
        parts=tuple(parts),
    )


def _controls(proof: Proof) -> Chapter | None:
    return _chapter(
        "sentinels",
        "Could a leak explain these figures?",
        "Two checks whose answer is known: with shuffled classes nothing can be learned, so the "
        "AUC must be about .5; and added rows must not equal test rows more often than real ones.",
        (checks.controls(proof),),
    )


def _method(proof: Proof) -> Chapter | None:
    paragraphs = [Paragraph(text=text) for text in words.method(proof)]
    return _chapter("method", "How was it done?", "", paragraphs)


def _subjects(proof: Proof) -> tuple[Subject, ...]:
    given = proof.given
    return () if given is None else (Subject(what="the table", **dict(given)),)


def _facts(proof: Proof) -> tuple[Fact, ...]:
    """When, by what and how the proof was made."""
    facts = {
        "trimtab": proof.trimtab,
        "date": proof.date,
        "seed": str(proof.seed),
        "asked by": proof.asked_by,
    }
    return tuple(Fact(name=n, value=v) for n, v in facts.items() if v)


def _provenance(proof: Proof) -> tuple[Fact, ...]:
    cost = proof.cost
    facts = {
        "proof version": str(proof.version),
        "target": proof.target,
        "positive class": proof.positive,
        "rows": f"{proof.rows:,}",
        "positive rows": f"{proof.positives:,}",
        "rows of the smaller class": f"{proof.minority:,}",
        "persons": "" if proof.people is None else f"{proof.people:,}",
        "protected columns": ", ".join(proof.protected),
        "costs": "" if cost is None else f"false positive {cost.fp:g}, false negative {cost.fn:g}",
        "ways to train": ", ".join(proof.arms),
        "of this package": proof.ours,
        "learners": ", ".join(proof.learners),
        "outer folds": f"{proof.folds} of {proof.asked}, in {proof.repeats} repeats",
        "inner folds": str(proof.inner),
        "ratios": ", ".join(f"{r:g}" for r in proof.ratios),
        "sizes of the learning curve": ", ".join(map(str, proof.sizes)),
        "folds of the learning curve": str(proof.curve_folds),
        "CPU seconds": f"{proof.cpu_seconds:,.0f}",
    }
    return tuple(Fact(name=n, value=v) for n, v in facts.items() if v)
