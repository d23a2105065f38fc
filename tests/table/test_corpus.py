"""Files as people have them are read as what they are, and written back byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

import trimtab
from tests.table.corpus import Sample, corpus
from trimtab.table.files import read
from trimtab.table.writing import write

SAMPLES = {sample.name: sample for sample in corpus()}
_RIGHT = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}


def test_the_corpus_is_large_enough() -> None:
    assert len(SAMPLES) >= 60 and len({s.content for s in SAMPLES.values()}) >= 60


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_file_of_the_corpus(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(sample.content)
    table = read(path)
    dialect = table.origin.dialect
    assert dialect is not None and dialect.delimiter == sample.delimiter
    assert dialect.encoding in (_RIGHT.get(sample.encoding, sample.encoding), "iso8859-1")
    for name, kind in sample.kinds.items():
        column = table.schema[name]
        if "unsure" in column.reason:
            continue
        assert column.kind == kind, column
        assert table.column(name).to_pylist() == sample.values[name], column
    assert write(table, tmp_path / "out.csv").read_bytes() == sample.content


def augmented(sample: Sample, folder: Path) -> tuple[bytes, bytes]:
    """A file, and what became of it when rows were added."""
    path, out = folder / "in.csv", folder / "out.csv"
    path.write_bytes(sample.content)
    balanced = trimtab.balance(path, ["sex"], mode="augment", min_count=0, rules=False)
    write(balanced.result, out)
    return sample.content, out.read_bytes()


@pytest.mark.parametrize("name", ["German, a spreadsheet", "American, all quoted"])
def test_rows_that_are_only_added_to_stay_as_they_were(name: str, tmp_path: Path) -> None:
    before, after = augmented(SAMPLES[name], tmp_path)
    assert after.startswith(before) and len(after) > len(before)
    end = b"\r\n" if b"\r\n" in before else b"\n"
    assert b"(rare)" not in after and after.endswith(end)


@pytest.mark.stress
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_every_file_of_the_corpus_is_added_to(sample: Sample, tmp_path: Path) -> None:
    before, after = augmented(sample, tmp_path)
    assert after.startswith(before) and len(after) > len(before)
