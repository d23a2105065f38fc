"""The pictures of the docs, from simulated tables: `make pictures`.

python docs/pictures.py [FOLDER]

Pages are made by the command line and photographed by a browser (chromium or google-chrome), so the
pictures show what a reader of today's version sees.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trimtab import datasets
from trimtab.table.files import read
from trimtab.table.writing import write

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Picture:
    """A picture of a page: its name, the page, the part that it starts at, its size in pixels."""

    name: str
    page: str
    part: str = ""
    width: int = 1_000
    height: int = 900
    dark: bool = False


PICTURES = (
    Picture("report", "report.html", height=980),
    Picture("report-dark", "report.html", height=980, dark=True),
    Picture("report-telephone", "report.html", width=390, height=980),
    Picture("report-columns", "report.html", part="columns"),
    Picture("report-shown-pair", "shown.html", part="relations", height=640),
    Picture("proof", "proof.html", height=980),
)


def main() -> None:
    """Make all pages, and a picture of each."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "pictures"
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is here: install one of them, such as chromium.")
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _pages(Path(folder))
        for picture in PICTURES:
            _photograph(browser, picture, Path(folder), place / f"{picture.name}.png")
            print(place / f"{picture.name}.png")


def _pages(folder: Path) -> None:
    """The pages that are photographed, of simulated tables."""
    patients = read(datasets.strokes(6_000))
    write(patients, folder / "patients.csv")
    text = (folder / "patients.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for name, rows in (("real.csv", text[1:4_001]), ("heldout.csv", text[4_001:])):
        (folder / name).write_text("".join([text[0], *rows]), encoding="utf-8")
    _trimtab(folder, "fit", "real.csv", "-o", "patients.trimtab")
    _trimtab(folder, "sample", "patients.trimtab", "-n", "4000", "-o", "synthetic.csv")
    judged = ("evaluate", "real.csv", "synthetic.csv", "--holdout", "heldout.csv")
    _trimtab(folder, *judged, "--protected", "gender", "-o", "report.html")
    shown = ("--show", "age,avg_glucose", "--group", "stroke")
    _trimtab(folder, *judged, *shown, "--sections", "fidelity", "-o", "shown.html")
    asked = ("--target", "stroke", "--arms", "none,weights,smote,trimtab", "--sizes", "50")
    _trimtab(folder, "prove", "heldout.csv", *asked, "-o", "proof.html")


def _trimtab(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "trimtab", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )


def _photograph(browser: str, picture: Picture, folder: Path, place: Path) -> None:
    # A browser without a window is wider than a telephone, so the page is shown in a frame.
    frame = folder / "frame.html"
    frame.write_text(
        f"<body style='margin:0'><iframe src='{picture.page}#{picture.part}' style='border:0' "
        f"width={picture.width} height={picture.height}></iframe></body>",
        encoding="utf-8",
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += ["--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}"]
    options += [f"--window-size={picture.width},{picture.height}", f"--screenshot={place}"]
    options += ["--blink-settings=preferredColorScheme=0"] if picture.dark else []
    subprocess.run([browser, *options, frame.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
