# %% [markdown]
# # Balance three columns of a table of hospital visits
#
# The task of the notebook that this project began with: as many rows for every combination of
# GENDER, ETHNICITY and RACE, by conditional generation. There a service was asked; here it is done
# on this machine.

# %%
import itertools
import textwrap

import pandas as pd

import trimtab

TABLE = None  # or the path of your own
BY = ["GENDER", "ETHNICITY", "RACE"]
visits = pd.read_csv(TABLE) if TABLE else trimtab.datasets.visits(800).to_pandas()
for name in BY:
    print(visits[name].value_counts().to_string(), "\n")

# %% [markdown]
# ## Which combinations, and how many of each
#
# The notebook writes a file of seeds, a row for each combination there could be. Most of them no
# patient has: a model would have to invent them.

# %%
every = list(itertools.product(*(visits[name].dropna().unique() for name in BY)))
plan = trimtab.plan_balance(visits, BY, unseen="skip")
print(f"{len(every)} combinations, of which patients have {len(plan.cells)}")
print(plan.reason)
for warning in plan.warnings[:2]:
    print("-", textwrap.shorten(warning, 150))

# %% [markdown]
# ## A table to use in place of the original one

# %%
result = trimtab.balance(visits, BY, unseen="skip")
balanced = result.table
for name in BY:
    print(balanced[name].value_counts().to_string(), "\n")
cells = balanced.value_counts(BY)
print(f"each combination has {cells.min()} to {cells.max()} rows")

assert len(balanced) == len(visits) and cells.max() - cells.min() <= 1
assert not set(balanced["PatientID"]) & set(visits["PatientID"]), "patients are made afresh"

# %% [markdown]
# ## Or just what is missing
#
# Drawn by the same model, and added to the real rows, so that the imbalance is resolved: the
# combinations become as large as the largest.

# %%
lacking = trimtab.plan_balance(visits, BY, mode="augment", unseen="skip", rows=3_000)
print(lacking.reason)
more = pd.concat([visits, result.synthesizer.sample(plan=lacking)])
sizes = more.value_counts(BY)
print(f"{len(more)} rows; each combination has {sizes.min()} to {sizes.max()}")
