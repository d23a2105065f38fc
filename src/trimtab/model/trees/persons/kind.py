"""Persons with all their rows as a kind of model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    persons = True
    masked = True
    relates = True

    @property
    def stored(self) -> type[Stored]:
        """See `ModelKind.stored`."""
        from trimtab.model.trees.persons.store import StoredPersons

        return StoredPersons

    def lead(self, needs: Needs, sizes: Sizes) -> tuple[str, ...] | Refusal:
        """Rows to complete may give any cells, if they say whose they are."""
        if needs.patterns and needs.nameless:
            return Refusal(
                "a chain of persons completes rows given the others of their persons, and these do "
                "not say whose they are",
                "give the column of persons, too, or learn row by row",
            )
        return needs.first

    def understanding(self, coded: Coded) -> tuple[str, ...]:
        """What persons have once, and how their rows follow one another."""
        from trimtab.model.trees.persons.bounds import bounds_of
        from trimtab.model.trees.persons.understanding import understood

        if not self.calls_for(coded):
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

    def calls_for(self, coded: Coded) -> bool:
        """Whether some person has several rows."""
        return coded.persons is not None and coded.people < len(coded.persons)

    def refusal(self, coded: Coded, needs: Needs, options: Options) -> str | None:
        """See `ModelKind.refusal`."""
        from trimtab.model.trees.persons.bounds import bounds_of
        from trimtab.model.trees.persons.people import distances_of
        from trimtab.model.trees.persons.understanding import understood

        if coded.persons is None:
            return (
                "no column says whose the rows are, so that there are no persons to draw: mark one "
                "as `entity` in the schema (trimtab inspect DATA -o schema.toml)."
            )
        if not self.calls_for(coded):
            return "each person of the table has one row: learn it row by row (leave out `model`)."
        persons = coded.people
        if persons < _FEWEST:
            return (
                f"the table has {persons} persons: expected at least {_FEWEST} to learn what "
                "persons are like."
            )
        known = understood(coded)
        if not known.counting:
            return (
                "no column differs between the rows of a person, so that there are none to draw: "
                "learn one row of each person."
            )
        dated = distances_of(known, coded.codec, bounds_of(coded, known).columns)
        return _refusal_of_given(known.counting, dated, needs)

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


def _refusal_of_given(
    counting: Collection[str], dated: Collection[str], needs: Needs
) -> str | None:
    """Why columns cannot be given that differ between the rows of a person, or that are drawn by
    their distance; None if none is."""
    asked = {n for given, sets in needs.asked for n in given | sets}
    varying = [name for name in counting if name in asked or name in needs.first]
    if varying:
        return (
            f"{', '.join(varying)}: differs between the rows of a person, and persons are drawn "
            "with all their rows. Take a column that each person has once (such as whether it ever "
            'was so), or learn row by row (`model="trees"`).'
        )
    far = [name for name in dated if name in asked]
    if far:
        return (
            f"{', '.join(far)}: drawn by how far it lies from a person's first row, and cannot be "
            'given. Learn row by row (`model="trees"`).'
        )
    return None


def _few_note(persons: int) -> str:
    return (
        f"There are {persons} persons to learn from: what they are like is known roughly only, and "
        "what is drawn varies with the seed."
    )


PERSONS = PersonsKind()
