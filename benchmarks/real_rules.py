"""Rules of real tables, and of ones made like those that are known for theirs.

Part `real` of `benchmarks/rules.py`. Held-out rows are checked cell by cell, without the package's
own checks.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from by_hand import Cell, broken_by_hand
from planted import Rows, days, table, texts

from trimtab._random import Key
from trimtab.table.files import read
from trimtab.table.rules.dependency import From
from trimtab.table.rules.equality import Equal
from trimtab.table.rules.finding.find import find_rules
from trimtab.table.rules.linear import Linear
from trimtab.table.rules.matching import Matches
from trimtab.table.rules.one_hot import OneOf
from trimtab.table.rules.order import Order
from trimtab.table.rules.parse import parse
from trimtab.table.rules.statement import Statement
from trimtab.table.rules.view import view
from trimtab.table.schema import Kind
from trimtab.table.table import Table

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDERS = ("adult", "california", "compas", "default", "magic", "stroke", "synthea_patients",
           "persons/males", "persons/nlswork", "persons/pbcseq", "persons/visits")  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A rule that is true of a table, in the ways in which it may be said.

    exact  whether it is to be found as exact
    """

    says: tuple[str, ...]
    exact: bool = True


VISITS = (
    Wanted(("ProcedureDate <= DATE",)),
    Wanted(("RACE from ETHNICITY",)),
    Wanted(("UNITS from ObsDesc",)),
    Wanted(("ObsValueFloat within ObsDesc",)),
)
SYNTHEA = (
    Wanted(("COUNTY from CITY",)),
    Wanted(("ZIP, COUNTY occur together", "COUNTY, ZIP occur together", "COUNTY from ZIP")),
    Wanted(("LAT within COUNTY", "LAT within CITY")),
    Wanted(("LON within COUNTY", "LON within CITY")),
    Wanted(("BIRTHDATE <= DEATHDATE",)),
)


def telco(draw: np.random.Generator, rows: int = 7043) -> Rows:
    """Contracts: nothing was billed in the first month, and one month's bill is the total."""
    tenure = np.floor(draw.exponential(30, rows)).clip(0, 72) + 1
    tenure[draw.random(rows) < 0.07] = 1
    tenure[draw.permutation(rows)[:11]] = 0
    monthly = np.round(draw.uniform(18, 119, rows) / 0.05) * 0.05
    total = np.round(monthly * tenure * draw.uniform(0.95, 1.05, rows), 2)
    total = np.where(tenure == 1, np.round(monthly, 2), total)
    total[tenure == 0] = np.nan
    internet = draw.choice(3, rows, p=[0.22, 0.34, 0.44])
    security = np.where(internet == 0, 2, draw.random(rows) < 0.4)
    left = (draw.random(rows) < 0.4 * np.exp(-tenure / 30)).astype(int)
    return {
        "tenure": tenure,
        "MonthlyCharges": np.round(monthly, 2),
        "TotalCharges": total,
        "InternetService": texts(["No", "DSL", "Fiber optic"], internet),
        "OnlineSecurity": texts(["No", "Yes", "No internet service"], security.astype(int)),
        "Contract": texts(["Month-to-month", "One year", "Two year"], draw.integers(0, 3, rows)),
        "Churn": texts(["No", "Yes"], left),
    }


TELCO = (
    Wanted(("TotalCharges = MonthlyCharges where tenure = 1",)),
    Wanted(("TotalCharges missing exactly where tenure = 0",)),
    Wanted(
        (
            "OnlineSecurity = 'No internet service' exactly where InternetService = 'No'",
            "OnlineSecurity = 'No internet service' where InternetService = 'No'",
            "InternetService, OnlineSecurity occur together",
            "OnlineSecurity, InternetService occur together",
        )
    ),
)


