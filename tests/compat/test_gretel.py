"""The calls of the notebook, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import trimtab
from trimtab.compat.gretel import configure_session, projects, session
from trimtab.compat.gretel.helpers import poll
from trimtab.compat.gretel.projects.models import read_model_config
from trimtab.errors import ColumnError, InputError

FIELDS = ["GENDER", "RACE"]


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_place", None)
    configure_session(endpoint="local")


@pytest.fixture
def visits() -> pd.DataFrame:
    columns = [*FIELDS, "ObsDesc", "ObsValueFloat"]
    table: Any = trimtab.datasets.visits(200, seed=2).select(columns).to_pandas()
    return table[~((table["GENDER"] == "F") & (table["RACE"] == "asian"))]


def asked(fields: list[str] | None = None, **params: Any) -> dict[str, Any]:
    config = read_model_config("synthetics/default")
    said = config["models"][0]["synthetics"]
    said["params"] |= params
    if fields:
        said["task"] = {"type": "seed", "attrs": {"fields": fields}}
    return config


def test_seeds_come_out_as_often_as_they_are(
    visits: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = projects.create_or_get_unique_project(name="p")
    model = project.create_model_obj(asked(FIELDS, epochs=100), visits)
    assert model.status == "created"
    with pytest.raises(InputError, match=r"call \.submit_cloud\(\) first"):
        poll(model)
    model.submit_cloud()
    poll(model)
    told = capsys.readouterr().err
    assert "WARNING: params.epochs is not heeded here: it belongs to another generator." in told
    assert "never seen in the real table" in told and model.status == "completed"

    cells = {("F", "asian"): 3, ("M", "white"): 2, ("M", "black"): 4}
    seeds = pd.DataFrame([c for c, n in cells.items() for _ in range(n)], columns=FIELDS)
    handler = model.create_record_handler_obj(seeds, params={"num_records": len(seeds)})
    handler.submit_cloud()
    poll(handler)
    drawn = pd.read_csv(handler.get_artifact_link("data"), compression="gzip")
    assert drawn.groupby(FIELDS).size().to_dict() == cells
    assert list(drawn.columns) == list(visits.columns)

    given = pd.DataFrame({"GENDER": ["F", None], "ObsDesc": [None, "Body Weight"]})
    completed = model.create_record_handler_obj(given).submit_cloud()
    rows = pd.read_csv(completed.get_artifact_link("data"), compression="gzip")
    assert rows["GENDER"][0] == "F" and rows["ObsDesc"][1] == "Body Weight"
    with pytest.raises(InputError, match="num_records = 5, but the seeds are 9 rows"):
        model.create_record_handler_obj(seeds, params={"num_records": 5}).submit_cloud()
    saved = trimtab.load(model.get_artifact_link("model"))
    assert saved.provenance.public == tuple(FIELDS)
    preview = pd.read_csv(model.get_artifact_link("data_preview"), compression="gzip")
    assert preview.groupby(FIELDS).size().max() - preview.groupby(FIELDS).size().min() <= 1


def test_without_seeds_rows_are_like_those_learned(visits: pd.DataFrame) -> None:
    project = projects.create_or_get_unique_project(name="p")
    model = project.create_model_obj(asked(seed=4), visits).submit_cloud()
    handler = model.create_record_handler_obj(params={"num_records": 7})
    poll(model)
    drawn = pd.read_csv(handler.submit_cloud().get_artifact_link("data"), compression="gzip")
    expected = trimtab.fit(visits, seed=4).sample(7)
    assert drawn.shape == expected.shape
    assert drawn["ObsDesc"].tolist() == expected["ObsDesc"].tolist()


def test_what_went_wrong_is_raised_where_one_waits(visits: pd.DataFrame) -> None:
    project = projects.create_or_get_unique_project(name="p")
    model = project.create_model_obj(asked(["nope"]), visits).submit_cloud()
    with pytest.raises(ColumnError, match="no column 'nope'"):
        poll(model)
    assert model.status == "error"
    with pytest.raises(InputError, match=r"the model is error: poll\(model\)"):
        model.create_record_handler_obj().submit_cloud()


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"models": []},
        {"models": [{"actgan": {}}]},
        {"models": [{"synthetics": {"task": {"type": "predict", "attrs": {"fields": []}}}}]},
        {"models": [{"synthetics": {"task": {"type": "seed"}}}]},
    ],
)
def test_configurations_that_are_none(config: dict[str, Any]) -> None:
    project = projects.create_or_get_unique_project(name="p")
    with pytest.raises(InputError, match="config: "):
        project.create_model_obj(config, "x.csv")


def test_configurations_are_found(tmp_path: Path) -> None:
    known = read_model_config("synthetics/default")
    assert read_model_config(known) == known and read_model_config(known) is not known
    (tmp_path / "mine.json").write_text(json.dumps(known))
    assert read_model_config(tmp_path / "mine.json") == known
    assert read_model_config("synthetics/best")["models"][0]["synthetics"]["params"]["minutes"]
    with pytest.raises(InputError, match="expected one of synthetics/best, synthetics/default"):
        read_model_config("synthetics/nope")


def test_a_session_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_place", None)
    monkeypatch.delenv("TRIMTAB_SERVER", raising=False)
    with pytest.raises(InputError, match="no session"):
        projects.create_or_get_unique_project(name="p")
    with pytest.raises(InputError, match="no endpoint: expected endpoint='local'"):
        configure_session(api_key="prompt", cache="yes", validate=True)
