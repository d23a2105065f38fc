"""Ten thousand requests made from the description of the service: how many answers are faults.

python benchmarks/fuzz_service.py [--cases 10000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.server.fuzzing import fuzz_route, fuzzed, routes

# Routes that start a process for whatever is sent: a tenth of the others' share.
_DEAR = ("post /v1/datasets", "post /v1/models/import", "post /v1/plans")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = fuzzed(Path(folder) / "data")
        every = routes(made)
        share = -(-asked.cases // (len(every) - len(_DEAR)))
        faults, sent = 0, 0
        for route in every:
            dear = f"{route.method} {route.path}" in _DEAR
            examples = max(1, share // 10) if dear else share
            found = fuzz_route(made, route, examples)
            faults, sent = faults + len(found), sent + examples
            for line in found[:3]:
                print(line)
        print(f"{len(every)} routes, {sent} requests at most: {faults} faults")
        made.service.database.close()


if __name__ == "__main__":
    main()
