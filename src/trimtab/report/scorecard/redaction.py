"""The release edition: a scorecard without what was computed from real rows.

What a document is made from is filtered here, before anything is written, so that no later step can
tell what it does not know. Figures that are published beside a synthetic table can give real rows
away (Ganev and De Cristofaro 2023, "On the inadequacy of similarity-based privacy metrics").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import floor, log10

from trimtab._validate import one_of
from trimtab.measure.parts import measures
from trimtab.measure.score import Exhibit, Measure, Score, Section
from trimtab.measure.scorecard import Scorecard, Settings
from trimtab.report.exhibits.kinds import kind_of
from trimtab.report.formatting import listed

_OWN = ("synthetic",)


def public(card: Scorecard, allow: Collection[str]) -> Scorecard:
    """What of a scorecard may be published.

    Scores only of the sections in `allow` and of no group or class, rounded to two digits, without
    their reasons; exhibits that show the synthetic table alone. No number of real rows, no notes.
    Raises InputError for a section that is unknown.
    """
    sections = {Section(one_of([str(s) for s in Section], allow=name)) for name in allow}
    settings = card.settings
    known = set(card.columns)
    definitions = measures()
    scores = [s for s in card.scores if s.section in sections and _is_public(s, definitions)]
    return Scorecard(
        version=card.version,
        trimtab=card.trimtab,
        rows={"synthetic": card.rows["synthetic"]},
        columns=card.columns,
        settings=Settings(
            target=settings.target if settings.target in known else None,
            protected=tuple(n for n in settings.protected if n in known),
            by=tuple(n for n in settings.by if n in known),
            sections=settings.sections,
            triples=settings.triples,
            rules=settings.rules,
        ),
        scores=tuple(_rounded(score) for score in scores),
        measures={n: m for n, m in card.measures.items() if n in {s.measure for s in scores}},
        exhibits=tuple(_shown(e) for e in card.exhibits if own(e)),
        inputs={n: i for n, i in card.inputs.items() if n in _OWN},
        date=card.date,
    )


def _is_public(score: Score, definitions: Mapping[str, Measure]) -> bool:
    """Whether a score names no value of the data: by what it says, and by what the installed
    definition declares, since anybody can write a file. What none defines is withheld.
    """
    definition = definitions.get(score.measure)
    if definition is None or score.names_data:
        return False
    return not definition.missing("", within=score.within).names_data


def _shown(exhibit: Exhibit) -> Exhibit:
    """What of an exhibit that may be published is told: the columns that are declared public."""
    declared = kind_of(exhibit).public
    columns = {name: values for name, values in exhibit.columns.items() if name in declared}
    return exhibit.model_copy(update={"columns": columns})


def own(exhibit: Exhibit) -> bool:
    """Whether an exhibit shows the synthetic table alone: by what it rests on, by the tables that
    it tells apart, and by what of its kind is public.
    """
    kind = kind_of(exhibit)
    if exhibit.rests_on != _OWN or not kind.public or not kind.sides(exhibit) <= set(_OWN):
        return False
    hidden = (v for name, v in exhibit.columns.items() if name not in kind.public)
    return all(value is None for values in hidden for value in values)


def withheld(card: Scorecard, allow: Collection[str]) -> tuple[str, ...]:
    """What is not said in the release edition, and why."""
    allowed = [str(s) for s in Section if s in allow]
    left_out = [str(s) for s in card.settings.sections if s not in allow]
    sentences = []
    if left_out:
        sentences.append(
            f"All scores on {listed(left_out)}, with their verdicts: they are computed from real "
            "rows, and figures of many columns together can give single rows away."
        )
    if allowed:
        sentences.append(
            f"Of the scores on {listed(allowed)}, which their owner permitted: all digits beyond "
            "the second, the reasons of verdicts, and the scores of single groups, classes and "
            "rules, whose names may be values of real rows."
        )
    sentences.append(
        "All pictures and tables that real rows had a part in, and the rules they keep."
    )
    sentences.append("The number of real rows, and the notes on them.")
    return tuple(sentences)


def _rounded(score: Score) -> Score:
    return score.model_copy(
        update={
            "value": _two_digits(score.value),
            "ceiling": _two_digits(score.ceiling),
            "noise": None,
            "heldout": _two_digits(score.heldout),
            "columns_alone": _two_digits(score.columns_alone),
            "interval": None
            if score.interval is None
            else tuple(_two_digits(v) for v in score.interval),
            "n": 0,
            "because": "",
            "covers": "",
        }
    )


def _two_digits(value: float | None) -> float | None:
    """A figure to two digits, and never finer than a hundredth."""
    if value is None or value == 0:
        return value
    return round(value, min(2, 1 - floor(log10(abs(value))))) + 0.0
