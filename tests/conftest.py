"""What tests of several modules need."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.extensions import install as install
from trimtab import cli
from trimtab.errors import InputError
from trimtab.model.trees.kernel.library import SETS, kernel

Run = Callable[..., tuple[int, str, str]]

# A script that starts the tests in its background leaves Ctrl-C ignored, for them and for all that
# they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time, however busy the machine is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command line in this process, in an empty folder: exit code, output, messages."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def ran(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["trimtab", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        shown = capsys.readouterr()
        assert "\x1b" not in shown.out + shown.err, "escape codes outside of a terminal"
        return int(left.value.code or 0), shown.out, shown.err

    return ran


@pytest.fixture(params=["off", *SETS])
def walk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What walks the trees; skipped where this machine does not have it."""
    try:
        kernel(request.param)
    except InputError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("TRIMTAB_KERNEL", request.param)
    return str(request.param)
