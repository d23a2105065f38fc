"""How probable rows are, as a model sees them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trimtab._arrays import Bool, Float
from trimtab.codec.label import LabelCodec
from trimtab.errors import RefusedError
from trimtab.model.interface import Likelihood
from trimtab.synthesis.computed import draw
from trimtab.synthesis.learned import Learned
from trimtab.table.table import Table


def log_prob(learned: Learned, table: Table) -> Float:
    """Log of each row's probability mass on the codec's grid, in nats, shape (rows,).

    The columns of `table` are typed as they were learned. A text that the model never saw, or a
    gap where there was none, can never be drawn: -inf. Raises RefusedError for a model
    that cannot tell.
    """
    if not isinstance(learned.model, Likelihood):
        raise RefusedError(
            f"the model {learned.provenance.model} makes rows, and cannot tell how probable one "
            "is: fit again without `model`, so that a kind is taken that can."
        )
    possible = np.flatnonzero(~_impossible(learned, table))
    logs = np.full(table.rows, -np.inf)
    if len(possible):
        logs[possible] = draw.log_prob(learned, learned.codec.encode(table).take(possible))
    return logs


def _impossible(learned: Learned, table: Table) -> Bool:
    """The rows that hold what the model has no code for, shape (rows,)."""
    impossible = np.zeros(table.rows, bool)
    for name in learned.codec.modelled:
        values, codec = table.column(name), learned.codec.columns[name]
        if not learned.grids[name].nullable:
            impossible |= np.asarray(values.is_null())
        if isinstance(codec, LabelCodec) and codec.type == "string" and codec.marker is None:
            known = pa.array(codec.values, pa.string())
            strange = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, known)))
            impossible |= np.asarray(strange)
    return impossible
