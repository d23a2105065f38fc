"""What is told of a model: all that was learned, and how."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

from trimtab.codec.codec import rare_labels
from trimtab.model.coded import Coded
from trimtab.model.interface import PersonModel
from trimtab.model.kind import Fitted, ModelKind
from trimtab.synthesis import notes
from trimtab.synthesis.choose import Choice
from trimtab.synthesis.computed.beside import Beside
from trimtab.synthesis.held_back import of_held_back
from trimtab.synthesis.learned import Learned, Provenance, rules_of
from trimtab.synthesis.lesson import Lesson
from trimtab.table.frames import without
from trimtab.table.table import MADE, Origin


def told_of(
    coded: Coded,
    beside: Beside,
    lesson: Lesson,
    kind: ModelKind,
    fitted: Fitted,
    choice: Choice,
    unheld: tuple[str, ...],
    told: tuple[str, ...],
) -> Learned:
    """All that was learned of a whole table, and how."""
    settings = lesson.settings
    table, rare = coded.table, rare_labels(coded.table, coded.codec)
    told += notes.of_fit(
        table,
        coded.codec,
        coded.grids,
        rare,
        row_by_row=not isinstance(fitted.model, PersonModel),
    )
    rules = beside.rules
    provenance = Provenance(
        trimtab=version("trimtab"),
        model=kind.name,
        choice=choice.reason,
        rows=table.rows,
        persons=None if table.schema.entity is None else coded.people,
        min_count=settings.min_count,
        seed=settings.key.seed,
        first=choice.first,
        outcomes=lesson.needs.outcomes,
        public=coded.public,
        protected=settings.options.fair_to,
        **rules_of(table.schema),
        computed=rules["computed"],
        gaps=rules["gaps"],
        groups=rules["groups"],
        unheld=unheld,
        warnings=(
            *table.origin.notes,
            *told,
            *beside.notes,
            *of_held_back(coded),
            *fitted.notes,
            *notes.of_unheld(unheld, masked=kind.masked),
        ),
    )
    return Learned(
        table.schema,
        coded.codec,
        coded.grids,
        fitted.model,
        provenance,
        _of_drawn(without(table.origin, rare)),
        beside,
    )


def _of_drawn(origin: Origin) -> Origin:
    """The origin of what is drawn: how the caller's table was read is nothing about that."""
    return replace(origin, notes=tuple(note for note in origin.notes if note == MADE))
