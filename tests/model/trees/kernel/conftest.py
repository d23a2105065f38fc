"""The kernels to test: those of every instruction set that this machine has."""

from __future__ import annotations

import pytest

from trimtab.model.trees.kernel import library
from trimtab.model.trees.kernel.library import SETS, Kernel, kernel


@pytest.fixture(params=SETS)
def built(request: pytest.FixtureRequest) -> Kernel:
    """The kernel of an instruction set, or a skipped test."""
    if not library.LIBRARY.exists():
        pytest.skip("no kernel was built here: there is no C compiler")
    best = kernel()
    assert best is not None
    if SETS.index(request.param) < SETS.index(best.instructions):
        pytest.skip(f"this machine has no {request.param}")
    found = kernel(request.param)
    assert found is not None
    return found
