"""The pages have no fault that axe finds, of level A or AA of the WCAG."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import axe_core_python
import pytest

from tests.report.browser import needs_browser, opened
from tests.report.study.test_page import proof
from trimtab.report.html import render_html
from trimtab.report.study.page import study_document
from trimtab.study.inference import Effect

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
SCHEMES = {"light": (), "dark": ("--blink-settings=preferredColorScheme=0",)}
PAGES_IN = ["light", pytest.param("dark", marks=pytest.mark.stress)]
# A page whose words are too faint in the dark.
FAINT = """<!doctype html><html lang="en"><head><title>Faint</title><style>
:root { color-scheme: light dark } main { color: CanvasText; background: Canvas }
@media (prefers-color-scheme: dark) { p { color: #777; background: #888 } }
</style></head><body><main><h1>Faint</h1><p>words</p></main></body></html>"""
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RUN = """
axe.run({runOnly: LEVELS, resultTypes: ['violations']}).then(found => {
  const said = document.createElement('script');
  said.type = 'application/json';
  said.textContent = 'FOUND' + JSON.stringify(found.violations.map(
    v => ({rule: v.id, nodes: v.nodes.map(n => n.html.slice(0, 200))}))) + 'FOUND';
  document.body.append(said);
});
"""


def faults(page: str, folder: Path, scheme: str = "light") -> list[dict[str, Any]]:
    """What axe finds in a page with everything unfolded, in the colours of a scheme."""
    # The page forbids scripts, so the one that looks at it needs the page without that rule.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    page = page.replace("<details", "<details open")
    script = AXE.read_text(encoding="utf-8") + RUN.replace("LEVELS", json.dumps(LEVELS))
    place = folder / "page.html"
    place.write_text(page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    told, _ = opened(place, folder / "profile", "--virtual-time-budget=20000", *SCHEMES[scheme])
    (found,) = re.findall(r"FOUND(\[.*?\])FOUND", " ".join(told.pieces))
    faults: list[dict[str, Any]] = json.loads(found)
    return faults


@needs_browser
@pytest.mark.parametrize("scheme", PAGES_IN)
def test_a_report_has_no_fault(odd_page: str, tmp_path: Path, scheme: str) -> None:
    assert faults(odd_page, tmp_path, scheme) == []


@pytest.fixture(scope="module")
def proofs_page() -> str:
    """Of two learners, with a word and a mark for every effect."""
    ways = ("as it is", "class weights", "SMOTE", "ours")
    made = proof(learners=("one", "two"), arms=ways, protected=("gender", "age"))
    effects = (Effect.HELPS, Effect.UNSURE)
    answers = tuple(
        x.model_copy(update={"effect": e}) for x, e in zip(made.answers, effects, strict=True)
    )
    return render_html(study_document(made.model_copy(update={"answers": answers})))


@needs_browser
@pytest.mark.parametrize("scheme", PAGES_IN)
def test_the_page_of_a_proof_has_no_fault(proofs_page: str, tmp_path: Path, scheme: str) -> None:
    assert faults(proofs_page, tmp_path, scheme) == []


@needs_browser
@pytest.mark.parametrize("scheme", PAGES_IN)
def test_a_colour_that_is_too_faint_would_be_found(tmp_path: Path, scheme: str) -> None:
    """In the scheme that it is of, and only there: dark is dark."""
    found = [fault["rule"] for fault in faults(FAINT, tmp_path, scheme)]
    assert found == (["color-contrast"] if scheme == "dark" else [])


@pytest.mark.stress
@needs_browser
def test_a_fault_would_be_found(plain_page: str, tmp_path: Path) -> None:
    page = plain_page.replace('<html lang="en">', "<html>")
    assert [fault["rule"] for fault in faults(page, tmp_path)] == ["html-has-lang"]
