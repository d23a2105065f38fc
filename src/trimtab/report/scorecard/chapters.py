"""The chapters of a document: for each topic its pictures' facts and its scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from trimtab.measure.score import Exhibit, Measure, Score, Verdict
from trimtab.measure.scorecard import Scorecard, about, figure
from trimtab.report.blocks import Block, Chapter, Figure, Panel, Part, ScoreTable
from trimtab.report.exhibits.alt_text import difference
from trimtab.report.exhibits.kinds import kind_name, kind_of
from trimtab.report.scorecard.outline import CHAPTERS, TOPICS, Topic, topic_of

_FEW = 4  # a measure with more scores gets a table of its own
_SHOWN = 10
_ORDER = (Verdict.POOR, Verdict.MIDDLING, Verdict.UNKNOWN, Verdict.GOOD, Verdict.NONE)
_BY_DIFFERENCE = ("distribution", "cumulative", "stages")


def chapters(card: Scorecard) -> Iterator[Chapter]:
    """A chapter for each section, and for the training, that there is anything to say of."""
    used: set[int] = set()
    for section, (title, lead) in CHAPTERS.items():
        parts = []
        for topic in TOPICS:
            if topic.section is section:
                part = _part(topic, card, used)
                if part is not None:
                    parts.append(part)
        if parts:
            yield Chapter(identity=str(section), title=title, lead=lead, parts=tuple(parts))


def own_table(card: Scorecard) -> Chapter | None:
    """The chapter on the synthetic table alone: its own distributions and groups."""
    blocks = []
    for kind in dict.fromkeys(map(kind_name, card.exhibits)):
        mine = [e for e in card.exhibits if kind_name(e) == kind]
        exhibit_kind = kind_of(mine[0])
        place = {n: k for k, n in enumerate(card.columns)}
        mine.sort(key=lambda e: [place.get(n, len(place)) for n in e.about])
        panels = tuple(Panel(exhibit=e) for e in mine)
        reading = "Of the synthetic table alone, in the order of its columns."
        blocks.append(Figure(title=exhibit_kind.title, reading=reading, panels=panels, shown=12))
    if not blocks:
        return None
    part = Part(identity="own", blocks=tuple(blocks))
    return Chapter(
        identity="table",
        title="What is in it?",
        lead="These figures are computed from the synthetic table alone.",
        parts=(part,),
    )


def _part(topic: Topic, card: Scorecard, used: set[int]) -> Part | None:
    blocks: list[Block] = []
    scores = [s for s in card.scores if topic_of(s) == topic.name]
    for kind in (*topic.exhibits, *_others(topic, card)):
        block = _figure(kind, card, scores)
        if block is not None:
            blocks.append(block)
    blocks += _tables(scores, card.measures)
    if not blocks:
        return None
    return Part(identity=topic.name, title=topic.title, blocks=tuple(blocks))


def _others(topic: Topic, card: Scorecard) -> list[str]:
    """Exhibits that no topic names; the last topic shows them."""
    known = {kind for t in TOPICS for kind in t.exhibits}
    if topic is not TOPICS[-1]:
        return []
    return [k for k in dict.fromkeys(map(kind_name, card.exhibits)) if k not in known]


def _figure(kind: str, card: Scorecard, scores: Sequence[Score]) -> Figure | None:
    exhibits = _widest(e for e in card.exhibits if kind_name(e) == kind and _tells(e))
    if not exhibits:
        return None
    if kind in _BY_DIFFERENCE:
        exhibits = _by_difference(exhibits, card)
    exhibit_kind = kind_of(exhibits[0])
    if exhibit_kind.arms:
        exhibits = _headlines_first(exhibits, card)
    return Figure(
        title=exhibit_kind.title,
        reading=exhibit_kind.reading,
        panels=tuple(Panel(exhibit=e, remark=_remark(e, scores)) for e in exhibits),
        shown=exhibit_kind.shown,
    )


def _tells(exhibit: Exhibit) -> bool:
    """Whether an exhibit says anything. Labels have no order to be added up in."""
    if exhibit.name == "cumulative":
        return not any(isinstance(v, str) for v in exhibit.columns.get("value", ()))
    return any(exhibit.columns.values())


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
