"""A training that was broken off, on disk: arrays and a few facts in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from trimtab.errors import InputError
from trimtab.model.training.course import Course
from trimtab.table.place import replacing

Arrays = Mapping[str, NDArray[Any]]
_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """`fingerprint` says what is being trained on what; `kept` are the best weights so far."""

    fingerprint: str
    course: Course
    state: Arrays
    kept: Arrays


def write_checkpoint(path: Path, saved: Checkpoint) -> None:
    """Write a checkpoint in one step: after a crash there is the old one or the new one."""
    course = {k: v if v != -np.inf else None for k, v in asdict(saved.course).items()}
    facts = {
        "trimtab": "training",
        "version": str(_VERSION),
        "fingerprint": saved.fingerprint,
        "course": json.dumps(course),
    }
    # Not ascontiguousarray, which makes a vector of a number.
    arrays = {f"state.{n}": np.asarray(a, order="C") for n, a in saved.state.items()}
    arrays |= {f"kept.{n}": np.asarray(a, order="C") for n, a in saved.kept.items()}
    with replacing(path) as temporary:
        temporary.write_bytes(safetensors.numpy.save(arrays, metadata=facts))


def read_checkpoint(path: Path, fingerprint: str) -> Checkpoint:
    """What `write_checkpoint` wrote. Raises InputError for another file or another training."""
    if not path.is_file():
        raise InputError(
            f"there is no training to resume at {path}: leave out --resume to begin one."
        )
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            facts = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({error}): begin again without --resume."
        ) from None
    if facts.get("trimtab") != "training" or facts.get("version") != str(_VERSION):
        raise InputError(
            f"{path} is no training that this trimtab can resume: begin again without --resume."
        )
    if facts.get("fingerprint") != fingerprint:
        raise InputError(
            f"{path} holds the training of another table, or with other settings or another seed: "
            "give the same ones to resume it, or begin again without --resume."
        )
    course = json.loads(facts["course"])
    course["best"] = -np.inf if course["best"] is None else course["best"]
    parts: dict[str, dict[str, NDArray[Any]]] = {"state": {}, "kept": {}}
    for name, array in arrays.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = array
    return Checkpoint(fingerprint, Course(**course), parts["state"], parts["kept"])
