"""The chapters of a document: for each topic its pictures' facts and its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from trimtab.measure.score import Exhibit, Measure, Score, Topic, Verdict
from trimtab.measure.scorecard import Scorecard, about, figure
from trimtab.report.blocks import Block, Chapter, Figure, Panel, Part, ScoreTable
from trimtab.report.exhibits.kind import ExhibitKind
from trimtab.report.exhibits.kinds import kind_of, kinds
from trimtab.report.exhibits.shares import difference
from trimtab.report.scorecard.outline import CHAPTERS, PLACES, Place, topic_of

_FEW = 4  # a measure with more scores gets a table of its own
_SHOWN = 10
_ORDER = (Verdict.POOR, Verdict.MIDDLING, Verdict.UNKNOWN, Verdict.GOOD, Verdict.NONE)


def chapters(card: Scorecard) -> Iterator[Chapter]:
    """A chapter for each section, and for the training, that there is anything to say of."""
    exhibits = _by_kind(card)
    scores: dict[Topic, list[Score]] = {place.topic: [] for place in PLACES}
    for score in card.scores:
        scores[topic_of(score, card.measures)].append(score)
    for chapter, (title, lead) in CHAPTERS.items():
        places = [place for place in PLACES if place.chapter == chapter]
        parts = [part for p in places if (part := _part(p, card, scores[p.topic], exhibits))]
        if parts:
            yield Chapter(identity=str(chapter), title=title, lead=lead, parts=tuple(parts))


def own_table(card: Scorecard) -> Chapter | None:
    """The chapter on the synthetic table alone: its own distributions and groups."""
    blocks = []
    place = {n: k for k, n in enumerate(card.columns)}
    for kind, mine in _by_kind(card).items():
        mine.sort(key=lambda e: [place.get(n, len(place)) for n in e.about])
        panels = tuple(Panel(exhibit=e) for e in mine)
        reading = "Of the synthetic table alone, in the order of its columns."
        blocks.append(Figure(title=kind.title, reading=reading, panels=panels, shown=12))
    if not blocks:
        return None
    part = Part(identity="own", blocks=tuple(blocks))
    return Chapter(
        identity="table",
        title="What is in it?",
        lead="These figures are computed from the synthetic table alone.",
        parts=(part,),
    )


def _by_kind(card: Scorecard) -> dict[ExhibitKind, list[Exhibit]]:
    by_kind: dict[ExhibitKind, list[Exhibit]] = {}
    for exhibit in card.exhibits:
        by_kind.setdefault(kind_of(exhibit), []).append(exhibit)
    return by_kind


def _part(
    place: Place,
    card: Scorecard,
    scores: Sequence[Score],
    exhibits: Mapping[ExhibitKind, list[Exhibit]],
) -> Part | None:
    blocks: list[Block] = []
    mine = [kind for kind in kinds() if kind.topic is place.topic]
    if place is PLACES[-1]:
        mine += [kind for kind in exhibits if kind.topic is None]
    for kind in mine:
        block = _figure(kind, exhibits.get(kind, ()), card, scores)
        if block is not None:
            blocks.append(block)
    blocks += _tables(scores, card.measures)
    if not blocks:
        return None
    return Part(identity=str(place.topic), title=place.title, blocks=tuple(blocks))


def _figure(
    kind: ExhibitKind, exhibits: Iterable[Exhibit], card: Scorecard, scores: Sequence[Score]
) -> Figure | None:
    chosen = _widest(e for e in exhibits if kind.tells(e))
    if not chosen:
        return None
    if kind.by_difference:
        chosen = _by_difference(chosen, card)
    if kind.arms:
        chosen = _headlines_first(chosen, card)
    return Figure(
        title=kind.title,
        reading=kind.reading,
        panels=tuple(Panel(exhibit=e, remark=_remark(e, scores)) for e in chosen),
        shown=kind.shown,
    )


def _widest(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    """Of exhibits on the same thing, the one that rests on most tables and says most."""
    best: dict[tuple[tuple[str, ...], str], Exhibit] = {}
    for exhibit in exhibits:
        key = (exhibit.about, exhibit.within)
        if key not in best or _fullness(exhibit) > _fullness(best[key]):
            best[key] = exhibit
    return list(best.values())


def _fullness(exhibit: Exhibit) -> tuple[int, int]:
    cells = (v for values in exhibit.columns.values() for v in values)
    return len(exhibit.rests_on), sum(v is not None for v in cells)


def _by_difference(exhibits: list[Exhibit], card: Scorecard) -> list[Exhibit]:
    """Exhibits of columns, those first whose distributions differ most."""
    apart = {
        e.about: difference(e)
        for e in card.exhibits
        if e.name == "distribution" and "real" in e.rests_on
    }
    return sorted(exhibits, key=lambda e: -apart.get(e.about, 0.0))


def _headlines_first(exhibits: list[Exhibit], card: Scorecard) -> list[Exhibit]:
    """Exhibits of learners, those first that a headline is about."""
    heads = [(s.about, s.within.partition(",")[0]) for s in card.headlines]
    return sorted(exhibits, key=lambda e: (e.about, e.within) not in heads)


def _remark(exhibit: Exhibit, scores: Sequence[Score]) -> str:
    """The worst score about the very columns of an exhibit, in a few words."""
    if not exhibit.about or len(exhibit.about) > 1 or exhibit.within:
        return ""
    mine = [s for s in scores if s.about == exhibit.about and s.value is not None and not s.within]
    mine = [s for s in mine if s.verdict is not Verdict.NONE]
    if not mine:
        return ""
    # A measure that is about one column alone, such as the worst one, says less.
    often = Counter(s.measure for s in scores)
    worst = min(mine, key=lambda s: (_ORDER.index(s.verdict), often[s.measure] == 1))
    return f"{worst.title} {figure(worst.value)}: {worst.verdict}"


def _tables(scores: Sequence[Score], measures: dict[str, Measure]) -> list[Block]:
    """Scores as tables: one for each measure that has many, and one for the others together."""
    by_measure: dict[str, list[Score]] = {}
    for score in scores:
        by_measure.setdefault(score.measure, []).append(score)
    few = [s for mine in by_measure.values() if len(mine) <= _FEW for s in mine]
    blocks: list[Block] = []
    if few:
        blocks.append(ScoreTable(title="Figures", scores=tuple(few), shown=len(few)))
    for name, mine in by_measure.items():
        if len(mine) > _FEW:
            meaning = measures[name].meaning if name in measures else ""
            ordered = tuple(sorted(mine, key=_badness(measures.get(name))))
            blocks.append(
                ScoreTable(title=mine[0].title, meaning=meaning, scores=ordered, shown=_SHOWN)
            )
    return blocks


def _badness(measure: Measure | None) -> Callable[[Score], tuple[int, float, str]]:
    """How to order scores of a measure, the worst first."""

    def key(score: Score) -> tuple[int, float, str]:
        bad = 0.0
        if measure is not None and score.value is not None:
            least = 0.0 if score.ceiling is None else measure.badness(score.ceiling)
            bad = measure.badness(score.value) - least
        return _ORDER.index(score.verdict), -bad, about(score)

    return key
