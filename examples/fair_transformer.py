"""Rows that do not tell the protected group: the Fair Transformer GAN's steps from end to end.

A fair GAN draws the protected column and the outcome from given shares, and makes the other columns
such that they tell as little as they can of the group. How little is measured (balanced error
rate), and so is the price: what a classifier that was trained on the rows is worth on real people
whom nobody has seen. A chain of trees that is fair in nothing stands beside it.

    python examples/fair_transformer.py [people.csv PROTECTED OUTCOME]
"""

import sys
import tempfile
from pathlib import Path

import altair
import pandas as pd
from sklearn.model_selection import train_test_split

import trimtab
from trimtab.compat import fair_transformer

MINUTES = 0.3  # of training: more of them make better rows
MAX_ROWS = 10_000  # a part of a large table is enough to see it


def drawn(table: pd.DataFrame) -> altair.Chart:
    """The document's bar chart: how well the group is hidden, and what classifiers are worth."""
    shown = ["balanced error rate", "F1, logistic regression", "F1, random forest"]
    bars = table[shown].reset_index().melt("trained on", var_name="figure")
    return (
        altair.Chart(bars)
        .mark_bar()
        .encode(
            x=altair.X("figure:N", title=None, sort=shown, axis=altair.Axis(labelAngle=0)),
            xOffset=altair.XOffset("trained on:N", sort=list(table.index)),
            y=altair.Y("value:Q", title=None, scale=altair.Scale(domain=[0, 1])),
            color=altair.Color("trained on:N", sort=list(table.index)),
        )
        .properties(width=480, height=240)
    )


def main() -> None:
    """Hold out, learn two ways, draw, compare."""
    if len(sys.argv) > 3:
        people = pd.read_csv(sys.argv[1], keep_default_na=False)
        protected, outcome = sys.argv[2:4]
    else:
        people = trimtab.datasets.strokes().to_pandas()
        protected, outcome = "ever_married", "stroke"
    people = people.sample(min(len(people), MAX_ROWS), random_state=0)
    seen, unseen = train_test_split(people, test_size=0.25, random_state=0)

    p_z = fair_transformer.get_protected_distribution(seen, protected)
    p_y = fair_transformer.get_target_distribution(seen, outcome)
    print(f"{protected}: {p_z}\n{outcome}: {p_y}")
    fair = trimtab.fit(
        seen,
        model="fair-gan",
        protected=protected,
        outcome=outcome,
        protected_shares=p_z,
        target_shares=p_y,
        minutes=MINUTES,
    )
    for warning in fair.warnings:
        print("note:", warning)
    plain = trimtab.fit(seen, model="trees", outcome=outcome)

    lines = {}
    for name, model in {"fair-gan": fair, "trees": plain}.items():
        found = fair_transformer.results(
            seen, model.sample(len(seen)), protected, outcome, holdout=unseen
        )
        lines |= {"real rows": found["original"], name: found["generated"]}
    table = fair_transformer.as_table(lines).to_pandas().set_index("trained on")
    print(table.T.round(3).to_string())

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "results.svg"
        drawn(table).save(place)
        print(f"{place.name}: the document's bars, {place.stat().st_size / 1000:.0f} kB")
    told = table["balanced error rate"]
    assert told["fair-gan"] > told["trees"], "rows of the fair GAN should tell less of the group"


if __name__ == "__main__":
    main()
