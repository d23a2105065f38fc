"""Finding the library, and choosing its instruction set."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.places import ROOT
from trimtab.errors import InputError
from trimtab.model.trees.kernel import forest, library
from trimtab.model.trees.kernel.library import Kernel, kernel, usual_kernel, walker

law = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def afresh() -> Iterator[None]:
    """Nothing is known of the library, before and after."""
    kernel.cache_clear()
    yield
    kernel.cache_clear()


def test_it_was_built_where_there_is_a_compiler() -> None:
    if not (shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")):
        pytest.skip("there is no C compiler here")
    assert library.LIBRARY.exists(), "install the package again: make .venv/.dev"


def test_numbers_are_those_of_the_header() -> None:
    folder = ROOT / "src" / "trimtab" / "model" / "trees" / "kernel"
    header = (folder / "kernel.h").read_text(encoding="utf-8")
    constants = dict(re.findall(r"(?:#define |    )([A-Z_]+)(?: =)? (\d+)\b", header))
    assert int(constants["TRIMTAB_ABI"]) == library.ABI
    for name in ("MAX_DEPTH", "MAX_OUTPUTS", "MAX_CUTS"):
        assert int(constants[name]) == getattr(forest, name), name


def test_which_set_is_chosen(built: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIMTAB_KERNEL", built.instructions)
    assert usual_kernel() is built
    monkeypatch.setenv("TRIMTAB_KERNEL", "off")
    assert usual_kernel() is None
    monkeypatch.setenv("TRIMTAB_KERNEL", "fast")
    with pytest.raises(InputError, match="'fast': expected avx2, baseline or off"):
        usual_kernel()


def test_no_library(afresh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LIBRARY", tmp_path / "kernel.so")
    assert kernel() is None
    with pytest.raises(InputError, match="it was not built"):
        kernel("baseline")
    (tmp_path / "kernel.so").write_bytes(b"torn")
    assert kernel() is None
    with pytest.raises(InputError, match="there is no kernel: "):
        kernel("baseline")


def test_what_walks_trees_and_why(
    built: Kernel, afresh: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRIMTAB_KERNEL", raising=False)
    best = kernel()
    assert best is not None
    assert walker() == (f"the kernel ({best.instructions})", "the best that this machine has")
    monkeypatch.setenv("TRIMTAB_KERNEL", built.instructions)
    assert walker() == (f"the kernel ({built.instructions})", "TRIMTAB_KERNEL asks for it")
    monkeypatch.setenv("TRIMTAB_KERNEL", "off")
    assert walker() == ("XGBoost", "TRIMTAB_KERNEL is 'off'")
    monkeypatch.setenv("TRIMTAB_KERNEL", "fast")
    assert walker().by == "nothing" and walker().why.endswith("or leave it unset")
    monkeypatch.delenv("TRIMTAB_KERNEL")
    kernel.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(library, "LIBRARY", tmp_path / "kernel.so")
        assert walker().by == "XGBoost, which is slower" and "was not built" in walker().why
        (tmp_path / "kernel.so").write_bytes(b"torn")
        assert "cannot be loaded" in walker().why
        patch.setattr(library, "_bind", None)
        patch.setattr(library, "SETS", ())
        patch.setattr(library, "_open", lambda wanted: object())
        kernel.cache_clear()
        assert "does not have the instructions" in walker().why
    kernel.cache_clear()
    assert walker().by == f"the kernel ({best.instructions})"


def test_another_version(built: Kernel, afresh: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "ABI", library.ABI + 1)
    with pytest.raises(InputError, match="install trimtab again"):
        kernel(built.instructions)


def test_a_machine_without_the_instructions(
    built: Kernel, afresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Old:
        trimtab_has_avx2 = trimtab_has_baseline = staticmethod(lambda: 0)

    monkeypatch.setattr(library, "_open", lambda wanted: Old)
    assert kernel() is None
    with pytest.raises(InputError, match="does not have these instructions"):
        kernel("avx2")
