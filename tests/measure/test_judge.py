"""The whole evaluation: honest tables pass, spoiled ones are called out, and all of it is data."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import pyarrow as pa
import pytest

from tests.places import DATA
from trimtab import Scorecard, datasets, evaluate, measure, read
from trimtab._random import Key
from trimtab.errors import InputError
from trimtab.measure import judge
from trimtab.measure.parts import PARTS, measures
from trimtab.measure.score import Measure, Section, Split, Verdict
from trimtab.table.table import Table

ADULT = DATA / "adult"
SOME = ["age", "gender", "hypertension", "bmi", "ever_married", "smoking_status", "stroke"]


def parts(table: Table, *sizes: int) -> list[Table]:
    """Rows of a table at random, in parts of these sizes."""
    rows = Key(5).generator().permutation(table.rows)
    ends = np.cumsum(sizes)
    return [
        Table(table.schema, table.data.take(pa.array(rows[end - size : end])), table.origin)
        for size, end in zip(sizes, ends, strict=True)
    ]


def shuffled(table: Table) -> Table:
    """Every column shuffled by itself: alike alone, and without any relation."""
    columns = {}
    for k, name in enumerate(table.schema.names):
        rows = Key(k).generator().permutation(table.rows)
        columns[name] = table.column(name).take(pa.array(rows))
    return Table(table.schema, pa.table(columns), table.origin)


@pytest.fixture(scope="module")
def patients() -> list[Table]:
    """Real rows, other real rows, and held-out rows."""
    return parts(read(datasets.strokes(3000).select(SOME)), 1200, 1200, 600)


@pytest.fixture(scope="module")
def of_halves(patients: list[Table]) -> Scorecard:
    real, other, held = patients
    return evaluate(real, other, holdout=held, target="stroke", protected=["gender"])


def test_another_half_of_a_real_table_is_as_good_as_real_rows(of_halves: Scorecard) -> None:
    judged = [s for s in of_halves if s.verdict not in (Verdict.NONE, Verdict.UNKNOWN)]
    poor = [s.name for s in judged if s.verdict is Verdict.POOR]
    assert len(judged) > 40
    assert len(poor) <= 0.05 * len(judged), poor
    assert all(s.verdict is not Verdict.POOR for s in of_halves.headlines)
    inside = [
        s.interval[0] <= s.ceiling <= s.interval[1]
        for s in of_halves
        if s.section in ("fidelity", "copies") and s.interval is not None and s.ceiling is not None
    ]
    # The columns of one split hang together; benchmarks/coverage.py looks at many splits.
    assert len(inside) > 30 and np.mean(inside) > 0.75


def test_shuffled_columns_are_called_out(patients: list[Table]) -> None:
    real, other, held = patients
    made = evaluate(real, shuffled(other), holdout=held, target="stroke")
    assert made.find("mean_column_error").verdict is Verdict.GOOD
    assert made.find("mean_pair_error").verdict is not Verdict.GOOD
    assert made.find("detection", within="boosted trees").verdict is Verdict.POOR
    lost = next(s for s in made.headlines if s.measure == "loss_of_auc")
    assert lost.verdict is not Verdict.GOOD and lost.value is not None and lost.value > 0.15


def test_a_copying_generator_is_called_out(patients: list[Table]) -> None:
    real, other, held = patients
    copied = Table(
        real.schema,
        pa.concat_tables([real.data.slice(0, 240), other.data.slice(240)]).combine_chunks(),
        real.origin,
    )
    made = evaluate(real, copied, holdout=held, sections=["copies"])
    exact = made.find("exact_copies")
    assert exact.verdict is Verdict.POOR
    assert exact.value == pytest.approx(0.2, abs=0.01)
    assert made.find("drawn_to_training_rows").verdict is not Verdict.GOOD


def test_the_scorecard_is_data(of_halves: Scorecard) -> None:
    again = Scorecard.parse(of_halves.to_json())
    assert again == of_halves
    assert {s.measure for s in of_halves} == set(of_halves.measures)
    assert {s.section for s in of_halves} == set(Section)
    assert of_halves.to_frame().num_rows == len(of_halves)
    assert "Mean column error" in of_halves._repr_html_()


def test_definitions_have_names_of_their_own() -> None:
    defined = {m.name: m for part in PARTS for m in part.measures}
    assert measures() == defined
    assert all(m.meaning and m.title and m.topic for m in defined.values())
    for part in PARTS:
        assert all(defined[m.name] is m for m in part.measures)
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_no_definition_is_missing_from_the_parts() -> None:
    for module in walk_packages(measure.__path__, f"{measure.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Measure):
                assert measures()[value.name] is value


def test_every_figure_of_ours_says_what_it_is_within() -> None:
    assert all(m.split is not Split.UNSAID for m in measures().values())


def test_progress_shows_the_phases_in_order(patients: list[Table]) -> None:
    real, other, _ = patients
    phases: list[tuple[str, int, int]] = []

    def progress(phase: str, done: int, total: int, figure: str = "") -> None:
        phases.append((phase, done, total))

    asked = {"target": "stroke", "protected": ["gender", "ever_married"], "by": "gender"}
    evaluate(real, other, progress=progress, triples=True, **asked)  # type: ignore[arg-type]
    names = ["columns", "pairs of columns", "triples of columns", "whole rows"]
    names += ["rare and extreme rows", "groups", "groups", "rules", "usefulness and fairness"]
    names += ["an analyst's conclusions", "copies"]
    judging = [(f"judging {name}", k, len(names)) for k, name in enumerate(names)]
    assert phases == [("rules", 0, 1), *judging]


def test_the_same_seed_gives_the_same_scores(patients: list[Table]) -> None:
    real, other, held = patients
    asked = {"holdout": held, "sections": ["fidelity", "copies"]}
    first, again = (evaluate(real, other, seed=3, **asked) for _ in range(2))
    assert first.to_json() == again.to_json()


def test_what_cannot_be_known_is_said(patients: list[Table]) -> None:
    real, other, _ = patients
    made = evaluate(real, other, sections=["copies"])
    assert any("No held-out real rows" in note for note in made.notes)
    assert made.find("drawn_to_training_rows").verdict is Verdict.UNKNOWN


def test_rows_are_sampled_but_for_copies(
    patients: list[Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "MAX_ROWS", 500)
    real, other, held = patients
    made = evaluate(real, other, holdout=held, sections=["fidelity", "copies"])
    assert any("At most 500 rows" in note for note in made.notes)
    assert made.rows["synthetic"] == 1200
    assert made.find("exact_copies").n == 1200
    assert made.find("mean_column_error").n <= 1000


def test_tables_that_differ_on_purpose_are_not_condemned_for_it() -> None:
    real, other = parts(read(datasets.strokes(5000).select(SOME)), 2400, 2400)
    old = np.asarray(other.column("age").to_numpy(zero_copy_only=False)) > 55
    kept = old | (Key(1).generator().random(other.rows) < 0.25)
    older = Table(other.schema, other.data.filter(pa.array(kept)), other.origin)
    asked = {"sections": ["fidelity"]}
    plain, weighted = evaluate(real, older, **asked), evaluate(real, older, by="age", **asked)
    assert plain.find("mean_column_error").verdict is not Verdict.GOOD
    assert weighted.find("mean_column_error").verdict is Verdict.GOOD
    assert any("are weighted to" in note for note in weighted.notes)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"target": "Stroke"}, "stroke"),
        ({"protected": "sex"}, "sex"),
        ({"target": "stroke", "protected": "stroke"}, "both name"),
        ({"sections": "beauty"}, "beauty"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    asked: dict[str, object], says: str, patients: list[Table]
) -> None:
    with pytest.raises(InputError, match=says):
        evaluate(patients[0], patients[1], **asked)  # type: ignore[arg-type]


@pytest.mark.stress
@pytest.mark.skipif(not ADULT.exists(), reason="../shared/data/adult is not here")
def test_halves_of_adult_pass() -> None:
    real, other, held = parts(read(ADULT / "train.csv"), 4000, 4000, 2000)
    made = evaluate(real, other, holdout=held, sections=["fidelity", "copies"])
    assert [s.name for s in made.headlines if s.verdict is Verdict.POOR] == []
