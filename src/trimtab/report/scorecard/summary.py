"""The first screen: what a table can be used for, what not, and what is not known."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from trimtab.measure.score import Score, Section, Topic, Verdict
from trimtab.measure.scorecard import NOT_HELD_OUT, Scorecard
from trimtab.report.scorecard.followed import followed
from trimtab.report.scorecard.outline import topic_of
from trimtab.report.scorecard.possible import cases, possible
from trimtab.report.scorecard.uses import COPIES, PERSONS, RULES, STRICTNESS, USES, Use
from trimtab.report.summary import Answer, Point, Recommendation
from trimtab.report.wording import in_words, reason

NO_HOLDOUT = (
    f"{NOT_HELD_OUT} Figures of other real rows are what chance would make of them, not what any "
    "rows got."
)
SILENT = (
    "This edition says what the table is and what was measured. It does not say how good the table "
    "is, because every such figure is computed from real rows."
)
_BY_HEART = "rows learned by heart would look as good"
_DETECTION, _GROUP = "detection", "group_distance"  # measures, by name: to import them takes long
_GIVEN_AWAY = 0.99  # the area beyond which nearly every row gives itself away
_MAX_NAMED = 3
_RANKS = (Verdict.POOR, Verdict.MIDDLING, Verdict.UNKNOWN, Verdict.GOOD, Verdict.NONE)
_MANY = 0.2  # the share of scores beyond which they count as many


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
    whole: Scorecard | None = None,
) -> Answer:
    """What a scorecard says, in plain sentences.

    heldout   whether there were held-out real rows
    told      the sections that may be spoken of
    digits    the decimals of figures
    whole     the scorecard that this one is a part of, if it is: no answer is milder than by all
              of its figures of the sections told
    """
    unknown = [] if heldout else [NO_HOLDOUT]
    if not told:
        return Answer(unknown=(SILENT, *unknown))
    if len(told) < len(Section):
        names = ", ".join(str(s) for s in Section if s not in told)
        unknown.insert(0, f"This edition does not speak of {names}.")
    poor = [s for s in card.scores if s.section is Section.COPIES and s.beyond_doubt]
    points: list[Point] = []
    for use in (RULES, *USES, PERSONS):
        if use is PERSONS and not _bearing_on(use, card if whole is None else whole):
            continue  # a table in which nobody has several rows
        if use.section in told:
            said = next((p.stance for p in points if p.use == use.rests_on), None)
            point = _point(use, card, heldout=heldout, rests_on=said)
            point = _rules(point, card, digits) if use is RULES else point
            point = followed(point, points, digits) if use is PERSONS else point
            points.append(point if whole is None else _no_milder(point, use, whole, told, heldout))
    if Section.COPIES in told:
        points.append(_copies(card, bool(poor)))
    return Answer(
        alarm=_alarm(poor, digits) if poor else "",
        points=tuple(points),
        unknown=tuple(unknown),
    )


def _rules(point: Point, card: Scorecard, digits: int) -> Point:
    """What is said of rows that cannot be true, with how many there are."""
    mine = _bearing_on(RULES, card)
    said = possible(card, mine, point.stance, digits)
    told = {} if said is None else {"sentence": said}
    return point.model_copy(update={**told, "advice": cases(card)})


def _copies(card: Scorecard, alarm: bool) -> Point:
    """What to say on copies. One figure that is poor beyond doubt is enough for an alarm, be it a
    headline or not, and one that is poor for a closer look.
    """
    point = _point(COPIES, card)
    mine = [s for s in card.scores if topic_of(s, card.measures) is Topic.COPIES]
    if point.stance is Recommendation.YES and any(s.verdict is Verdict.POOR for s in mine):
        care = {"stance": Recommendation.CARE, "sentence": COPIES.care}
        point = point.model_copy(update=care)
    if alarm:
        point = point.model_copy(update={"stance": Recommendation.NO, "sentence": COPIES.no})
    unknown = [s for s in mine if s.headline and s.value is None]
    if unknown and point.stance is Recommendation.YES:
        why = f": {reason(unknown[0])}" if unknown[0].because else ""
        sentence = f"No copied rows were found, but not all could be checked{why}."
        more = {"stance": Recommendation.CARE, "word": "partly checked", "sentence": sentence}
        return point.model_copy(update=more)
    return point.model_copy(update={"word": _COPY_WORDS.get(point.stance, str(point.stance))})


def _alarm(poor: Sequence[Score], digits: int) -> str:
    figures = "; ".join(in_words(s, digits) for s in poor[:_MAX_NAMED])
    return (
        f"Do not share this table. The copy check raised an alarm: {figures}. "
        "Synthetic rows repeat real ones, or come too near to them."
    )


def _point(
    use: Use,
    card: Scorecard,
    *,
    heldout: bool = True,
    rests_on: Recommendation | None = None,
) -> Point:
    """What to say to one use: by its headlines, or by all its scores if it has none.

    rests_on   what was said to the use without which there is none of this
    """
    mine = _bearing_on(use, card)
    first = [s for s in mine if s.headline]
    judged = [s for s in first or mine if s.verdict not in (Verdict.NONE, Verdict.UNKNOWN)]
    if not judged:
        return _not_known(use, card, mine)
    others = [s for s in mine if s not in judged]
    poor = [s for s in others if s.verdict is Verdict.POOR]
    missing = _missing(use, card, mine, heldout)
    if first:
        own = [s for s in judged if topic_of(s, card.measures) in use.topics]
        stance = _by_headlines(own, [s for s in judged if s not in own])
    else:
        stance = _by_all(judged)
    many = any(s.beyond_doubt for s in poor) or len(poor) > _MANY * len(others)
    if stance is Recommendation.YES and many:
        stance = Recommendation.CARE
    sentence = use.claims[stance]
    if rests_on is Recommendation.NO and stance is not Recommendation.NO:
        stance, sentence = rests_on, use.no_ground
    sentence += _exceptions(use, poor, stance)
    if missing and stance is not Recommendation.NO:
        but = "But" if stance is Recommendation.YES else "Besides,"
        stance, sentence = Recommendation.CARE, f"{sentence} {but} {'; and '.join(missing)}."
    return Point(
        use=use.name,
        stance=stance,
        word=stance,
        sentence=sentence,
        headlines=tuple(sorted(first, key=_rank)),
    )


def _bearing_on(use: Use, card: Scorecard) -> list[Score]:
    """The scores that a use is judged by."""
    topics = (*use.topics, *use.beside)
    return [s for s in card.scores if topic_of(s, card.measures) in topics]


def _no_milder(
    point: Point, use: Use, whole: Scorecard, told: Collection[Section], heldout: bool
) -> Point:
    """What is said to a use, as strict as by figures that are withheld."""
    mine = _bearing_on(use, whole)
    known = whole.model_copy(update={"scores": tuple(s for s in mine if s.section in told)})
    stance = _point(use, known, heldout=heldout).stance
    if stance is Recommendation.YES and any(s.section not in told for s in mine):
        stance = Recommendation.CARE
    if point.stance not in STRICTNESS or stance not in STRICTNESS:
        return point
    if STRICTNESS.index(stance) <= STRICTNESS.index(point.stance):
        return point
    sentence = f"{use.claims[stance]} Figures that this edition withholds call for that."
    return point.model_copy(update={"stance": stance, "word": stance, "sentence": sentence})


def _not_known(use: Use, card: Scorecard, mine: Sequence[Score]) -> Point:
    because = _unknown(use, card, mine)
    sentence = f"Whether it is fit for this is not known: {because}."
    if use is COPIES:
        sentence = f"Whether it holds copies of real rows is not known: {because}."
    if use is RULES:
        sentence = f"Whether its rows could be true is not known: {because}."
    unknown = Recommendation.UNKNOWN
    return Point(use=use.name, stance=unknown, word=unknown, sentence=sentence)


def _missing(use: Use, card: Scorecard, mine: Sequence[Score], heldout: bool) -> list[str]:
    """What was not judged that a yes would need, in words."""
    if use is COPIES:
        return []
    missing = [_BY_HEART] if use.needs_held and not heldout else []
    for score in mine:
        if not score.headline or score.verdict not in (Verdict.UNKNOWN, Verdict.NONE):
            continue
        if score.verdict is Verdict.NONE:  # as where groups are too small to tell
            if use.section is Section.FAIRNESS:
                missing.append(f"{score.title} was not judged ({reason(score).partition(';')[0]})")
            continue
        # Where an analyst concludes nothing from real rows, nothing can be lost.
        if topic_of(score, card.measures) is not Topic.CONCLUSIONS:
            missing.append(f"{score.title} could not be computed ({reason(score)})")
    groups = [s for s in mine if s.verdict is Verdict.UNKNOWN and s.measure == _GROUP]
    if groups:
        named = "; ".join(s.within for s in groups[:_MAX_NAMED])
        more = f"; and {len(groups) - _MAX_NAMED:,} more" if len(groups) > _MAX_NAMED else ""
        count = "1 group was" if len(groups) == 1 else f"{len(groups):,} groups were"
        missing.append(f"{count} not judged, for too few rows: {named}{more}")
    return missing


def _rank(score: Score) -> int:
    return _RANKS.index(score.verdict)


def _by_headlines(own: Sequence[Score], beside: Sequence[Score]) -> Recommendation:
    """What headlines say: one that is poor beyond doubt decides, and so do most if they are poor.

    One beside the use's own topics calls for care, unless by it nearly every row gives itself away.
    """
    verdicts = {s.verdict for s in (*own, *beside)}
    decisive = [*own, *(s for s in beside if _gives_away(s))]
    # A gap may be poor for being as large as the real one, which is no unlikeness.
    alike = [s.verdict for s in own if s.section is not Section.FAIRNESS]
    poor = alike.count(Verdict.POOR)
    if any(s.beyond_doubt for s in decisive) or (poor > 1 and poor > len(alike) / 2):
        return Recommendation.NO
    return Recommendation.YES if verdicts == {Verdict.GOOD} else Recommendation.CARE


def _gives_away(score: Score) -> bool:
    if score.measure != _DETECTION or score.interval is None:
        return False
    return score.interval[0] > _GIVEN_AWAY


def _by_all(judged: Sequence[Score]) -> Recommendation:
    poor = sum(s.verdict is Verdict.POOR for s in judged) / len(judged)
    middling = sum(s.verdict is Verdict.MIDDLING for s in judged) / len(judged)
    if poor > 1 - _MANY:
        return Recommendation.NO
    return Recommendation.CARE if poor > 0 or middling > _MANY else Recommendation.YES


def _exceptions(use: Use, poor: Sequence[Score], stance: Recommendation) -> str:
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


def _subject(use: Use, score: Score) -> str:
    if use.section is Section.FAIRNESS and score.within and score.names_data:
        return score.within
    return " and ".join(score.about)


def _unknown(use: Use, card: Scorecard, mine: Sequence[Score]) -> str:
    """Why nothing is known of a use."""
    settings = card.settings
    if use.section not in settings.sections or (use is RULES and not settings.rules):
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
