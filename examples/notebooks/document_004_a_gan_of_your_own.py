# %% [markdown]
# # A GAN made to measure, and what may be said of privacy
#
# The pitch: the user says which columns, how the GAN is built and trained, with checkpoints; and
# privacy. Two things of it are not here: Bayesian networks and differential privacy. And nobody
# here says that privacy is guaranteed, or a law kept: there is evidence instead.

# %%
import signal

import pandas as pd

import trimtab

TABLE = None  # or the path of your own
LEAVE_OUT = ["id", "residence"]  # columns that are not to be in the synthetic table
patients = pd.read_csv(TABLE) if TABLE else trimtab.datasets.strokes(1_500).to_pandas()
patients.insert(0, "id", [f"P-{number:05d}" for number in range(len(patients))])
shuffled = patients.sample(frac=1, random_state=0)
unseen, seen = shuffled.iloc[: len(shuffled) // 4], shuffled.iloc[len(shuffled) // 4 :]

# %% [markdown]
# ## Build one: layers, noise, bins of numbers, dropout
#
# Broken off by Ctrl-C, it gives what it reached, and goes on from its checkpoint later.

# %%
RECIPE = {"steps": 300, "every": 100, "hidden": (64, 128), "noise": 16, "bins": 40, "dropout": 0.2}
asked = {"model": "gan", "recipe": RECIPE, "drop": LEAVE_OUT, "checkpoint": "gan.training"}
presses = [signal.SIGINT]


def ctrl_c(phase: str, done: int, total: int, figure: str = "") -> None:
    """Press it once, after the first look."""
    if phase.startswith("training") and done >= 100 and presses:
        signal.raise_signal(presses.pop())


half = trimtab.fit(seen, **asked, progress=ctrl_c)
gan = trimtab.fit(seen, **asked, resume=True)
for name, model in {"broken off": half, "resumed": gan}.items():
    print(f"{name}: looked at after steps {[stage.step for stage in model.stages]}")
print("layers of the generator:", [layer.output for layer in gan.summary["generator"]])

# %% [markdown]
# ## Evidence instead of a guarantee
#
# Which real values the model can draw, how many rows are copies, and whether drawn rows are nearer
# to those it learned from than to others. A chain of trees beside it. (`model="cgan"` is a GAN
# that can be given labels, exactly.)

# %%
models = {"gan": gan, "trees": trimtab.fit(seen, model="trees", drop=LEAVE_OUT)}
figures = {}
for name, model in models.items():
    card = trimtab.evaluate(
        seen,
        model.sample(len(seen)),
        holdout=unseen,
        drop=LEAVE_OUT,
        sections=["fidelity", "copies"],
    )
    figures[name] = {
        "mean error of a column": card.find("mean_column_error").value,
        "exact copies": card.find("exact_copies").value,
        "drawn to training rows": card.find("drawn_to_training_rows").value,
    }
print(pd.DataFrame(figures).round(3).to_string())
assert all(found["exact copies"] < 0.05 for found in figures.values())
