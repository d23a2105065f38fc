"""The first screen: what a table can be used for, what not, and what is not known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from trimtab.measure.score import Score, Section, Topic, Verdict
from trimtab.measure.scorecard import Scorecard, about
from trimtab.report.scorecard.outline import topic_of
from trimtab.report.summary import Answer, Point, Recommendation
from trimtab.report.wording import beside, decimal, interval, reason

NO_HOLDOUT = (
    "No held-out real rows were given, so learning by heart cannot be told from learning. Figures "
    "of other real rows are what chance would make of them, not what any rows got."
)
SILENT = (
    "This edition says what the table is and what was measured. It does not say how good the table "
    "is, because every such figure is computed from real rows."
)
_MAX_NAMED = 3
_RANKS = (Verdict.POOR, Verdict.MIDDLING, Verdict.UNKNOWN, Verdict.GOOD, Verdict.NONE)
_MANY = 0.2  # the share of scores beyond which they count as many


@dataclass(frozen=True)
class _Use:
    name: str
    topics: tuple[Topic, ...]
    section: Section
    yes: str
    care: str
    no: str
    thing: str  # what exceptions are called: one, many
    things: str


_USES = (
    _Use(
        "Exploring single columns",
        (Topic.COLUMNS, Topic.EXTREMES),
        Section.FIDELITY,
        "Its distributions can be explored: they are close to the real ones.",
        "Its distributions can be explored with care: not all are close to the real ones.",
        "Draw no conclusions from its distributions: they differ from the real ones.",
        "column",
        "columns",
    ),
    _Use(
        "Studying relations between columns",
        (Topic.RELATIONS, Topic.ROWS),
        Section.FIDELITY,
        "Relations between its columns can be studied: they are close to the real ones.",
        "Check what you find between columns on real rows: not all relations are kept.",
        "Draw no conclusions on how columns are related: the relations differ from the real ones.",
        "pair",
        "pairs",
    ),
    _Use(
        "Training models",
        (Topic.MODELS,),
        Section.USEFULNESS,
        "Models can be trained on it: on real rows they do about as well as models trained on "
        "real rows.",
        "Models trained on it lose something against models trained on real rows.",
        "Train no model on it that will be used: on real rows it does clearly worse than a model "
        "trained on real rows.",
        "target",
        "targets",
    ),
    _Use(
        "Comparing groups",
        (Topic.FAIRNESS, Topic.GROUPS),
        Section.FAIRNESS,
        "Groups can be compared with it: their figures are close to the real ones.",
        "Compare groups with care: some figures of groups differ from the real ones.",
        "Draw no conclusions on groups from it: their figures differ from the real ones.",
        "group or column",
        "groups or columns",
    ),
)
_COPIES = _Use(
    "Copies of real rows",
    (Topic.COPIES,),
    Section.COPIES,
    "No sign of copied real rows was found.",
    "Some rows are nearer to real ones than they should be: look at them before anyone else does.",
    "It holds rows that are copied from real ones, or too near to them.",
    "column",
    "columns",
)
_COPY_WORDS = {
    Recommendation.YES: "none found",
    Recommendation.CARE: "look closer",
    Recommendation.NO: "alarm",
}


def answer(
    card: Scorecard,
    *,
    heldout: bool,
    told: Collection[Section] = tuple(Section),
    digits: int = 3,
) -> Answer:
    """What a scorecard says, in plain sentences.

    heldout   whether there were held-out real rows
    told      the sections that may be spoken of
    digits    the decimals of figures
    """
    words = _Words(digits, beside(heldout))
    unknown = [] if heldout else [NO_HOLDOUT]
    if not told:
        return Answer(unknown=(SILENT, *unknown))
    if len(told) < len(Section):
        names = ", ".join(str(s) for s in Section if s not in told)
        unknown.insert(0, f"This edition does not speak of {names}.")
    poor = [s for s in card.scores if s.section is Section.COPIES and s.verdict is Verdict.POOR]
    points = [_point(use, card, words) for use in _USES if use.section in told]
    if Section.COPIES in told:
        points.append(_copies(card, bool(poor), words))
    return Answer(
        alarm=_alarm(poor, words) if poor else "", points=tuple(points), unknown=tuple(unknown)
    )


@dataclass(frozen=True)
class _Words:
    """How figures are put into words."""

    digits: int
    beside: str

    def text_of(self, score: Score) -> str:
        """A score in words: what it is about, its value, its interval and the ceiling."""
        of = f", {about(score)}" if about(score) else ""
        if score.value is None:
            return f"{score.title}{of}: not computable"
        more = []
        if score.interval is not None:
            more.append(f"95 % interval {interval(score, self.digits)}")
        if score.ceiling is not None:
            more.append(f"{self.beside} {decimal(score.ceiling, self.digits)}")
        beside = f" ({', '.join(more)})" if more else ""
        return f"{score.title}{of}: {decimal(score.value, self.digits)}{beside}"


def _copies(card: Scorecard, alarm: bool, words: _Words) -> Point:
    """What to say on copies. One poor figure is enough for an alarm, be it a headline or not."""
    point = _point(_COPIES, card, words)
    if alarm:
        point = point.model_copy(update={"stance": Recommendation.NO, "sentence": _COPIES.no})
    mine = [s for s in card.headlines if topic_of(s, card.measures) is Topic.COPIES]
    unknown = [s for s in mine if s.value is None]
    if unknown and point.stance is Recommendation.YES:
        why = f": {reason(unknown[0])}" if unknown[0].because else ""
        sentence = f"No copied rows were found, but not all could be checked{why}."
        more = {"stance": Recommendation.CARE, "word": "partly checked", "sentence": sentence}
        return point.model_copy(update=more)
    return point.model_copy(update={"word": _COPY_WORDS.get(point.stance, str(point.stance))})


def _alarm(poor: Sequence[Score], words: _Words) -> str:
    figures = "; ".join(words.text_of(s) for s in poor[:_MAX_NAMED])
    return (
        f"Do not share this table. The copy check raised an alarm: {figures}. "
        "Synthetic rows repeat real ones, or come too near to them."
    )


def _point(use: _Use, card: Scorecard, words: _Words) -> Point:
    """What to say to one use: by its headlines, or by all its scores if it has none."""
    mine = [s for s in card.scores if topic_of(s, card.measures) in use.topics]
    first = [s for s in mine if s.headline]
    judged = [s for s in first or mine if s.verdict not in (Verdict.NONE, Verdict.UNKNOWN)]
    if not judged:
        because = _unknown(use, card, mine)
        sentence = f"Whether it is fit for this is not known: {because}."
        if use is _COPIES:
            sentence = f"Whether it holds copies of real rows is not known: {because}."
        return Point(
            use=use.name,
            stance=Recommendation.UNKNOWN,
            word=Recommendation.UNKNOWN,
            sentence=sentence,
        )
    stance = _by_headlines(judged) if first else _by_all(judged)
    others = [s for s in mine if s not in judged]
    rest = [s for s in others if s.verdict is Verdict.POOR]
    if stance is Recommendation.YES and len(rest) > _MANY * len(others):
        stance = Recommendation.CARE
    claim = {Recommendation.YES: use.yes, Recommendation.CARE: use.care, Recommendation.NO: use.no}[
        stance
    ]
    return Point(
        use=use.name,
        stance=stance,
        word=stance,
        sentence=f"{claim}{_exceptions(use, rest, stance)}",
        figures="; ".join(words.text_of(s) for s in sorted(first, key=_rank)[:_MAX_NAMED]),
    )


def _rank(score: Score) -> int:
    return _RANKS.index(score.verdict)


def _by_headlines(judged: Sequence[Score]) -> Recommendation:
    verdicts = {s.verdict for s in judged}
    if verdicts == {Verdict.POOR}:
        return Recommendation.NO
    return Recommendation.YES if verdicts == {Verdict.GOOD} else Recommendation.CARE


def _by_all(judged: Sequence[Score]) -> Recommendation:
    poor = sum(s.verdict is Verdict.POOR for s in judged) / len(judged)
    middling = sum(s.verdict is Verdict.MIDDLING for s in judged) / len(judged)
    if poor > 1 - _MANY:
        return Recommendation.NO
    return Recommendation.CARE if poor > 0 or middling > _MANY else Recommendation.YES


def _exceptions(use: _Use, poor: Sequence[Score], stance: Recommendation) -> str:
    names = list(dict.fromkeys(_subject(use, s) for s in poor))
    names = [n for n in names if n]
    if not names:
        return ""
    first = names[:_MAX_NAMED]
    more = len(names) - len(first)
    thing = use.thing if len(names) == 1 else use.things
    listing = "; ".join(first) + (f"; and {more} more" if more else "")
    if stance is Recommendation.YES:
        return f" Except for {len(names):,} {thing} whose figures are poor: {listing}."
    return f" The figures are poor for {len(names):,} {thing}: {listing}."


def _subject(use: _Use, score: Score) -> str:
    if use.section is Section.FAIRNESS and score.within and score.names_data:
        return score.within
    return " and ".join(score.about)


def _unknown(use: _Use, card: Scorecard, mine: Sequence[Score]) -> str:
    """Why nothing is known of a use."""
    settings = card.settings
    if use.section not in settings.sections:
        return "it was not asked for"
    if use.section is Section.USEFULNESS and settings.target is None:
        return "no target column was named"
    if use.section is Section.FAIRNESS and not settings.protected:
        return "no protected column was named"
    unknown = [s for s in mine if s.verdict is Verdict.UNKNOWN]
    reasons = [reason(s) for s in unknown if s.because]
    if unknown:
        return reasons[0] if reasons else "it could not be computed"
    return "no figure about it has a verdict"
