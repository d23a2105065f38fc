"""Rows that do not tell the protected group, by a GAN: document 002 from end to end.

A fair GAN draws the protected column and the outcome from given shares, and makes the other columns
such that they tell as little as they can of the group. How little is measured (balanced error
rate), and so is the price: what a classifier that was trained on the rows is worth on real people
whom nobody has seen. A chain of trees that is fair in nothing stands beside it.

    python examples/fair_transformer.py [people.csv PROTECTED OUTCOME]
"""

import sys

import pandas as pd
from sklearn.model_selection import train_test_split

import trimtab
from trimtab import fair_transformer

MINUTES = 0.3  # of training: more of them make better rows
MOST_ROWS = 10_000  # a part of a large table is enough to see it


def main() -> None:
    """Hold out, learn two ways, draw, compare."""
    if len(sys.argv) > 3:
        people = pd.read_csv(sys.argv[1], keep_default_na=False)
        protected, outcome = sys.argv[2:4]
    else:
        people = trimtab.datasets.strokes().to_pandas()
        protected, outcome = "ever_married", "stroke"
    people = people.sample(min(len(people), MOST_ROWS), random_state=0)
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

    told = table["balanced error rate"]
    assert told["fair-gan"] > told["trees"], "rows of the fair GAN should tell less of the group"


if __name__ == "__main__":
    main()
