"""Excel files: the values of a sheet, what is said of the rest, and what is refused."""

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter

from trimtab.errors import TableError
from trimtab.table.files import read, to_native
from trimtab.table.sources import spreadsheet
from trimtab.table.sources.packing import MOST_TIMES
from trimtab.table.writing import check_writable, write

Sheets = dict[str, Callable[[Any, Any], None]]


def book(path: Path, sheets: Sheets) -> Path:
    """An Excel file with sheets that functions fill."""
    with xlsxwriter.Workbook(str(path)) as made:
        for name, fill in sheets.items():
            fill(made.add_worksheet(name), made)
    return path


def plain(*rows: tuple[Any, ...]) -> Callable[[Any, Any], None]:
    def fill(sheet: Any, _: Any) -> None:
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value)

    return fill


def test_values_have_the_types_of_their_cells(tmp_path: Path) -> None:
    def fill(sheet: Any, made: Any) -> None:
        plain(("n", "x", "s", "b", "day", "code", ""), (1, 1.5, "a", True, "", "007", 1))(
            sheet, made
        )
        sheet.write_datetime(1, 4, dt.date(2024, 2, 29), made.add_format({"num_format": "d.m.yy"}))
        plain2 = (2, 2, None, False, None, "008", 2)
        for c, value in enumerate(plain2):
            sheet.write(4, c, value)  # two empty rows stand between

    table = read(book(tmp_path / "a.xlsx", {"A": fill}))
    assert to_native(table).to_pydict() == {
        "n": [1, 2],
        "x": [1.5, 2.0],
        "s": ["a", None],
        "b": [True, False],
        "day": [dt.date(2024, 2, 29), None],
        "code": ["007", "008"],
        "column_7": [1, 2],
    }
    assert "no name in the header" in table.schema["column_7"].flags
    assert table.origin.notes == ()


def test_mixed_cells_are_read_as_text_would_be(tmp_path: Path) -> None:
    rows = [("x",), *((n,) for n in range(60)), ("N/A",), ("N/A",)]
    table = read(book(tmp_path / "a.xlsx", {"A": plain(*rows)}))
    assert table.column("x").to_pylist() == [*range(60), None, None]
    assert to_native(table).schema.field("x").type == pa.int64()


def test_a_sheet_is_chosen_and_the_others_are_said(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"One": plain(("x",), (1,)), "My two": plain(("y",), (2,))})
    table = read(path)
    assert table.schema.names == ("x",)
    assert "2 sheets (One, My two): 'One' was read" in table.origin.notes[0]
    second = read(f"{path}#My two")
    assert second.schema.names == ("y",) and second.origin.notes == ()
    with pytest.raises(TableError, match=r"has no sheet 'Three': expected one of One, My two"):
        read(f"{path}#Three")
    write(second, f"{tmp_path / 'b.xlsx'}#Kept")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("b")] == ["b.xlsx"]
    assert read(f"{tmp_path / 'b.xlsx'}#Kept").column("y").to_pylist() == [2]
    with pytest.raises(TableError, match="cannot be the name of a sheet"):
        write(second, f"{tmp_path / 'c.xlsx'}#a:b")
    assert not (tmp_path / "c.xlsx").exists()


def test_formulae_are_read_as_their_values_and_never_written(tmp_path: Path) -> None:
    def fill(sheet: Any, made: Any) -> None:
        plain(("x", "y", "z"), (1, 2, 3), (4, 5, 6))(sheet, made)
        sheet.write_formula("A3", "=A2+1", None, 2)
        sheet.write_formula("B3", "=B2+1", None, "")
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")

    table = read(book(tmp_path / "a.xlsx", {"A": fill}))
    assert table.data.to_pydict() == {"x": [1, 2], "y": [2, None], "z": [3, None]}
    said = "\n".join(table.origin.notes)
    assert "1 formulae have no value" in said and "the first is B3" in said
    assert "1 cells hold an error" in said and "the first is C3" in said
    write(read(pa.table({"=x": ["=1+1", "http://a.b"]})), tmp_path / "b.xlsx")
    assert read(tmp_path / "b.xlsx").data.to_pydict() == {"=x": ["=1+1", "http://a.b"]}
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert not [n for n in archive.namelist() if "sheet1.xml.rels" in n]


def test_macros_are_not_run_and_not_kept(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"A": plain(("x",), (1,))})
    changed(path, path.with_suffix(".xlsm"), {"xl/vbaProject.bin": b"macro"})
    table = read(path.with_suffix(".xlsm"))
    assert table.column("x").to_pylist() == [1]
    assert "macros were not run" in table.origin.notes[0]
    with pytest.raises(TableError, match="can be read, but not written"):
        check_writable(tmp_path / "b.xlsm")


