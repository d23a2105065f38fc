"""Labels: kept values come back as they were, and rare ones are pooled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.codec.domain import MISSING
from trimtab.codec.label import POOLED, LabelCodec, fit_label
from trimtab.table.persons import holders

quick = settings(max_examples=40, deadline=None, derandomize=True)
TYPED = st.one_of(
    st.tuples(st.just(pa.string()), st.lists(st.none() | st.text(max_size=3))),
    st.tuples(st.just(pa.int64()), st.lists(st.none() | st.integers(-5, 5))),
    st.tuples(st.just(pa.float64()), st.lists(st.none() | st.sampled_from([0.5, -1.0, 2.25]))),
    st.tuples(st.just(pa.bool_()), st.lists(st.none() | st.booleans())),
)


@quick
@given(TYPED)
def test_all_kept_is_lossless(drawn: tuple[pa.DataType, list[Any]]) -> None:
    type_, values = drawn
    given_ = pa.array(values, type_)
    codec = fit_label(given_, 0, None)
    codes = codec.encode(given_, "x")
    assert codec.marker is None and codec.size == len(set(values) - {None})
    assert codec.decode(codes).equals(given_)
    assert ((codes == MISSING) == [v is None for v in values]).all()
    assert LabelCodec.model_validate_json(codec.model_dump_json()) == codec
    for value in set(values) - {None}:
        assert codec.values[codec.code_of(value)] == value


@quick
@given(st.lists(st.none() | st.sampled_from("aaaaabbbbccd"), max_size=60), st.integers(0, 12))
def test_rare_texts_are_pooled(values: list[str | None], least: int) -> None:
    given_ = pa.array(values, pa.string())
    codec = fit_label(given_, least, None)
    counts = {v: values.count(v) for v in set(values) - {None}}
    assert set(codec.values) == {v for v, n in counts.items() if n >= least}
    back = codec.decode(codec.encode(given_, "x")).to_pylist()
    assert back == [v if v is None or counts[v] >= least else POOLED for v in values]
    # The most frequent first, and never the text of a pooled value in what is saved.
    assert [counts[v] for v in codec.values] == sorted(counts[v] for v in codec.values)[::-1]


def test_the_marker_is_no_real_value() -> None:
    values = ["a"] * 9 + [POOLED] * 9 + [f"({POOLED})", "b"]
    codec = fit_label(pa.array(values), 5, None)
    assert codec.values == (POOLED, "a") and codec.marker == f"(({POOLED}))"
    back = codec.decode(codec.encode(pa.array(values), "x")).to_pylist()
    assert back[9:18] == [POOLED] * 9 and set(back[18:]) == {codec.marker}


def test_a_value_never_seen_is_pooled_or_missing() -> None:
    pooling = fit_label(pa.array(["a"] * 9 + ["b"]), 5, None)
    assert pooling.encode(pa.array(["new"]), "x").tolist() == [1]
    keeping = fit_label(pa.array(["a"] * 9), 5, None)
    assert keeping.encode(pa.array(["new"]), "x").tolist() == [MISSING]
    assert keeping.code_of("new") is None


def test_all_rare() -> None:
    text = fit_label(pa.array(["a", "b", None]), 5, None)
    assert text.values == () and text.marker == POOLED
    assert text.decode(text.encode(pa.array(["a", "b", None]), "x")).to_pylist() == [
        POOLED,
        POOLED,
        None,
    ]
    number = fit_label(pa.array([1, 2, None]), 5, None)
    assert number.values == () and number.marker is None
    assert number.encode(pa.array([1, 2, None]), "x").tolist() == [MISSING] * 3
    assert number.decode(np.full(2, MISSING)).equals(pa.nulls(2, pa.int64()))


@pytest.mark.parametrize("type_", [pa.int64(), pa.float64()])
@pytest.mark.parametrize("shift", [0, -100])
def test_a_rare_number_counts_as_the_nearest(type_: pa.DataType, shift: int) -> None:
    kept, rare = [30, 10, 20], [-7, 11, 16, 15, 26, 99]
    nearest = [10, 10, 20, 10, 30, 30]  # of two equally near, the lower
    values = pa.array([v + shift for v in kept * 5 + rare], type_)
    codec = fit_label(values, 5, None)
    assert codec.marker is None
    back = codec.decode(codec.encode(values, "x")).to_pylist()
    assert back == [v + shift for v in kept * 5 + nearest]


def test_a_single_kept_number_takes_all() -> None:
    codec = fit_label(pa.array([4] * 5 + [1, 9]), 5, None)
    assert codec.encode(pa.array([1, 4, 9, None]), "x").tolist() == [0, 0, 0, MISSING]
    flag = fit_label(pa.array([True] * 5 + [False]), 5, None)
    assert flag.decode(flag.encode(pa.array([True, False, None]), "x")).to_pylist() == [
        True,
        True,
        None,
    ]


def test_order_of_codes() -> None:
    """Numbers in order of value; texts by frequency, then by name."""
    assert fit_label(pa.array([3, 1, 2, 3, 3]), 0, None).values == (1, 2, 3)
    assert fit_label(pa.array(["b", "a", "c", "c"]), 0, None).values == ("c", "a", "b")


def test_persons_are_counted() -> None:
    """Ten rows of one person are one holder; five persons with a row each are five."""
    values = pa.array(["one"] * 10 + ["five"] * 5 + ["one"])
    who = np.array([0] * 10 + [1, 2, 3, 4, 5] + [6])
    codec = fit_label(values, 5, who)
    assert codec.values == ("five",) and codec.marker == POOLED
    assert fit_label(values, 5, None).values == ("one", "five")
    codes = np.array([0] * 10 + [1] * 5 + [0])
    assert holders(codes, who, 3).tolist() == [2, 5, 0]
    assert holders(np.array([-1, 1]), np.array([0, 0]), 2).tolist() == [0, 1]


def test_true_is_not_one() -> None:
    codec = fit_label(pa.array([0, 1]), 0, None)
    assert codec.code_of(1) == 1 and codec.code_of(True) is None
    assert codec.code_of(1.0) == 1
