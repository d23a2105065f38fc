"""Learning and drawing with the chain of trees, against an earlier state of this project.

OMP_NUM_THREADS=1 python benchmarks/speed.py --before EARLIER/src --data ../shared/data

EARLIER is a checkout of the state to compare with; what is measured needs no more of it than its
sources (for 0.1: `git worktree add EARLIER 2ad0978`). Every measurement is a process of its own, on
one core, the states in turns. Drawing is timed from codes to Arrow, the best of some draws of
65,536 rows; learning is timed whole. Likelihood is that of the rows of test.csv, in nats a row,
paired: mean and standard error of the difference, and the column that loses most.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROWS, DRAWS = 65_536, 3
TABLES = ("adult", "default", "california", "magic", "stroke", "compas", "synthea_patients")
HERE = Path(__file__).resolve().parent


def main() -> None:
    """Compare both states table by table; one line of Markdown each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--turns", type=int, default=2, help="of which the best counts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(args.child, args.data, sys.stdin.read().split())))
        return
    print(
        "| table | fit, CPU s | ratio | rows/CPU s | AVX2 | baseline | XGBoost | nats a row | "
        "column that loses most |\n|---|---|---|---|---|---|---|---|---|"
    )
    for table in args.tables.split(","):
        compare(table, args)


def compare(table: str, args: argparse.Namespace) -> None:
    """Measure one table under both states, in turns, and print its line."""
    sources = {"before": args.before, "now": HERE.parent / "src"}
    runs: dict[str, list[dict[str, Any]]] = {state: [] for state in sources}
    with tempfile.TemporaryDirectory() as made:
        for turn in range(args.turns):
            for state, source in sources.items():
                logs = Path(made) / f"{state}.npz"
                sets = ["", "baseline", "off"] if state == "now" else [""]
                runs[state].append(child(table, args.data, source, [str(logs) * (not turn), *sets]))
        nats = {s: np.load(Path(made) / f"{s}.npz") for s in sources} if table != "wide" else None
        told = likelihood(nats) if nats else "| "
    fit = {s: min(r["fit_s"] for r in many) for s, many in runs.items()}
    rates = {s: np.max([r["rows_per_s"] for r in many], axis=0) for s, many in runs.items()}
    ratios = " | ".join(f"{rate / rates['before'][0]:.1f}" for rate in rates["now"])
    print(
        f"| {table} | {fit['before']:.1f} -> {fit['now']:.1f} | {fit['now'] / fit['before']:.2f} | "
        f"{rates['before'][0]:,.0f} -> {rates['now'][0]:,.0f} | {ratios} | {told} |",
        flush=True,
    )


def likelihood(nats: dict[str, Any]) -> str:
    """How much better rows that were held out are told, and which column is told worse."""
    gain = {c: nats["now"][c] - nats["before"][c] for c in nats["now"].files}
    whole = sum(gain.values())
    error = whole.std() / np.sqrt(len(whole))
    worst = min(gain, key=lambda c: gain[c].mean())
    own = gain[worst].std() / np.sqrt(len(whole))
    return f"{whole.mean():+.3f} ± {error:.3f} | {worst} {gain[worst].mean():+.3f} ± {own:.3f}"


def child(table: str, data: Path, source: Path, told: list[str]) -> dict[str, Any]:
    """Measure in a process of its own, with the sources of one state."""
    command = [sys.executable, __file__, "--before", ".", "--data", str(data), "--child", table]
    run = subprocess.run(
        command,
        input="\n".join(word or "-" for word in told),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"},
    )
    if run.returncode:
        raise SystemExit(run.stderr[-3000:])
    return json.loads(run.stdout)


def measure(name: str, data: Path, told: list[str]) -> dict[str, Any]:
    """Learn a table, draw from it under each instruction set, tell the rows that were held out."""
    from trimtab._random import Key
    from trimtab.codec.codec import fit_codec
    from trimtab.model.interface import Request
    from trimtab.model.trees.fit import Order, fit_trees
    from trimtab.table.files import read

    logs, *sets = told
    if name == "wide":
        from scale import wide

        table, outcomes = read(wide(12_000, 100)), ()
    else:
        table = read(str(data / name / "train.csv"))
        outcomes = (json.loads((data / name / "meta.json").read_text())["target"],)
    codec = fit_codec(table, 5)
    codes = codec.encode(table)
    order = Order(outcomes=tuple(o for o in outcomes if o in codes.columns))
    fit_trees(codes.take(np.arange(500)), codec, order, None, Key(1))  # imports are not timed
    began = time.process_time()
    model = fit_trees(codes, codec, order, None, Key(0).child("fit"))
    fitted = time.process_time() - began
    rates = []
    for instructions in sets:
        os.environ.pop("TRIMTAB_KERNEL", None)
        if instructions != "-":
            os.environ["TRIMTAB_KERNEL"] = instructions
        codec.decode(model.fill(Request(500, {}), 0, Key(1)), 0, Key(1))
        seconds = []
        for _ in range(DRAWS):
            began = time.process_time()
            codec.decode(model.fill(Request(ROWS, {}), 0, Key(1)), 0, Key(1))
            seconds.append(time.process_time() - began)
        rates.append(ROWS / min(seconds))
    if logs != "-":
        test = read(str(data / name / "test.csv"), table.schema)
        np.savez(logs, **told_rows(model, codec.encode(test)))
    return {"fit_s": fitted, "rows_per_s": rates}


def told_rows(model: Any, codes: Any) -> dict[str, np.ndarray]:
    """The log probability of each row, column by column; those of the block together."""
    from trimtab.model.grid.table import encode_all
    from trimtab.model.trees.given import GivenBefore

    features, scores, elements = encode_all(model.grids, codes)
    logs = {"the block": np.zeros(codes.rows)}
    if model.block.columns:
        logs["the block"] += model.lead.log_prob(codes)
    for j, name in enumerate(model.columns):
        if name in model.conditionals:
            before = features[:, :j], scores[:, :j]
            own = GivenBefore.of(model.conditionals[name], *before)
            logs[name.replace("/", " ")] = own.log_prob(codes[name], elements[name])
        else:
            logs["the block"] += model.grids[name].log_mass(codes[name], elements[name])
    return logs


if __name__ == "__main__":
    main()
