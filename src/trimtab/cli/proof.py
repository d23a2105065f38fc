"""What a study found, as tables on a terminal."""

from __future__ import annotations

from trimtab.cli import terminal
from trimtab.cli.terminal import head, texts
from trimtab.study.balancing.result import Proof
from trimtab.study.inference import Difference, Effect
from trimtab.study.wording import plain, said

_EFFECT_STYLE = {Effect.HELPS: "green", Effect.HARMS: "red"}


def show_proof(proof: Proof) -> None:
    """What each arm came to, as a table for each learner."""
    terminal.say(
        f"{proof.rows:,} rows, {proof.positives:,} of them {proof.target} = {proof.positive}. "
        f"Means over {proof.folds} of {proof.asked} outer folds; AUC against the table as it is, "
        "with intervals that are corrected for the number of ways to train."
    )
    for learner in proof.learners:
        lines = [line for line in proof.lines if line.learner == learner]
        grid = terminal.grid(learner)
        grid.add_column(head("training rows"), overflow="fold")
        for name in ("AUC", "against it"):
            grid.add_column(head(name), justify="right", no_wrap=True)
        grid.add_column(head("effect"), no_wrap=True)
        for name in ("F1 at .5", "F1 tuned"):
            grid.add_column(head(name), justify="right", no_wrap=True)
        for line in lines:
            difference = line.differences.get("auc")
            against, effect = ("", "") if difference is None else _against(difference)
            auc, half, tuned = (plain(line.figures[n].value) for n in ("auc", "f1_at_half", "f1"))
            style = None if difference is None else _EFFECT_STYLE.get(difference.effect)
            grid.add_row(*texts(line.arm, auc, against, effect, half, tuned), style=style)
        terminal.show(grid)


def _against(difference: Difference) -> tuple[str, str]:
    """A difference with its interval, and what it comes to."""
    return said(difference), str(difference.effect)
