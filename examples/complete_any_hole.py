"""Save a network once, and complete rows whatever cells they hold, without the table.

The gaps of the rows lie anywhere, so that no chain of trees could take them all. What a row holds
stays; how sure the model is of a cell, and on how many patients that rests, can be asked.
"""

import tempfile
from pathlib import Path

import trimtab


def main() -> None:
    """Train, save, load, complete, ask."""
    patients = trimtab.datasets.strokes(2000).to_pandas()
    synthesizer = trimtab.fit(patients, model="network", minutes=0.3)  # leave minutes out for more

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "strokes.trimtab"
        synthesizer.save(place)
        loaded = trimtab.load(place)

    rows = patients.head(12).astype(object)
    for i in range(len(rows)):  # other cells are missing in each row
        rows.iloc[i, [i % rows.shape[1], (3 * i + 2) % rows.shape[1]]] = None
    completed = loaded.sample(given=rows)
    print(completed.head())
    for name in rows:
        known = rows[name].notna()
        assert (completed[name][known] == rows[name][known]).all() and completed[name].notna().all()

    for age in (35, 75):
        found = loaded.conditional({"age": age, "smoking_status": "smokes"}, "stroke")
        print(found)
    print(loaded.conditional({"stroke": 1}, "avg_glucose"))

    # With the table at hand, a chain of trees may do: it is refitted in an order that fits.
    some = patients[["bmi", "age"]].head(5)
    made = trimtab.complete(patients, some)
    print(made.reason)
    assert made.reason.startswith("trees")


if __name__ == "__main__":
    main()
