"""A privacy officer: what would leave the house, and which real values and people are in it.

None of this makes a table anonymous, and nothing here says that a law is kept. It is evidence: what
was left out, what is in the file, how near drawn rows are to real ones, and a page to hand on.
"""

import textwrap
from pathlib import Path

import numpy as np

import trimtab

# Simulated patients, with what real tables have: addresses, numbers, towns that one person is from.
patients = trimtab.datasets.strokes(1_200).to_pandas()
patients.insert(0, "email", [f"patient{n}@example.org" for n in range(len(patients))])
patients.insert(1, "case_id", np.arange(len(patients)) * 7 + 100_003)
towns = np.random.default_rng(1).choice(["Northtown", "Southtown", "Westtown"], len(patients))
patients.insert(2, "town", towns)
patients.loc[17, "town"] = "Farm by the lake"  # one patient lives there
seen, held = patients.iloc[:900], patients.iloc[900:]

# 1. What names a person by itself is left out or made afresh, with the reason.
synthesizer = trimtab.fit(seen)
print("columns that say who somebody is:")
for column in synthesizer.schema:
    if column.role == "drop" or column.kind == "identifier" or column.flags:
        print(textwrap.fill(f"- {column.name}: {column.kind}, {column.role}: {column.reason}", 80))

# 2. No value that fewer than min_count rows share (5) is drawn. The file can be searched for it.
drawn = synthesizer.sample(900)
synthesizer.save("patients.trimtab")
assert "Farm by the lake" not in set(drawn["town"])
assert b"Farm by the lake" not in Path("patients.trimtab").read_bytes()
assert "email" not in drawn and not set(drawn["case_id"]) & set(patients["case_id"])
print("\ntowns drawn:", drawn["town"].value_counts().to_string(header=False), sep="\n")
# `trimtab inspect patients.trimtab --json` lists every real value that the file holds.

# 3. The alarm: are drawn rows nearer to those learned from than to others? Rows that nobody
# learned from are the measure.
scorecard = trimtab.evaluate(seen, drawn, holdout=held, sections=["fidelity", "copies"])
print("\ncopies:")
for score in scorecard.headlines:
    if score.section == "copies":
        said = f"- {score.title}: {score.value:.3f}, {score.verdict.value}: {score.because}"
        print(textwrap.fill(said, 80))

# 4. The page to hand on. The internal one has exact figures of real rows; the release edition has
# none but the scores of the sections that you allow, to two digits.
trimtab.write_report(scorecard, "internal.html")
trimtab.write_report(scorecard, "release.html", edition="release", allow=["fidelity"])
for name in ("internal", "release"):
    text = Path(f"{name}.html").read_text(encoding="utf-8")
    told = "names the farm" if "Farm by the lake" in text else "does not name the farm"
    print(f"{name}.html: {len(text) / 1000:.0f} kB, {told}")
