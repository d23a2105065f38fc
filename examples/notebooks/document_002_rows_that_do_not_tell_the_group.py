# %% [markdown]
# # Rows that do not tell the protected group
#
# The steps of the Fair Transformer GAN. It draws the protected column and the outcome from given
# shares, independently of each other, and makes the other columns such that they tell as little as
# they can of the group. How little is measured, and so is the price: what a classifier that was
# trained on the rows is worth on real people whom nobody has seen.

# %%
import altair
import pandas as pd
from sklearn.model_selection import train_test_split

import trimtab
from trimtab.compat import fair_transformer

TABLE, PROTECTED, OUTCOME = None, "ever_married", "stroke"  # or a path, and two of its columns
people = (
    pd.read_csv(TABLE, keep_default_na=False)
    if TABLE
    else trimtab.datasets.strokes(1_000).to_pandas()
)
people = people.sample(min(len(people), 4_000), random_state=0)
seen, unseen = train_test_split(people, test_size=0.25, random_state=0)

# %% [markdown]
# ## The shares of the groups (p_z) and of the outcome (p_y)

# %%
p_z = fair_transformer.get_protected_distribution(seen, PROTECTED)
p_y = fair_transformer.get_target_distribution(seen, OUTCOME)
print(PROTECTED, {group: round(share, 3) for group, share in p_z.items()})
print(OUTCOME, {value: round(share, 3) for value, share in p_y.items()})

# %% [markdown]
# ## Train
#
# Fewer steps and layers than usual (2,000 and 2), so that it is quick: leave `recipe` out for a
# whole training. A chain of trees, which is fair in nothing, stands beside it.

# %%
fair = trimtab.fit(
    seen,
    model="fair-gan",
    protected=PROTECTED,
    outcome=OUTCOME,
    protected_shares=p_z,
    target_shares=p_y,
    recipe={"steps": 200, "blocks": 1},
)
plain = trimtab.fit(seen, model="trees", outcome=OUTCOME)

# %% [markdown]
# ## What it is worth
#
# The balanced error rate says how badly the group is told from the rest of a row: half of all is a
# guess between two. The parity difference is that of a classifier on real people.

# %%
lines = {}
for name, model in {"fair-gan": fair, "trees": plain}.items():
    found = fair_transformer.results(
        seen, model.sample(len(seen)), PROTECTED, OUTCOME, holdout=unseen
    )
    lines |= {"real rows": found["original"], name: found["generated"]}
table = fair_transformer.as_table(lines).to_pandas().set_index("trained on")
print(table.T.round(3).to_string())
told = table["balanced error rate"]
assert told["fair-gan"] > told["trees"], "rows of the fair GAN should tell less of the group"

# %% [markdown]
# ## The document's bar chart

# %%
shown = ["balanced error rate", "F1, logistic regression", "F1, random forest"]
bars = table[shown].reset_index().melt("trained on", var_name="figure")
chart = (
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
chart.save("results.svg")
