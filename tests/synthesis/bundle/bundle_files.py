"""Model files taken apart, changed, and put together again, for several tests."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from trimtab.errors import BundleError
from trimtab.synthesis.bundle.bundle import load

JSON, ARRAYS = "model.json", "arrays.safetensors"


def unpacked(place: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(place) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def packed(place: Path, members: dict[str, bytes], *, resealed: bool = True) -> Path:
    """The members as a file, with a manifest that agrees with them if `resealed`."""
    members = dict(members)
    if resealed:
        manifest = json.loads(members["manifest.json"])
        manifest["members"] = {
            n: {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
            for n, raw in members.items()
            if n != "manifest.json"
        }
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return place


def refused(place: Path, pattern: str = r".") -> None:
    with pytest.raises(BundleError, match=pattern) as caught:
        load(place)
    assert str(place) in str(caught.value)


def hostile(saved: Path, place: Path, changes: dict[str, NDArray[Any] | None]) -> Path:
    """The saved model with some arrays replaced, or left out, and everything else resealed."""
    members = unpacked(saved)
    arrays = safetensors.numpy.load(members[ARRAYS]) | changes
    kept = {n: np.asarray(a, order="C") for n, a in arrays.items() if a is not None}
    return packed(place, members | {ARRAYS: safetensors.numpy.save(kept)})


def stored(saved: Path) -> dict[str, NDArray[Any]]:
    return dict(safetensors.numpy.load(unpacked(saved)[ARRAYS]))