def hospital(draw: np.random.Generator, rows: int = 80_000) -> Rows:
    """Stays: a code says that the person died, so that none comes back."""
    codes = np.arange(1, 29)
    shares = 1 / np.arange(1, 29) ** 1.2
    code = draw.choice(codes, rows, p=shares / shares.sum())
    died = code == 11
    again = np.where(died, 0, draw.choice(3, rows, p=[0.54, 0.35, 0.11]))
    return {
        "discharge_code": code.astype(float),
        "time_in_hospital": draw.integers(1, 15, rows).astype(float),
        "age": texts([f"[{a}-{a + 10})" for a in range(0, 100, 10)], draw.integers(0, 10, rows)),
        "readmitted": texts(["NO", ">30", "<30"], again),
    }


HOSPITAL = (
    Wanted(
        (
            "readmitted = 'NO' where discharge_code = 11",
            "discharge_code, readmitted occur together",
            "readmitted, discharge_code occur together",
        )
    ),
)


def flights(draw: np.random.Generator, rows: int = 20_000) -> Rows:
    """Flights: the parts of a date, and delays that are missing together."""
    date = (np.datetime64("2013-01-01") + draw.integers(0, 365, rows)).astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    cancelled = draw.random(rows) < 0.025
    late = np.round(draw.normal(8, 30, rows))
    airport = draw.choice(3, rows)
    return {
        "year": np.full(rows, 2013.0),
        "month": month.astype(np.int64) % 12 + 1.0,
        "day": (date - month.astype("datetime64[D]")).astype(float) + 1,
        "dep_delay": np.where(cancelled, np.nan, late),
        "arr_delay": np.where(cancelled, np.nan, late + np.round(draw.normal(-2, 9, rows))),
        "origin": texts(["EWR", "JFK", "LGA"], airport),
        "distance": np.round(draw.gamma(3, 350, rows)) + 80,
    }


FLIGHTS = (
    Wanted(("year, month, day make a date", "month, day make a date")),
    Wanted(
        (
            "dep_delay missing exactly where arr_delay missing",
            "arr_delay missing exactly where dep_delay missing",
        )
    ),
)


def messy(draw: np.random.Generator, rows: int = 3000) -> Rows:
    """A file as people keep them: the same thing more than once, in other units and types."""
    start = np.floor(draw.normal(18_000, 400, rows))
    end = start + np.floor(draw.exponential(12, rows))
    height = np.round(draw.normal(170, 9, rows))
    visits = draw.poisson(2, rows)
    kind = draw.choice(3, rows, p=[0.6, 0.3, 0.1])
    code = draw.integers(1, 400, rows)
    end[draw.random(rows) < 0.1] = np.nan
    return {
        "start": days(start),
        "end": days(end),
        "visit_date": days(start),
        "height_cm": height,
        "height_m": np.round(height / 100, 2),
        "visits": visits.astype(float),
        "visits_text": np.array([f"{v} visits" for v in visits], object),
        "ward": code.astype(float),
        "ward_code": np.array([f"W{c:04d}" for c in code], object),
        **{n: (kind == i).astype(float) for i, n in enumerate(("walk_in", "referred", "urgent"))},
    }


MESSY = (
    Wanted(("start <= end", "visit_date <= end")),
    Wanted(("visit_date = start", "start = visit_date")),
    Wanted(("height_m = 0.01 * height_cm", "height_cm = 100 * height_m")),
    Wanted(("visits_text matches visits", "visits matches visits_text")),
    Wanted(("ward_code matches ward", "ward matches ward_code")),
    Wanted(("one of walk_in, referred, urgent",)),
)


def tables() -> list[tuple[str, Table, tuple[Wanted, ...]]]:
    """The tables, and what is to be found in each."""
    made: list[tuple[str, Callable[[np.random.Generator], Rows], tuple[Wanted, ...]]] = [
        ("telco-like", telco, TELCO),
        ("hospital-like", hospital, HOSPITAL),
        ("flights-like", flights, FLIGHTS),
        ("messy", messy, MESSY),
    ]
    draw = Key(0).child("rules", "like").generator()
    return [
        ("visits", read(DATA / "persons/visits/train.csv"), VISITS),
        ("synthea_patients (raw.csv)", read(DATA / "synthea_patients/raw.csv"), SYNTHEA),
        ("synthea_patients (train.csv)", read(DATA / "synthea_patients/train.csv"), SYNTHEA[:2]),
        *((name, read(table(make(draw))), wanted) for name, make, wanted in made),
    ]


