"""Intervals and verdicts of a proof's page agree, whatever the folds found: walked on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report.pages import Page
from tests.report.study.test_page import PLAIN, proof
from trimtab.report.blocks import CellTable, Figure
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.study.page import study_document
from trimtab.study.balancing.result import CurvePoint, Line, Proof
from trimtab.study.balancing.verdict import answers
from trimtab.study.inference import Effect, differences, mean
from trimtab.study.metrics import AUC, MEASURES, PRECISION

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
ARMS = ("as it is", "class weights", "SMOTE", "ours")
LEARNERS = ("lr", "trees")
SHARE = 0.25
TOLD = re.compile(
    r"\[([+-][\d.]+), ([+-][\d.]+)\],? p (?:< )?[\d.]+,? "
    r"(no difference shown|no difference|helps|harms)\b"
)
ALONE = "an interval without 0 can stand beside “no difference shown”"

# From what surely helps, over what does not matter, to noise, in steps that make equal values.
FIGURES = st.tuples(
    st.sampled_from([-0.08, -0.03, -0.012, 0.0, 0.001, 0.003, 0.012, 0.03, 0.08]),
    st.sampled_from([0.0, 0.001, 0.01, 0.03]),
    st.permutations([-2, -1, 0, 0, 1, 2]),
).map(lambda one: [one[0] + one[1] * k for k in one[2]])


def made(draw: Any) -> Proof:
    """A proof whose figures were drawn fold by fold, put together as `prove` does."""

    def compared(measure: str) -> dict[str, Any]:
        paired = {arm: draw(FIGURES) for arm in ARMS[1:]}
        return differences(paired, SHARE, MEASURES[measure][2])

    plain = {(x.arm, x.learner): x for x in PLAIN.lines}
    lines, points = [], []
    for learner in LEARNERS:
        found = {m: compared(m) for m in (AUC, PRECISION, "f1")}
        few = {m: compared(m) for m in (AUC, PRECISION)}
        for arm in ARMS:
            told = {m: d[arm] for m, d in found.items() if arm in d}
            base: Line = plain[arm, PLAIN.learners[0]]
            lines.append(base.model_copy(update={"learner": learner, "differences": told}))
            points.append(
                CurvePoint(
                    size=10,
                    arm=arm,
                    learner=learner,
                    figures={m: mean([0.8, 0.82], SHARE) for m in few},
                    differences={m: d[arm] for m, d in few.items() if arm in d},
                )
            )
    asked = {"lines": tuple(lines), "curve": tuple(points), "groups": (), "gaps": ()}
    bare = proof(learners=LEARNERS, **asked)
    return bare.model_copy(update={"answers": answers(bare)})


def check(low: str, high: str, word: str) -> None:
    """A word beside an interval as they are read; digits that were rounded away cannot tell."""
    ends = sorted((float(low), float(high)))
    if word == Effect.UNSURE:
        assert ends[0] <= 0 <= ends[1], (low, high, word)
    elif word == Effect.HELPS:
        assert ends[0] >= 0, (low, high, word)
    elif word == Effect.HARMS:
        assert ends[1] <= 0, (low, high, word)
    else:
        largest = max(margin for _, _, margin in MEASURES.values())
        assert -largest <= ends[0] and ends[1] <= largest


def blocks(document: Document) -> Iterator[Any]:
    for chapter in document.chapters:
        for part in chapter.parts:
            yield from part.blocks


def walk(document: Document, of: Proof) -> int:
    """Check all pairs of an interval and a word that the document holds; how many there are."""
    pairs = 0
    for block in blocks(document):
        if isinstance(block, CellTable):
            for cell in (c for g in block.groups for line in g.lines for c in line.cells):
                found = re.search(r"\[(.+), (.+)\]", " ".join(cell.notes))
                if cell.word in set(Effect) and found:
                    check(*found.groups(), cell.word)
                    pairs += 1
        elif isinstance(block, Figure):
            for columns in (p.exhibit.columns for p in block.panels):
                ends = zip(*(columns.get(n, ()) for n in ("low", "high", "effect")), strict=False)
                for low, high, effect in ends:
                    check(str(low), str(high), effect)
                    pairs += 1
    mine = document.answer.points[1:]
    for point, answer in zip(mine, of.answers, strict=True):
        found = re.search(r"AUC \S+ \[(.+?), (.+?)\] against", point.sentence)
        assert found and point.word == answer.effect
        check(*found.groups(), point.word)
        (own,) = [o.word for o in point.others if o.name == of.ours]
        assert own == point.word
        pairs += 1
    return pairs


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_interval_agrees_with_the_word_beside_it(data: st.DataObject) -> None:
    of = made(data.draw)
    document = study_document(of)
    # Two learners: 3 ways x 3 measures tested, 2 of them drawn, 2 on the curve; and an answer each.
    assert walk(document, of) == 2 * (3 * 3 + 3 * 2 + 3 * 2 + 1)
    text = Page(PARSER.render(render_markdown(document))).text
    told = TOLD.findall(text.replace(" ,", ","))
    assert len(told) == 2 * (3 * 3 + 3 * 2)
    for low, high, word in told:
        check(low, high, word)
    assert ALONE not in text
    assert of.conclusion == Proof.parse(of.to_json()).conclusion
    assert of.conclusion.text in text.replace("Balancing", "balancing")


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_page_in_html_agrees_too(data: st.DataObject) -> None:
    text = Page(render_html(study_document(made(data.draw)))).text
    told = TOLD.findall(text)
    assert len(told) == 2 * (3 * 3 + 3 * 2)
    for low, high, word in told:
        check(low, high, word)


def older(of: Proof) -> Proof:
    """The proof as version 2 told it: intervals that are not corrected, effects that are."""
    content = of.to_dict() | {"version": 2}
    del content["conclusion"]
    for part in (*content["lines"], *content["curve"]):
        for one in part["differences"].values():
            one |= {"low": 0.001, "high": 0.05, "holm": 0.2, "effect": "not shown"}
            del one["level"]
    return Proof.model_validate(content)


def test_older_proofs_say_that_their_intervals_are_not_corrected() -> None:
    document = study_document(older(PLAIN))
    with pytest.raises(AssertionError):
        walk(document, PLAIN)  # the check would see it
    chapter = next(c for c in document.chapters if c.identity == "differences")
    first = chapter.parts[0].blocks[0]
    assert isinstance(first, Figure) and ALONE in first.reading
    assert ALONE in render_markdown(document)
