"""What a release edition may hold of an analyst's conclusions, of pairs that were asked for, and of
the files and the command: three figures a kind of analysis, where their owner permits it.
"""

from __future__ import annotations

import pyarrow.csv as arrow_csv
import pytest

from tests.report.scorecard.test_redaction import forms
from trimtab import datasets
from trimtab._run import Run
from trimtab.measure.score import Section
from trimtab.measure.scorecard import Scorecard
from trimtab.measure.utility import conclusions
from trimtab.report.scorecard.page import document
from trimtab.report.scorecard.redaction import public as public_of
from trimtab.request.evaluate import Evaluate
from trimtab.verbs.evaluate import carry_out

NEW = {measure.name for measure in conclusions.PART.measures}
ASKED = "trimtab evaluate ward_seven.csv made.csv --positive 1 -o ward.html"
ALLOWED = pytest.mark.parametrize("allow", [(), ("usefulness",), tuple(Section)])


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    """A scorecard of files, with an analyst's conclusions and a pair that was asked for."""
    folder = tmp_path_factory.mktemp("files")
    table = datasets.strokes(1_800).select(["age", "gender", "bmi", "ever_married", "stroke"])
    parts = {"ward_seven.csv": table.slice(0, 600), "made.csv": table.slice(600, 600)}
    parts["ward_held.csv"] = table.slice(1_200)
    for name, part in parts.items():
        arrow_csv.write_csv(part, folder / name)
    request = Evaluate(
        target="stroke",
        positive="1",
        protected=("gender",),
        sections=("fidelity", "usefulness"),
        show=(("age", "bmi"),),
        group="ever_married",
    )
    beside = {"synthetic": folder / "made.csv", "holdout": folder / "ward_held.csv"}
    return carry_out(request, folder / "ward_seven.csv", Run(), asked=ASKED, **beside)


def test_of_conclusions_a_release_holds_three_figures_and_their_analyses(
    of_files: Scorecard,
) -> None:
    """Whose names are ours; which effects there are, and how large, is not told."""
    assert {s.measure for s in of_files.scores} >= NEW
    held = {(s.measure, s.within) for s in public_of(of_files, tuple(Section)).scores}
    names = ("same_conclusions", "interval_overlap", "estimate_difference")
    analyses = ("", "regression", "means of groups", "rates of groups")
    assert {(m, w) for m, w in held if m in NEW} == {(m, w) for m in names for w in analyses}
    assert not {m for m, _ in held if m in NEW} - set(names)
    # Without the permission for usefulness, none of them.
    others = tuple(s for s in Section if s != Section.USEFULNESS)
    assert not {s.measure for s in public_of(of_files, others).scores} & NEW


@ALLOWED
def test_no_release_holds_an_effect_or_a_pair_that_was_shown(
    of_files: Scorecard, allow: tuple[str, ...]
) -> None:
    ours = [e for e in of_files.exhibits if e.name in ("conclusions", "shown pair")]
    assert {e.name for e in ours} == {"conclusions", "shown pair"}
    titles = {e.title for e in ours}
    effects = {t for e in ours if e.name == "conclusions" for t in e.columns["effect"]}
    # Rows of a protected column's groups are told of the synthetic table, by these names.
    terms = {t for t in effects if "=" in t and not t.startswith("gender")}
    figures = {
        f"{v:.{digits}f}"
        for e in ours
        if e.name == "conclusions"
        for v in e.columns["estimate"]
        for digits in (6, 12)
        if abs(v) > 0.001
    }
    assert len(terms) >= 1 and len(figures) > 20
    released = public_of(of_files, allow)
    assert not {e.name for e in released.exhibits} & {"conclusions", "shown pair"}
    for form, text in forms(document(of_files, edition="release", allow=allow)).items():
        for trace in titles | terms | figures:
            assert trace not in text, (form, trace)
    # The search finds them where they are told.
    internal = forms(document(of_files))
    assert all(any(t in text for text in internal.values()) for t in titles | terms)
    assert any(figure in internal["json"] for figure in figures)


@ALLOWED
def test_no_release_holds_what_was_asked_or_the_files_of_real_rows(
    of_files: Scorecard, allow: tuple[str, ...]
) -> None:
    assert of_files.asked == ASKED
    private = {of_files.inputs[n].name for n in ("real", "holdout")}
    private |= {of_files.inputs[n].sha256 or "" for n in ("real", "holdout")}
    assert private >= {"ward_seven.csv", "ward_held.csv"} and "" not in private
    private |= {ASKED, "--positive", "ward_seven", "ward.html"}
    public = {of_files.inputs["synthetic"].name, of_files.inputs["synthetic"].sha256}
    internal = forms(document(of_files))
    for form, text in forms(document(of_files, edition="release", allow=allow)).items():
        assert all(trace not in text for trace in private), form
        assert all(trace in text for trace in public), form
        assert all(trace in internal[form] for trace in private), form
    assert not public_of(of_files, allow).asked
