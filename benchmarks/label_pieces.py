"""Columns of simulated tables that keep rules of labels, each drawn from a law of its own."""

from __future__ import annotations

import numpy as np
from planted import (
    Cells,
    Draw,
    Piece,
    Random,
    Rows,
    known,
    some,
    swapped,
    texts,
    zipf,
)


def dependency(random: Random, exact: bool = True) -> Piece:
    """A label that another one decides."""
    names = ("city", "county") if exact else ("product", "family")
    many, few = int(random.integers(20, 80)), int(random.integers(4, 14))
    shares = zipf(random, many)
    map_ = np.append(np.arange(few), random.integers(0, few, many - few))
    random.shuffle(map_)
    upper = [f"{names[1][0]}{i}" for i in range(few)]
    lower = [f"{names[0]} {i}" for i in range(many)]
    link = float(random.uniform(0, 0.8))

    def make(draw: Draw) -> Rows:
        code = draw.pick(shares, link)
        decided = texts(upper, map_[code])
        if not exact:
            wrong = draw.random.random(draw.rows) < 0.003
            decided = swapped(decided, wrong, draw.random, np.array(upper, object))
        return {names[0]: texts(lower, code), names[1]: decided}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        cells = rows[names[1]]
        at = some(known(cells, rows[names[0]]), random)
        return {names[1]: swapped(cells, at, random, np.array(upper, object))}, at

    kind = "dependency" if exact else "dependency but for .3 %"
    return Piece(kind, f"{names[1]} from {names[0]}", make, (broken,), names, exact)


def nearly(random: Random) -> Piece:
    """A dependency that a few rows break."""
    return dependency(random, exact=False)


def pair(random: Random) -> Piece:
    """A label that two others decide together."""
    map_ = np.array([random.permutation(4)[[0, 1, 2, 3, 0, 1][:6]] for _ in range(5)])
    shares = zipf(random, 5, 0.7), zipf(random, 6, 0.7)
    tariffs = np.array(["low", "middle", "high", "special"], object)

    def make(draw: Draw) -> Rows:
        zone, size = draw.pick(shares[0], 0.4), draw.pick(shares[1], 0.0)
        return {
            "zone": texts(list("ABCDE"), zone),
            "size": texts(["xs", "s", "m", "l", "xl", "xxl"], size),
            "tariff": tariffs[map_[zone, size]],
        }

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["zone"], rows["size"], rows["tariff"]), random)
        return {"tariff": swapped(rows["tariff"], at, random, tariffs)}, at

    return Piece("pair dependency", "tariff from zone, size", make, (broken,), ("tariff",))


def words(random: Random) -> Piece:
    """The same label in other words."""
    count = int(random.integers(5, 13))
    shares = zipf(random, count)
    names = [f"degree {i}" for i in random.permutation(count)]
    codes = np.arange(count).astype(float) + 1

    def make(draw: Draw) -> Rows:
        code = draw.pick(shares, 0.6)
        return {"degree": texts(names, code), "degree_code": codes[code]}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["degree"], rows["degree_code"]), random)
        return {"degree_code": swapped(rows["degree_code"], at, random, codes)}, at

    return Piece("other words", "degree matches degree_code", make, (broken,), ("degree_code",))


def never(random: Random) -> Piece:
    """A label that leaves another one no choice."""
    shares = np.array([0.5, 0.2, 0.12, 0.1, 0.05, 0.03])
    left = ["home", "care", "rehab", "died", "other", "unknown"]
    again = float(random.uniform(0.25, 0.4))

    def make(draw: Draw) -> Rows:
        code = draw.pick(shares, 0.3)
        back = (draw.random.random(draw.rows) < again) & (code != 3)
        return {"left_to": texts(left, code), "readmitted": texts(["no", "yes"], back.astype(int))}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = rows["left_to"] == "died"
        at &= known(rows["readmitted"])
        return {
            "readmitted": swapped(rows["readmitted"], at, random, np.array(["yes"], object))
        }, at

    says = "readmitted = 'no' where left_to = 'died'"
    return Piece("never together", says, make, (broken,), ("readmitted",))


def label_missing(random: Random) -> Piece:
    """A label of those that have no value."""

    def make(draw: Draw) -> Rows:
        code = draw.pick(np.array([0.5, 0.3, 0.2]), 0.4)
        cells = np.round(draw.random.gamma(2, 300, draw.rows), 2)
        cells[(code == 2) | (draw.random.random(draw.rows) < 0.06)] = np.nan
        return {"payment": texts(["card", "cash", "none"], code), "amount": cells}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = rows["payment"] == "none"
        made = rows["amount"].copy()
        made[at] = np.round(random.gamma(2, 300, int(at.sum())), 2)
        return {"amount": made}, at

    return Piece("label -> missing", "amount missing where payment = 'none'", make, (broken,))


def pairs(random: Random) -> Piece:
    """Labels of which few of the possible pairs occur."""
    routes, carriers = int(random.integers(10, 30)), 8
    allowed = np.array([random.permutation(carriers)[:2] for _ in range(routes)])
    shares = zipf(random, routes, 0.8)
    names = np.array([f"line {c}" for c in "abcdefgh"], object)

    def make(draw: Draw) -> Rows:
        route = draw.pick(shares, 0.3)
        which = (draw.random.random(draw.rows) < 0.35).astype(int)
        labels = [f"route {i}" for i in range(routes)]
        return {"route": texts(labels, route), "carrier": names[allowed[route, which]]}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["route"], rows["carrier"]), random)
        made = rows["carrier"].copy()
        for row in np.flatnonzero(at):
            own = names[allowed[int(rows["route"][row].split()[1])]]
            others = names[np.isin(names, names[allowed]) & ~np.isin(names, own)]
            made[row] = others[random.integers(len(others))]
        return {"carrier": made}, at

    says = "route, carrier occur together"
    return Piece("pairs that occur", says, make, (broken,), ("carrier",))


def ranges(random: Random) -> Piece:
    """A value in the units of its test."""
    centre = np.array([1.0, 4.0, 37.0, 70.0, 170.0, 260.0])
    half = centre * random.uniform(0.1, 0.4, 6)
    tests = ["bilirubin", "albumin", "temperature", "pulse", "height", "platelets"]
    shares = zipf(random, 6, 0.8)

    def make(draw: Draw) -> Rows:
        code = draw.pick(shares, 0.2)
        at = 2 * draw.random.beta(3, 3, draw.rows) - 1
        return {"test": texts(tests, code), "value": np.round(centre[code] + half[code] * at, 2)}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        codes = np.array([tests.index(t) if t is not None else 0 for t in rows["test"]])
        other = (codes + random.integers(1, 6, len(codes))) % 6
        value = np.round(centre[other], 2)
        apart = np.abs(value - centre[codes]) > 1.3 * half[codes]
        at = some(known(rows["test"], rows["value"]) & apart, random)
        return {"value": np.where(at, value, rows["value"])}, at

    return Piece("range of a group", "value within test", make, (broken,), ("value",))
