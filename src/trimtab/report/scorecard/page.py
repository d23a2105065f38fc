"""The page of a scorecard."""

from __future__ import annotations

from collections.abc import Collection

from trimtab._validate import one_of
from trimtab.errors import InputError
from trimtab.measure.score import Section
from trimtab.measure.scorecard import NOT_HELD_OUT, Scorecard
from trimtab.report.blocks import Bullets, Chapter, Paragraph, Part
from trimtab.report.document import INTERNAL, MARKS, RELEASE, Document, Fact, Subject
from trimtab.report.formatting import fit
from trimtab.report.scorecard.chapters import chapters, own_table
from trimtab.report.scorecard.redaction import public, withheld
from trimtab.report.scorecard.summary import answer
from trimtab.report.wording import OTHERS, TABLES
from trimtab.table.inputs import Input

TITLE = "Evaluation of a synthetic table"
_FEW_DIGITS = 2  # of a release edition


def document(
    scorecard: Scorecard,
    *,
    title: str | None = None,
    edition: str = INTERNAL,
    allow: Collection[str] = (),
) -> Document:
    """The document of a scorecard.

    edition   "internal": everything, exact. "release": nothing that is computed from real rows
    allow     the sections whose scores a release edition may hold, rounded to two digits
    Raises InputError for an edition or a section that is unknown, and for sections to allow in an
    internal edition, which holds them all.
    """
    one_of((INTERNAL, RELEASE), edition=edition)
    if edition == INTERNAL:
        if allow:
            raise InputError(
                f"allow = {', '.join(sorted(map(str, allow)))}: expected no section for an "
                "internal edition, which holds all scores. Leave it out, or write a release "
                "edition."
            )
        return _internal(scorecard, fit(title or TITLE))
    return _release(scorecard, fit(title or TITLE), allow)


def _internal(card: Scorecard, title: str) -> Document:
    return Document(
        title=title,
        edition="internal",
        mark=MARKS[INTERNAL],
        summary=_summary(card),
        subjects=_subjects(card),
        facts=_facts(card),
        answer=answer(card, heldout="holdout" in card.rows),
        headlines=card.headlines,
        chapters=tuple(chapters(card)),
        measures=card.measures,
        beside=OTHERS,
        notes=tuple(n for n in card.notes if n != NOT_HELD_OUT),  # which the answer says
        provenance=_provenance(card),
    )


def _release(card: Scorecard, title: str, allow: Collection[str]) -> Document:
    redacted = public(card, allow)
    sections = [s for s in Section if s in allow]
    contents = [own_table(redacted), _measured(redacted), _withheld(card, allow)]
    if sections:
        scored = redacted.model_copy(update={"exhibits": ()})
        contents[1:1] = chapters(scored)
    mark = MARKS[RELEASE]
    if sections:
        names = ", ".join(str(s) for s in sections)
        mark = f"RELEASE: rounded figures of real data, by permission of their owner ({names})"
    return Document(
        title=title,
        edition="release",
        mark=mark,
        summary=_summary(redacted),
        subjects=_subjects(redacted),
        facts=_facts(redacted),
        answer=answer(
            redacted,
            heldout="holdout" in card.rows,
            told=sections,
            digits=_FEW_DIGITS,
            whole=card,
        ),
        headlines=redacted.headlines,
        chapters=tuple(c for c in contents if c is not None),
        measures=redacted.measures,
        digits=_FEW_DIGITS,
        beside=OTHERS,
        notes=(),
        provenance=_provenance(redacted),
    )


def _measured(card: Scorecard) -> Chapter:
    names = ", ".join(str(s) for s in card.settings.sections)
    text = f"The table was judged on {names}."
    if card.measures:
        text += " Each figure is defined at the end of this report."
    part = Part(identity="sections", blocks=(Paragraph(text=text),))
    return Chapter(identity="measured", title="What was measured?", parts=(part,))


def _withheld(card: Scorecard, allow: Collection[str]) -> Chapter:
    part = Part(identity="withheld-list", blocks=(Bullets(items=withheld(card, allow)),))
    return Chapter(identity="withheld", title="What is withheld, and why?", parts=(part,))


def _summary(card: Scorecard) -> str:
    """Which tables a report is on."""
    rows = card.rows
    sentence = f"A synthetic table of {rows['synthetic']:,} rows and {len(card.columns):,} columns"
    if "real" not in rows:
        return f"{sentence}."
    sentence += f", compared with {rows['real']:,} real rows"
    if "holdout" in rows:
        return f"{sentence} and with {rows['holdout']:,} real rows that were held out."
    return f"{sentence}. No real rows were held out."


def _subjects(card: Scorecard) -> tuple[Subject, ...]:
    """The tables as they were handed over; of scorecards of before, how many rows they have."""
    unsaid = {name: Input(name="", rows=rows) for name, rows in card.rows.items()}
    return tuple(
        Subject(what=TABLES.get(name, name), **dict(given))
        for name, given in (unsaid | card.inputs).items()
    )


def _facts(card: Scorecard) -> tuple[Fact, ...]:
    """When, by what and how the tables were judged."""
    facts = {
        "trimtab": card.trimtab,
        "date": card.date,
        "seed": str(card.settings.seed) if "real" in card.rows else "",
        "asked by": card.asked,
    }
    return tuple(Fact(name=n, value=v) for n, v in facts.items() if v)


def _provenance(card: Scorecard) -> tuple[Fact, ...]:
    settings = card.settings
    facts = {
        "scorecard version": str(card.version),
        "columns": ", ".join(card.columns),
        "sections": ", ".join(str(s) for s in settings.sections),
        "target": settings.target or "",
        "positive class": settings.positive or "",
        "protected columns": ", ".join(settings.protected),
        "groups weighted alike": ", ".join(settings.by),
        "origin column": settings.origin or "",
        "left out on request": ", ".join(settings.drop),
        "triples of columns": "judged" if settings.triples else "",
        "rules of the real table": "judged by" if settings.rules else "not judged by",
        "shown against each other": ", ".join(" and ".join(pair) for pair in settings.show),
        "coloured by": settings.group or "",
    }
    return tuple(Fact(name=n, value=v) for n, v in facts.items() if v)
