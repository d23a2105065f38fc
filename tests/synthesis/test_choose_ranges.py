"""Which model takes a plan that asks for ranges, before anything is learned."""

from __future__ import annotations

from typing import Any

import pytest

from trimtab.errors import RefusedError
from trimtab.synthesis.choose import Asked, Effort, choose, order_for_ranges

SIZES = {"age": 70, "sex": 2, "zip": 5000, "pay": 120, "day": 100}
NO_RANGES: frozenset[str] = frozenset()
QUICK = Effort(rows=500, network_minutes=0.1)


def rows(given: str, ranges: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(given.split()), frozenset(ranges.split())


ORDERS: list[tuple[str, list[tuple[frozenset[str], frozenset[str]]], str | None]] = [
    ("age sex", [rows("sex", "age")], "age sex"),
    ("age pay", [rows("", "age pay")], "age pay"),
    ("age zip", [rows("zip", "age")], "zip age"),
    ("age zip sex", [rows("zip sex", "age"), rows("zip sex age", "")], "zip sex age"),
    ("age zip", [rows("", "age zip")], None),
    ("age pay zip", [rows("zip", "age pay")], None),
    ("age pay day", [rows("", "age pay day")], None),
    ("age pay sex", [rows("sex", "age pay")], "age pay sex"),  # 16,800 cells
]


@pytest.mark.parametrize(("first", "asked", "order"), ORDERS, ids=range(len(ORDERS)))
def test_an_order_that_is_exact(first: str, asked: Asked, order: str | None) -> None:
    wanted = None if order is None else tuple(order.split())
    assert order_for_ranges(tuple(first.split()), asked, lambda: SIZES) == wanted


def chosen(model: str, first: str, asked: Asked, missing: str | None = None) -> Any:
    return choose(model, tuple(first.split()), (), lambda: SIZES, missing, QUICK, asked)


def test_a_chain_where_one_is_exact() -> None:
    found = chosen("auto", "age zip", [rows("zip", "age")])
    assert (found.model, found.first) == ("trees", ("zip", "age"))
    assert chosen("network", "age sex", [rows("sex", "age")]).model == "network"
    large = Effort(rows=5000, network_minutes=1)
    one = choose("auto", ("age",), (), lambda: SIZES, None, large, [rows("", "age")])
    assert one.model == "measure"
    two = choose("auto", ("age", "pay"), (), lambda: SIZES, None, large, [rows("", "age pay")])
    assert two.model == "trees"


def test_the_network_where_no_chain_is() -> None:
    wide = [rows("", "zip"), rows("zip sex", "age")]
    found = chosen("auto", "age zip sex", wide)
    assert found.model == "network" and "more than 20,000 cells" in found.reason


@pytest.mark.parametrize(
    ("model", "first", "asked", "message"),
    [
        ("network", "age pay", [rows("", "age pay")], "not of age, pay together: leave out"),
        ("auto", "age pay day", [rows("", "age pay day")], "more than 20,000 .* a network cond"),
        ("trees", "age zip", [rows("", "age zip")], "more than 20,000 cells .*: ask for fewer"),
    ],
)
def test_refused(model: str, first: str, asked: Asked, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        chosen(model, first, asked)


def test_without_the_network_installed() -> None:
    with pytest.raises(RefusedError, match="and it is not here: ask for fewer columns"):
        chosen("auto", "age zip sex", [rows("", "zip"), rows("zip sex", "age")], "it is not here")
    assert chosen("auto", "age", [rows("age", "")]).model == "trees"
