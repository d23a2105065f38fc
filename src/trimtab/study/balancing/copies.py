"""Whether added rows repeat rows that the learners are tested on."""

from __future__ import annotations

from collections import Counter

import numpy as np
from pydantic import ConfigDict
from scipy import stats

from trimtab._arrays import Float
from trimtab._named import Named
from trimtab.predict.sample import Sample
from trimtab.study.question import Part, Training

_ALARM = 0.001  # one-sided p of as many copies or more


class Copies(Named):
    """How many added rows equal a test row in every feature, and how many real training rows do.

    The real ones are of the class that was added to.
    novel, real_novel   those copies that no training row explains: none (no other) equals them
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    added: int
    copies: int
    real: int
    real_copies: int
    novel: int = 0
    real_novel: int = 0

    def __add__(self, other: Copies) -> Copies:
        return Copies(
            added=self.added + other.added,
            copies=self.copies + other.copies,
            real=self.real + other.real,
            real_copies=self.real_copies + other.real_copies,
            novel=self.novel + other.novel,
            real_novel=self.real_novel + other.real_novel,
        )

    @property
    def alarming(self) -> bool:
        """Whether added rows equal test rows more often than real training rows do, surely.

        In both counts, for each by itself may be without a leak: in a table of few labels SMOTE
        repeats the most frequent rows, and a generator fills gaps between training rows.
        """
        return self._more(self.copies, self.real_copies) and self._more(self.novel, self.real_novel)

    def _more(self, hits: int, real_hits: int) -> bool:
        if not self.added or not self.real:
            return False
        table = [[hits, self.added - hits], [real_hits, self.real - real_hits]]
        return bool(stats.fisher_exact(table, alternative="greater").pvalue < _ALARM)


def copied(rows: Training, train: Part, test: Part) -> Copies:
    """Count the added rows, and the real ones of their class, that equal a row of the test part."""
    tested = set(_keys(test.sample, train))
    counts = Counter(_keys(train.sample, train))
    new = _keys(rows.new, train)
    real = _keys(train.sample.take(train.minority), train)
    return Copies(
        added=len(new),
        copies=sum(k in tested for k in new),
        real=len(real),
        real_copies=sum(k in tested for k in real),
        novel=sum(k in tested and not counts[k] for k in new),
        real_novel=sum(k in tested and counts[k] == 1 for k in real),
    )


def _keys(sample: Sample, part: Part) -> list[bytes]:
    """A text of bytes for each row: equal where all features are."""
    columns: list[Float] = [
        np.nan_to_num(sample.values[f.name].astype(np.float64), nan=np.inf) for f in part.features
    ]
    return [row.tobytes() for row in np.column_stack(columns)]
