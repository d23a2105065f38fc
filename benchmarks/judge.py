"""What an evaluation costs: CPU seconds and peak memory, on adult and on a million rows.

OMP_NUM_THREADS=1 python benchmarks/judge.py [--rows 1000000 --columns 20]
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from scale import wide

import trimtab
from trimtab.table.files import read
from trimtab.table.writing import write

ADULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "adult"


def main() -> None:
    """Print the costs as one JSON object."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=0, help="simulate a table of so many rows")
    asked.add_argument("--columns", type=int, default=20)
    asked.add_argument("--report", help="where to write the report")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.rows:
            real = read(wide(2 * given.rows, given.columns))
            paths = [Path(folder) / f"{n}.parquet" for n in ("real", "synthetic", "holdout")]
            ends = (0, given.rows, 2 * given.rows - given.rows // 5, 2 * given.rows)
            for path, start, stop in zip(paths, ends, ends[1:], strict=False):
                data = real.data.slice(start, stop - start)
                write(trimtab.Table(real.schema, data, real.origin), path)
            asked_of = {"target": "f4", "protected": ["l3"]}
            del real
        else:
            paths = [ADULT / "train.csv", Path(folder) / "synthetic.csv", ADULT / "test.csv"]
            made = trimtab.fit(paths[0])
            write(read(made.sample(made.provenance.rows)), paths[1])
            asked_of = {"target": "income", "protected": ["sex", "race"]}
        start = time.process_time()
        phases: list[tuple[str, float]] = []
        scorecard = trimtab.evaluate(
            paths[0],
            paths[1],
            holdout=paths[2],
            progress=lambda phase, done, total: phases.append((phase, time.process_time())),
            **asked_of,
        )
        judged = time.process_time() - start
        place = given.report or str(Path(folder) / "report.html")
        size = trimtab.write_report(scorecard, place).stat().st_size
    ends_at = [at for _, at in phases[1:]] + [start + judged]
    told = {
        "rows": scorecard.rows,
        "scores": len(scorecard),
        "evaluate_cpu_s": round(judged, 1),
        "report_cpu_s": round(time.process_time() - start - judged, 1),
        "report_kb": size // 1000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "phases_cpu_s": {p: round(b - a, 1) for (p, a), b in zip(phases, ends_at, strict=True)},
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
