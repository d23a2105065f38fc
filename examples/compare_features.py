"""Learn a table of patients, draw another one, and compare the two feature by feature.

Identifiers are left out or made afresh, columns are encoded without help, and the comparison is
with real rows that the model has never seen. The report shows each feature, how features go
together, and whether anybody was copied.

    python examples/compare_features.py [patients.csv]
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import trimtab


def main() -> None:
    """Hold out, learn, draw, compare, report."""
    given = sys.argv[1] if len(sys.argv) > 1 else None
    patients = pd.read_csv(given) if given else trimtab.datasets.visits(3000).to_pandas()
    shuffled = patients.sample(frac=1, random_state=0)
    held, seen = shuffled.iloc[: len(shuffled) // 4], shuffled.iloc[len(shuffled) // 4 :]

    synthesizer = trimtab.fit(seen)
    for warning in synthesizer.warnings:
        print("note:", warning)
    drawn = synthesizer.sample(len(seen))

    scorecard = trimtab.evaluate(seen, drawn, holdout=held)
    frame = scorecard.to_frame()
    columns = frame[frame["measure"].isin(["kolmogorov_smirnov", "total_variation"])]
    shown = columns.sort_values("value", ascending=False)[["about", "value", "ceiling", "verdict"]]
    print(shown.to_string(index=False))
    for score in scorecard.headlines:
        print(f"{score.title}: {score.value} ({score.verdict.value}: {score.because})")

    with tempfile.TemporaryDirectory() as folder:
        place = trimtab.write_report(scorecard, Path(folder) / "report.html")
        print(f"{place.name}: {place.stat().st_size / 1000:.0f} kB, opens in any browser")
    copies = scorecard.find("exact_copies")
    assert copies.value is not None and copies.value < 0.05


if __name__ == "__main__":
    main()
