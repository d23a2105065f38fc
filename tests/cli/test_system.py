"""`inspect --system`: what is installed here, and what walks the trees."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from importlib.metadata import version

import pytest

from trimtab._cores import usable_cores
from trimtab.model.trees.kernel.library import walker

Run = Callable[..., tuple[int, str, str]]


def test_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run("inspect", "--system")
    assert (code, err, out.count("\n")) == (0, "", 1)
    for text in (version("trimtab"), platform.python_version(), platform.machine(), "core"):
        assert text in out
    assert f"trees are walked by {walker().by}: {walker().why}." in out
    monkeypatch.setenv("TRIMTAB_KERNEL", "off")
    assert "trees are walked by XGBoost: TRIMTAB_KERNEL is 'off'." in run("inspect", "--system")[1]
    monkeypatch.setenv("TRIMTAB_KERNEL", "fast")
    code, out, _ = run("inspect", "--system")
    assert code == 0 and "trees are walked by nothing: TRIMTAB_KERNEL is 'fast': expected" in out


def test_as_json(run: Run) -> None:
    code, out, _ = run("inspect", "--system", "--json")
    told = json.loads(out)
    assert code == 0
    assert told == {
        "trimtab": version("trimtab"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": usable_cores(),
        "engines": {"trees": {"work": "trees are walked", **walker()._asdict()}},
    }


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "expected DATA or MODEL"),
        (("--json",), "or --system"),
        (("--system", "t.csv"), "leave out t.csv"),
        (("--system", "-o", "s.toml"), "leave out s.toml"),
    ],
)
def test_a_table_or_this_machine(words: tuple[str, ...], complaint: str, run: Run) -> None:
    code, out, err = run("inspect", *words)
    assert (code, out) == (2, "") and complaint in err
