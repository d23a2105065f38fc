"""The finding of rules: what is found, what is found wrongly, and what it costs.

OMP_NUM_THREADS=1 python benchmarks/rules.py planted [--tables 20 --seeds 1] [--fresh 200000]
OMP_NUM_THREADS=1 python benchmarks/rules.py independent [--tables 200]
OMP_NUM_THREADS=1 python benchmarks/rules.py dependent [--tables 100]
OMP_NUM_THREADS=1 python benchmarks/rules.py real [--list]
OMP_NUM_THREADS=1 python benchmarks/rules.py cost

Tables are simulated (`planted.py`, `pieces.py`), or those of ../shared/data. A rule that was
planted is found if what was found catches rows in which it is broken on purpose, however it says
so. A rule that is kept is false if more fresh rows of the same law break it than its bound says, or
if any does where the rule is exact and learns nothing from its surroundings.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from planted import Piece, Random, World, independent, plain_world, table, world

from trimtab._random import Key
from trimtab.table.files import read
from trimtab.table.rules.finding.find import find_rules
from trimtab.table.rules.parse import parse
from trimtab.table.rules.rule import Rule
from trimtab.table.rules.statement import Check, Statement
from trimtab.table.rules.view import View, view
from trimtab.table.table import Table

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SHUFFLED = ("adult", "stroke", "default", "compas", "persons/visits", "synthea_patients")
BROKEN = 4000  # rows that are drawn to break a rule in
HOW = ("found", "kept", "exact")
Caught = dict[str, float]
CAUGHT = 0.9  # of the rows that break a planted rule: so many must be seen to


@dataclass(frozen=True)
class Found:
    """A rule that was found, with its check."""

    rule: Rule
    statement: Statement
    check: Check

    @property
    def exact(self) -> bool:
        """Whether it says that nothing breaks it."""
        return self.rule.evidence is not None and self.rule.evidence.exact

    @property
    def learns(self) -> bool:
        """Whether fresh rows may be outside of what was learned."""
        return self.statement.learns


def found_in(given: Table) -> list[Found]:
    """The rules of a table, with their checks."""
    seen = view(given)
    found = []
    for rule in find_rules(given):
        statement = parse(rule.text, given.schema.names)
        if statement.text != rule.text:
            print(f"  {rule.text!r} is read as {statement.text!r}")
        found.append(Found(rule, statement, statement.learned(seen)))
    return found


def said_of(rule: Rule) -> str:
    """A rule with its evidence, in a line."""
    evidence = rule.evidence
    if evidence is None:
        return f"{rule.status}: {rule.text}"
    return (
        f"{rule.status}: {rule.text}  [{evidence.covered:,} {evidence.counted}, exceptions "
        f"{evidence.exceptions}, by chance {evidence.by_chance:.3f}, bound {evidence.bound:.4f}]"
    )


def caught(found: Sequence[Found], piece: Piece, law: World, like: Table, seed: int) -> Caught:
    """The share of the rows that break a planted rule that some of the found ones see.

    Of the ways in which it can be broken, the one that is seen least; by all rules that were found,
    by the kept ones, and by the kept ones that are exact, if the planted one is.
    """
    about = [f for f in found if len(piece.names & set(f.statement.columns)) >= 2]
    least = dict.fromkeys(HOW, 1.0)
    for way in range(len(piece.breaks)):
        random = Key(seed).child("breaks", law.name, piece.kind, way).generator()
        rows, at = law.broken(piece, way, BROKEN, random)
        seen = view(read(table(rows), like.schema))
        broken = {how: np.zeros(seen.rows, bool) for how in HOW}
        for each in about:
            sees = each.check(seen).broken
            broken["found"] |= sees
            if each.rule.kept:
                broken["kept"] |= sees
                if each.exact or not piece.exact:
                    broken["exact"] |= sees
        for how in HOW:
            least[how] = min(least[how], float(broken[how][at].mean()) if at.any() else 1.0)
    return least


def falsely_kept(found: Sequence[Found], fresh: View, law: World) -> Iterator[str]:
    """Kept rules that more fresh rows break than is said, in words.

    Those that the law itself breaks now and then are held against their bounds alone.
    """
    loose = [p.names for p in law.pieces if not p.exact]
    for each in found:
        evidence = each.rule.evidence
        if not each.rule.kept or evidence is None:
            continue
        outcome, said = each.check(fresh), each.statement
        # The bound of what learns its surroundings is one of rows, even where persons are counted.
        count = np.count_nonzero if each.learns else fresh.count
        covered, broken = count(outcome.covered), count(outcome.broken)
        share = broken / max(covered, 1)
        noise = 2.33 * np.sqrt(evidence.bound * (1 - evidence.bound) / max(covered, 1))
        if share > evidence.bound + noise:
            yield f"over its bound ({share:.5f} of {covered:,}): {said_of(each.rule)}"
        elif each.exact and broken and not each.learns and set(said.columns) not in loose:
            yield f"not exact ({broken:,} of {covered:,}): {said_of(each.rule)}"


def planted(tables: int, seeds: Sequence[int], fresh: int) -> None:
    """Print how many of the planted rules are found, by kind, and the false ones."""
    there, counts, false, proposed = Counter[str](), Counter[tuple[str, str]](), 0, 0
    for seed in seeds:
        for number in range(tables):
            law = world(seed, number)
            key = Key(seed).child("rules", "rows", number)
            given = read(table(law.draw(law.rows, key.child("given").generator())))
            start = time.process_time()
            found = found_in(given)
            spent = time.process_time() - start
            shape = f"{law.rows:,} x {len(given.schema)}{', persons' if law.people else ''}"
            kept = [f for f in found if f.rule.kept]
            proposed += len(found) - len(kept)
            told = f"{len(kept)} kept, {len(found) - len(kept)} proposed, {spent:.1f} s"
            print(f"{law.name} ({shape}): {told}", flush=True)
            for piece in law.pieces:
                if not piece.kind:
                    continue
                there[piece.kind] += 1
                shares = caught(found, piece, law, given, seed)
                for how in HOW:
                    counts[piece.kind, how] += shares[how] >= CAUGHT
                wrong = [how for how in HOW if shares[how] < CAUGHT]
                if wrong:
                    told = f"{piece.kind}: {piece.says} ({shares[wrong[0]]:.2f} caught)"
                    print(f"  not {wrong[0]}: {told}", flush=True)
            rows = read(table(law.draw(fresh, key.child("fresh").generator())), given.schema)
            for told in falsely_kept(found, view(rows), law):
                false += 1
                print(f"  FALSE: {told}", flush=True)
    total = len(seeds) * tables
    print("\n| kind | planted | found | kept | kept, exact as exact |\n|---|---|---|---|---|")
    for kind, many in there.items():
        print(f"| {kind} | {many} | " + " | ".join(_of(counts, kind)) + " |")
    sums = [sum(counts[k, h] for k in there) for h in HOW]
    shares = " | ".join(f"{s / max(there.total(), 1):.1%}" for s in sums)
    print(f"| all | {there.total()} | {shares} |")
    print(f"\n{false} false kept rules in {total} tables ({false / total:.2f} a table); ", end="")
    print(f"{proposed / total:.1f} proposed a table.")


def _of(counts: Counter[tuple[str, str]], kind: str) -> list[str]:
    return [str(counts[kind, how]) for how in HOW]


def dependent(tables: int, fresh: int) -> None:
    """Print the kept rules of tables whose columns go together, but by no rule, and the false."""
    kept = false = proposed = 0
    for number in range(tables):
        law = plain_world(2, number)
        key = Key(2).child("rules", "dependent", number)
        given = read(table(law.draw(law.rows, key.child("given").generator())))
        found = found_in(given)
        rows = read(table(law.draw(fresh, key.child("fresh").generator())), given.schema)
        told = list(falsely_kept(found, view(rows), law))
        kept += sum(f.rule.kept for f in found)
        proposed += sum(not f.rule.kept for f in found)
        false += len(told)
        shape = f"{law.rows:,} x {len(given.schema)}{', persons' if law.people else ''}"
        for each in found:
            print(f"{law.name} ({shape}): {said_of(each.rule)}", flush=True)
        for line in told:
            print(f"  FALSE: {line}", flush=True)
    print(f"\n{kept} rules kept and {proposed} proposed in {tables} tables, {false} of them false.")


def nulls(tables: int) -> Iterator[tuple[str, Table]]:
    """Tables of independent columns: two in three simulated, the others of real columns."""
    real: dict[str, pa.Table] = {}
    for number in range(tables):
        random = Key(1).child("rules", "independent", number).generator()
        if number % 3 < 2:
            law = world(1, number)
            yield f"{law.name}, independent", read(table(independent(law, random)))
            continue
        name = SHUFFLED[number // 3 % len(SHUFFLED)]
        if name not in real:
            real[name] = read(DATA / name / "train.csv")
        yield f"{name}, shuffled ({number})", _shuffled(real[name], random)


def _shuffled(given: Table, random: Random) -> Table:
    data = given.data
    for at, name in enumerate(data.column_names):
        order = pa.array(random.permutation(data.num_rows))
        data = data.set_column(at, name, data[name].take(order))
    return Table(given.schema, data, given.origin)


def without_rules(tables: int) -> None:
    """Print in how many tables of independent columns a rule of several columns is found."""
    wrong = alone = 0
    for name, given in nulls(tables):
        rules = find_rules(given)
        several = [r for r in rules if len(parse(r.text, given.schema.names).columns) > 1]
        wrong += bool(several)
        alone += len(rules) > len(several)
        for rule in rules:
            mark = "FALSE" if rule in several else "one column"
            print(f"{name}: {mark}: {said_of(rule)}", flush=True)
    print(f"\nA rule in {wrong} of {tables} tables of independent columns.")
    print(f"({alone} tables have rules of single columns, which independence does not forbid.)")


def cost() -> None:
    """Print the CPU seconds of a search."""
    from scale import wide

    print("| table | CPU s | kept | proposed |\n|---|---|---|---|")
    for name, given in (
        ("adult", read(DATA / "adult" / "train.csv")),
        ("50 columns x 100,000 rows", read(wide(100_000, 50))),
        ("a planted table, 100,000 rows", _large()),
    ):
        spent = []
        for _ in range(2):
            start = time.process_time()
            rules = find_rules(given)
            spent.append(time.process_time() - start)
        kept = sum(r.kept for r in rules)
        print(f"| {name} | {min(spent):.2f} | {kept} | {len(rules) - kept} |", flush=True)


def _large() -> Table:
    from dataclasses import replace

    from pieces import BACKGROUND, PIECES

    random = Key(0).child("rules", "large").generator()
    pieces = tuple(make(random) for make in (*PIECES, *BACKGROUND))
    law = replace(world(0, 0), pieces=pieces)
    return read(table(law.draw(100_000, random)))


def main() -> None:
    """Run the part that is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("part", choices=("planted", "independent", "dependent", "real", "cost"))
    asked.add_argument("--tables", type=int)
    asked.add_argument("--seeds", type=int, default=1)
    asked.add_argument("--first", type=int, default=0, help="the first seed")
    asked.add_argument("--fresh", type=int, default=200_000)
    asked.add_argument("--list", action="store_true", help="every rule of every real table")
    given = asked.parse_args()
    if given.part == "planted":
        seeds = range(given.first, given.first + given.seeds)
        planted(given.tables or 20, seeds, given.fresh)
    elif given.part == "independent":
        without_rules(given.tables or 200)
    elif given.part == "dependent":
        dependent(given.tables or 100, given.fresh)
    elif given.part == "cost":
        cost()
    else:
        from real_rules import real

        real(listing=given.list)


if __name__ == "__main__":
    sys.exit(main())
