"""Balance three columns of a table of hospital visits, and look at the counts before and after.

The task of the notebook that this project began with: as many rows for every combination of GENDER,
ETHNICITY and RACE. Combinations that no real patient has are left out, and the plan says which.
"""

from collections import Counter

import trimtab

BY = ["GENDER", "ETHNICITY", "RACE"]


def main() -> None:
    """Plan, balance, compare."""
    visits = trimtab.datasets.visits(2285)

    plan = trimtab.plan_balance(visits, BY, unseen="skip")
    print(plan.reason)
    for warning in plan.warnings[:3]:
        print(" -", warning)

    result = trimtab.balance(visits, BY, unseen="skip")
    for name in BY:
        print(
            name, Counter(visits[name].to_pylist()), "->", Counter(result.table[name].to_pylist())
        )

    cells = Counter(zip(*(result.table[name].to_pylist() for name in BY), strict=True))
    assert result.table.num_rows == visits.num_rows
    assert max(cells.values()) - min(cells.values()) <= 1
    assert not set(result.table["PatientID"].to_pylist()) & set(visits["PatientID"].to_pylist())


if __name__ == "__main__":
    main()
