"""What the judge says of pairs of tables whose faults are known, and whether it may say so.

OMP_NUM_THREADS=1 python benchmarks/answers.py [--tables adult,default,compas] [--seeds 5]
    [--pairs "NAME;NAME"] [--cards FOLDER]

The pairs and the answers that may be given are those of tests/report/scorecard/answered_pairs.py.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.places import DATA
from tests.report.scorecard.answered_pairs import SOURCES, answered, judged, pairs_of, tables_of
from trimtab.measure.scorecard import Scorecard


def main() -> None:
    """Print each answer that may not be given, and how many there are of how many."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--tables", default=",".join(SOURCES))
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--pairs", help="some pairs only")
    asked.add_argument("--cards", help="a folder to keep scorecards in, and to take them from")
    given = asked.parse_args()
    outside = answers = 0
    for table in given.tables.split(","):
        data = pd.read_csv(DATA / table / "train.csv", keep_default_na=False)
        for seed in range(given.seeds):
            tables = tables_of(SOURCES[table], data, seed)
            pairs = pairs_of(SOURCES[table])
            for name in pairs if given.pairs is None else given.pairs.split(";"):
                pair = pairs[name]
                place = None if given.cards is None else Path(given.cards) / table / str(seed)
                card = _kept(place, name) or judged(pair, tables)
                if place is not None:
                    place.mkdir(parents=True, exist_ok=True)
                    (place / f"{name}.json").write_text(card.to_json(), encoding="utf-8")
                for field, stance in answered(card).items():
                    answers += 1
                    if stance not in getattr(pair, field):
                        outside += 1
                        print(f"{table}, seed {seed}: {name}: {field} = {stance}", flush=True)
    print(f"{outside} of {answers} answers are outside of those that may be given.")


def _kept(place: Path | None, name: str) -> Scorecard | None:
    if place is None or not (place / f"{name}.json").exists():
        return None
    return Scorecard.model_validate_json((place / f"{name}.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
