"""Whatever is sent that the description allows, or does not, is answered: never by a fault."""

from __future__ import annotations

from pathlib import Path

from tests.server.fuzzing import fuzz_route, fuzzed, routes

EXAMPLES = 2  # a route; benchmarks/fuzz_service.py tries ten thousand


def test_no_answer_is_a_fault(tmp_path: Path) -> None:
    made = fuzzed(tmp_path / "data")
    for route in routes(made):
        assert fuzz_route(made, route, EXAMPLES) == []
    made.service.database.close()
