"""Compiles the drawing kernel when a wheel or an editable install is made.

The library lies beside its sources. Without a C compiler, or with TRIMTAB_BUILD_KERNEL=0, the wheel
is a pure one and trees are walked by XGBoost. CC names another compiler than cc, gcc or clang.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

FOLDER = Path("src", "trimtab", "model", "trees", "kernel")
LIBRARY = FOLDER / "kernel.so"
SOURCES = ("walk.c", "pick.c")  # compiled once for each instruction set
ONCE = "abi.c"
# Sums must be the same everywhere: no fused multiply-add, no other order, no flags of the caller's.
FLAGS = ("-std=c11", "-O3", "-fPIC", "-ffp-contract=off", "-fno-trapping-math")
SETS = {"baseline": "-msse4.2", "avx2": "-mavx2"} if platform.machine() == "x86_64" else {}


class KernelHook(BuildHookInterface):
    """The hook that hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say in the wheel's tag whether that went well."""
        root = Path(self.root)
        (root / LIBRARY).unlink(missing_ok=True)
        missing = build(root)
        if missing:
            self.app.display_warning(f"trimtab: no drawing kernel, draws will be slower: {missing}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{own_platform()}"
        build_data["artifacts"].append(LIBRARY.as_posix())
        self.app.display_info(f"trimtab: drawing kernel built: {LIBRARY}")


def own_platform() -> str:
    """The tag of machines like this one: that a wheel runs on other Linuxes has to be audited."""
    return next(t for t in platform_tags() if not t.startswith(("manylinux", "musllinux")))


def build(root: Path) -> str:
    """Build the library; what is missing, or nothing if it was built."""
    if os.environ.get("TRIMTAB_BUILD_KERNEL") == "0":
        return "TRIMTAB_BUILD_KERNEL=0"
    if os.name != "posix":
        return "it is built on Linux and macOS only"
    found = (path for name in ("cc", "gcc", "clang") if (path := shutil.which(name)))
    compiler = shlex.split(os.environ.get("CC", "")) or [*found][:1]
    if not compiler:
        return "there is no C compiler (cc, gcc or clang)"
    with tempfile.TemporaryDirectory(dir=root / FOLDER) as made:
        try:
            compile_all(compiler, root / FOLDER, Path(made))
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            return f"{shlex.join(compiler)} failed:\n{said}"
        (Path(made) / LIBRARY.name).replace(root / LIBRARY)
    return ""


def compile_all(compiler: list[str], sources: Path, made: Path) -> None:
    """Compile every source for every instruction set, and link them into one library."""

    def run(*arguments: str) -> None:
        subprocess.run(
            [*compiler, *arguments], cwd=made, check=True, capture_output=True, text=True
        )

    objects = []
    for name, flag in (SETS or {"baseline": ""}).items():
        flags = [f for f in (*FLAGS, flag, f"-DINSTRUCTION_SET={name}") if f]
        for source in SOURCES:
            objects.append(f"{name}.{source}.o")
            run(*flags, "-c", str(sources / source), "-o", objects[-1])
    run(*FLAGS, "-shared", *objects, str(sources / ONCE), "-lm", "-o", LIBRARY.name)
