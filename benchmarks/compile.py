"""What a network costs before it learns anything, and on a wide table: compile times, memory.

A simulated table is learned for a moment, in two fresh processes with the same empty cache: the
first compiles, the second reads what was compiled. With --wide, 100 columns of 50,000 rows are then
learned to the end.

taskset -c 0 python benchmarks/compile.py [--columns 15,50,100,200] [--wide]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = 12_000
PROBE = """
import json, resource, sys, time
sys.path.insert(0, {here!r})
from scale import wide
from trimtab.codec.codec import fit_codec
from trimtab._random import Key
from trimtab.table.prepare import prepare
from trimtab.model.interface import Request
from trimtab.model.network.fit import fit_network
from trimtab.model.network.recipe import recipe_for
from trimtab.model.network.training import NetworkTraining
table = prepare(wide({rows}, {columns}))
codec = fit_codec(table, 5)
codes = codec.encode(table)
told = {{}}
recipe = recipe_for({rows})
advance, validate = NetworkTraining.advance, NetworkTraining.validate
def timed(self, state, done, rates):
    began = time.process_time()
    out = advance(self, state, done, rates)
    out[0].weights.block_until_ready()
    times.append(time.process_time() - began)
    return out
def looked(self, state):
    began = time.process_time()
    out = validate(self, state)
    looks.append(time.process_time() - began)
    return out
times, looks = [], []
NetworkTraining.advance, NetworkTraining.validate = timed, looked
if {whole}:
    began = time.process_time()
    network, trained = fit_network(codes, codec, None, Key(0))
    told["fit_s"] = time.process_time() - began
else:
    import dataclasses
    short = dataclasses.replace(recipe, epochs=2.9 * 50 * recipe.batch / {rows})
    network, trained = fit_network(codes, codec, None, Key(0), recipe=short)
told["train_compile_s"] = times[0] - min(times[1:]) + looks[0] - min(looks[1:])
began = time.process_time()
network.compiled
network.fill(Request(512, {{}}), 0, Key(0))
first = time.process_time() - began
began = time.process_time()
network.fill(Request(512, {{}}), 0, Key(0))
told["draw_compile_s"] = first - (time.process_time() - began)
began = time.process_time()
network.fill(Request(20_480, {{}}), 0, Key(0))
told["rows_per_s"] = 20_480 / (time.process_time() - began)
told["steps_per_s"] = 50 / min(times)
told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(told))
"""


def probe(rows: int, columns: int, whole: bool, cache: str) -> dict[str, float]:
    """Learn and draw in a process of its own."""
    code = PROBE.format(here=str(HERE), rows=rows, columns=columns, whole=whole)
    env = {**os.environ, "OMP_NUM_THREADS": "1", "JAX_COMPILATION_CACHE_DIR": cache}
    env["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.1"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    if run.returncode:
        raise SystemExit(run.stderr[-3000:])
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    """Print one Markdown table for compiling, and one for the wide table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", default="15,50,100")
    parser.add_argument("--wide", action="store_true")
    args = parser.parse_args()
    print("| columns | training: cold, cached | drawing: cold, cached | steps/s | rows/s | MB |")
    print("|---|---|---|---|---|---|")
    for columns in map(int, args.columns.split(",")):
        with tempfile.TemporaryDirectory() as cache:
            cold, warm = (probe(ROWS, columns, False, cache) for _ in range(2))
        print(
            f"| {columns} | {cold['train_compile_s']:.1f} s, {warm['train_compile_s']:.1f} s "
            f"| {cold['draw_compile_s']:.1f} s, {warm['draw_compile_s']:.1f} s "
            f"| {warm['steps_per_s']:.1f} | {warm['rows_per_s']:,.0f} | {cold['peak_mb']:,.0f} |",
            flush=True,
        )
    if args.wide:
        with tempfile.TemporaryDirectory() as cache:
            found = probe(50_000, 100, True, cache)
        print(
            "\n| rows | columns | fit, CPU s | rows/CPU s drawn | peak MB |\n|---|---|---|---|---|"
        )
        print(
            f"| 50,000 | 100 | {found['fit_s']:.0f} | {found['rows_per_s']:,.0f} "
            f"| {found['peak_mb']:,.0f} |"
        )


if __name__ == "__main__":
    main()
