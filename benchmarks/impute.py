"""Gaps filled by trimtab, by scikit-learn and by hot-deck, against the cells that were removed.

A fifth of the cells of real tables is removed, completely at random (MCAR) or by a rule of columns
that stay complete (MAR); every column but the target can lose cells. What fills them is judged by

  apart    mean KS distance (numbers) or total variation (labels) between filled and removed cells
  within   the same inside the groups of the column that tells most of it, weighted by their cells
  useful   AUC or R2 on test.csv of a boosted model that was trained on the filled table

IterativeImputer draws from Bayesian ridge regressions (sample_posterior=True), labels as ordinal
codes, rounded to the nearest. Hot-deck draws an observed value of the same column at random within
strata: the classes of the target, or five groups of equal size. Numbers are rounded as recorded.
With --coverage: how often pooled 95 % intervals hold the truth of simulated tables.

OMP_NUM_THREADS=1 python benchmarks/impute.py --seeds 3
OMP_NUM_THREADS=1 python benchmarks/impute.py --coverage --trials 100
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import ks_2samp, rankdata

import trimtab
from trimtab._random import Key

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared"
SHARE, STEEP = 0.2, 2.0  # of the cells removed; how much a standard deviation of the rule matters
GROUPS = 5

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Filling = Callable[[pd.DataFrame, str, int], pd.DataFrame]


def scorer() -> ModuleType:
    """The functions of ../shared/tools/score.py."""
    found = importlib.util.spec_from_file_location("score", SHARED / "tools" / "score.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


# --- removing cells -------------------------------------------------------------------------------


def at_random(table: pd.DataFrame, target: str, key: Key) -> Mask:
    """Which cells are removed, each with the same chance."""
    gone = key.generator().random(table.shape) < SHARE
    gone[:, table.columns.get_loc(target)] = False
    return gone


def by_rule(table: pd.DataFrame, target: str, key: Key) -> Mask:
    """Which cells are removed: the likelier, the higher a mean of ranks of complete columns.

    Every third column and the target stay complete; each other column has weights of its own.
    """
    g = key.generator()
    whole = [j for j, n in enumerate(table) if j % 3 == 0 or n == target]
    ranks = np.stack([codes(table.iloc[:, j]) for j in whole], axis=1)
    ranks = np.stack([rankdata(r) / len(r) for r in ranks.T], axis=1)
    gone = np.zeros(table.shape, bool)
    for j in set(range(table.shape[1])) - set(whole):
        rule = ranks @ g.normal(size=len(whole))
        rule = STEEP * (rule - rule.mean()) / rule.std()
        low, high = -20.0, 20.0
        while high - low > 1e-6:  # the constant that makes the share
            middle = (low + high) / 2
            low, high = (middle, high) if expit(middle + rule).mean() < SHARE else (low, middle)
        gone[:, j] = g.random(len(table)) < expit(low + rule)
    return gone


def codes(column: pd.Series) -> Any:
    """A column as numbers: labels by their alphabetical order."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(float)
    return pd.Categorical(column).codes.astype(float)


# --- filling them ---------------------------------------------------------------------------------


def ours(model: str) -> Filling:
    """trimtab.impute with its default settings."""

    def filled(table: pd.DataFrame, target: str, seed: int) -> pd.DataFrame:
        return trimtab.impute(table, model=model, outcome=target, seed=seed).table

    return filled


