"""Fill gaps that are not there by chance, and see what rows without gaps alone would have said."""

import numpy as np

import trimtab

TABLES = 5


def main() -> None:
    """Simulate patients, hide glucose the more often the older they are, fill, and pool."""
    patients = trimtab.datasets.strokes(2500, seed=3).to_pandas().drop(columns="bmi")
    true = patients["avg_glucose"].mean()
    hidden = np.random.Generator(np.random.Philox(3)).random(len(patients)) < np.clip(
        patients["age"] / 120, 0.05, 0.6
    )
    seen = patients.assign(avg_glucose=patients["avg_glucose"].mask(hidden))
    print(f"{hidden.sum()} of {len(seen)} patients have no glucose value now.")

    made = trimtab.impute(seen, multiple=TABLES)
    kept = seen["avg_glucose"].notna()
    assert all((t["avg_glucose"][kept] == seen["avg_glucose"][kept]).all() for t in made.tables)

    pooled = next(p for p in made.pooled if p.name == "mean of avg_glucose")
    rest = seen["avg_glucose"].dropna()
    error = rest.std() / np.sqrt(len(rest))
    print(f"mean glucose of all patients, hidden ones too: {true:.1f}")
    print(f"of the rows without gaps: {rest.mean():.1f} (give or take {1.96 * error:.1f})")
    print(f"pooled over {TABLES} filled tables: {pooled.value:.1f}, {pooled.low:.1f} to", end=" ")
    print(f"{pooled.high:.1f}; the gaps took {pooled.missing_information:.0%} of what was to know")


if __name__ == "__main__":
    main()