def same(found: Statement, wanted: Statement) -> bool:
    """Whether a found rule says what is wanted, or more."""
    if isinstance(found, Order) and isinstance(wanted, Order):
        left = iter(found.columns)
        return all(name in left for name in wanted.columns)
    if isinstance(found, From) and isinstance(wanted, From):
        return found.decided == wanted.decided and set(found.by) <= set(wanted.by)
    if isinstance(found, OneOf) and isinstance(wanted, OneOf):
        return (set(found.names), found.most) == (set(wanted.names), wanted.most)
    return found.text == wanted.text


def real(*, listing: bool) -> None:
    """Print which of the wanted rules are found, and, if asked to, all that are found anywhere."""
    from rules import said_of

    print("| table | rule | found as |\n|---|---|---|")
    for name, given, all_wanted in tables():
        rules = [(r, parse(r.text, given.schema.names)) for r in find_rules(given)]
        for wanted in all_wanted:
            forms = [parse(s, given.schema.names) for s in wanted.says]
            fits = [r for r, s in rules if any(same(s, form) for form in forms)]
            fits.sort(key=lambda r: not r.kept)
            told = said_of(fits[0]) if fits else "**not found**"
            if fits and wanted.exact and not (fits[0].evidence and fits[0].evidence.exact):
                told = f"**not exact**: {told}"
            print(f"| {name} | {wanted.says[0]} | {told} |", flush=True)
        if listing:
            for rule, _ in rules:
                print(f"    {name}: {said_of(rule)}")
    if listing:
        for folder in FOLDERS:
            _listed(folder)


def _listed(folder: str) -> None:
    from rules import said_of

    given = _with_persons(read(DATA / folder / "train.csv"), DATA / folder / "meta.json")
    rules = find_rules(given)
    kinds = Counter(
        (str(r.status), type(parse(r.text, given.schema.names)).__name__) for r in rules
    )
    counts = ", ".join(f"{n} {status} {kind}" for (status, kind), n in sorted(kinds.items()))
    print(f"\n{folder}: {len(rules)} rules: {counts}")
    held = read(DATA / folder / "test.csv", given.schema)
    by_hand = [rows_by_hand(DATA / folder / f"{part}.csv", given) for part in ("train", "test")]
    seen, judged = view(given), view(held)
    for rule in rules:
        statement = parse(rule.text, given.schema.names)
        outcome = statement.learned(seen)(judged)
        share = f"{outcome.broken.sum():,} of {outcome.covered.sum():,} held out break it"
        if isinstance(statement, (From, Order, Equal, Linear, OneOf, Matches)):
            covered, broken = broken_by_hand(statement, *by_hand)
            if (covered, broken) != (outcome.covered.sum(), outcome.broken.sum()):
                share += f"; BY HAND: {broken:,} of {covered:,}"
        print(f"  {said_of(rule)}  {share}", flush=True)


def _with_persons(given: Table, meta: Path) -> Table:
    """A table whose persons are those that its description names."""
    entity = json.loads(meta.read_text(encoding="utf-8")).get("entity")
    if entity is None:
        return given
    return Table(given.schema.change(entity, kind=Kind.ENTITY), given.data, given.origin)


def rows_by_hand(path: Path, given: Table) -> list[dict[str, Cell]]:
    """The rows of a file; what is withheld as "(rare)" is as good as missing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: list[dict[str, Cell]] = []
    for row in rows:
        cells: dict[str, Cell] = {}
        for column in given.schema:
            cell = row[column.name]
            if cell in ("", "(rare)") or cell in column.missing:
                cells[column.name] = None
            elif column.kind is Kind.NUMBER:
                cells[column.name] = float(cell)
            elif column.kind is Kind.DATETIME:
                cells[column.name] = datetime.strptime(cell, column.pattern or "%Y-%m-%d")
            else:
                cells[column.name] = cell
        found.append(cells)
    return found
