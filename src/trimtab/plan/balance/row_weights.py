"""How much each real row should count when a model is learned for a plan.

A model learned for balance is asked for many rows of combinations that it saw few of. Learned from
the rows as they are, it spends itself on the combinations that are frequent, and what sets the rare
ones apart is smoothed away: a class of 20 among 10,000 rows comes out much like the others.
"""

from __future__ import annotations

import numpy as np

from trimtab._arrays import Float
from trimtab.plan.plan import Plan
from trimtab.table.table import Table

_TEMPER = 0.5  # 0: rows count alike; 1: combinations count as they will be drawn


def row_weights(plan: Plan, table: Table) -> Float | None:
    """Weights of the rows of a table, mean 1, shape (rows,); None for a plan without cells.

    Rows of a combination count by the square root of how many times more often it will stand in the
    result than it stands in the real table (importance weights, tempered so that they do not rest
    on a few rows alone: Shimodaira 2000, "Improving predictive inference under covariate shift",
    section 4). Rows of combinations that nothing is asked of count least.

    table   has the columns `plan.by`, with the values (the names of bins) that the cells name
    """
    ratios = {c.values: c.target_rows / c.real_rows for c in plan.cells if c.real_rows}
    positive = [r for r in ratios.values() if r > 0]
    if not positive:
        return None
    least = min(positive)
    columns = [table.column(name).to_pylist() for name in plan.by]
    row_ratios = [max(ratios.get(cell, least), least) for cell in zip(*columns, strict=True)]
    weights = np.power(np.array(row_ratios, np.float64), _TEMPER)
    return np.asarray(weights / weights.mean())
