"""Classes of an outcome that too few rows are of: refused, left out, or insisted on by name."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trimtab
from trimtab.errors import RefusedError
from trimtab.plan.balance import bins
from trimtab.plan.balance.balance import plan_balance
from trimtab.plan.balance.counts import counts_table
from trimtab.plan.plan import CLASS_ROWS, Plan
from trimtab.table.prepare import prepare
from trimtab.table.table import Table

ROWS = {"normal": 1176, "probe": 40, "root": 4, "spy": 1}


def connections(rows: dict[str, int] = ROWS, persons: dict[str, int] | None = None) -> Table:
    """Connections to a network and their class, an outcome, beside two groups."""
    labels = [label for label, n in rows.items() for _ in range(n)]
    data: dict[str, Any] = {
        "protocol": [("tcp", "udp")[i % 2] for i in range(len(labels))],
        "weight": [i % 7 for i in range(len(labels))],
        "label": labels,
    }
    if persons is not None:
        people = [f"{label} {i % persons[label]}" for label, n in rows.items() for i in range(n)]
        data["host_id"] = pa.array(people)
    table = prepare(pa.table(data), outcome="label")
    if persons is not None:
        assert table.schema.entity is not None and table.schema.entity.name == "host_id"
    return table


def generated(plan: Plan, value: Any, at: int = 0) -> int:
    return sum(c.generated_rows for c in plan.cells if c.values[at] == value)


def test_a_class_of_one_row_is_not_made_into_1176() -> None:
    with pytest.raises(RefusedError) as caught:
        plan_balance(connections(), ["label"], mode="augment")
    text = str(caught.value)
    assert text.startswith("2 classes of the outcome have too few real rows to learn from: ")
    assert "label = spy (1 real row): 1,175 rows to generate" in text
    assert "label = root (4 real rows): 1,172 rows to generate" in text
    assert "at least 5 rows" in text and "probe" not in text
    named = [(r.name, r.value) for r in caught.value.remedies]
    assert named == [("unseen", "skip"), ("to", None), ("min_support", 1)]


@pytest.mark.parametrize("unseen", ["refuse", "generate"])
@pytest.mark.parametrize("mode", ["replace", "augment"])
def test_insisting_by_name(mode: str, unseen: str) -> None:
    options: dict[str, Any] = {"mode": mode, "unseen": unseen}
    with pytest.raises(RefusedError, match="label = spy"):
        plan_balance(connections(), ["label"], **options)
    plan = plan_balance(connections(), ["label"], min_support=1, **options)
    assert generated(plan, "spy") > 300
    assert any("label = spy rest on 1 real row" in w for w in plan.warnings)


@pytest.mark.parametrize("mode", ["replace", "augment"])
def test_leaving_out(mode: str) -> None:
    plan = plan_balance(connections(), ["label"], mode=mode, unseen="skip")
    assert {c.values for c in plan.cells if c.target_rows} == {("normal",), ("probe",)}
    assert plan.warnings[0].startswith(
        "2 classes of the outcome are left out, because fewer than 5 rows are of it: "
    )
    assert "label = root (4 real rows); label = spy (1 real row)" in plan.warnings[0]
    shares = {c.target_rows for c in plan.cells}
    assert max(shares) - min(shares) <= 1


def test_a_class_of_which_no_more_is_asked_than_there_is_stays() -> None:
    """Two of three rows may be generated, four may not; nor what the others leave to it."""
    rows = {"normal": 200, "probe": 40, "root": 3}
    table = connections(rows)
    for asked, kept in ((2, True), (3, True), (4, False)):
        to = counts_table({"normal": 50, "probe": 50, "root": asked}, ["label"])
        plan = plan_balance(table, ["label"], to, unseen="skip")
        assert (generated(plan, "root") == asked) is kept
        assert any("label = root (3 real rows)" in w for w in plan.warnings if "left out" in w) is (
            not kept
        )
    # A hundredth of 203 rows is 2; once "spy" and its half are left out it is 4, which is too many.
    table = connections({"normal": 199, "root": 3, "spy": 1})
    to = counts_table({"normal": 0.49, "root": 0.01, "spy": 0.5}, ["label"])
    plan = plan_balance(table, ["label"], to, unseen="skip")
    assert {c.values for c in plan.cells} == {("normal",)} and plan.rows == 203
    assert plan.warnings[0].startswith("2 classes of the outcome are left out")


def test_what_is_too_few_for_a_class_is_enough_without_it() -> None:
    """Augmented to 201 rows, three classes would be fewer than there are; two are 100 each."""
    table = connections({"normal": 100, "probe": 40, "spy": 1})
    with pytest.raises(RefusedError, match="too few to augment"):
        plan_balance(table, ["label"], mode="augment", rows=201)
    plan = plan_balance(table, ["label"], mode="augment", rows=201, unseen="skip")
    assert (generated(plan, "normal"), generated(plan, "probe")) == (0, 60)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12)), min_size=1, max_size=4),
    st.sampled_from(["replace", "augment"]),
    st.booleans(),
    st.one_of(st.none(), st.integers(20, 150)),
)
def test_skipping_does_all_that_is_not_refused(
    sizes: list[tuple[int, int]], mode: str, shares: bool, rows: int | None
) -> None:
    """A plan that is not refused is the same with "skip"; and "skip" leaves out no class besides
    those that a refusal names, or that are more than they have once others are left out.
    """
    real = {f"c{i}": n for i, (n, _) in enumerate(sizes)} | {"many": 60}
    asked: dict[str, float] = {f"c{i}": n for i, (_, n) in enumerate(sizes)} | {"many": 70}
    if shares:
        asked = {label: n / sum(asked.values()) for label, n in asked.items()}
    table, to = connections(real), counts_table(asked, ["label"])
    options: dict[str, Any] = {"mode": mode, "rows": rows if shares else None}
    try:
        plan = plan_balance(table, ["label"], to, **options)
    except RefusedError as error:
        if "of the outcome" in str(error):
            skipped = plan_balance(table, ["label"], to, unseen="skip", **options)
            assert all(generated(skipped, f"c{i}") <= n for i, (n, _) in enumerate(sizes) if n < 5)
            assert len(skipped.cells) < len(real)
        return
    assert plan_balance(table, ["label"], to, unseen="skip", **options).to_dict() == plan.to_dict()


def test_groups_of_few_rows_are_pointed_out_and_generated() -> None:
    """The same table with the class as a group: what it was before."""
    table = prepare(connections().data, outcome="protocol")
    plan = plan_balance(table, ["label"], mode="augment")
    assert generated(plan, "spy") == 1175
    assert any("1,175 rows of label = spy rest on 1 real row" in w for w in plan.warnings)


def test_augmenting_less() -> None:
    """As many rows as there are may come; one more may not."""
    for more, taken in ((0, True), (3, True), (4, True), (5, False)):
        to = counts_table({"normal": 1176, "probe": 100, "root": 4 + more, "spy": 1}, ["label"])
        if taken:
            plan = plan_balance(connections(), ["label"], to, mode="augment")
            assert generated(plan, "root") == more
        else:
            with pytest.raises(RefusedError, match=r"root \(4 real rows\): 5 rows") as caught:
                plan_balance(connections(), ["label"], to, mode="augment")
            assert "spy" not in str(caught.value)


def test_a_class_counts_over_all_groups() -> None:
    """Five rows of a class are enough, though the cells they fall into hold one or two."""
    rows = {**ROWS, "root": 5, "spy": 6}
    plan = plan_balance(connections(rows), ["protocol", "label"], unseen="generate")
    cells = [c for c in plan.cells if c.values[1] == "root"]
    assert sorted(c.real_rows for c in cells) == [2, 3] and all(c.generated_rows for c in cells)
    with pytest.raises(RefusedError, match=r"label = spy \(4 real rows\)"):
        plan_balance(connections({**rows, "spy": 4}), ["protocol", "label"], unseen="generate")
    with pytest.raises(RefusedError, match=r"of what is asked for with `to`"):
        plan_balance(connections({**rows, "spy": 4}), ["protocol", "label"], target="margins")


def test_persons_count_where_rows_are_theirs() -> None:
    """Sixty rows of four hosts are four; five hosts are enough."""
    rows = {"normal": 400, "probe": 200, "root": 60}
    persons = {"normal": 100, "probe": 50, "root": 4}
    with pytest.raises(
        RefusedError, match=r"root \(60 real rows of 4 persons\).*at least 5 persons"
    ):
        plan_balance(connections(rows, persons), ["label"], mode="augment")
    enough = connections(rows, {**persons, "root": 5})
    assert generated(plan_balance(enough, ["label"], mode="augment"), "root") == 340


def test_bins_of_an_outcome_are_classes() -> None:
    table = prepare(connections().data, outcome="weight")
    data = table.data.set_column(
        1, "weight", pa.array([i % 90 for i in range(table.rows - 3)] + [95] * 3)
    )
    table = prepare(data, outcome="weight")
    cuts = {"weight": [45, 91]}
    with pytest.raises(RefusedError, match=r"weight = .*91.* \(3 real rows\)"):
        bins.plan_balance(table, ["weight"], None, cuts)
    assert bins.plan_balance(table, ["weight"], None, cuts, min_support=1).rows == table.rows


def test_the_verb_knows_the_outcome_that_is_named() -> None:
    """The plan alone is refused as the whole is, by the outcome that was named or guessed."""
    data = connections().data
    for plan in (trimtab.plan_balance, trimtab.balance):
        with pytest.raises(RefusedError, match=r"label = spy \(1 real row\)"):
            plan(data, ["label"], mode="augment", outcome="label")
    assert trimtab.plan_balance(data, ["label"], mode="augment", outcome="protocol").rows > 3000
    insisted = trimtab.plan_balance(data, ["label"], outcome="label", min_support=1)
    assert insisted.rows == len(data)


def test_nothing_is_left() -> None:
    few = connections({"a": 3, "b": 4})
    with pytest.raises(RefusedError, match="every class asked for"):
        plan_balance(few, ["label"], rows=20, unseen="skip")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.sampled_from(["replace", "augment"]),
    st.sampled_from(["refuse", "skip", "generate"]),
    st.sampled_from([None, 1, 3]),
    st.booleans(),
)
def test_a_class_is_multiplied_if_enough_rows_are_of_it_or_it_was_said(
    sizes: list[int], mode: str, unseen: str, least: int | None, groups: bool
) -> None:
    """Of any classes: a plan that comes out multiplies no class of too few rows, unless asked to;
    what is refused would have.
    """
    rows = {f"c{i}": n for i, n in enumerate(sizes)} | {"many": 60}
    table = connections(rows)
    by = ["label", "protocol"] if groups else ["label"]
    options: dict[str, Any] = {"mode": mode, "unseen": unseen, "min_support": least}
    few = [label for label, n in rows.items() if n < CLASS_ROWS]
    try:
        plan = plan_balance(table, by, **options)
    except RefusedError as error:
        if "of the outcome" in str(error):
            assert least is None
            insisted = plan_balance(table, by, **{**options, "min_support": 1})
            assert any(generated(insisted, label) > rows[label] for label in few)
        return
    multiplied = {label for label in rows if generated(plan, label) > rows[label]}
    assert least is not None or not multiplied & set(few)
    if unseen == "skip" and least is None:
        assert {c.values[0] for c in plan.cells} == rows.keys() - set(few)
