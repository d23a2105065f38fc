"""Reading whatever a name tells: a file, plain or compressed, several files, or a database."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from trimtab.errors import TableError
from trimtab.table.canonical import plain
from trimtab.table.dialect import Asked
from trimtab.table.evidence import evidence_of
from trimtab.table.profile import Given, profile
from trimtab.table.sources import excel, packing
from trimtab.table.sources.format import Content, Found, Reading, bytes_of, said_apart
from trimtab.table.sources.formats import Named as Form
from trimtab.table.sources.formats import listed, told_by
from trimtab.table.sources.place import (
    STANDARD,
    Formed,
    Named,
    Piped,
    files_of,
    is_url,
    without_sheet,
)

_SHOWN = 3  # names of a message
_LOOKED_AT = 10_000  # rows of a file that tell how its numbers and dates are written


def found_at(source: Named) -> tuple[Found, str]:
    """What stands at a place, and how messages name it. Raises TableError."""
    form, asked = "", Asked()
    if isinstance(source, Formed):
        form, asked, source = source.form, source.asked, source.place
    if isinstance(source, str) and source == STANDARD:
        source = Piped(sys.stdin.buffer.read(), form or "csv", asked=asked)
    if isinstance(source, Piped):
        how = Reading(source.name, asked=source.asked)
        return _found(source.content, source.form, how), source.name
    if is_url(source):
        from trimtab.table.sources import database  # which files do not need

        return database.read(str(source))
    several = files_of(source)
    if several is not None:
        _check_known(several, str(source), form)
        return _joined([_file(path, form, asked) for path in several], several), str(source)
    path, sheet = without_sheet(source, excel.FORMAT.endings)
    if not path.exists():
        raise TableError(f"{path} does not exist (looked from {Path.cwd()}): check the path.")
    return _file(path, form, asked, sheet), str(path)


def _file(path: Path, form: str, asked: Asked, sheet: str = "") -> Found:
    name = path.name if told_by(path.name) or not form else form
    return _found(path, name, Reading(str(path), sheet=sheet, asked=asked))


def _check_known(paths: list[Path], where: str, form: str) -> None:
    """Refuse a folder or a pattern with files that are no tables."""
    other = next((p for p in paths if not form and told_by(p.name) is None), None)
    if other is not None:
        what = "is a folder that holds" if Path(where).is_dir() else "stands for"
        raise TableError(
            f"{where} {what} {other.name} too, which is no table by its name: expected {listed()}. "
            "Take it away, or name the tables with a pattern such as visits*.csv."
        )


def _found(content: Content, name: str, how: Reading) -> Found:
    """What a content holds, whose form a name tells."""
    where = how.where
    try:
        told = told_by(name)
        if told is not None and told.packing == packing.ZIP:
            name, content = packing.member_of(bytes_of(content), where)
            told, where = told_by(name), f"{where} ({name})"
            if told is not None and (told.packing or not told.format.packed):
                told = None
        elif told is not None and told.packing:
            content = packing.unpacked(bytes_of(content), told.packing, where)
        return _form(told, name, where).format.read(content, replace(how, where=where, name=name))
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"cannot read {where}: {str(error).splitlines()[0] if str(error) else error!r}. "
            "It may be truncated or of another format: write or fetch it again."
        ) from None


def _form(told: Form | None, name: str, where: str) -> Form:
    if told is None:
        suffix = "".join(Path(name).suffixes[-1:])
        raise TableError(
            f"{where}: unknown kind of file {suffix!r}: expected {listed()}. If it is one of "
            "these under another name, say which, as in `format='csv'`."
        )
    return told


def _joined(parts: list[Found], paths: list[Path]) -> Found:
    """Tables with the same columns, one under the other."""
    first, names = parts[0], parts[0].table.column_names
    whole = first.table.schema
    for part, path in zip(parts, paths, strict=True):
        if sorted(part.table.column_names) != sorted(names):
            raise _other_columns(part.table.column_names, names, path, paths[0])
        try:
            own = part.table.select(names).schema
            whole = pa.unify_schemas([whole, own], promote_options="permissive")
        except pa.ArrowException as error:
            raise TableError(
                f"{path} has columns of other types than {paths[0]} ({error}): expected the same "
                "in each file. Read them one by one, or write them again in one form."
            ) from None
    _check_marks(parts, paths)
    tables = [p.table.select(names) for p in parts]
    shown = [p.name for p in paths]
    listed_ = ", ".join(shown[:_SHOWN]) + (f", ... {shown[-1]}" if len(shown) > _SHOWN else "")
    said = f"{len(paths)} files were read, one after the other: {listed_}."
    return replace(
        first,
        table=pa.concat_tables(tables, promote_options="permissive"),
        textual=frozenset().union(*(p.textual for p in parts)),
        unnamed=frozenset().union(*(p.unnamed for p in parts)),
        remarks={name: text for p in parts for name, text in p.remarks.items()},
        notes=(said, *dict.fromkeys(note for p in parts for note in p.notes)),
    )


def _check_marks(parts: list[Found], paths: list[Path]) -> None:
    """Refuse files of which some tell another decimal mark, or order of days and months: one under
    the other, what their cells mean could no longer be told."""
    words = {".": "decimal points", ",": "decimal commas"}
    orders = {True: "days before months", False: "months before days"}
    seen: dict[str, Path] = {}
    for part, path in zip(parts, paths, strict=True):
        if part.dialect is None:
            continue
        some = part.table.slice(0, _LOOKED_AT)
        columns = [Given(n, plain(some[n], n), "string") for n in some.column_names]
        told = evidence_of([profile(c) for c in columns], part.decimal)
        for word, others in (
            (words.get(told.decimal or ""), words),
            (None if told.day_first is None else orders[told.day_first], orders),
        ):
            other = next((w for w in others.values() if w in seen and w != word), None)
            if word and other:
                raise TableError(
                    f"{path} has {word}, and {seen[other]} has {other}: expected files that are "
                    "written alike. Write them again in one form, or read them one by one."
                )
            if word:
                seen.setdefault(word, path)


def _other_columns(given: list[str], expected: list[str], path: Path, first: Path) -> TableError:
    return TableError(
        f"{path} {said_apart(given, expected, _SHOWN)}, unlike {first}: expected the same columns "
        "in each file, each once. Take it away, or name the files with a pattern such as "
        "visits*.csv."
    )
