"""The columns of simulated tables, with a rule or without one, each drawn from a law of its own."""

from __future__ import annotations

import numpy as np
from label_pieces import dependency, label_missing, nearly, never, pair, pairs, ranges, words
from planted import (
    Cells,
    Draw,
    Piece,
    Random,
    Rows,
    days,
    known,
    minutes,
    since,
    some,
    texts,
    zipf,
)


def equality(random: Random) -> Piece:
    """A date that stands twice."""

    def make(draw: Draw) -> Rows:
        ordered = days(np.floor(16_000 + 900 * draw.normal(0.3)))
        return {"ordered": ordered, "invoice_date": ordered.copy()}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        numbers = since(rows["ordered"])
        at = some(known(rows["ordered"], rows["invoice_date"]), random)
        moved = since(rows["invoice_date"])
        moved[at] = numbers[at] + random.integers(1, 60, int(at.sum()))
        return {"invoice_date": days(moved)}, at

    says = "invoice_date = ordered"
    return Piece("equality", says, make, (broken,), ("ordered", "invoice_date"))


def unit(random: Random) -> Piece:
    """A number in two units."""
    factor, digits = ((0.45359237, 1), (2.54, 2), (1.8, 1))[int(random.integers(3))]
    offset = 32.0 if factor == 1.8 else 0.0

    def make(draw: Draw) -> Rows:
        pounds = np.round(170 + 35 * draw.normal(0.5), 1)
        return {"measured": pounds, "measured_si": np.round(factor * pounds + offset, digits)}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["measured"], rows["measured_si"]), random)
        made = rows["measured_si"].copy()
        made[at] += np.round(random.choice([-1, 1], int(at.sum())) * random.uniform(1, 9), digits)
        return {"measured_si": made}, at

    gaps = ("measured", "measured_si")
    return Piece("unit copy", f"measured_si = {factor} * measured", make, (broken,), gaps)


def date_part(random: Random) -> Piece:
    """The date of a moment."""

    def make(draw: Draw) -> Rows:
        day = np.floor(15_000 + 700 * draw.normal(0.2))
        minute = np.floor(720 + 180 * draw.normal(0.0)).clip(0, 1439)
        return {"admitted_at": minutes(day * 1440 + minute), "admitted_on": days(day)}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        numbers = since(rows["admitted_on"])
        at = some(~np.isnan(numbers), random)
        numbers[at] += random.choice([-2, -1, 1, 3, 30], int(at.sum()))
        return {"admitted_on": days(numbers)}, at

    says = "admitted_on = date(admitted_at)"
    return Piece("date part", says, make, (broken,), ("admitted_on",))


def two_dates(random: Random) -> Piece:
    """A beginning and an end."""
    mean = float(random.choice([5, 40, 400]))

    def make(draw: Draw) -> Rows:
        start = np.floor(14_000 + 1200 * draw.normal(0.3))
        end = start + np.floor(draw.random.exponential(mean, draw.rows))
        end[draw.random.random(draw.rows) < 0.3] = np.nan
        return {"opened": days(start), "closed": days(end)}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        start, end = since(rows["opened"]), since(rows["closed"])
        at = some(~np.isnan(start) & ~np.isnan(end), random)
        end[at] = start[at] - random.integers(1, 200, int(at.sum()))
        return {"closed": days(end)}, at

    return Piece("order of two dates", "opened <= closed", make, (broken,), ("closed",))


def three_numbers(random: Random) -> Piece:
    """A low, a middle and a high number."""
    scale = float(random.choice([3, 20]))

    def make(draw: Draw) -> Rows:
        low = np.round(60 + 10 * draw.normal(0.5))
        middle = low + np.round(draw.random.exponential(scale, draw.rows))
        high = middle + np.round(draw.random.exponential(scale, draw.rows))
        return {"lowest": low, "typical": middle, "highest": high}

    def middle(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["lowest"], rows["typical"]), random)
        made = rows["typical"].copy()
        made[at] = rows["lowest"][at] - random.integers(1, 20, int(at.sum()))
        return {"typical": made}, at

    def high(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(rows["typical"], rows["highest"]), random)
        made = rows["highest"].copy()
        made[at] = rows["typical"][at] - random.integers(1, 20, int(at.sum()))
        return {"highest": made}, at

    says = "lowest <= typical <= highest"
    return Piece("order of three", says, make, (middle, high), ("typical", "highest"))


