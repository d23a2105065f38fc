"""The `prove` command: what it writes, what it says, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.study.test_page import proof
from trimtab import datasets, read, write
from trimtab.cli.prove import _show
from trimtab.study.balancing.result import Proof

Run = Callable[..., tuple[int, str, str]]
QUICK = ("--learner", "lr", "--arms", "none,trimtab", "--workers", "1", "--folds", "2x1")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Patients, few columns of them."""
    place = tmp_path_factory.mktemp("proof") / "strokes.csv"
    names = ["age", "avg_glucose", "smoking_status", "stroke"]
    write(read(datasets.strokes(700).select(names)), place)
    return str(place)


def test_a_page_and_a_verdict(data: str, tmp_path: Path, run: Run) -> None:
    page, part = tmp_path / "proof.html", tmp_path / "part.json"
    options = (
        *QUICK,
        "--sizes",
        "10",
        "--cost",
        "fp=1,fn=20",
        "--checkpoint",
        str(part),
        "-o",
        str(page),
    )
    code, out, err = run("prove", data, "--target", "stroke", *options)
    assert code == 0, err
    assert out.startswith("logistic regression: balancing ")
    assert "call a row positive from a probability of ." in out
    assert "a false positive at 1 and a false negative at 20" in out
    assert f"Wrote {page}." in out
    text = page.read_text(encoding="utf-8")
    assert "Would balancing help to predict stroke?" in text and "logistic regression" in text
    assert not part.exists(), "nothing is left to do"
    options = (*QUICK, "--sizes", "", "--json", "--positive", "1")
    code, out, err = run("prove", data, "--target", "stroke", *options)
    assert code == 0, err
    proof = Proof.parse(out)
    assert (proof.folds, proof.asked, proof.repeats, proof.curve) == (2, 2, 1, ())
    assert proof.learners == ("logistic regression",)


def test_one_bottom_line_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Of several learners; and each difference says what it comes to."""
    made = proof(learners=("one", "two"))
    _show(made, None, as_json=False)
    out = capsys.readouterr().out
    said = " ".join(out.split())
    assert said.startswith(f"All learners: {made.conclusion.text}. one: balancing")
    words = ("no difference shown", "no difference", "harms")
    lines = [line for line in out.splitlines() if ", " in line and "]  " in line]
    effects = " ".join(next(w for w in words if f"  {w}  " in line) for line in lines)
    assert effects == " ".join(["no difference", "harms", "no difference shown"] * 2)
    _show(proof(), None, as_json=False)
    assert capsys.readouterr().out.startswith("boosted trees: balancing")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--target", "strok"), 2, "Did you mean 'stroke'"),
        (("--target", "age"), 2, "is a number with many values"),
        (("--target", "smoking_status"), 2, "--positive"),
        (("--target", "stroke", "--learner", "svm"), 2, "expected some of lr, rf, gbm"),
        (("--target", "stroke", "--arms", "none,magic"), 2, "expected one of"),
        (("--target", "stroke", "--arms", "none"), 2, "'trimtab' among them"),
        (("--target", "stroke", "--cost", "fp=1"), 2, "{'fp': 1, 'fn': 20}"),
        (("--target", "stroke", "--cost", "fp=a"), 2, "'a' is no number"),
        (("--target", "stroke", "--cost", "20"), 2, "NAME=NUMBER"),
        (("--target", "stroke", "--workers", "0"), 2, "at least 1"),
        (("--target", "stroke", "--minutes", "-1"), 2, "above 0"),
        (("--target", "stroke", "--protected", "stroke"), 2, "is the target"),
        (("--target", "stroke", "--resume"), 2, "--checkpoint"),
        (("--target", "stroke", "-o", "proof.docx"), 2, "it ends in '.docx'"),
        (("--target", "stroke", "--folds", "5"), 2, "such as '5x2'"),
        (("--target", "stroke", "--folds", "1x3"), 2, "at least 2 folds"),
        (("--target", "stroke", "--sizes", "1"), 2, "at least 2"),
        ((*QUICK, "--minutes", "0.0001", "--target", "stroke"), 3, "at least 2 are needed"),
    ],
)
def test_what_is_refused(
    data: str,
    options: tuple[str, ...],
    code: int,
    said: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a reason, before anything is done, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    found, out, err = run("prove", data, *options)
    assert found == code, err
    assert said in err and not out
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_is_not_written_over(data: str, tmp_path: Path, run: Run) -> None:
    part = tmp_path / "part.json"
    part.write_text("{}")
    code, _, err = run("prove", data, "--target", "stroke", *QUICK, "--checkpoint", str(part))
    assert code == 2 and "go on from it with --resume" in err
    code, _, err = run(
        "prove", data, "--target", "stroke", *QUICK, "--checkpoint", str(part), "--resume"
    )
    assert code == 2 and "cannot be read" in err
    assert part.read_text() == "{}"
