"""The kinds of rules, in the order in which a text is tried as each of them."""

from __future__ import annotations

from trimtab.table.rules import (
    condition,
    date_parts,
    dependency,
    equality,
    linear,
    matching,
    multiples,
    one_hot,
    order,
    ranges,
    together,
)
from trimtab.table.rules.finding import copies, implication, sums
from trimtab.table.rules.kind import Kind

KINDS = (
    Kind(
        "dependency",
        "RACE from ETHNICITY",
        "each ETHNICITY has its one RACE",
        dependency.read,
        dependency.propose,
    ),
    Kind(
        "matching",
        "grade matches code",
        "each grade has its one code, and each code its grade",
        matching.read,
        matching.propose,
        stage=1,
    ),
    Kind(
        "together",
        "ZIP, COUNTY occur together",
        "no pairs but those of the real rows",
        together.read,
        together.propose,
    ),
    Kind(
        "range",
        "value within test",
        "a value is in the range that the real rows have for its test",
        ranges.read,
        ranges.propose,
        unlikely=0.4,
    ),
    Kind("step", "price multiple of 0.05", "a price is a multiple of .05", multiples.read),
    Kind(
        "one-hot",
        "one of red, green, blue",
        "just one says yes; also `at most one of` and `at least one of`",
        one_hot.read,
        one_hot.propose,
    ),
    Kind(
        "date",
        "year, month, day make a date",
        "the date is in the calendar",
        date_parts.read,
        date_parts.propose,
    ),
    Kind(
        "equality",
        "visit = start",
        "both hold the same",
        equality.read,
        equality.propose,
        stage=1,
    ),
    Kind(
        "copy",
        "year = year(visit)",
        "a part of a date, or the same in another unit: `kg = 0.4536 * lb`",
        linear.read,
        copies.propose,
        stage=1,
    ),
    Kind(
        "value",
        "age >= 0",
        "which values a column may have, or that it is missing or present",
        condition.read,
        implication.propose,
        stage=3,
    ),
    Kind("sum", "total = net + tax", "a sum or difference", linear.read, sums.propose),
    Kind(
        "order",
        "birth <= visit <= death",
        "they come in this order",
        order.read,
        order.propose,
        unlikely=0.01,
    ),
)
