"""Persons with all their rows as a kind of model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trimtab.model.kind import Fitted, ModelKind, Needs, Options, Refusal, Sizes

if TYPE_CHECKING:
    from trimtab._arrays import Arrays
    from trimtab._random import Key
    from trimtab._run import Run
    from trimtab.model.coded import Coded
    from trimtab.model.grid.grid import Grid
    from trimtab.model.grid.store import Shelf, Stored
    from trimtab.model.trees.persons.model import Persons

_FEWEST, _FEW = 20, 100  # persons


class PersonsKind(ModelKind):
    """Draws whole persons: what each has once, and all rows of each in their order."""

    name = "persons"
    noun = "chain of persons"
    pace = "is learned in seconds"
    balances = False
    persons = True
    masked = True
    relates = True

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.trees.persons.store import StoredPersons

        return StoredPersons

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """No cells of rows are given to it."""
        if needs.patterns or needs.asked:
            return Refusal(
                "a chain of persons draws persons with all their rows, and completes and balances "
                "no rows"
            )
        return needs.first

    def understanding(self, coded: Coded) -> tuple[str, ...]:
        """What persons have once, and how their rows follow one another."""
        from trimtab.model.trees.persons.bounds import bounds_of
        from trimtab.model.trees.persons.understanding import understood

        if coded.persons is None or len(set(coded.persons.tolist())) == coded.codes.rows:
            return ()
        known = understood(coded)
        bounds = bounds_of(coded, known).columns
        passed = [f"No {known.moment} passes {', '.join(bounds)}."] if bounds else []
        few = known.nearly_constant
        changed = [f"Changed in few persons, and so not theirs once: {', '.join(few)}."]
        return (*known.notes, *passed, *(changed if few else []))

    def ungapped(self, coded: Coded) -> tuple[str, ...]:
        """Constants and moments: these it orders by itself."""
        from trimtab.model.trees.persons.understanding import understood

        if coded.persons is None:
            return ()
        known = understood(coded)
        return (*known.constants, *([] if known.moment is None else [known.moment]))

    def refusal(self, coded: Coded, needs: Needs, options: Options) -> str | None:
        """See `ModelKind.refusal`."""
        from trimtab.model.trees.persons.understanding import understood

        if coded.persons is None:
            return (
                "no column says whose the rows are, so that there are no persons to draw: mark one "
                "as `entity` in the schema (trimtab inspect DATA -o schema.toml)."
            )
        persons = len(set(coded.persons.tolist()))
        if persons == coded.codes.rows:
            return "each person of the table has one row: learn it row by row (leave out `model`)."
        if persons < _FEWEST:
            return (
                f"the table has {persons} persons: expected at least {_FEWEST} to learn what "
                "persons are like."
            )
        if not understood(coded).counting:
            return (
                "no column differs between the rows of a person, so that there are none to draw: "
                "learn one row of each person."
            )
        return None

    def learn(self, coded: Coded, needs: Needs, options: Options, key: Key, run: Run) -> Fitted:
        """Learn persons, and their rows."""
        from trimtab.model.trees.persons.bounds import bounds_of
        from trimtab.model.trees.persons.fit import fit_rows
        from trimtab.model.trees.persons.lesson import Lesson
        from trimtab.model.trees.persons.model import Persons
        from trimtab.model.trees.persons.people import fit_people
        from trimtab.model.trees.persons.understanding import understood

        known = understood(coded)
        bounds = bounds_of(coded, known)
        people = fit_people(
            known,
            coded.codec,
            coded.grids,
            bounds.columns,
            needs.first,
            key.child("persons"),
            run.tell,
        )
        cut, plain = (coded.grids, coded.codec), frozenset(coded.recoded)
        lesson = Lesson(known, *cut, bounds.columns, plain, key.child("rows"))
        rows = fit_rows(lesson, run.tell)
        model = Persons(dict(coded.grids), people, rows, bounds.kept(people, rows))
        few = known.rows.persons < _FEW
        notes = (*known.notes, *([_few_note(known.rows.persons)] if few else []))
        return Fitted(model, notes)

    def store(self, model: Persons) -> tuple[Stored, Arrays]:
        """See `ModelKind.store`."""
        from trimtab.model.trees.persons.store import stored_persons

        return stored_persons(model)

    def restore(self, stored: Stored, grids: Mapping[str, Grid], shelf: Shelf) -> Persons:
        """See `ModelKind.restore`."""
        from trimtab.model.trees.persons.store import StoredPersons, persons_of

        assert isinstance(stored, StoredPersons)
        return persons_of(stored, grids, shelf)


def _few_note(persons: int) -> str:
    return (
        f"There are {persons} persons to learn from: what they are like is known roughly only, and "
        "what is drawn varies with the seed."
    )


PERSONS = PersonsKind()
