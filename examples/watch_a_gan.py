"""A GAN on a table of patients, watched while it learns: the tutorial from end to end.

Identifiers are left out, labels are numbers, numbers are cut into bins and bent by a power, and a
generator of 128, 256 and 512 units learns against a discriminator. Its layers are printed, and
what it would have drawn at stages of the training is shown in a report: the course of the training,
each column, and pairs of columns, beside real rows. A conditional GAN and a chain of trees are
compared with it on rows that none of them has seen.

    python examples/watch_a_gan.py [patients.csv]
"""

import sys
import tempfile
from pathlib import Path

import pandas as pd

import trimtab

RECIPE = {"steps": 1000, "every": 100}  # the documents take 5,000 steps of 32 rows


def main() -> None:
    """Hold out, learn three ways, compare, report."""
    given = sys.argv[1] if len(sys.argv) > 1 else None
    patients = pd.read_csv(given) if given else trimtab.datasets.visits(3000).to_pandas()
    shuffled = patients.sample(frac=1, random_state=0)
    unseen, seen = shuffled.iloc[: len(shuffled) // 4], shuffled.iloc[len(shuffled) // 4 :]

    with tempfile.TemporaryDirectory() as folder:
        # Broken off by Ctrl-C or a power cut, it goes on with resume=True.
        checkpoint = Path(folder) / "gan.training"
        gan = trimtab.fit(seen, model="gan", recipe=RECIPE, checkpoint=checkpoint)
        for net, layers in gan.summary.items():
            print(f"{net}: {sum(layer.weights for layer in layers):,} weights")
            for layer in layers:
                print(f"  {layer.name:8} {layer.output!s:8} {layer.weights:>8,}")
        for stage in gan.stages:
            print(f"step {stage.step:>5,}: held-out pairs {-stage.figure:.1%} off")

        models = {
            "gan": gan,
            "cgan": trimtab.fit(seen, model="cgan", recipe={"steps": 300, "every": 100}),
            "trees": trimtab.fit(seen, model="trees"),
        }
        apart = {}
        for name, model in models.items():
            drawn = model.sample(len(seen))
            scorecard = trimtab.evaluate(
                seen,
                drawn,
                holdout=unseen,
                stages=gan if name == "gan" else (),
                sections="fidelity",
            )
            apart[name] = scorecard.find("mean_column_error").value
            if name == "gan":
                place = trimtab.write_report(scorecard, Path(folder) / "gan.html")
                print(f"{place.name}: {place.stat().st_size / 1000:.0f} kB, opens in any browser")
    print("mean error of a column:", {name: round(value, 3) for name, value in apart.items()})
    assert apart["trees"] < apart["gan"], "trees should win"


if __name__ == "__main__":
    main()
