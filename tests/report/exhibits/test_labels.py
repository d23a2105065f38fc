"""Labels that are cut: they fit, and distinct ones stay distinct."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.report.exhibits.drawings import drawn, texts
from trimtab.report.exhibits.labels import shortened, width

STEM = "Measurement of respiratory function in the left lung of a patient at rest"
letters = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t"), max_size=60)


@given(st.lists(letters, max_size=8), st.integers(70, 200))
@example([STEM + "x", STEM + "y"], 100)
@example(["a" + STEM, "b" + STEM], 100)
@example([f"{STEM} {k} {STEM}" for k in range(6)], 100)
@example(["W" * 60, "W" * 61, "W" * 62], 70)
def test_distinct_labels_stay_distinct(labels: list[str], room: int) -> None:
    shown = shortened(labels, room)
    assert list(shown) == list(dict.fromkeys(labels))
    assert len(set(shown.values())) == len(shown)
    assert all(width(s) <= room or s == label for label, s in shown.items())


@given(letters)
def test_what_fits_is_left_as_it_is(label: str) -> None:
    assert shortened([label], width(label) + 0.01) == {label: label}


def test_the_end_that_tells_labels_apart_is_kept() -> None:
    first, second = f"{STEM} (procedure)", f"{STEM} (finding)"
    shown = shortened([first, second])
    assert shown[first].endswith("(procedure)")
    assert shown[second].endswith("(finding)")
    assert all(s.startswith("Measure") for s in shown.values())


def test_a_difference_in_the_middle_is_kept() -> None:
    labels = [f"{STEM}, seen by doctor {name}, {STEM}" for name in ("Adams", "Brown")]
    shown = shortened(labels)
    assert ["Adams" in shown[labels[0]], "Brown" in shown[labels[1]]] == [True, True]


def test_charts_draw_long_labels_apart() -> None:
    """In every kind that has a line for each label, and no label is cut again."""
    labels = [f"{STEM} {end}" for end in ("(procedure)", "(finding)", "(disorder)")]
    names = set(shortened(labels).values())
    shares = [0.5, 0.3, 0.2]
    bars = {"side": ["real"] * 3, "value": labels, "share": shares}
    empty = {"low": [None] * 3, "high": [None] * 3}
    both = {"real": [9, 5, 2], "synthetic": [8, 6, 1]}
    rates = {"selection_rate": shares, "selection_low": shares, "selection_high": shares}
    means = {"observed": shares, "predicted": [None] * 3, "low": shares, "high": shares}
    drawings = [
        drawn("distribution", {**bars, **empty}),
        drawn("groups", {"group": labels, **both}),
        drawn("importance", {"column": labels, **both}),
        drawn("telltales", {"column": labels, "gain": shares}),
        drawn("group likeness", {"group": labels, "value": shares, **empty}),
        drawn("group rates", {"group": labels, "arm": ["real"] * 3, **rates}, within="data"),
        drawn("group means", {"group": labels, "arm": ["real"] * 3, **means}, within="data"),
    ]
    for (svg,) in drawings:
        assert names <= set(texts(svg))


def test_matrices_and_strips_draw_long_labels_apart() -> None:
    names = [f"{STEM} {k}" for k in range(3)]
    pairs = {"a": [names[0], names[0], names[1]], "b": [names[1], names[2], names[2]]}
    figures = {"real": [0.5, 0.4, 0.3], "synthetic": [0.4, 0.4, 0.3], "kind": ["mixed"] * 3}
    cells = {"x_value": names, "y_value": names, "step 1": [0.2, 0.3, 0.5], "real": [0.2, 0.3, 0.5]}
    cells |= {f"{axis}_{end}": [None] * 3 for axis in "xy" for end in ("low", "high")}
    for svg in (*drawn("associations", {**pairs, **figures}), *drawn("stage pairs", cells)):
        shown = {t for t in texts(svg) if "…" in t}
        assert {t[-1] for t in shown} == {"0", "1", "2"}
        assert len(shown) == 3
