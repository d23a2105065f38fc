"""Boosters as arrays: the same margins, bit by bit, and nothing unsound reaches XGBoost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trimtab._random import Key
from trimtab.errors import BundleError
from trimtab.model.trees import ubjson
from trimtab.model.trees.booster_arrays import LEAF, BoosterArrays, apart, check, joined
from trimtab.model.trees.boosters import arrays_of, booster_of


def grown(outputs: int, depth: int = 4, rounds: int = 4, seed: int = 0, **more: Any) -> xgb.Booster:
    """A booster on 300 rows of 5 features, some missing."""
    features = rows_of(seed)
    noise = Key(seed, ("target",)).uniforms(0, len(features))
    target = np.nan_to_num(features[:, 0]) + 3 * noise
    objective: dict[str, Any] = {"objective": "reg:squarederror"}
    if outputs > 1:
        target = target.astype(int) % outputs
        objective = {
            "objective": "multi:softprob",
            "num_class": outputs,
            "multi_strategy": "multi_output_tree",
        }
    start = np.zeros((len(features), outputs), np.float32)
    data = xgb.QuantileDMatrix(features, target, base_margin=start, max_bin=32, nthread=1)
    rest = {"tree_method": "hist", "max_depth": depth, "base_score": 0.0, "max_bin": 32}
    return xgb.train(objective | rest | {"eta": 0.3, "nthread": 1} | more, data, rounds)


def together(*boosters: xgb.Booster) -> BoosterArrays:
    return joined([arrays_of(booster) for booster in boosters])


def boosters_of(arrays: BoosterArrays) -> list[xgb.Booster]:
    check(arrays)
    return [booster_of(one) for one in apart(arrays)]


def rows_of(seed: int) -> NDArray[np.float32]:
    uniforms = Key(seed, ("features",)).uniforms(0, 1500).reshape(300, 5)
    gaps = Key(seed, ("gaps",)).uniforms(0, 1500).reshape(300, 5) < 0.1
    return np.where(gaps, np.nan, np.floor(uniforms * 40)).astype(np.float32)


def margins(booster: xgb.Booster, seed: int) -> bytes:
    return bytes(booster.inplace_predict(rows_of(seed), predict_type="margin").tobytes())


@settings(max_examples=25, deadline=None)
@given(
    outputs=st.sampled_from([1, 2, 3, 5, 17, 40]),
    depth=st.integers(1, 6),
    rounds=st.integers(1, 6),
    weight=st.sampled_from([1.0, 20.0, 1e9]),
    policy=st.sampled_from(["depthwise", "lossguide"]),
    kept=st.integers(1, 6),
    seed=st.integers(0, 50),
)
def test_margins_are_the_same_bits(
    outputs: int, depth: int, rounds: int, weight: float, policy: str, kept: int, seed: int
) -> None:
    policy = policy if outputs == 1 else "depthwise"
    whole = grown(
        outputs, depth, rounds, seed, min_child_weight=weight, gamma=0.5, grow_policy=policy
    )
    boosters = [whole, whole[: min(kept, rounds)]]
    rebuilt = boosters_of(together(*boosters))
    assert len(rebuilt) == 2
    for old, new in zip(boosters, rebuilt, strict=True):
        assert old.num_boosted_rounds() == new.num_boosted_rounds()
        assert margins(old, seed) == margins(new, seed)
        assert margins(old, seed + 1) == margins(new, seed + 1)


def test_many_boosters_of_different_shapes_at_once() -> None:
    boosters = [grown(k, d, r) for k, d, r in ((2, 1, 1), (1, 6, 3), (9, 3, 2), (1, 1, 1))]
    arrays = together(*boosters)
    assert arrays.outputs.tolist() == [2, 1, 9, 1]
    assert arrays.trees.tolist() == [1, 3, 2, 1]
    again = together(*boosters_of(arrays))
    for name in BoosterArrays.__dataclass_fields__:
        assert getattr(arrays, name).tobytes() == getattr(again, name).tobytes(), name
    assert [margins(b, 0) for b in boosters] == [margins(b, 0) for b in boosters_of(arrays)]


def test_no_boosters() -> None:
    assert boosters_of(together()) == []


@pytest.mark.parametrize(
    "more", [{"base_score": 0.5}, {"num_parallel_tree": 2}, {"objective": "reg:absoluteerror"}]
)
def test_other_boosters_are_not_stored(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        arrays_of(grown(1, **more))


ARRAYS = together(grown(3), grown(1))


def changed(name: str, at: int, value: float) -> BoosterArrays:
    values = getattr(ARRAYS, name).copy()
    values[at] = value
    return replace(ARRAYS, **{name: values})


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("outputs", 0, 4),
        ("outputs", 0, 2**31 - 1),
        ("outputs", 1, -1),
        ("features", 0, 0),
        ("features", 0, 1),
        ("trees", 0, 2**31 - 1),
        ("trees", 0, -1),
        ("nodes", 0, 1),
        ("nodes", 0, -5),
        ("nodes", 0, 2**31 - 1),
        ("kind", 0, LEAF),
        ("kind", 0, 3),
        ("kind", -1, 1),
        ("feature", 0, 5),
        ("feature", 0, 65_535),
        ("threshold", 0, np.nan),
        ("threshold", -1, np.inf),
        ("leaf", 0, np.nan),
        ("leaf", -1, -np.inf),
    ],
)
def test_hostile_numbers_are_refused(name: str, at: int, value: float) -> None:
    with pytest.raises(BundleError):
        check(changed(name, at, value))


@pytest.mark.parametrize("name", list(BoosterArrays.__dataclass_fields__))
def test_lengths_and_types_are_checked(name: str) -> None:
    values = getattr(ARRAYS, name)
    for wrong in (values[:-1], values[:0], np.append(values, values[:1]), values[None]):
        with pytest.raises(BundleError):
            check(replace(ARRAYS, **{name: wrong}))
    with pytest.raises(BundleError):
        check(replace(ARRAYS, **{name: values.astype(np.float64)}))


def test_a_torn_tree_is_refused() -> None:
    """A leaf as root and its splits behind it: as many nodes as there should be."""
    one = arrays_of(grown(1, depth=1, rounds=1))
    assert one.kind[0] != LEAF
    with pytest.raises(BundleError, match="torn"):
        check(replace(one, kind=np.roll(one.kind, 1)))


def test_an_endless_tree_is_refused() -> None:
    """A chain of 100 splits: sound, but deeper than any tree that is grown here."""
    kind = np.array([1] + [1, 0] * 99 + [0, 0], np.uint8)
    deep = BoosterArrays(
        outputs=np.array([1], np.int32),
        features=np.array([1], np.int32),
        trees=np.array([1], np.int32),
        nodes=np.array([len(kind)], np.int32),
        kind=kind,
        feature=np.zeros(100, np.uint16),
        threshold=np.zeros(100, np.float32),
        leaf=np.zeros(101, np.float32),
    )
    with pytest.raises(BundleError, match="deeper"):
        check(deep)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_the_arrays_hold_it_is_refused_or_predicts(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["outputs", "features", "trees", "nodes", "kind", "feature"]))
    values = getattr(ARRAYS, name)
    at = data.draw(st.integers(0, len(values) - 1))
    info = np.iinfo(values.dtype)
    hostile = changed(name, at, data.draw(st.integers(int(info.min), int(info.max))))
    try:
        found = boosters_of(hostile)
    except BundleError:
        return
    wide = np.zeros((3, int(hostile.features.max())), np.float32)
    for booster, width in zip(found, hostile.features, strict=True):
        booster.inplace_predict(wide[:, :width], predict_type="margin")


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.text() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_ubjson_round_trip(value: Any) -> None:
    assert ubjson.loads(ubjson.dumps(value)) == value


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "i8", "f4", "f8"])
def test_ubjson_arrays(dtype: str) -> None:
    values = np.array([0, 1, 100], dtype)
    found = ubjson.loads(ubjson.dumps({"a": values, "b": values[:0]}))
    assert found["a"].dtype == values.dtype and found["a"].tolist() == [0, 1, 100]
    assert found["b"].dtype == values.dtype and not len(found["b"])


@pytest.mark.parametrize("raw", [b"", b"{", b"?", b"[$d#L\0\0\0\0\0\0\0\x05", b"i\x01\x01"])
def test_ubjson_refuses_other_bytes(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ubjson.loads(raw)


def test_ubjson_refuses_other_types() -> None:
    with pytest.raises(TypeError, match="set"):
        ubjson.dumps({"a": {1}})
    with pytest.raises(TypeError, match="complex"):
        ubjson.dumps(np.zeros(1, complex))
