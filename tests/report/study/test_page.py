"""The page of a proof: every fact of it, whatever is missing, and nothing of the data as markup."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.report.browser import needs_browser, opened
from tests.report.pages import Page
from trimtab.errors import InputError
from trimtab.predict.calibration import EDGES, Bins
from trimtab.predict.threshold import Cost
from trimtab.report.blocks import CellTable
from trimtab.report.document import Document
from trimtab.report.html import render_html
from trimtab.report.markdown import render_markdown
from trimtab.report.study.page import CAVEAT, study_document
from trimtab.report.write import write_study
from trimtab.study.balancing.controls import Control
from trimtab.study.balancing.result import Answer, CurvePoint, Gap, Group, Line, Proof
from trimtab.study.balancing.tails import Counts, Tail
from trimtab.study.balancing.trained import TrainingRows
from trimtab.study.inference import Difference, Effect, Mean

ARMS = ("as it is", "class weights", "SMOTE", "ours")
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = "<script>alert(1)</script> | `x` *y* {{ 7 * 7 }} \x00&amp;"


def mean(value: float | None, reach: float = 0.0123) -> Mean:
    if value is None:
        return Mean(value=None)
    return Mean(value=value, low=value - reach, high=value + reach, folds=10)


def difference(value: float, effect: Effect, p: float, margin: float = 0.005) -> Difference:
    low, high = value - 0.0111, value + 0.0111
    return Difference(
        value=value, low=low, high=high, margin=margin, p=p / 2, holm=p, level=0.975, effect=effect
    )


def bins(*points: tuple[float, int, int]) -> Bins:
    """Points of a stated probability, rows and hits."""
    size = len(EDGES) - 1
    rows, stated, hits = [0] * size, [0.0] * size, [0] * size
    for at, count, hit in points:
        k = max(k for k in range(size) if EDGES[k] <= at)
        rows[k], stated[k], hits[k] = count, at * count, hit
    return Bins(rows=tuple(rows), stated=tuple(stated), hits=tuple(hits))


def line(arm: str, learner: str, base: float = 0.84, **more: Any) -> Line:
    """A line whose figures tell by their digits what they are."""
    k = ARMS.index(arm) if arm in ARMS else 0
    figures: dict[str, float | None] = {
        "auc": base + k / 1000,
        "average_precision": 0.231 + k / 1000,
        "f1": 0.281 + k / 1000,
        "balanced_accuracy": 0.761 + k / 1000,
        "recall": 0.511 + k / 1000,
        "precision": 0.191 + k / 1000,
        "cost": 0.4321 + k / 1000,
        "f1_at_half": 0.021 + k / 10,
        "recall_at_half": 0.013 + k / 10,
        "ratio_raw": 1.0 + 2 * k,
        "ratio_prior": 1.03 + k / 100,
        "ratio_platt": 1.01,
        "slope_raw": 0.91,
        "slope_platt": 1.07,
    }
    for n, form in enumerate(("raw", "prior", "platt", "isotonic")):
        figures[f"brier_{form}"] = 0.0421 + n / 1000 + k / 10
        figures[f"log_loss_{form}"] = 0.15 + n / 100 + k / 10
    figures |= more
    effects = [Effect.SAME, Effect.HARMS, Effect.UNSURE]
    against = {}
    if arm != ARMS[0]:
        against = {
            "auc": difference(-0.0432 * (k == 2) + 0.001, effects[k - 1], 0.002 * k),
            "average_precision": difference(0.0217, Effect.HELPS, 0.0001, 0.01),
            "f1": difference(-0.0334, Effect.UNSURE, 0.777, 0.01),
        }
    raw = bins((0.03, 900, 20), (0.15, 200, 25), (0.45, 80, 30), (0.95, 3, 2))
    return Line(
        arm=arm,
        learner=learner,
        figures={n: mean(v) for n, v in figures.items()},
        differences=against,
        thresholds={"f1": 0.142, "balanced_accuracy": 0.0427, "cost": 1.0000000000000002},
        spread={"f1": (0.101, 0.163), "balanced_accuracy": (0.037, 0.069), "cost": (0.4, 1.1)},
        ratios={"0.5": 4, "1.0": 6},
        bins={"raw": raw, "prior": raw if k == 0 else bins((0.03, 800, 22)), "platt": raw},
    )


def point(size: int, arm: str, learner: str) -> CurvePoint:
    k = ARMS.index(arm)
    auc = 0.5 if (size, k) == (10, 0) else 0.7 + size / 1000 + k / 500
    against = {}
    if k:
        effect = Effect.HELPS if (size, arm) == (10, "ours") else Effect.UNSURE
        against = {m: difference(0.0456, effect, 0.03) for m in ("auc", "average_precision")}
    return CurvePoint(
        size=size,
        arm=arm,
        learner=learner,
        figures={"auc": mean(auc), "average_precision": mean(0.1 + auc / 10)},
        differences=against,
    )


def trained(arm: str) -> tuple[TrainingRows, ...]:
    """Rows of the classes and of two groups, of which one is levelled."""
    more = 3091.0 if arm in ARMS[2:] else 0.0
    return (
        TrainingRows(column="stroke", value="stroke = 1", smaller=159.2, added=more),
        TrainingRows(column="stroke", value="stroke ≠ 1", larger=3111.4),
        TrainingRows(column="gender", value="Female", larger=1800, smaller=88, added=more),
        TrainingRows(column="gender", value="Other", larger=1311, smaller=71),
    )


def proof(**changes: Any) -> Proof:
    learners = changes.get("learners", ("boosted trees",))
    arms = changes.get("arms", ARMS)
    tail = Tail(
        extreme=Counts(hits=310, chances=10000),
        rare=Counts(hits=7, chances=2345),
        amid=Counts(),
        real_extreme=Counts(hits=116, chances=2260),
        real_rare=Counts(hits=3, chances=319),
        real_amid=Counts(hits=108, chances=398),
    )
    plain: dict[str, Any] = {
        "trimtab": "9.8.7",
        "target": "stroke",
        "positive": "1",
        "rows": 4088,
        "positives": 199,
        "minority": 199,
        "people": None,
        "protected": ("gender",),
        "cost": Cost(fp=1, fn=20),
        "arms": arms,
        "ours": "ours",
        "learners": learners,
        "folds": 10,
        "asked": 10,
        "repeats": 2,
        "inner": 3,
        "ratios": (0.5, 1.0),
        "sizes": (10, 50),
        "curve_folds": 5,
        "seed": 0,
        "answers": tuple(
            Answer(
                learner=x,
                effect=Effect.UNSURE,
                verdict="balancing is not shown to make a difference: AUC +.001",
                advice=("Leave the table as it is.", "Correct the risks."),
            )
            for x in learners
        ),
        "lines": tuple(line(a, x) for x in learners for a in arms),
        "curve": tuple(point(s, a, x) for s in (10, 50) for x in learners for a in arms),
        "controls": (
            Control(name="shuffled classes", arm="SMOTE", sound=True, text="the AUC is 0.514"),
            Control(name="copies of test rows", arm="ours", sound=True, text="0.00% equal one"),
        ),
        "trained": {a: trained(a) for a in arms},
        "tails": {"SMOTE": tail},
        "groups": tuple(
            Group(
                arm=a,
                learner=x,
                column="gender",
                group=g,
                rows=4764,
                positives=226,
                selected=0.287,
                recalled=r,
            )
            for a in arms
            for x in learners
            for g, r in (("Female", 0.774), ("Other", None))
        ),
        "gaps": tuple(
            Gap(
                arm=a,
                learner=x,
                column="gender",
                selected=0.019,
                recalled=None if a == ARMS[1] else 0.075,
                selected_change=None if a == ARMS[0] else (-0.0129, 0.0076),
                recalled_change=None if a in ARMS[:2] else (0.0312, 0.0258),
            )
            for a in arms
            for x in learners
        ),
        "notes": ("The column id was left out.",),
        "cpu_seconds": 1208.2,
    }
    return Proof(**{**plain, **changes})


PLAIN = proof()
SMALL = proof(arms=("as it is", "SMOTE"))


@pytest.fixture(scope="module")
def made() -> str:
    return render_html(study_document(PLAIN))


@pytest.fixture(scope="module")
def page(made: str) -> Page:
    return Page(made)


@pytest.fixture(scope="module")
def markdown() -> Page:
    return Page(PARSER.render(render_markdown(study_document(PLAIN))))


def identities(document: Document) -> list[str]:
    return [c.identity for c in document.chapters]


def test_the_page_is_sound(page: Page) -> None:
    assert page.faults == []
    found = [a["id"] for _, a in page.tags if "id" in a]
    assert len(found) == len(set(found))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form"}
    assert {a.get("scope") for a in page.all("th")} <= {"col", "row", "rowgroup", "colgroup"}
    assert all(a["role"] == "img" and a["aria-labelledby"] for a in page.all("svg"))
    assert len(page.all("svg")) == 2 * 4 + 2 + 1 + 4 + 2


def test_the_answer_comes_first(page: Page) -> None:
    order = [
        "Would balancing help to predict stroke?",
        "4,088 rows, 199 of them (4.9 %) with stroke = 1",
        "all 10 folds",
        "The answer",
        "Boosted trees. Balancing is not shown to make a difference: AUC +.001.",
        "Leave the table as it is.",
        "Correct the risks.",
        "“No difference shown” means",
        CAVEAT,
        "Contents",
    ]
    places = [page.text.index(t) for t in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("effects", "name", "text"),
    [
        (("helps", "helps"), "good", "Balancing helps all 2 learners."),
        (
            ("helps", "harms"),
            "middling",
            "helps 1 of 2 learners (one); it harms 1 (two).",
        ),
        (("harms", "harms"), "poor", "not worth it for any of 2 learners: it harms all."),
        (("no difference",) * 2, "even", "no difference that matters for any of 2 learners."),
        (("not shown", "harms"), "unknown", "is not shown to be worth it for any of 2 learners:"),
    ],
)
def test_one_bottom_line_stands_above_the_learners(
    effects: tuple[str, ...], name: str, text: str
) -> None:
    told = tuple(
        Answer(learner=x, effect=Effect(e), verdict=f"verdict of {x}")
        for x, e in zip(("one", "two"), effects, strict=True)
    )
    bare: dict[str, Any] = {"lines": (), "curve": (), "groups": (), "gaps": (), "trained": {}}
    of = proof(learners=("one", "two"), answers=told, **bare)
    document = study_document(of)
    assert [p.use for p in document.answer.points] == ["All learners", "One", "Two"]
    html = render_html(document)
    assert (
        f'<dt class="word"><span class="verdict {name}">{of.conclusion.worth}</span></dt>' in html
    )
    for said in (Page(html).text, Page(PARSER.render(render_markdown(document))).text):
        assert said.index("All learners") < said.index(text) < said.index("Verdict of one")
    assert json.loads(of.to_json())["conclusion"]["worth"] == of.conclusion.worth


def test_a_learner_that_is_helped_by_itself_alone_is_told_beside_the_bottom_line() -> None:
    """One of two with p = .03: corrected for the two it can be chance."""
    names = ("one", "two")
    lines = tuple(
        x.model_copy(
            update={"differences": {"auc": difference(0.02, Effect.HELPS, p)}},
        )
        for name, p in (("one", 0.03), ("two", 0.9))
        for x in (line("ours", name),)
    )
    told = tuple(
        Answer(learner=x, effect=e, verdict=f"verdict of {x}")
        for x, e in zip(names, (Effect.HELPS, Effect.UNSURE), strict=True)
    )
    document = study_document(proof(learners=names, lines=lines, answers=told))
    for text in (
        Page(render_html(document)).text,
        Page(PARSER.render(render_markdown(document))).text,
    ):
        assert (
            "Balancing is not shown to be worth it for any of 2 learners. That it helps one is "
            "shown where a learner is tested by itself, and among 2 learners can be chance."
        ) in text


def test_protected_numbers_are_said_not_to_be_counted() -> None:
    said = "The groups of age and weight are not counted here."
    document = study_document(proof(protected=("gender", "age", "weight")))
    for text in (
        Page(render_html(document)).text,
        Page(PARSER.render(render_markdown(document))).text,
    ):
        assert said in text
        rows, ranking = (
            text.rindex(f"What does each way do to the {what} rows?")
            for what in ("training", "ranking of")
        )
        assert rows < text.index(said) < ranking
    assert "not counted here" not in render_markdown(study_document(PLAIN))


def test_a_single_learner_is_its_own_bottom_line(page: Page) -> None:
    assert "All learners" not in page.text


def test_chapters_are_in_order(page: Page) -> None:
    found = identities(study_document(PLAIN))
    assert found == [
        "rows",
        "differences",
        "cuts",
        "calibration",
        "curve",
        "tails",
        "groups",
        "sentinels",
        "method",
    ]
    assert [a["id"] for a in page.all("section")] == ["answer", *found, "provenance"]


def test_the_effect_has_a_word_and_a_colour(made: str) -> None:
    assert '<dt class="word"><span class="verdict unknown">no difference shown</span></dt>' in made
    assert 'SMOTE <span class="verdict poor">harms</span>' in made
    assert 'class weights <span class="verdict even">no difference</span>' in made
    for effect, name in (("helps", "good"), ("harms", "poor"), ("no difference", "even")):
        answer = PLAIN.answers[0].model_copy(update={"effect": Effect(effect)})
        bare = proof(answers=(answer,), lines=(), curve=(), groups=(), gaps=(), tails={})
        text = render_html(study_document(bare))
        assert f'<dt class="word"><span class="verdict {name}">{effect}</span></dt>' in text


FACTS = {
    "training rows": ("159", "3,111", "3,091", "3,250", "1,311", "real rows of the smaller class"),
    "auc": (".840", "[.828, .852]"),
    "difference": ("-.042", "[-.053, -.031]", "p .004", "harms"),
    "average precision": (".231", "+.022", "p < .001", "helps"),
    "not shown": ("-.033", "p .777", "no difference shown"),
    "f1": (".021", ".321", ".281", ".284", "F1 at .5 runs from .021 (as it is) to .321 (ours)"),
    "threshold": (".142", ".101 to .163", ".043", ".037 to .069"),
    "no threshold": ("none", ".400 to none"),
    "ratio chosen": ("0.5: 4×, 1.0: 6×",),
    "brier": (".0421", ".1421", "prior .1431", "Platt .1441"),
    "other calibration": (".150", "1.03", ".91", "1.07", "7.00"),
    "cost": (".4321", "false positive 1, false negative 20"),
    "curve": ("10 rows", "50 rows", ".756", "AUC with fewer rows", "+.046 [+.035, +.057]"),
    "curve in words": (
        "boosted trees: ours is shown to help by average precision with 10 rows (+.046); by AUC "
        "with 10 rows (+.046).",
        "with 10 rows it learns nothing from the table as it is (AUC .500)",
    ),
    "tails": ("3.1 %", "310 of 10,000", "116 of 2,260", ".60", "7 of 2,345", "3 of 319"),
    "groups": ("4,764 tests, 226 positive", "28.7 %", "recall 77.4 %", "recall –"),
    "gaps": ("1.9 %", "-1.3 ± .8", "7.5 %", "+3.1 ± 2.6"),
    "sentinels": ("sound", "The AUC is 0.514.", "0.00% equal one."),
    "method": (
        *("5 folds by class, 2 times", "3 inner folds", "1,208 CPU seconds", "of 0.5 and 1"),
        *("Nadeau and Bengio (2003)", "Holm (1979)", "Saerens et al. 2002", "Platt 1999"),
    ),
    "rest": ("The column id was left out.", "9.8.7", "10 of 10, in 2 repeats"),
}


def says(page: Page, text: str) -> bool:
    """Whether a text stands by itself: no figure within another one."""
    whole = page.text.replace(" ,", ",")
    return re.search(rf"(?<![\w.]){re.escape(text)}(?!\d)", whole) is not None


def test_a_figure_within_another_one_is_not_found() -> None:
    assert says(Page("<p>x .123 y</p>"), ".123")
    assert not says(Page("<p>x .1234 y 1.123</p>"), ".123")


@pytest.mark.parametrize("what", FACTS)
def test_every_fact_is_on_the_page(what: str, page: Page) -> None:
    for text in FACTS[what]:
        assert says(page, text), text


@pytest.mark.parametrize("what", FACTS)
def test_every_fact_is_in_the_markdown(what: str, markdown: Page) -> None:
    for text in FACTS[what]:
        assert says(markdown, text), text


def test_a_rate_with_few_chances_shows_counts_and_a_dash() -> None:
    chapter = next(c for c in study_document(PLAIN).chapters if c.identity == "tails")
    table = chapter.parts[0].blocks[0]
    assert isinstance(table, CellTable)
    cells = [[c.text for c in g.lines[0].cells] for g in table.groups]
    assert cells == [["3.1 %", "5.1 %", ".60"], ["0.3 %", "0.9 %", "–"], ["–", "27.1 %", "–"]]


def test_ours_that_never_helps_is_said_to() -> None:
    never = tuple(p for p in PLAIN.curve if p.size != 10)
    document = study_document(proof(curve=never))
    said = render_markdown(document)
    assert "boosted trees: ours is shown to help at no size, by average precision or AUC." in said
    harmed = difference(-0.05, Effect.HARMS, 0.01)
    worse = tuple(
        p.model_copy(update={"differences": {"auc": harmed}}) if p.arm == "ours" else p
        for p in never
    )
    said = render_markdown(study_document(proof(curve=worse)))
    assert "help at no size, by AUC, and to harm by AUC with 50 rows (-.050)." in said


def test_an_alarm_is_at_the_top(page: Page) -> None:
    bad = Control(name="copies of test rows", arm="SMOTE", sound=False, text="9% equal one")
    text = render_html(study_document(proof(controls=(bad,), lines=(), curve=())))
    found = Page(text).text
    assert found.count("9% equal one.") == 2
    assert found.index("Leak alarm. Do not trust") < found.index("Boosted trees.")
    assert '<span class="verdict poor">alarm</span>' in text
    said = render_markdown(study_document(proof(controls=(bad,))))
    assert said.index("> **Leak alarm.** Do not") < said.index("**Boosted trees")
    assert "alarm" not in page.text.split("Contents")[0]


MISSING = {
    "no curve": ({"curve": (), "curve_folds": 0}, {"curve"}),
    "no groups": ({"groups": (), "gaps": (), "protected": ()}, {"groups"}),
    "no tails": ({"tails": {}}, {"tails"}),
    "no training rows": ({"trained": {}}, {"rows"}),
    "no controls": ({"controls": ()}, {"sentinels"}),
    "no lines": ({"lines": ()}, {"differences", "cuts", "calibration"}),
    "no cost": ({"cost": None}, set()),
    "no differences": (
        {"lines": tuple(x.model_copy(update={"differences": {}}) for x in SMALL.lines)},
        set(),
    ),
    "nothing but figures": (
        {
            "lines": tuple(
                Line(arm=x.arm, learner=x.learner, figures={"auc": mean(0.8)}, thresholds={})
                for x in SMALL.lines
            )
        },
        set(),
    ),
    "figures that are None": (
        {
            "lines": tuple(
                x.model_copy(update={"figures": {n: mean(None) for n in x.figures}})
                for x in SMALL.lines
            ),
            "curve": tuple(
                p.model_copy(update={"figures": {n: mean(None) for n in p.figures}})
                for p in SMALL.curve
            ),
        },
        set(),
    ),
    "a single fold": (
        {
            "lines": tuple(
                x.model_copy(
                    update={"figures": {n: Mean(value=m.value) for n, m in x.figures.items()}}
                )
                for x in SMALL.lines
            )
        },
        set(),
    ),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_is_missing_is_left_out(what: str) -> None:
    changes, gone = MISSING[what]
    document = study_document(proof(**{"arms": SMALL.arms, **changes}))
    whole = identities(study_document(PLAIN))
    assert identities(document) == [c for c in whole if c not in gone]
    made = Page(render_html(document))
    said = Page(PARSER.render(render_markdown(document)))
    for found in (made, said):
        assert found.faults == []
        assert not re.search(r"\bNone\b(?!:)|\bnan\b|\binf\b", found.text)


def test_a_proof_without_smote() -> None:
    arms = ("as it is", "class weights", "ours")
    document = study_document(proof(arms=arms, tails={}, controls=()))
    assert "SMOTE" not in render_markdown(document)
    assert "3 ways to train (as it is, class weights and ours)" in document.summary


def test_folds_that_were_not_done_are_told() -> None:
    text = Page(render_html(study_document(proof(folds=7, lines=(), curve=())))).text
    assert "1 learner, 7 of the 10 folds that were asked for." in text
    assert "Only 7 of 10 folds were done" in text.split("Contents")[0]


def test_persons_and_a_larger_positive_class_are_told() -> None:
    made = study_document(proof(people=300, positives=3000, minority=1088)).summary
    assert "4,088 rows of 300 persons, 3,000 of them (73.4 %)" in made
    assert "the smaller class has 1,088 rows" in made


def test_names_and_labels_are_text() -> None:
    learner = f"learner {HOSTILE}"
    group = PLAIN.groups[0].model_copy(
        update={"column": f"c {HOSTILE}", "group": f"g {HOSTILE}", "learner": learner}
    )
    made = study_document(
        proof(
            learners=(learner,),
            target=f"t {HOSTILE}",
            positive=f"p {HOSTILE}",
            protected=(f"c {HOSTILE}",),
            groups=(group,),
            gaps=(),
            notes=(f"n {HOSTILE}",),
        )
    )
    html, text = render_html(made), render_markdown(made)
    for page in (Page(html), Page(PARSER.render(text))):
        assert page.faults == []
        assert not {tag for tag, _ in page.tags} & {"script", "em", "code"}
        for name in ("learner", "t", "p", "c", "g", "n"):
            assert f"{name} <script>alert(1)</script> | `x` *y* {{{{ 7 * 7 }}}}" in page.text
    assert "\x00" not in html + text


def test_tables_of_the_markdown_are_whole() -> None:
    lines = render_markdown(study_document(PLAIN)).splitlines()
    tables = 0
    for k, rule in enumerate(lines):
        if re.fullmatch(r"\|(---\|)+", rule):
            tables += 1
            for one in [lines[k - 1], *lines[k + 1 : lines.index("", k)]]:
                assert len(re.findall(r"(?<!\\)\|", one)) == rule.count("---") + 1, one
    assert tables >= 15


def test_the_forms_are_the_same_twice_and_json_is_the_proof(tmp_path: Path) -> None:
    small = proof(arms=SMALL.arms, curve=(), groups=(), gaps=())
    for name in ("p.html", "p.MD", "p.json"):
        one = write_study(small, tmp_path / name)
        two = write_study(Proof.parse(small.to_json()), tmp_path / f"again {name}")
        assert one == tmp_path / name
        assert one.read_bytes() == two.read_bytes()
    read = Proof.parse((tmp_path / "p.json").read_text(encoding="utf-8"))
    assert read == small
    assert (tmp_path / "p.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert len(list(tmp_path.iterdir())) == 6


def test_a_title_can_be_given(tmp_path: Path) -> None:
    place = write_study(proof(lines=(), curve=()), tmp_path / "p.md", title="My proof")
    assert "# My proof" in place.read_text(encoding="utf-8")


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Expected \.html .*, \.md or \.json"):
        write_study(PLAIN, tmp_path / "p.pdf")
    assert list(tmp_path.iterdir()) == []


@needs_browser
def test_the_page_opens_without_errors_and_fits_a_telephone(tmp_path: Path) -> None:
    """With long names, an alarm, and everything unfolded."""
    bad = Control(name="copies of test rows", arm="SMOTE", sound=False, text="x" * 90)
    document = study_document(proof(learners=(f"{'long' * 30} {HOSTILE}",), controls=(bad,)))
    text = render_html(document).replace("<details", "<details open")
    (tmp_path / "proof.html").write_text(text, encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(
        "<iframe id=f src=proof.html width=375 height=600></iframe><p id=w></p><script>"
        "f.onload = () => w.textContent = 'width ' + f.contentDocument.documentElement.scrollWidth"
        "</script>",
        encoding="utf-8",
    )
    options = ("--allow-file-access-from-files", "--virtual-time-budget=5000")
    page, complaints = opened(frame, tmp_path / "profile", *options)
    assert complaints == []
    found = re.search(r"width (\d+)", page.text)
    assert found, page.text
    assert 355 <= int(found[1]) <= 375