def iterative(table: pd.DataFrame, target: str, seed: int) -> pd.DataFrame:
    """scikit-learn's chained equations, drawing from the posterior."""
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer

    labels = {n: pd.Categorical(c) for n, c in table.items() if not numeric(c)}
    coded = table.assign(**{n: np.where(c.codes < 0, np.nan, c.codes) for n, c in labels.items()})
    coded = coded.astype(float)
    maker = IterativeImputer(
        sample_posterior=True,
        min_value=coded.min().to_numpy(),
        max_value=coded.max().to_numpy(),
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ten rounds did not converge is its default
        drawn = pd.DataFrame(maker.fit_transform(coded), columns=table.columns, index=table.index)
    made = table.copy()
    for name, column in table.items():
        found = drawn[name]
        if name in labels:
            nearest = found.round().astype(int).clip(0, len(labels[name].categories) - 1)
            made[name] = column.where(column.notna(), labels[name].categories[nearest])
        else:
            made[name] = column.where(column.notna(), found.round(decimals(column)))
    return made


def hot_deck(table: pd.DataFrame, target: str, seed: int) -> pd.DataFrame:
    """An observed value of the same column, drawn at random within strata of the target."""
    g = Key(seed).child("hot deck").generator()
    strata = groups(table[target])
    made = table.copy()
    for name, column in table.items():
        for stratum in np.unique(strata):
            empty = np.flatnonzero((strata == stratum) & column.isna().to_numpy())
            donors = column[(strata == stratum) & column.notna().to_numpy()]
            donors = donors if len(donors) else column.dropna()
            place = made.columns.get_loc(name)
            made.iloc[empty, place] = donors.to_numpy()[g.integers(0, len(donors), len(empty))]
    return made


def numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers."""
    return bool(pd.api.types.is_numeric_dtype(column))


def decimals(column: pd.Series) -> int:
    """How many digits after the point were recorded."""
    known = column.dropna()
    return next((d for d in range(10) if np.allclose(known, known.round(d), atol=1e-12)), 10)


def groups(column: pd.Series) -> Any:
    """The labels of a column as numbers, or five groups of about equal size."""
    if not numeric(column) or column.nunique() <= 2 * GROUPS:
        return pd.Categorical(column).codes
    return np.digitize(column, np.unique(column.quantile(np.arange(1, GROUPS) / GROUPS)))


# --- judging --------------------------------------------------------------------------------------


def distance(one: pd.Series, other: pd.Series, number: bool) -> float:
    """KS distance of numbers, total variation of labels."""
    if number:
        return float(ks_2samp(one, other).statistic)
    shares = [c.value_counts(normalize=True) for c in (one, other)]
    return float(shares[0].sub(shares[1], fill_value=0).abs().sum() / 2)


def teller(table: pd.DataFrame, name: str) -> Any:
    """The groups of the column that tells most of another one, by mutual information."""
    own = groups(table[name])
    found = {n: groups(table[n]) for n in table if n != name}

    def information(other: Any) -> float:
        joint = pd.crosstab(own, other).to_numpy() / len(own)
        alone = np.outer(joint.sum(1), joint.sum(0))
        some = joint > 0
        return float((joint[some] * np.log(joint[some] / alone[some])).sum())

    return max(found.values(), key=information)


def errors(
    real: pd.DataFrame, made: pd.DataFrame, gone: Mask, numbers: Sequence[str]
) -> tuple[float, float]:
    """The distances `apart` and `within`, means over the columns."""
    apart, within = [], []
    for j, name in enumerate(real):
        at = np.flatnonzero(gone[:, j])
        if not len(at):
            continue
        true, found = real[name].iloc[at], made[name].iloc[at]
        apart.append(distance(true, found, name in numbers))
        of = teller(real, name)[at]
        parts = [(of == k).nonzero()[0] for k in np.unique(of)]
        inner = [distance(true.iloc[p], found.iloc[p], name in numbers) for p in parts]
        within.append(float(np.average(inner, weights=[len(p) for p in parts])))
    return float(np.mean(apart)), float(np.mean(within))


def useful(score: ModuleType, real: pd.DataFrame, made: pd.DataFrame, test: pd.DataFrame,
           target: str, classes: bool, seed: int) -> float:  # fmt: skip
    """AUC or R2 on the test rows of a model trained on a table."""
    number, label = score.kinds(real)
    frames = [score.harmonise(real, frame, number) for frame in (real, made, test)]
    coded = score.codes(frames[0], frames[1:], number, label)
    return float(score.utility(*coded, target, label, classes, seed)[0])


def tables(given: argparse.Namespace) -> None:
    """Print a Markdown table of every way to fill, for every table and way to remove."""
    score = scorer()
    ways = {
        "trimtab": ours(given.model),
        "IterativeImputer": iterative,
        "hot-deck": hot_deck,
    }
    print("| table | removed | filled by | apart | within | useful | complete | CPU s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in given.tables.split(","):
        folder = SHARED / "data" / name
        train, test = (
            pd.read_csv(folder / f"{part}.csv", keep_default_na=False, na_values=[""])
            for part in ("train", "test")
        )
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        target, classes = meta["target"], meta["task"] != "regression"
        train = train.sample(min(given.rows or len(train), len(train)), random_state=0)
        train = train.reset_index(drop=True)
        numbers = [n for n in train if numeric(train[n])]
        for removed, rule in (("MCAR", at_random), ("MAR", by_rule)):
            found: dict[str, list[tuple[float, ...]]] = {way: [] for way in ways}
            whole = []
            for seed in range(given.seeds):
                gone = (
                    rule(train, target, Key(seed).child(name, removed)) & train.notna().to_numpy()
                )
                gaps = train.mask(gone)
                whole.append(useful(score, train, train, test, target, classes, seed))
                for way, fill in ways.items():
                    start = process_time()
                    made = fill(gaps, target, seed)
                    spent = process_time() - start
                    use = useful(score, train, made, test, target, classes, seed)
                    found[way].append((*errors(train, made, gone, numbers), use, spent))
            for way, figures in found.items():
                apart, within, use, spent = np.mean(figures, axis=0)
                spread = np.ptp(figures, axis=0)
                print(
                    f"| {name} | {removed} | {way} | {apart:.4f} ± {spread[0] / 2:.4f} | "
                    f"{within:.4f} | {use:.4f} | {np.mean(whole):.4f} | {spent:.0f} |",
                    flush=True,
                )


# --- coverage -------------------------------------------------------------------------------------

SLOPES = {"constant": 1.0, "x": 2.0, "z": -1.0, "c": 1.5}


def simulated(rows: int, key: Key) -> pd.DataFrame:
    """Rows of y = 1 + 2 x - z + 1.5 c + noise, x and z correlated; z, c and y with MAR gaps."""
    g = key.generator()
    x = g.normal(size=rows)
    z = 0.6 * x + 0.8 * g.normal(size=rows)
    c = g.random(rows) < expit(x)
    y = 1 + 2 * x - z + 1.5 * c + g.normal(0, 2, rows)
    made = pd.DataFrame({"x": x, "z": z, "c": np.where(c, "yes", "no").astype(object), "y": y})
    made = made.round(3)
    for name, shift in (("z", -1.0), ("c", -1.8), ("y", -1.0)):
        made[name] = made[name].mask(g.random(rows) < expit(shift + x))
    return made


def regression(table: pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Least squares of y on the rest: coefficients and their sampling variances."""
    x = np.column_stack([np.ones(len(table)), table["x"], table["z"], table["c"] == "yes"])
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ table["y"].to_numpy()
    rest = table["y"].to_numpy() - x @ found
    variances = np.diag(inverse) * (rest @ rest) / (len(x) - x.shape[1])
    return dict(zip(SLOPES, found, strict=True)), dict(zip(SLOPES, variances, strict=True))


def coverage(given: argparse.Namespace) -> None:
    """Print how often the pooled intervals of means, a share and slopes hold the truth."""
    rows = given.rows or 500
    truth = {"mean of y": 1.75, "mean of z": 0.0, "share of c = yes": 0.5, **SLOPES}
    hits = {name: [0, 0.0, 0.0] for name in truth}
    for trial in range(given.trials):
        key = Key(trial).child("coverage")
        made = trimtab.impute(
            simulated(rows, key), model=given.model, multiple=given.multiple, seed=trial
        )
        for figure in (*made.pooled, *made.pool(regression, degrees=rows - len(SLOPES))):
            if figure.name in truth:
                counts = hits[figure.name]
                counts[0] += figure.low <= truth[figure.name] <= figure.high
                counts[1] += figure.value - truth[figure.name]
                counts[2] += figure.missing_information
        print(f"{trial + 1} of {given.trials}", file=sys.stderr)
    print(f"{given.trials} tables of {rows} rows, M = {given.multiple}; by chance an interval of")
    print(f"95 % covers in {95 - 196 * np.sqrt(0.0475 / given.trials):.0f} to 100 % of them.\n")
    print("| figure | truth | mean error | information missing | covered |\n|---|---|---|---|---|")
    for name, (held, error, missing) in hits.items():
        shares = f"{missing / given.trials:.0%} | {held / given.trials:.1%}"
        print(f"| {name} | {truth[name]:g} | {error / given.trials:+.3f} | {shares} |")


def main() -> None:
    """Read the command line and print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--tables", default="adult,california")
    asked.add_argument("--model", default="auto")
    asked.add_argument("--seeds", type=int, default=1)
    asked.add_argument("--rows", type=int, help="learn from so many rows; else from all")
    asked.add_argument("--coverage", action="store_true")
    asked.add_argument("--trials", type=int, default=50)
    asked.add_argument("--multiple", type=int, default=10)
    given = asked.parse_args()
    coverage(given) if given.coverage else tables(given)


if __name__ == "__main__":
    main()
