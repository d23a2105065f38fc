"""An analyst with pandas: look, balance, ask for rows, and check them before anybody uses them."""

import pandas as pd

import trimtab

# A table of your own would come from pd.read_csv. This one is simulated: nobody is in it.
patients = trimtab.datasets.strokes(1_200).to_pandas()
print(pd.crosstab(patients["gender"], patients["stroke"]))

# The plan comes first, and takes no time: what will be drawn, and what the real rows say of it.
plan = trimtab.plan_balance(patients, by=["gender", "stroke"])
print(f"\n{plan.reason}\nworth {plan.effective_rows:.0f} independent real rows")

# The same dtypes come back, with exactly as many rows in each cell.
balanced = trimtab.balance(patients, by=["gender", "stroke"])
print(pd.crosstab(balanced.table["gender"], balanced.table["stroke"]))
assert (balanced.table.dtypes == patients.dtypes).all()

# A model is learned once, kept in a file, and asked as often as you like. What you will ask for
# comes first, so that any part of it can be given.
synthesizer = trimtab.fit(patients, first=["stroke", "gender", "smoking_status"])
synthesizer.save("strokes.trimtab")
loaded = trimtab.load("strokes.trimtab")
women = loaded.sample(500, where={"stroke": 1, "gender": "Female"})
real = patients[(patients["gender"] == "Female") & (patients["stroke"] == 1)]
print(f"\nmean age of 500 drawn women with a stroke: {women['age'].mean():.0f}", end=", ")
print(f"of the {len(real)} real ones: {real['age'].mean():.0f}")

# Rows of which you know a part are completed; what you know stays.
known = pd.DataFrame({"gender": ["Male", None], "smoking_status": [None, "smokes"]})
completed = loaded.sample(given=known)
print(completed[["gender", "smoking_status", "age", "stroke"]].to_string(index=False))
assert completed["gender"][0] == "Male" and completed["smoking_status"][1] == "smokes"

# Is it any good? Rows that the model never saw are the measure, so they are set aside first.
seen, held = patients.iloc[:900], patients.iloc[900:]
drawn = trimtab.fit(seen).sample(900)
scorecard = trimtab.evaluate(seen, drawn, holdout=held, sections=["fidelity", "copies"])
print()
for score in scorecard.headlines:
    value = "-" if score.value is None else f"{score.value:.3f}"  # some need more rows than these
    print(f"{score.title:24} {value:>6}  {score.verdict.value}")
print(f"\nwhy: {scorecard.find('mean_pair_error').because}")
trimtab.write_report(scorecard, "report.html")
