"""What a page says first: its question, and the answer in a few points."""

from __future__ import annotations

from enum import StrEnum

from trimtab.measure.score import Score
from trimtab.report.blocks import Frozen

QUESTION = "Can I use this table, and for what not?"
CAVEAT = (
    "A copy check that finds nothing is no proof of privacy: it looks for rows that are too near "
    "to real ones, not for everything that could be learned about a person."
)


class Recommendation(StrEnum):
    """What an evaluation says to a use."""

    YES = "yes"
    CARE = "with care"
    NO = "no"
    EVEN = "makes no difference"
    UNKNOWN = "not known"


class Other(Frozen):
    """A thing beside a use, and the word for it."""

    name: str
    word: str


class Point(Frozen):
    """One use of the table and what is to be said to it; `word` is that in a word or two.

    figures  the first figures in words, in documents of before
    headlines  the figures to look at first
    others   things beside it and the word for each
    advice   what to do, or what to look at, where there is anything to say
    """

    use: str
    stance: Recommendation
    word: str
    sentence: str
    figures: str = ""
    headlines: tuple[Score, ...] = ()
    others: tuple[Other, ...] = ()
    advice: tuple[str, ...] = ()


class Answer(Frozen):
    """What a reader must know who reads nothing else.

    alarm     of copies of real rows, where there is one; `alarmed` is what to call it
    points    one for each use
    unknown   what cannot be known
    caveat    what is true whatever the figures are
    """

    question: str = QUESTION
    alarmed: str = "Copy alarm"
    alarm: str = ""
    points: tuple[Point, ...] = ()
    unknown: tuple[str, ...] = ()
    caveat: str = CAVEAT
