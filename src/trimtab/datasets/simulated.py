"""Simulated tables whose truth is known, for the demo, the documentation and the tests.

Nothing in them describes a real person: every row is drawn from the tables of this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trimtab._arrays import Bool, Float, Int
from trimtab._random import Key
from trimtab._validate import whole
from trimtab.errors import InputError, unknown_column

VISITS_ROWS = 2285

# Race, ethnicity, and how many of those rows are of women and of men.
_GROUPS = (
    ("white", "irish", 251, 175),
    ("white", "german", 142, 125),
    ("white", "french", 131, 109),
    ("white", "italian", 118, 95),
    ("white", "english", 88, 74),
    ("white", "polish", 79, 69),
    ("white", "russian", 41, 37),
    ("white", "swedish", 27, 23),
    ("white", "french_canadian", 7, 5),
    ("white", "portuguese", 6, 6),
    ("white", "american", 4, 4),
    ("black", "african", 160, 106),
    ("black", "dominican", 21, 14),
    ("black", "west_indian", 19, 12),
    ("hispanic", "puerto_rican", 104, 71),
    ("hispanic", "mexican", 50, 33),
    ("asian", "chinese", 48, 31),
)

VISITS_RACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {race: tuple(g[1] for g in _GROUPS if g[0] == race) for race, *_ in _GROUPS}
)
"""The ethnicities that occur within each race; any other pair never does."""

VISITS_CELLS: Mapping[tuple[str, str, str], int] = MappingProxyType(
    {
        (gender, ethnicity, race): count
        for race, ethnicity, women, men in _GROUPS
        for gender, count in (("F", women), ("M", men))
    }
)
"""Of 2,285 rows, how many have each possible (GENDER, ETHNICITY, RACE)."""

_CITIES = ("Boston", "Worcester", "Springfield", "Lowell", "Cambridge", "Brockton", "Lynn")
_TOWNS = (
    *("Quincy", "Fall River", "Newton", "Braintree Town", "Weymouth Town", "Taunton", "Plymouth"),
    *("Attleboro", "Pittsfield", "Amherst", "Natick", "Barnstable Town", "Lanesborough", "Gardner"),
)
_ABROAD = {"dominican": "Santo Domingo DO", "puerto_rican": "San Juan PR",
           "chinese": "Guangzhou CN", "mexican": "Mexico City MX", "portuguese": "Lisbon PT",
           "west_indian": "Kingston JM", "french_canadian": "Montreal CA"}  # fmt: skip

_CLASSES = ("acute", "metabolic", "cardiac", "injury", "pregnancy")

# Term, class, weight among women and among men, age where it is most common, spread in years.
_CONDITIONS = (
    ("Viral sinusitis (disorder)", "acute", 16, 14, 35, 40),
    ("Acute viral pharyngitis (disorder)", "acute", 10, 10, 25, 25),
    ("Acute bronchitis (disorder)", "acute", 9, 9, 45, 35),
    ("Streptococcal sore throat (disorder)", "acute", 6, 6, 12, 10),
    ("Otitis media", "acute", 8, 8, 4, 5),
    ("Chronic sinusitis (disorder)", "acute", 4, 4, 45, 25),
    ("Cystitis", "acute", 5, 0.5, 45, 25),
    ("Prediabetes", "metabolic", 9, 10, 55, 14),
    ("Diabetes", "metabolic", 5, 7, 65, 13),
    ("Anemia (disorder)", "metabolic", 6, 2, 45, 22),
    ("Osteoporosis (disorder)", "metabolic", 4, 0.8, 74, 9),
    ("Hypertension", "cardiac", 9, 12, 62, 14),
    ("Coronary Heart Disease", "cardiac", 3, 6, 70, 10),
    ("Stroke", "cardiac", 1.5, 2, 74, 9),
    ("Sprain of ankle", "injury", 4, 5, 24, 14),
    ("Fracture of forearm", "injury", 2, 4, 14, 9),
    ("Laceration of hand", "injury", 2, 4, 30, 15),
    ("Normal pregnancy", "pregnancy", 22, 0, 29, 6),
)

# The weight of each class, in the order of _CLASSES.
_ENCOUNTERS = (
    ("Encounter for symptom", (70, 12, 10, 18, 0)),
    ("Outpatient Encounter", (20, 50, 50, 22, 8)),
    ("Encounter for check up (procedure)", (6, 30, 24, 8, 0)),
    ("Emergency room admission", (4, 3, 14, 52, 2)),
    ("Prenatal visit", (0, 0, 0, 0, 90)),
)
_REASON_GIVEN = np.array([0.92, 0.12, 0.0, 0.80, 0.95])  # by encounter

_PROCEDURES = (
    ("Documentation of current medications", (40, 45, 35, 15, 18)),
    ("Measurement of respiratory function (procedure)", (18, 4, 8, 0, 0)),
    ("Throat culture (procedure)", (12, 0, 0, 0, 0)),
    ("Sputum examination (procedure)", (8, 1, 2, 0, 0)),
    ("Chest X-ray (procedure)", (8, 2, 14, 10, 0)),
    ("Urinalysis (procedure)", (6, 18, 6, 2, 26)),
    ("Bone density scan (procedure)", (1, 9, 1, 4, 0)),
    ("Electrocardiographic procedure", (1, 6, 28, 4, 0)),
    ("Echocardiography (procedure)", (0, 1, 14, 0, 0)),
    ("Bone immobilization", (0, 1, 0, 32, 0)),
    ("Suture open wound", (0, 0, 0, 22, 0)),
    ("Fetal ultrasound (procedure)", (0, 0, 0, 0, 36)),
)

# Name, units, decimals, least, greatest.
_OBSERVATIONS = (
    ("Potassium", "mmol/L", 5, 2.5, 7.5),
    ("Body Height", "cm", 2, 45, 210),
    ("Body Weight", "kg", 2, 3, 190),
    ("Body Mass Index", "kg/m2", 2, 11, 60),
    ("Systolic Blood Pressure", "mmHg", 0, 70, 230),
    ("Glucose", "mg/dL", 1, 50, 400),
    ("Hemoglobin A1c", "%", 1, 3.5, 14),
    ("Total Cholesterol", "mg/dL", 0, 90, 400),
    ("Hemoglobin", "g/dL", 1, 5, 20),
    ("Oral temperature", "Cel", 1, 35, 42),
)
_GROWING = ("Body Height", "Body Weight", "Body Mass Index")
# In the same order: mean, spread, more per year of age over 45, more in women; then by class how
# often it is made, and how much higher it is.
_VALUES = (
    ((4.4, 0.6, 0.004, 0), (9, 9, 12, 8, 8), (0, 0.2, 0.3, 0, 0)),
    ((175, 7, 0, -13), (10, 8, 7, 12, 10), (0, 0, 0, 0, 0)),
    ((84, 13, 0.1, -12), (12, 12, 10, 12, 22), (0, 9, 5, 0, 6)),
    ((27, 4.2, 0.03, 0.3), (9, 14, 10, 9, 12), (0, 4, 2, 0, 2)),
    ((122, 12, 0.35, -3), (14, 12, 30, 16, 24), (0, 5, 18, 0, -4)),
    ((92, 12, 0.2, -1), (5, 16, 5, 3, 8), (0, 38, 6, 0, 3)),
    ((5.3, 0.4, 0.01, 0), (2, 16, 3, 1, 2), (0, 1.4, 0.2, 0, 0)),
    ((185, 28, 0.5, 5), (4, 10, 16, 2, 2), (0, 14, 24, 0, 8)),
    ((15, 1.1, -0.01, -1.6), (5, 8, 4, 4, 12), (0, -0.9, 0, -0.2, -1.2)),
    ((36.8, 0.3, 0, 0), (30, 3, 2, 6, 2), (0.9, 0, 0, 0.1, 0)),
)

_DAY = 365.25
_FIRST_VISIT, _LAST_VISIT = 13879, 17531  # 2008-01-01 and 2017-12-31, in days since 1970
_ROWS_PER_PATIENT = 8
_ROWS_PER_VISIT = 2
_OLDEST = 110


def _array(values: Any) -> Float:
    return np.array(values, dtype=np.float64)


def _pick(generator: np.random.Generator, weights: Float, which: Int) -> Int:
    """For each entry of `which`, draw a column of that row of `weights`."""
    cumulative = np.cumsum(weights, axis=1)
    cumulative /= cumulative[:, -1:]
    flat = (cumulative + np.arange(len(weights))[:, None]).ravel()
    # Kept off 1, where rounding would step into the next row.
    uniform = generator.random(len(which)) * (1 - 1e-9)
    columns = np.searchsorted(flat, uniform + which, side="right") - which * weights.shape[1]
    return np.asarray(columns, dtype=np.int64)


def _text(terms: Any, codes: Int, absent: Bool | None = None) -> pa.Array:
    return pa.array(list(terms), pa.string()).take(pa.array(codes, mask=absent))


def _dates(days: Int) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


@dataclass(frozen=True)
class _People:
    """Who stands in each row (`patient`), and what is fixed for each patient."""

    patient: Int
    group: Int
    woman: Int
    born: Int
    place: Int
    habit: Float  # how far a person's measurements lie from the mean, in spreads


def _birthplaces() -> tuple[list[str], Float]:
    home = [f"{town} MA US" for town in (*_CITIES, *_TOWNS)]
    places = [*home, *_ABROAD.values()]
    weights = np.zeros((len(_GROUPS), len(places)))
    for row, (race, ethnicity, *_) in enumerate(_GROUPS):
        weights[row, : len(home)] = 1 / np.arange(2, len(home) + 2)
        weights[row, : len(_CITIES)] *= 1 if race == "white" else 4
        if ethnicity in _ABROAD:
            weights[row, places.index(_ABROAD[ethnicity])] = 0.4 * weights[row].sum()
    return places, weights


def _people(rows: int, key: Key) -> _People:
    generator = key.generator()
    cells = _array([count for group in _GROUPS for count in group[2:]])
    # Systematic rounding: each cell's count is within one of its expectation, at any size.
    ends = np.floor(np.cumsum(cells) * rows / VISITS_ROWS + generator.random()).astype(np.int64)
    ends[-1] = rows
    cell = np.repeat(np.arange(len(cells)), np.diff(np.minimum(ends, rows), prepend=0))
    first = np.diff(cell, prepend=-1) != 0
    first |= generator.random(rows) < 1 / _ROWS_PER_PATIENT
    patient = np.cumsum(first) - 1
    own = cell[first]
    age = 88 * generator.beta(1.1, 1.3, len(own))
    return _People(
        patient=patient,
        group=own // 2,
        woman=1 - own % 2,
        born=(_FIRST_VISIT - 1 - age * _DAY).astype(np.int64),
        place=_pick(generator, _birthplaces()[1], own // 2),
        habit=generator.normal(size=len(own)),
    )


def _condition_weights() -> Float:
    """Weights of the conditions, one row for each age of men, then one for each age of women."""
    _, kinds, women, men, peak, spread = zip(*_CONDITIONS, strict=True)
    ages = np.arange(_OLDEST)[:, None]
    by_age = np.exp(-(((ages - _array(peak)) / _array(spread)) ** 2) / 2) + 0.02
    pregnancy = np.array([kind == "pregnancy" for kind in kinds])
    fertile = (ages >= 16) & (ages <= 48)
    by_age = np.where(pregnancy & ~fertile, 0.0, by_age)
    return np.concatenate([by_age * _array(men), by_age * _array(women)])


def _observe(
    generator: np.random.Generator, people: _People, kind: Int, age: Float
) -> tuple[Int, Float]:
    """Which observation was made in each row, and its value at the recorded decimals."""
    decimals, least, most = _array([o[2:] for o in _OBSERVATIONS]).T
    mean, spread, per_year, women = _array([v[0] for v in _VALUES]).T
    often, higher = (_array([v[part] for v in _VALUES]) for part in (1, 2))
    woman, habit = people.woman[people.patient], people.habit[people.patient]
    what = _pick(generator, often.T, kind)
    expected = mean[what] + per_year[what] * (age - 45) + women[what] * woman + higher[what, kind]
    growing = np.isin([o[0] for o in _OBSERVATIONS], _GROWING)[what]
    expected = np.where(growing, expected * np.minimum(1, 0.35 + age * 0.65 / 17), expected)
    noise = 0.8 * habit + 0.6 * generator.normal(size=len(what))
    value = np.clip(expected + spread[what] * noise, least[what], most[what])
    scale = 10.0 ** decimals[what]
    return what, np.round(value * scale) / scale


def visits(rows: int = VISITS_ROWS, seed: int = 0) -> pa.Table:
    """Visits to a doctor, of patients who come several times.

    Counts by gender, ethnicity and race are those of `VISITS_CELLS`, scaled and rounded. The rows
    of a patient share birth date, race, ethnicity, gender and birthplace; those of a visit share
    date, condition, encounter and reason. All but the counts is drawn anew with each seed.
    """
    rows, seed = whole(0, rows=rows), whole(0, seed=seed)
    key = Key(seed).child("datasets", "visits")
    people = _people(rows, key.child("people"))
    generator = key.child("rows").generator()

    first = np.diff(people.patient, prepend=-1) != 0
    first |= generator.random(rows) < 1 / _ROWS_PER_VISIT
    visit, owner = np.cumsum(first) - 1, people.patient[first]
    day = generator.integers(_FIRST_VISIT, _LAST_VISIT + 1, len(owner))
    age = (day - people.born[owner]) / _DAY
    by_age = age.astype(np.int64) + _OLDEST * people.woman[owner]
    condition = _pick(generator, _condition_weights(), by_age)
    kind = np.array([_CLASSES.index(c[1]) for c in _CONDITIONS])[condition]
    encounter = _pick(generator, _array([e[1] for e in _ENCOUNTERS]).T, kind)
    unexplained = generator.random(len(owner)) >= _REASON_GIVEN[encounter]

    what, value = _observe(generator, people, kind[visit], age[visit])
    procedure = _pick(generator, _array([p[1] for p in _PROCEDURES]).T, kind[visit])
    before = np.where(generator.random(rows) < 0.4, 0, generator.geometric(1 / 300, rows))
    procedure_day = np.maximum(day[visit] - before, people.born[people.patient])

    number, turn = (generator.permutation(len(people.born)) for _ in range(2))
    order = np.lexsort((procedure_day, visit, day[visit], turn[people.patient]))
    who, when = people.patient[order], visit[order]
    terms = [c[0] for c in _CONDITIONS]
    return pa.table(
        {
            "DATE": _dates(day[when]),
            "PatientID": pa.array(number[who].astype(np.int64)),
            "BirthDate": _dates(people.born[who]),
            "RACE": _text((g[0] for g in _GROUPS), people.group[who]),
            "ETHNICITY": _text((g[1] for g in _GROUPS), people.group[who]),
            "GENDER": _text("MF", people.woman[who]),
            "BIRTHPLACE": _text(_birthplaces()[0], people.place[who]),
            "ConditionDesc": _text(terms, condition[when]),
            "EncounterDesc": _text((e[0] for e in _ENCOUNTERS), encounter[when]),
            "EncounterReasonDesc": _text(terms, condition[when], unexplained[when]),
            "ObsDesc": _text((o[0] for o in _OBSERVATIONS), what[order]),
            "ObsValueFloat": pa.array(value[order]),
            "UNITS": _text((o[1] for o in _OBSERVATIONS), what[order]),
            "ProcedureDate": _dates(procedure_day[order]),
            "ProcedureDesc": _text((p[0] for p in _PROCEDURES), procedure[order]),
        }
    )


_WORK = ("children", "Never_worked", "Private", "Self-employed", "Govt_job")
_SMOKING = ("Unknown", "never smoked", "formerly smoked", "smokes")
_SMOKING_RISK = {"Unknown": 0.0, "never smoked": 0.0, "formerly smoked": 0.2, "smokes": 0.45}
# From where it is counted, and how much the log odds rise with each unit.
_RISK = {"age": (43, 0.072), "hypertension": (0, 0.5), "heart_disease": (0, 0.45),
         "avg_glucose": (100, 0.005)}  # fmt: skip
_INTERCEPT = -4.384  # makes the mean risk 5 %


def _logistic(x: NDArray[np.floating[Any]]) -> Float:
    return np.asarray(1 / (1 + np.exp(-x)))


def strokes(rows: int = 5110, seed: int = 0) -> pa.Table:
    """A table of people of whom about one in twenty had a stroke.

    The label is drawn from `strokes_risk`, so the best possible prediction is known. The body mass
    index is missing more often where it is high, and 'Unknown' smoking is commonest in children.
    """
    rows, seed = whole(0, rows=rows), whole(0, seed=seed)
    key = Key(seed).child("datasets", "strokes")
    generator = key.child("rows").generator()

    def happens(chance: Float) -> Int:
        return np.asarray(generator.random(rows) < chance, dtype=np.int64)

    age = np.floor(83 * generator.beta(1.3, 1.15, rows)).astype(np.int64)
    woman = happens(np.full(rows, 0.585))
    hypertension = happens(_logistic(-6.0 + 0.066 * age) * (age >= 12))
    heart = happens(_logistic(-8.6 + 0.088 * age + 0.7 * (1 - woman)) * (age >= 25))
    married = happens(_logistic((age - 27.0) / 5) * 0.93 * (age >= 18))
    stage = np.digitize(age, (16, 23, 45, 65))
    stages = ((1, 0, 0, 0, 0), (0, 8, 76, 5, 11), (0, 0, 70, 12, 18), (0, 0, 60, 22, 18),
              (0, 0, 48, 39, 13))  # fmt: skip
    work = _pick(generator, _array(stages), stage)
    urban = happens(np.full(rows, 0.508))
    diabetic = happens(_logistic(-4.4 + 0.046 * age)) == 1
    high, usual = generator.normal(203, 27, rows), generator.lognormal(4.477, 0.21, rows)
    glucose = np.round(np.clip(np.where(diabetic, high, usual), 55, 272), 2)
    centre = np.where(age < 20, 17.5 + 0.42 * age, 27.5 + 1.6 * hypertension + 1.2 * diabetic)
    bmi = np.round(np.clip(centre * np.exp(generator.normal(0.02, 0.21, rows)), 10.3, 97.6), 1)
    unmeasured = happens(_logistic(-3.4 + 0.1 * (bmi - 29) + 0.012 * (age - 43))) == 1
    habits = ((93, 7, 0, 0), (34, 46, 6, 14), (21, 41, 14, 24), (22, 38, 21, 19), (24, 39, 29, 8))
    smoking = _pick(generator, _array(habits), stage)
    table = pa.table(
        {
            "age": pa.array(age),
            "gender": _text(("Male", "Female"), woman),
            "hypertension": pa.array(hypertension),
            "heart_disease": pa.array(heart),
            "ever_married": _text(("No", "Yes"), married),
            "work_type": _text(_WORK, work),
            "residence": _text(("Rural", "Urban"), urban),
            "avg_glucose": pa.array(glucose),
            "bmi": pa.array(bmi, mask=unmeasured),
            "smoking_status": _text(_SMOKING, smoking),
        }
    )
    label = key.child("label").generator().random(rows) < strokes_risk(table)
    return table.append_column("stroke", pa.array(label.astype(np.int64)))


def _numbers(table: pa.Table, name: str) -> Float:
    try:
        return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"strokes_risk: column {name!r} has the type {table[name].type}, expected numbers: "
            "give a table with the columns and types of datasets.strokes()."
        ) from None


def strokes_risk(table: pa.Table) -> Float:
    """The true P(stroke = 1 | row) of each row of a table shaped like `strokes()`.

    A missing body mass index has a term of its own, so the risk is exact for those rows too. The
    risk does not depend on gender, marriage, work or residence once the other columns are known.
    """
    for name in (*_RISK, "bmi", "smoking_status"):
        if name not in table.column_names:
            raise unknown_column(name, table.column_names, "strokes_risk")
    smoking = table["smoking_status"].combine_chunks().dictionary_encode()
    effects = [_SMOKING_RISK.get(s, np.nan) for s in smoking.dictionary.to_pylist()]
    score = _INTERCEPT + _array([*effects, np.nan])[smoking.indices.fill_null(-1).to_numpy()]
    for name, (start, slope) in _RISK.items():
        score += slope * (_numbers(table, name) - start)
    bmi = _numbers(table, "bmi")
    score += np.where(np.isnan(bmi), 0.9, 0.02 * (bmi - 29))
    if np.isnan(score).any():
        raise InputError(
            f"strokes_risk: row {int(np.isnan(score).argmax())} lacks a value other than bmi, or "
            f"its smoking_status is none of {', '.join(_SMOKING)}: complete it or leave it out."
        )
    return _logistic(score)
