"""A document as Markdown: what the HTML page says, with tables instead of pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from trimtab._visible import visible
from trimtab.measure.score import Score
from trimtab.measure.scorecard import about
from trimtab.report.blocks import Block, Bullets, CellTable, Figure, Paragraph, ScoreTable
from trimtab.report.document import Document
from trimtab.report.exhibits.words import described, subject, tabled
from trimtab.report.wording import (
    DEFINITIONS_LEAD,
    FOOT,
    counted,
    decimal,
    explained,
    in_words,
    interval,
    scale,
)

_MAX_LINES = 50  # of a table of scores; the JSON form has all
_MAX_PANELS = 12
_SPECIAL = re.compile(r"([\\`*\[\]#|~$]|(?<![^\W_])_|_(?![^\W_]))")
_FIRST = re.compile(r"^([-+=])|^(\d+)([.)])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


def render_markdown(document: Document) -> str:
    """The document as Markdown (CommonMark with tables). The same document gives the same text."""
    return "\n".join(_written(document)).rstrip("\n") + "\n"


def plain(text: str) -> str:
    """A text that Markdown shows as it is."""
    text = visible(_CONTROL.sub(" ", text).strip())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", text)


def opening(text: str) -> str:
    """A text at the beginning of a paragraph, where it might be taken for a list or a line."""
    return _FIRST.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", plain(text))


def _written(document: Document) -> Iterator[str]:
    answer = document.answer
    yield from (f"**{plain(document.mark)}**", "", f"# {plain(document.title)}", "")
    yield from (opening(document.summary), "")
    yield from _judged(document)
    yield from (f"## {plain(answer.question)}", "")
    if answer.alarm:
        yield from (f"> **{plain(answer.alarmed)}.** {plain(answer.alarm)}", "")
    for point in answer.points:
        figures = f" {plain(point.figures)}." if point.figures else ""
        yield f"- **{plain(point.use)}: {point.word}.** {plain(point.sentence)}{figures}"
        yield from (_headline(score, document.digits) for score in point.headlines)
        if point.others:
            yield f"  - {', '.join(plain(f'{o.name}: {o.word}') for o in point.others)}"
        yield from (f"  - {opening(text)}" for text in point.advice)
    yield ""
    for text in (*answer.unknown, answer.caveat):
        yield from (opening(text), "")
    told = [score for point in answer.points for score in point.headlines]
    others = [score for score in document.headlines if score not in told]
    if others:
        yield from ("### Other figures to look at first", "")
        yield from (*(_headline(score, document.digits).strip() for score in others), "")
    if document.chapters:
        yield from ("## Contents", "", *(f"- {plain(c.title)}" for c in document.chapters), "")
    for chapter in document.chapters:
        yield from (f"## {plain(chapter.title)}", "")
        if chapter.lead:
            yield from (opening(chapter.lead), "")
        for part in chapter.parts:
            if part.title:
                yield from (f"### {plain(part.title)}", "")
            for block in part.blocks:
                yield from _block(block, "####" if part.title else "###", document)
    yield from _end(document)


def _judged(document: Document) -> Iterator[str]:
    """Which tables, and when, by what and how they were judged."""
    named = [t for t in document.subjects if t.name]
    if named:
        lines = [(t.what, t.name, f"{t.rows:,}", t.sha256 or "–") for t in named]
        yield from _table(("table", "file", "rows", "SHA-256"), lines)
    if document.facts:
        facts = "; ".join(f"{plain(f.name)} {plain(f.value)}" for f in document.facts)
        yield from (f"{facts}.", "")


def _headline(score: Score, digits: int) -> str:
    return f"  - {plain(in_words(score, digits))}: {score.verdict}"


def _cells(score: Score, named: bool, document: Document) -> tuple[str, ...]:
    what, digits = about(score), document.digits
    name = f"{score.title}: {what}" if named and what else what
    return (
        name or score.title,
        decimal(score.value, digits),
        interval(score, digits),
        decimal(score.real_rows, digits),
        str(score.verdict),
    )


def _block(block: Block, level: str, document: Document) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield from (opening(block.text), "")
    elif isinstance(block, Bullets):
        yield from (*(f"- {opening(item)}" for item in block.items), "")
    elif isinstance(block, ScoreTable):
        yield from _scores(block, level, document)
    elif isinstance(block, CellTable):
        yield from _cell_table(block, level)
    else:
        yield from _figure(block, level)


def _scores(block: ScoreTable, level: str, document: Document) -> Iterator[str]:
    yield from (f"{level} {plain(block.title)}", "")
    named = not block.meaning
    if not named:
        yield from (f"{counted(block.scores)} The worst come first.", "")
    first = "figure" if named else "about"
    heads = (first, "value", "95 % interval", document.beside, "verdict", "why")
    scores = block.scores[:_MAX_LINES]
    lines = [(*_cells(s, named, document), explained(s, document.digits)) for s in scores]
    yield from _table(heads, lines)
    yield from _left_out(len(block.scores) - _MAX_LINES)


def _cell_table(block: CellTable, level: str) -> Iterator[str]:
    yield from (f"{level} {plain(block.title)}", "")
    if block.reading:
        yield from (opening(block.reading), "")
    over = [f"{text}, " for text, count in block.spans for _ in range(count)]
    over = over or [""] * len(block.columns)
    titled = any(group.title for group in block.groups)
    heads = [block.first, *(a + b for a, b in zip(over, block.columns, strict=True))]
    lines = []
    for group in block.groups:
        for line in group.lines:
            name = f"{line.name} ({line.note})" if line.note else line.name
            texts = [_joined(c.text, *c.notes, c.word, c.aside) for c in line.cells]
            lines.append([group.title, name, *texts] if titled else [name, *texts])
    yield from _table([block.grouped, *heads] if titled else heads, lines)


def _joined(*texts: str) -> str:
    return ", ".join(text for text in texts if text)


def _figure(block: Figure, level: str) -> Iterator[str]:
    yield from (f"{level} {plain(block.title)}", "", opening(block.reading), "")
    for panel in block.panels[:_MAX_PANELS]:
        name = subject(panel.exhibit)
        remark = f" {plain(panel.remark)}." if panel.remark else ""
        yield from (
            f"**{plain(name)}.**{remark} {plain(described(panel.exhibit))}"
            if name
            else opening(described(panel.exhibit)),
            "",
        )
        table = tabled(panel.exhibit)
        yield from _table(table.columns, table.rows)
        yield from _left_out(table.left_out)
    yield from _left_out(len(block.panels) - _MAX_PANELS, "tables")


def _left_out(count: int, what: str = "lines") -> Iterator[str]:
    if count > 0:
        yield from (f"{count:,} more {what} are in the JSON form of this report.", "")


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(plain(h) for h in heads)} |"
    yield f"|{'---|' * len(heads)}"
    for line in lines:
        yield f"| {' | '.join(plain(cell) for cell in line)} |"
    yield ""


def _end(document: Document) -> Iterator[str]:
    if document.measures:
        yield from ("## What do the figures mean?", "", DEFINITIONS_LEAD, "")
        for measure in document.measures.values():
            yield f"- **{plain(measure.title)}.** {plain(measure.meaning)} {plain(scale(measure))}"
        yield ""
    yield from ("## What does this report rest on?", "")
    if document.notes:
        yield from (*(f"- {opening(note)}" for note in document.notes), "")
    yield from _table(("what", "value"), [(f.name, f.value) for f in document.provenance])
    yield f"{plain(document.mark)}. {FOOT}"
