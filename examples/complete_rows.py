"""Save a synthesizer, load it elsewhere, and draw rows that agree with what is known of them."""

import tempfile
from pathlib import Path

import pandas as pd

import trimtab


def main() -> None:
    """Fit with the columns to condition on first, save, load, draw."""
    patients = trimtab.datasets.strokes(3000).to_pandas()
    synthesizer = trimtab.fit(patients, first=["stroke", "gender", "smoking_status"])

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "strokes.trimtab"
        synthesizer.save(place)
        loaded = trimtab.load(place)

    women = loaded.sample(500, where={"stroke": 1, "gender": "Female"})
    assert set(women["gender"]) == {"Female"} and set(women["stroke"]) == {1}
    print("mean age of 500 drawn women with a stroke:", round(women["age"].mean(), 1))
    real = patients[(patients["gender"] == "Female") & (patients["stroke"] == 1)]
    print("and of the", len(real), "real ones:", round(real["age"].mean(), 1))

    partial = pd.DataFrame({"gender": ["Male", None], "smoking_status": [None, "smokes"]})
    completed = loaded.sample(given=partial)
    assert completed["gender"][0] == "Male" and completed["smoking_status"][1] == "smokes"
    print(completed.head())


if __name__ == "__main__":
    main()
