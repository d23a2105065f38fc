"""A training on disk comes back exactly, or is refused with what to do."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.errors import InputError, TableError
from trimtab.model.neural.checkpoint import Checkpoint, Stage, read_checkpoint, write_checkpoint
from trimtab.model.neural.rate_schedule import RateSchedule

quick = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
STATE = {
    ".weights": np.linspace(0, 1, 7, dtype=np.float32).reshape(7, 1)[:, ::-1],
    ".step": np.int32(5) * np.ones((), np.int32),  # a number, not a vector of one
    ".odd name ü": np.array([[np.nan, np.inf]]),
}
STAGES = (
    Stage(10, -3.5, {"a": np.arange(3), "b": np.array([-(2**62), 2**62, 0])}),
    Stage(20, 1 / 3, {"a": np.arange(3) + 1, "b": np.zeros(3, np.int64)}),
    Stage(30, -np.pi, {}),
)
SAVED = Checkpoint(
    "abc", RateSchedule(100, 10, 0.1).walked(20).validated(-3.5), STATE, {"x": np.ones(2)}, STAGES
)
GOOD = {
    "trimtab": "training",
    "version": "2",
    "fingerprint": "abc",
    "course": '{"steps": 100, "warm": 10, "peak": 0.1}',
    "stages": "[]",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "m.training", SAVED)
    return tmp_path / "m.training"


@quick
@given(
    schedule=st.builds(
        RateSchedule,
        steps=st.integers(1, 10**9),
        warm=st.integers(0, 1000),
        peak=st.floats(1e-9, 10),
        least_gain=st.floats(0, 1),
        cooling=st.floats(0, 0.9),
        patience=st.integers(1, 99),
        done=st.integers(0, 10**9),
        cooled_at=st.none() | st.integers(1, 10**9),
        best=st.floats(allow_nan=False, allow_infinity=False) | st.just(-np.inf),
        best_at=st.integers(0, 10**9),
        stale=st.integers(0, 9),
    )
)
def test_a_schedule_comes_back_exactly(schedule: RateSchedule, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m", Checkpoint("abc", schedule, STATE, {}))
    found = read_checkpoint(tmp_path / "m", "abc")
    assert found.schedule == schedule and found.best == {}


def test_arrays_come_back_exactly(place: Path) -> None:
    found = read_checkpoint(place, "abc")
    assert found.fingerprint == "abc" and set(found.best) == {"x"}
    assert set(found.state) == set(STATE)
    for name, values in STATE.items():
        assert (found.state[name].dtype, found.state[name].shape) == (values.dtype, values.shape)
        np.testing.assert_array_equal(found.state[name], values)


def test_stages_come_back_exactly(place: Path) -> None:
    found = read_checkpoint(place, "abc").stages
    assert [(s.step, s.figure) for s in found] == [(s.step, s.figure) for s in STAGES]
    for one, other in zip(found, STAGES, strict=True):
        assert set(one.sample) == set(other.sample)
        for name, values in other.sample.items():
            assert one.sample[name].dtype == values.dtype
            np.testing.assert_array_equal(one.sample[name], values)


def test_many_stages_are_not_mixed_up(tmp_path: Path) -> None:
    """Stage 1 and stage 11 of a dozen are told apart."""
    many = tuple(Stage(k + 1, float(k), {"1.a": np.full(2, k)}) for k in range(13))
    write_checkpoint(tmp_path / "m", Checkpoint("abc", SAVED.schedule, STATE, {}, many))
    found = read_checkpoint(tmp_path / "m", "abc").stages
    assert [{n: a.tolist() for n, a in s.sample.items()} for s in found] == [
        {"1.a": [k, k]} for k in range(13)
    ]


def test_what_is_not_there_or_of_another_training(place: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no training to resume at .*leave out `resume`"):
        read_checkpoint(tmp_path / "nowhere", "abc")
    with pytest.raises(InputError, match="no training to resume"):
        read_checkpoint(tmp_path, "abc")
    with pytest.raises(InputError, match=r"another table, or with other settings or another seed"):
        read_checkpoint(place, "abd")


def refused(place: Path, raw: bytes) -> None:
    place.write_bytes(raw)
    with pytest.raises(InputError, match="begin again without `resume`") as caught:
        read_checkpoint(place, "abc")
    assert str(place) in str(caught.value)


def test_damaged_files(place: Path) -> None:
    raw = place.read_bytes()
    for length in [*range(0, len(raw), 23), len(raw) - 1]:
        refused(place, raw[:length])
    refused(place, b"hello")
    refused(place, b"PK\x03\x04" + bytes(100))
    refused(place, struct.pack("<Q", 2**60) + raw[8:])


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"trimtab": "training", "version": "3", "fingerprint": "abc", "course": "{}"},
        {"trimtab": "other", "version": "2", "fingerprint": "abc", "course": "{}"},
        {"trimtab": "training", "version": "2", "fingerprint": "abc"},
        {"trimtab": "training", "version": "2", "fingerprint": "abc", "course": "{"},
        {"trimtab": "training", "version": "2", "fingerprint": "abc", "course": "{}"},
        {"trimtab": "training", "version": "2", "fingerprint": "abc", "course": '{"steps": 1}'},
        {"trimtab": "training", "version": "2", "fingerprint": "abc", "course": "3"},
        GOOD | {"version": "1"},
        {k: v for k, v in GOOD.items() if k != "stages"},
        GOOD | {"stages": "3"},
        GOOD | {"stages": "[[1]]"},
        GOOD | {"stages": "[[1.5, 2.0]]"},
        GOOD | {"stages": '[[1, "far"]]'},
    ],
)
def test_other_files_of_the_same_kind(facts: dict[str, str], place: Path) -> None:
    refused(place, safetensors.numpy.save({"state.x": np.ones(1)}, metadata=facts))
    place.write_bytes(safetensors.numpy.save({"state.x": np.ones(1)}, metadata=GOOD))
    found = read_checkpoint(place, "abc")  # what is refused is refused for the difference
    assert found.schedule == RateSchedule(100, 10, 0.1) and found.stages == ()


def test_a_new_checkpoint_replaces_the_old_one_in_one_step(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = place.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(TableError, match="No space left"):
            write_checkpoint(place, SAVED)
    assert place.read_bytes() == old and [p.name for p in place.parent.iterdir()] == [place.name]
    write_checkpoint(place, Checkpoint("other", SAVED.schedule, STATE, {}))
    assert read_checkpoint(place, "other").fingerprint == "other"
