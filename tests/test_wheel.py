"""The wheel: what it holds, what it says it runs on, and that it runs, with a kernel or without."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.places import ROOT

SOURCES = ("src", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
KERNEL = "trimtab/model/trees/kernel"
compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")

pytestmark = pytest.mark.stress


def wheel_of(folder: Path, **environment: str) -> Path:
    """The wheel of a copy of the sources: building removes the library that tests run with."""
    copy = folder / "sources"
    copy.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("*.so", "__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy / name)
    pip("wheel", "--no-build-isolation", "-w", str(folder), str(copy), **environment)
    (made,) = folder.glob("*.whl")
    return made


def pip(verb: str, *words: str, **environment: str) -> None:
    usual = ("--no-deps", "--quiet", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", verb, *usual, *words]
    subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)


def told(wheel: Path, code: str) -> str:
    """What the package says from the wheel alone, in an empty folder."""
    place = wheel.parent / "installed"
    pip("install", "--target", str(place), str(wheel))
    settings = os.environ | {"PYTHONPATH": str(place)}
    settings.pop("TRIMTAB_KERNEL", None)
    command = [sys.executable, "-c", f"import trimtab; print(trimtab.__file__); {code}"]
    ran = subprocess.run(
        command, cwd=wheel.parent, env=settings, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith(str(place))
    return ran.stdout


SHOW = "from trimtab.verbs.inspect import inspect_system; print(inspect_system())"
DRAW = (
    "import pyarrow as pa; "
    "t = pa.table({'a': ['x', 'y'] * 40, 'b': [i * i % 17 for i in range(80)]}); "
    "print(trimtab.fit(t, model='trees').sample(3).num_rows, 'rows')"
)


@pytest.mark.skipif(compiler is None, reason="there is no C compiler")
def test_with_a_kernel(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path)
    machine = platform.machine()
    if sys.platform == "linux":
        assert wheel.name.endswith(f"-py3-none-linux_{machine}.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(n for n in names if n.endswith(".dist-info/WHEEL"))
        text = archive.read(metadata).decode()
    assert "Root-Is-Purelib: false" in text and "py3-none-any" not in text
    assert f"{KERNEL}/kernel.so" in names and f"{KERNEL}/library.py" in names
    assert not [n for n in names if n.endswith((".c", ".h", ".o", ".pyc"))]
    assert all(n.startswith(("trimtab/", "trimtab-")) for n in names)
    out = told(wheel, f"{SHOW}; {DRAW}")
    assert "trees are walked by the kernel (" in out and "3 rows" in out


def test_without_one(tmp_path: Path) -> None:
    wheel = wheel_of(tmp_path, TRIMTAB_BUILD_KERNEL="0")
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not [n for n in archive.namelist() if n.endswith((".so", ".c", ".h"))]
    out = told(wheel, f"{SHOW}; {DRAW}")
    assert "trees are walked by XGBoost" in out and "was not built" in out and "3 rows" in out
