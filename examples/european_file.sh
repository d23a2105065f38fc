#!/bin/sh
# A file as it comes from a desk in Europe: semicolons, decimal commas, cp1252, dates d.m.Y, and
# words for what is missing. It is read as what it is, and what comes out is written the same way.
set -eu

# Such a file, of simulated patients. Yours is there already.
python - <<'END'
import datetime

import trimtab

rows = trimtab.datasets.strokes(400).to_pylist()
lines = ["Größe;Geschlecht;Aufnahme;Glukose;Schlaganfall"]
for place, row in enumerate(rows):
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=(7 * place + row["age"]) % 366)
    bmi = "k.A." if row["bmi"] is None else f"{row['bmi']:.1f}".replace(".", ",")
    sex = {"Male": "männlich", "Female": "weiblich"}.get(row["gender"], "andere")
    glucose = f"{row['avg_glucose']:.2f} mg".replace(".", ",")
    lines.append(f"{bmi};{sex};{day:%d.%m.%Y};{glucose};{'ja' if row['stroke'] else 'nein'}")
with open("patienten.csv", "w", encoding="cp1252") as file:
    file.write("\n".join([*lines, ""]))
END

# Look first: the last column says why each column is what it is.
trimtab inspect patienten.csv --no-rules

# As many with a stroke as without. The real rows stay as they are, byte for byte.
trimtab balance patienten.csv --by Schlaganfall --mode augment --origin Herkunft -o mehr.csv --quiet

# Gaps are filled by draws, in the same spelling.
trimtab impute patienten.csv -o voll.csv --quiet

# A terminal of today speaks UTF-8, so the few lines shown here are translated; the files are not.
for file in patienten.csv mehr.csv voll.csv; do
  echo "$file:"
  head -n 3 "$file" | iconv -f cp1252 -t utf-8
done
tail -n 1 mehr.csv | iconv -f cp1252 -t utf-8
