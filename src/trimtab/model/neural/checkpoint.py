"""A training that was broken off, on disk: arrays and a few facts in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import TypeAdapter

from trimtab._arrays import Arrays
from trimtab.errors import InputError
from trimtab.model.neural.rate_schedule import RateSchedule
from trimtab.table.output_path import replacing

_VERSION = 2
_SCHEDULE = TypeAdapter(RateSchedule)
_STAGES = TypeAdapter(list[tuple[int, float]])


@dataclass(frozen=True)
class Stage:
    """What a validation showed after so many steps."""

    step: int
    figure: float
    sample: Arrays


@dataclass(frozen=True)
class Checkpoint:
    """A training on its way.

    fingerprint  what is being trained on what
    best         the best weights so far
    stages       what was seen on the way
    """

    fingerprint: str
    schedule: RateSchedule
    state: Arrays
    best: Arrays
    stages: tuple[Stage, ...] = ()


def write_checkpoint(path: Path, saved: Checkpoint) -> None:
    """Write a checkpoint in one step: after a crash there is the old one or the new one."""
    facts = {
        "trimtab": "training",
        "version": str(_VERSION),
        "fingerprint": saved.fingerprint,
        "course": json.dumps(asdict(saved.schedule)),
        "stages": json.dumps([[stage.step, stage.figure] for stage in saved.stages]),
    }
    # Not ascontiguousarray, which makes a vector of a number.
    arrays = {f"state.{n}": np.asarray(a, order="C") for n, a in saved.state.items()}
    arrays |= {f"kept.{n}": np.asarray(a, order="C") for n, a in saved.best.items()}
    for i, stage in enumerate(saved.stages):
        arrays |= {f"stage{i}.{n}": np.asarray(a, order="C") for n, a in stage.sample.items()}
    with replacing(path) as temporary:
        temporary.write_bytes(safetensors.numpy.save(arrays, metadata=facts))


def read_checkpoint(path: Path, fingerprint: str) -> Checkpoint:
    """What `write_checkpoint` wrote. Raises InputError for another file or another training."""
    if not path.is_file():
        raise InputError(
            f"there is no training to resume at {path}: leave out `resume` to begin one."
        )
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            facts = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if facts.get("trimtab") != "training" or facts.get("version") != str(_VERSION):
            raise ValueError("it is no training that this trimtab can resume")
        schedule = _SCHEDULE.validate_json(facts.get("course", ""))
        figures = _STAGES.validate_json(facts.get("stages", ""))
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({error}): begin again without `resume`."
        ) from None
    if facts.get("fingerprint") != fingerprint:
        raise InputError(
            f"{path} holds the training of another table, or with other settings or another seed: "
            "give the same ones to resume it, or begin again without `resume`."
        )
    stages = tuple(Stage(*at, _part(f"stage{i}.", arrays)) for i, at in enumerate(figures))
    return Checkpoint(
        fingerprint, schedule, _part("state.", arrays), _part("kept.", arrays), stages
    )


def _part(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
