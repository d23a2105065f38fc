"""The pieces of a study: in order of use, side by side, kept in a file, and in the time given."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pydantic import BaseModel, ValidationError

from trimtab._executor import Pool
from trimtab._run import Run
from trimtab.errors import InputError, StoppedError
from trimtab.study.engine.checkpoint import Checkpoint
from trimtab.study.engine.work import OutOfTimeError, Piece, Work

Timed = tuple[BaseModel, float, float]  # a result, and the seconds it took by clock and by CPU


@dataclass(frozen=True)
class Done:
    """What was done of a study: results in the order of its pieces, and CPU seconds."""

    results: Mapping[Piece, BaseModel]
    seconds: float

    def of(self, phase: str) -> dict[tuple[int, ...], Any]:
        """The results of a phase, by place."""
        return {p.place: result for p, result in self.results.items() if p.phase == phase}


def execute(work: Work, run: Run) -> Done:
    """Carry out all pieces that the time allows.

    Raises InputError for a file to resume from that is of other work; StoppedError or (by Ctrl-C)
    KeyboardInterrupt where it was stopped before the end. The checkpoint then keeps what was done.
    """
    checkpoint = Checkpoint.opened(run.checkpoint, run.resume, work.fingerprint)
    pieces = list(work.pieces())
    under_way = _UnderWay(run, checkpoint, pieces, _known(work, checkpoint, pieces))
    if pieces:
        under_way.tell(pieces[0])
    left = [p for p in pieces if p not in under_way.done]
    with run.pool(work, tasks=len(left)) as pool:
        _side_by_side(under_way, left, pool)
    if len(under_way.done) < len(pieces):
        run.stop.check()
    else:
        checkpoint.discard()
    results = {p: under_way.done[p] for p in pieces if p in under_way.done}
    return Done(results, checkpoint.seconds)


def _known(work: Work, checkpoint: Checkpoint, pieces: Sequence[Piece]) -> dict[Piece, BaseModel]:
    """The results that a checkpoint holds. Raises InputError for what is none."""
    types = work.results
    try:
        return {
            p: types[p.phase].model_validate(checkpoint[p.name])
            for p in pieces
            if p.name in checkpoint
        }
    except ValidationError as error:
        raise InputError(
            f"checkpoint {checkpoint.path} is damaged ({error.error_count()} values are amiss): "
            "remove it and begin anew."
        ) from None


@dataclass
class _UnderWay:
    """A study under way: the only object here that changes."""

    run: Run
    checkpoint: Checkpoint
    pieces: Sequence[Piece]
    done: dict[Piece, BaseModel]
    took: dict[str, list[float]] = field(default_factory=dict)

    def finish(self, piece: Piece, timed: Timed) -> None:
        """Keep a result."""
        result, seconds, cpu = timed
        self.took.setdefault(piece.phase, []).append(seconds)
        self.done[piece] = result
        self.checkpoint.add(piece.name, result.model_dump(mode="json"), cpu)
        self.tell(piece)

    def tell(self, piece: Piece) -> None:
        """Report how far the pieces of its phase are."""
        total = sum(p.phase == piece.phase for p in self.pieces)
        self.run.progress(piece.phase, sum(p.phase == piece.phase for p in self.done), total)

    def fits(self, piece: Piece) -> bool:
        """Whether a piece is likely to end in time."""
        if self.run.deadline is None:
            return True
        took = self.took.get(piece.phase)
        return time.time() + (median(took) if took else 0.0) < self.run.deadline


def _side_by_side(under_way: _UnderWay, left: Sequence[Piece], pool: Pool) -> None:
    """As many at a time as there are workers: whether one fits is known only when it can begin."""
    run, waiting, submitted = under_way.run, list(left), dict[Future[Timed], Piece]()
    while waiting or submitted:
        while waiting and len(submitted) < run.executor.workers and not run.stop.asked:
            piece = waiting.pop(0)
            if under_way.fits(piece):
                submitted[pool.submit(_timed, piece)] = piece
        if not submitted:
            break
        for future in wait(submitted, return_when=FIRST_COMPLETED).done:
            piece = submitted.pop(future)
            try:
                under_way.finish(piece, future.result())
            except OutOfTimeError:
                continue
            except StoppedError:  # the others hear it as well, and may be done before
                if not run.stop.asked:
                    raise


def _timed(work: Work, run: Run, piece: Piece) -> Timed:
    began, cpu = time.time(), time.process_time()
    result = work.carry_out(piece, run)
    return result, time.time() - began, time.process_time() - cpu
