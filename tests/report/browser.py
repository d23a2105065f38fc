"""Pages opened in a browser, where one is here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.pages import Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(NAMES)} is here")


def opened(page: Path, profile: Path, *more: str) -> tuple[Page, list[str]]:
    """The page as the browser has it, and what it complained of."""
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    ran = subprocess.run(
        [BROWSER, *options, f"--user-data-dir={profile}", *more, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return Page(ran.stdout), re.findall(r".*:CONSOLE.*", ran.stderr)
