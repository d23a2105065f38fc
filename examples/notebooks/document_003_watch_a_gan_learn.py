# %% [markdown]
# # Watch a GAN learn a table of patients
#
# The tutorial from end to end: identifiers are left out, labels are numbers, numbers are cut into
# bins and bent by a power, and a generator of 128, 256 and 512 units learns against a
# discriminator. All of that is done by `model="gan"`, and said by its notes.

# %%
import warnings

import pandas as pd

import trimtab

TABLE = None  # or the path of your own, such as patients.csv of Synthea
patients = pd.read_csv(TABLE) if TABLE else trimtab.datasets.strokes(1_500).to_pandas()
shuffled = patients.sample(frac=1, random_state=0)
unseen, seen = shuffled.iloc[: len(shuffled) // 4], shuffled.iloc[len(shuffled) // 4 :]

# %% [markdown]
# ## Train
#
# The tutorial takes 5,000 steps; these are few, to be quick. Of 11 columns it has as many weights
# as the one in the document: 174,475 and 170,497. A note says which columns have collapsed: values
# that the GAN hardly makes any more.

# %%
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    gan = trimtab.fit(seen, model="gan", recipe={"steps": 300, "every": 50})
for note in gan.warnings:
    if "collapse" in note:
        print(note, "\n")
for net, layers in gan.summary.items():
    print(f"{net}: {sum(layer.weights for layer in layers):,} weights")
    for layer in layers:
        print(f"  {layer.name:8} {layer.output!s:8} {layer.weights:>8,}")

# %% [markdown]
# ## Watch
#
# At each look a sample of what it would draw is kept. The figure is how far pairs of columns are
# from those of rows that it has not seen.

# %%
for stage in gan.stages:
    print(f"step {stage.step:>5,}: held-out pairs {-stage.figure:.1%} off")

# %% [markdown]
# ## Compare feature by feature
#
# With rows that no model has seen; a chain of trees beside the GAN. The report shows each column at
# each stage, upon the real ones.

# %%
models = {"gan": gan, "trees": trimtab.fit(seen, model="trees")}
cards = {
    name: trimtab.evaluate(
        seen,
        model.sample(len(seen)),
        holdout=unseen,
        stages=gan if name == "gan" else (),
        sections="fidelity",
    )
    for name, model in models.items()
}
columns = {}
for name, card in cards.items():
    frame = card.to_frame()
    frame = frame[frame["measure"].isin(["kolmogorov_smirnov", "total_variation"])]
    columns[name] = frame.set_index("about")["value"]
    columns["held-out rows"] = frame.set_index("about")["ceiling"]
print(pd.DataFrame(columns).round(3).to_string())
trimtab.write_report(cards["gan"], "gan.html")

error = {name: card.find("mean_column_error").value for name, card in cards.items()}
assert error["trees"] < error["gan"], "trees should win"