def missing_exactly(random: Random) -> Piece:
    """A number that is missing where another one is 0, and nowhere else."""
    share = float(random.choice([0.02, 0.1]))

    def make(draw: Draw) -> Rows:
        count = np.floor(draw.random.exponential(20, draw.rows)) + 1
        count[draw.random.random(draw.rows) < share] = 0
        mean = np.round(30 + 9 * draw.normal(0.5), 2)
        mean[count == 0] = np.nan
        return {"claims": count, "mean_claim": mean}

    def there(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = rows["claims"] == 0
        made = rows["mean_claim"].copy()
        made[at] = np.round(30 + 9 * random.normal(size=int(at.sum())), 2)
        return {"mean_claim": made}, at

    def away(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(rows["claims"] > 0, random)
        made = rows["mean_claim"].copy()
        made[at] = np.nan
        return {"mean_claim": made}, at

    says = "mean_claim missing exactly where claims = 0"
    return Piece("missing exactly where", says, make, (there, away))


def conditional(random: Random) -> Piece:
    """A number that equals another one where a third says so."""

    def make(draw: Draw) -> Rows:
        months = np.floor(1 + draw.random.exponential(14, draw.rows))
        monthly = np.round(65 + 20 * draw.normal(0.5), 2).clip(5)
        total = np.round(monthly * months * draw.random.uniform(0.95, 1.05, draw.rows), 2)
        return {
            "months": months,
            "monthly": monthly,
            "total": np.where(months == 1, monthly, total),
        }

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = (rows["months"] == 1) & known(rows["monthly"], rows["total"])
        made = rows["total"].copy()
        made[at] += np.round(random.uniform(1, 50, int(at.sum())), 2)
        return {"total": made}, at

    says = "total = monthly where months = 1"
    return Piece("equal where", says, make, (broken,), ("monthly",))


def _hot(names: tuple[str, ...], code: Cells) -> Rows:
    return {name: (code == i).astype(float) for i, name in enumerate(names)}


def one_hot(random: Random) -> Piece:
    """Columns of which one says yes."""
    names = tuple(f"is_{w}" for w in ("red", "green", "blue", "grey"))
    shares = zipf(random, 4)

    def make(draw: Draw) -> Rows:
        return _hot(names, draw.pick(shares, 0.3))

    def none(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(np.ones(len(rows[names[0]]), bool), random)
        return {n: np.where(at, 0.0, rows[n]) for n in names}, at

    return Piece("one-hot", f"one of {', '.join(names)}", make, (none, _second(names)))


def at_most(random: Random) -> Piece:
    """Columns of which at most one says yes."""
    names = ("gold", "silver", "bronze")

    def make(draw: Draw) -> Rows:
        return _hot(names, draw.pick(np.array([0.2, 0.25, 0.2, 0.35]), 0.3))

    return Piece("at most one", f"at most one of {', '.join(names)}", make, (_second(names),))


def _second(names: tuple[str, ...]):  # type: ignore[no-untyped-def]
    def second(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        count = sum(rows[n] for n in names)
        at = some(count == 1, random)
        made = {n: rows[n].copy() for n in names}
        for row in np.flatnonzero(at):
            off = [n for n in names if rows[n][row] == 0]
            made[off[random.integers(len(off))]][row] = 1.0
        return made, at

    return second


def calendar(random: Random) -> Piece:
    """A date in three columns."""

    def make(draw: Draw) -> Rows:
        day = np.floor(15_000 + 1500 * draw.random.uniform(-1, 1, draw.rows))
        dates = day.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        return {
            "year": months.astype("datetime64[Y]").astype(float) + 1970,
            "month": months.astype(np.int64) % 12 + 1.0,
            "day": (dates - months.astype("datetime64[D]")).astype(float) + 1,
        }

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(np.ones(len(rows["day"]), bool), random)
        month, day = rows["month"].copy(), rows["day"].copy()
        month[at] = random.choice([2, 4, 6, 9, 11], int(at.sum()))
        day[at] = 31
        return {"month": month, "day": day}, at

    return Piece("year, month, day", "year, month, day make a date", make, (broken,))


def _sum(count: int) -> Piece:
    parts = (("net", "tax"), ("room", "food", "other_costs"))[count - 2]
    whole = ("gross", "all_costs")[count - 2]

    def make(draw: Draw) -> Rows:
        made = {n: np.round(draw.random.gamma(2, 50 / (i + 1), draw.rows), 2)
                for i, n in enumerate(parts)}  # fmt: skip
        last = made[parts[-1]]
        last[draw.random.random(draw.rows) < 0.3] = 0.0
        return {**made, whole: np.round(sum(made.values()), 2)}

    def broken(rows: Rows, random: Random) -> tuple[Rows, Cells]:
        at = some(known(*(rows[n] for n in (*parts, whole))), random)
        made = rows[whole].copy()
        made[at] = np.round(made[at] + random.uniform(0.05, 50, int(at.sum())), 2)
        return {whole: made}, at

    says = f"{whole} = {' + '.join(parts)}"
    return Piece(f"sum of {count}", says, make, (broken,), (parts[0], whole))


def two_parts(random: Random) -> Piece:
    """A sum of two numbers."""
    return _sum(2)


def three_parts(random: Random) -> Piece:
    """A sum of three numbers."""
    return _sum(3)


PIECES = (dependency, pair, equality, unit, date_part, words, two_dates, three_numbers, never,
          label_missing, missing_exactly, conditional, one_hot, at_most, calendar, ranges, pairs,
          two_parts, three_parts, nearly)  # fmt: skip


def _plain(name: str, random: Random) -> Piece:
    """A column without a rule."""
    link = float(random.uniform(0, 0.9))
    shares = zipf(random, 250 if name == "supplier" else 12, 1.3)

    def make(draw: Draw) -> Rows:
        z = draw.normal(link)
        if name in ("supplier", "trade"):
            made: Cells = texts(
                [f"{name} {i}" for i in range(len(shares))], draw.pick(shares, link)
            )
        elif name == "visits":
            made = draw.random.poisson(np.exp(0.5 * z)).astype(float)
        elif name == "age":
            made = np.round(47 + 17 * z).clip(0, 99)
        elif name == "gain":
            made = np.where(z > 1.2, np.round(np.exp(7 + z)), 0.0)
        elif name == "steady":
            made = (z > 2.6).astype(float)
        elif name == "income":
            made = np.round(np.exp(10 + 0.6 * z), 2)
        elif name == "score":
            made = np.round(z, 4)
        elif name == "enrolled":
            made = days(np.floor(17_000 + 300 * z))
        else:
            made = texts(["no", "yes"], (z > 0.7).astype(int))
        return {name: made}

    return Piece("", "", make, (), (name,))


def _plainly(name: str):  # type: ignore[no-untyped-def]
    return lambda random: _plain(name, random)


PLAIN = ("supplier", "trade", "visits", "age", "gain", "steady", "income", "score", "enrolled",
         "smokes", "insured")  # fmt: skip
BACKGROUND = tuple(_plainly(name) for name in PLAIN)
