"""Whether a damaged model file can harm: each is refused, or loaded and drawn from.

python benchmarks/damaged_trees.py --files 10000 --sanitized

Bytes and fields of the arrays of a small chain of trees are changed at random, and the file is
sealed again, so that nothing but the checks of the arrays stands between them and the kernel. With
`--sanitized` gcc compiles the kernel with AddressSanitizer and UndefinedBehaviorSanitizer, which
end the process at the first access or sum that is wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors.numpy
from numpy.typing import NDArray

import trimtab
from trimtab._random import Key
from trimtab.errors import BundleError, InputError
from trimtab.model.trees.kernel import library

ROOT = Path(__file__).parents[1]
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")
ARRAYS, MANIFEST = "arrays.safetensors", "manifest.json"
OF_NODES = [f"booster.{name}" for name in ("kind", "feature", "threshold", "leaf")]
SOUND = {"refused", "drawn"}  # what may come of a damaged file
ROWS = 20  # drawn from each file that is loaded

Arrays = dict[str, NDArray[Any]]


def main() -> int:
    """Print how many were refused and drawn from; 1 if anything else came of one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sanitized", action="store_true")
    parser.add_argument("--library", type=Path, help="the kernel to load instead of our own")
    asked = parser.parse_args()
    if asked.sanitized:
        return sanitized(asked.files, asked.seed)
    library.LIBRARY = asked.library or library.LIBRARY
    return damage_files(asked.files, asked.seed)


def sanitized(files: int, seed: int) -> int:
    """The same in a process of its own, with a kernel that is compiled for it."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import FOLDER, LIBRARY, compile_all

    found = ["gcc", "-print-file-name=libasan.so"]
    runtime = subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip()
    settings = {
        "LD_PRELOAD": runtime,
        "ASAN_OPTIONS": "detect_leaks=0",  # Python itself keeps what it has at its end
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }
    with tempfile.TemporaryDirectory() as made:
        compile_all(["gcc", *SANITIZERS], ROOT / FOLDER, Path(made))
        words = [f"--files={files}", f"--seed={seed}", f"--library={Path(made) / LIBRARY.name}"]
        ran = subprocess.run([sys.executable, __file__, *words], env=os.environ | settings)
    return ran.returncode


def damage_files(files: int, seed: int) -> int:
    """Damage so many files, and tell what came of each that was neither refused nor drawn from."""
    sets, came = [name for name in library.SETS if _has(name)], Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        members = sound_members(Path(folder) / "sound.trimtab")
        for file in range(files):
            os.environ["TRIMTAB_KERNEL"] = sets[file % len(sets)] if sets else "off"
            g = Key(seed).child("damage", str(file)).generator()
            place = Path(folder) / "damaged.trimtab"
            _seal(place, members | {ARRAYS: damaged(members[ARRAYS], g)})
            what = outcome(place)
            came[what] += 1
            if what not in SOUND:
                print(f"--seed {seed}, file {file}: {what}", flush=True)
    walks = f"{' and '.join(sets)} of {library.LIBRARY.name}" if sets else "XGBoost"
    print(f"{files} files, walked by {walks}: {dict(sorted(came.items()))}")
    return int(not came.keys() <= SOUND)


def _has(instructions: str) -> bool:
    try:
        return library.kernel(instructions) is not None
    except InputError:
        return False


def sound_members(place: Path) -> dict[str, bytes]:
    """What the file of a small chain holds: with members, locations, classes and masks."""
    g, rows = Key(0).child("table").generator(), 250
    kind, begin = g.integers(0, 3, rows), g.integers(0, 30, rows)
    size = np.round(np.exp(g.normal(1 + kind / 2, 0.5)), 2)
    table = pa.table(
        {
            "kind": np.array(["a", "b", "c"])[kind],
            "many": np.array([f"label {i}" for i in range(15)])[g.integers(0, 15, rows)],
            "size": pa.array(size, mask=g.random(rows) < 0.1),
            "begin": begin,
            "end": begin + g.integers(0, 9, rows),
        }
    )
    trimtab.fit(table, model="trees", first=["kind"]).save(place)
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def damaged(raw: bytes, g: np.random.Generator) -> bytes:
    """The arrays with some bytes or some fields of them changed."""
    if g.random() < 0.25:
        changed = np.frombuffer(raw, np.uint8).copy()
        at = g.integers(0, len(changed), g.integers(1, 9))
        changed[at] ^= g.integers(1, 256, len(at)).astype(np.uint8)
        return changed.tobytes()
    arrays: Arrays = dict(safetensors.numpy.load(raw))
    for _ in range(g.integers(1, 3)):
        name = str(g.choice(OF_NODES if g.random() < 0.6 else sorted(arrays)))
        arrays[name] = changed_array(arrays[name].copy(), g)
    return safetensors.numpy.save({n: np.asarray(a, order="C") for n, a in arrays.items()})


def changed_array(values: NDArray[Any], g: np.random.Generator) -> NDArray[Any]:
    """One field that is another value, two that change places, or more or fewer of them."""
    flat = values.reshape(-1)
    if not len(flat):
        return np.zeros(g.integers(0, 3), values.dtype)
    at, other = g.integers(0, len(flat), 2)
    match int(g.integers(0, 16)):
        case 0:
            return values[: g.integers(0, len(values))]
        case 1:
            return np.concatenate([values, values[: g.integers(1, len(values) + 1)]])
        case 2:
            flat[[at, other]] = flat[[other, at]]
        case 3:
            flat[:] = flat[g.permutation(len(flat))]
        case 4 | 5 | 6:
            flat[at] = g.choice(extremes(values.dtype))
        case 7:
            return values.astype(g.choice([np.int64, np.uint8, np.float32, np.float64]))
        case _:
            step = g.choice([-1, 1]) if values.dtype.kind in "iu" else g.normal()
            with np.errstate(over="ignore"):
                flat[at] = (flat[at : at + 1] + np.array(step).astype(values.dtype))[0]
    return values


def extremes(dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers at the ends of a type, and those that are none."""
    if dtype.kind == "f":
        most = np.finfo(dtype).max
        return np.array([0.0, -0.0, np.nan, np.inf, -np.inf, most, -most, 1e-40], dtype)
    if dtype.kind == "b":
        return np.array([True, False])
    return np.array([0, 1, 2, np.iinfo(dtype).min, np.iinfo(dtype).max, 255, 64, 7], dtype)


def outcome(place: Path) -> str:
    """Whether a file was refused or drawn from, or the error that should not be."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sums of weights that are out of all proportion
        try:
            made = trimtab.load(place)
        except BundleError:
            return "refused"
        except Exception as error:
            return f"loading: {type(error).__name__}: {error}"
        try:
            drawn = made.sample(ROWS, seed=1)
            given = made.sample(ROWS, where={"kind": "b"}, seed=1)
        except Exception as error:
            return f"drawing: {type(error).__name__}: {error}"
    return "drawn" if drawn.num_rows == given.num_rows == ROWS else "too few rows"


def _seal(place: Path, members: Mapping[str, bytes]) -> None:
    """Write the members, with the checksums that they have now."""
    manifest = json.loads(members[MANIFEST])
    manifest["members"] = {
        name: {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
        for name, raw in members.items()
        if name != MANIFEST
    }
    with zipfile.ZipFile(place, "w") as archive:
        for name, raw in {**members, MANIFEST: json.dumps(manifest).encode()}.items():
            archive.writestr(name, raw)


if __name__ == "__main__":
    sys.exit(main())
