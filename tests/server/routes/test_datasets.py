"""Tables that are brought."""

from __future__ import annotations

import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.server.routes.conftest import CSV, Asker
from trimtab.errors import InputError
from trimtab.server.problems import Unfit
from trimtab.server.receive import ending_of


def test_a_table_is_brought_understood_and_given_back(asker: Asker) -> None:
    project = asker.project()
    id = asker.dataset(project, name="C:\\tables\\mine, 2024.csv")
    row = asker.client.get(f"/v1/datasets/{id}").json()
    assert (row["rows"], row["columns"], row["bytes"]) == (120, 3, len(CSV))
    assert row["name"] == "C:\\tables\\mine, 2024.csv"  # shown, and nothing else
    back = asker.client.get(f"/v1/datasets/{id}/file")
    assert back.content == CSV and back.headers["etag"] == f'"{row["sha256"]}"'
    listed = asker.client.get("/v1/datasets", params={"project": project}).json()
    assert [one["id"] for one in listed["items"]] == [id]
    assert asker.client.delete(f"/v1/datasets/{id}").status_code == 204
    assert asker.client.get(f"/v1/datasets/{id}").status_code == 404
    assert not list((asker.service.files.root / "datasets").iterdir())


def test_corrections_must_fit_the_file(asker: Asker) -> None:
    id = asker.dataset(asker.project())
    place = f"/v1/datasets/{id}/schema"
    said = {"columns": {"AGE": {"kind": "label"}, "RACE": {"role": "drop"}}}
    changed = asker.client.patch(place, json=said)
    assert changed.status_code == 200, changed.text
    kinds = {c["name"]: (c["kind"], c["role"]) for c in asker.client.get(place).json()["columns"]}
    assert kinds["AGE"][0] == "label" and kinds["RACE"][1] == "drop"
    for wrong in ({"AGE": {"kind": "colour"}}, {"NOPE": {"kind": "label"}}):
        refused = asker.client.patch(place, json={"columns": wrong})
        assert refused.status_code == 422 and next(iter(wrong)) in refused.json()["detail"]
    assert asker.client.get(place).json()["columns"] == changed.json()["columns"]


def test_parquet_and_arrow_by_the_type_of_their_content(asker: Asker) -> None:
    project, out = asker.project(), io.BytesIO()
    pq.write_table(pa.table({"a": ["x", "y"] * 20, "b": range(40)}), out)
    answer = asker.client.post(
        "/v1/datasets",
        params={"project": project, "name": "no ending"},
        content=out.getvalue(),
        headers={"Content-Type": "application/vnd.apache.parquet"},
    )
    assert answer.status_code == 201 and answer.json()["rows"] == 40


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"", "t.csv", 422, "empty"),
        (b"a,b\n1,2\n", "t.exe", 422, "ending tells no form"),
        (b"PAR1 nonsense PAR1", "t.parquet", 422, "parquet"),
        (b"x" * 3_000_000, "t.csv", 413, "more than 1 MiB"),
        (gzip.compress(b"1\n" * (80 << 19), 9), "t.csv.gz", 422, "times as many"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(
    asker: Asker, content: bytes, name: str, status: int, said: str
) -> None:
    policy = asker.service.policy.model_copy(update={"upload_mib": 1})
    object.__setattr__(asker.service.settings, "policy", policy)
    at = {"project": asker.project(), "name": name}
    answer = asker.client.post("/v1/datasets", params=at, content=content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    root = asker.service.files.root
    assert str(root) not in answer.text
    assert not list(root.glob("datasets/*")) and not list(root.glob("scratch/*"))


def test_a_project_that_is_not_there_is_said_before_a_byte_is_read(asker: Asker) -> None:
    at = {"project": "pr_" + "a" * 26, "name": "t.csv"}
    answer = asker.client.post("/v1/datasets", params=at, content=CSV)
    assert answer.status_code == 404 and "there is no project" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.csv", ".csv"),
        ("A.CSV", ".csv"),
        ("a.b.csv.gz", ".csv.gz"),
        ("../../etc/x.parquet", ".parquet"),
        ("C:\\x\\y.xlsx", ".xlsx"),
        ("x.zip", ".zip"),
    ],
)
def test_endings_are_those_of_a_list(name: str, ending: str) -> None:
    assert ending_of(name, None) == ending


@pytest.mark.parametrize("name", ["", "csv", "a.exe", "a.csv/..", "a.csv\0", "x.cs\u200bv", "."])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(Unfit):
        ending_of(name, "application/octet-stream")
    assert issubclass(Unfit, Exception) and not issubclass(Unfit, InputError)