def changed(path: Path, to: Path, parts: dict[str, bytes | None]) -> Path:
    """A file with some parts replaced, added, or (None) taken away."""
    with zipfile.ZipFile(path) as archive:
        held: dict[str, bytes | None] = {n: archive.read(n) for n in archive.namelist()}
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (held | parts).items():
            if content is not None:
                archive.writestr(name, content)
    return to


SHEET, RELATIONS = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    b"</sheetData></worksheet>"
)
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + k, b"&%c;" % (97 + k) * 10) for k in range(9))
    + b"]><worksheet>&j;</worksheet>"
)
BAD_PARTS: list[tuple[dict[str, bytes | None], str]] = [
    ({SHEET: FAR}, "2 cells over 1,048,576 rows and 16,384 columns.*far away"),
    ({SHEET: b"<worksheet><sheetData>"}, "is damaged .xl/worksheets/sheet1.xml"),
    ({SHEET: BOMB}, "is damaged .*(amplification|factor|limit)"),
    ({SHEET: None}, "has no sheet with cells"),
    ({RELATIONS: None}, "lacks xl/_rels/workbook.xml.rels"),
    ({"xl/workbook.xml": None}, "lacks xl/workbook.xml"),
]


@pytest.mark.parametrize(("parts", "message"), BAD_PARTS, ids=lambda v: None)
def test_bad_parts_are_refused(
    parts: dict[str, bytes | None], message: str, tmp_path: Path
) -> None:
    path = changed(
        book(tmp_path / "good.xlsx", {"A": plain(("x",), (1,))}), tmp_path / "a.xlsx", parts
    )
    with pytest.raises(TableError, match=f"a.xlsx.*{message}"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "older Excel, or locked"),
        (b"x,y\n1,2\n", "no Excel file: expected .xlsx"),
        (b"PK\x03\x04 and nothing", "may be truncated"),
        (b"", "no Excel file"),
    ],
)
def test_what_is_no_excel_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(TableError, match=message):
        read(tmp_path / "a.xlsx")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"A": plain(("x",), (1,))})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(TableError, match=r"a\.xlsx.*truncated"):
        read(path)


def test_empty_sheets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="sheet 'A' is empty"):
        read(book(tmp_path / "a.xlsx", {"A": plain()}))
    with pytest.raises(TableError, match=r"has a header .x. but no rows"):
        read(book(tmp_path / "a.xlsx", {"A": plain(("x",))}))
    with pytest.raises(TableError, match="'x' stands 2 times"):
        read(book(tmp_path / "a.xlsx", {"A": plain(("x", "x"), (1, 2))}))


def test_what_has_no_place_in_a_sheet_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xlsx").write_text("as it was")
    with pytest.raises(TableError, match=r"a text of 32,768 characters.*Write CSV"):
        write(read(pa.table({"x": ["y" * 32_768, "z"]})), tmp_path / "a.xlsx")
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 3)
    with pytest.raises(TableError, match="has place for 2 rows"):
        write(read(pa.table({"x": [1, 2, 3]})), tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", {"A": plain(("x",), (1,))})
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(
        TableError, match=r"needs python-calamine: .*pip install 'trimtab\[excel\]'"
    ):
        read(path)
    with pytest.raises(TableError, match=r"needs xlsxwriter: .*pip install 'trimtab\[excel\]'"):
        check_writable(tmp_path / "b.xlsx")


def test_times_and_large_numbers_come_back(tmp_path: Path) -> None:
    given = pa.table(
        {
            "id": pa.array([2**60 + 1, 2**60 + 3]),
            "hour": pa.array([dt.time(1, 2, 3), None]),
            "long": pa.array([dt.timedelta(hours=30), dt.timedelta(seconds=1)]),
            "zone": pa.array([dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None]),
        }
    )
    write(read(given), tmp_path / "a.xlsx")
    back = to_native(read(tmp_path / "a.xlsx"))
    assert back.column("id").to_pylist() == [str(2**60 + 1), str(2**60 + 3)]
    assert back.column("hour").to_pylist() == [dt.time(1, 2, 3), None]
    assert back.column("long").to_pylist() == [dt.timedelta(hours=30), dt.timedelta(seconds=1)]
    assert back.column("zone").to_pylist() == ["2024-01-01 00:00:00Z", None]


def test_the_limit_leaves_ordinary_files_alone() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for r in range(2_000):
            sheet.write_row(r, 0, [1] * 20)
    with zipfile.ZipFile(out) as archive:
        unpacked = sum(m.file_size for m in archive.infolist())
    assert unpacked < MOST_TIMES * len(out.getvalue()) / 4
