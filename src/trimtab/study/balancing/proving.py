"""The study of balancing as work for the engine: folds, controls, and the learning curve."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
from pydantic import BaseModel

from trimtab._run import Run
from trimtab.study.balancing.controls import ShuffledResult, run_shuffled
from trimtab.study.balancing.curve import CurveResult, run_curve
from trimtab.study.balancing.fold import FoldResult, run_fold
from trimtab.study.balancing.protocol import Study
from trimtab.study.balancing.summary import Results
from trimtab.study.engine import schedule
from trimtab.study.engine.work import Piece

FOLD, SHUFFLED, CURVE = "outer folds", "shuffled classes", "learning curve"


@dataclass(frozen=True)
class Proving:
    """All that is to be done for a proof; see `engine.work.Work`."""

    study: Study

    @property
    def results(self) -> Mapping[str, type[BaseModel]]:
        """See Work."""
        return {FOLD: FoldResult, SHUFFLED: ShuffledResult, CURVE: CurveResult}

    def pieces(self) -> Iterator[Piece]:
        """What the verdict needs, then the controls, then the curve fold by fold."""
        protocol = self.study.protocol
        outer = range(protocol.folds * protocol.repeats)
        yield from (Piece(FOLD, (number,)) for number in outer)
        yield from (Piece(SHUFFLED, (number,)) for number in outer[: protocol.folds])
        for number in outer[: protocol.curve_folds]:
            yield from (Piece(CURVE, (number, size)) for size in protocol.sizes)

    def carry_out(self, piece: Piece, run: Run) -> BaseModel:
        """See Work."""
        if piece.phase == FOLD:
            return run_fold(self.study, piece.place[0], run)
        if piece.phase == SHUFFLED:
            return run_shuffled(self.study, piece.place[0], run)
        number, size = piece.place
        return run_curve(self.study, number, size, run)

    @property
    def fingerprint(self) -> str:
        """See Work."""
        study, question = self.study, self.study.question
        digest = hashlib.blake2b(digest_size=16)
        for feature in question.features:
            digest.update(repr(feature).encode())
            digest.update(np.ascontiguousarray(question.sample.values[feature.name]).tobytes())
        digest.update(question.is_positive.tobytes())
        for texts in question.protected.values():
            digest.update(repr(texts.tolist()).encode())
        if question.sample.people is not None:
            digest.update(question.sample.people.tobytes())
        settings = (
            version("trimtab"),
            question.target,
            question.positive,
            tuple(question.protected),
            tuple(a.name for a in study.arms),
            tuple(x.described for x in study.learners),
            study.protocol,
            study.key,
        )
        digest.update(repr(settings).encode())
        return digest.hexdigest()


def execute(study: Study, run: Run) -> Results:
    """Do all that the time allows. Raises what `engine.schedule.execute` raises."""
    done = schedule.execute(Proving(study), run)
    return Results(
        {number: result for (number,), result in done.of(FOLD).items()},
        {number: result for (number,), result in done.of(SHUFFLED).items()},
        {(number, size): result for (number, size), result in done.of(CURVE).items()},
        done.seconds,
    )
