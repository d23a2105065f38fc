"""The notebook that this project began with, run on one's own server, or in this process.

It was written for the client of a service that is no more; what it calls is in
`trimtab.compat.gretel`, and only its import lines differ. It asks for as many rows of every
combination of three columns: also of those that nobody in the table is, which the poller warns of.

    python examples/gretel_notebook.py                                 # in this process
    TRIMTAB_TOKEN=tt_... python examples/gretel_notebook.py https://tables.example.org
    python examples/gretel_notebook.py local patients.csv              # a table of your own
"""

import itertools
import sys
import tempfile
from pathlib import Path

import pandas as pd

import trimtab
from trimtab.compat.gretel import configure_session, projects
from trimtab.compat.gretel.helpers import poll
from trimtab.compat.gretel.projects.models import read_model_config

BALANCE = ["GENDER", "ETHNICITY", "RACE"]


def seeds_of(table: pd.DataFrame) -> pd.DataFrame:
    """Every combination of the columns' values, each as often as the table has rows for it."""
    values = [sorted(table[name].dropna().unique()) for name in BALANCE]
    cells = list(itertools.product(*values))
    return pd.DataFrame(cells * (len(table) // len(cells)), columns=BALANCE)


def main(endpoint: str = "local", path: str | None = None, rows: int = 1000) -> None:
    """Learn, draw, count."""
    configure_session(api_key="prompt", endpoint=endpoint, cache="yes", validate=True)
    table = trimtab.datasets.visits(rows).to_pandas() if path is None else pd.read_csv(path)
    seeds = seeds_of(table)

    config = read_model_config("synthetics/default")
    config["models"][0]["synthetics"]["generate"]["num_records"] = len(table)
    config["models"][0]["synthetics"]["params"]["data_upsample_limit"] = 10000
    config["models"][0]["synthetics"]["task"] = {"type": "seed", "attrs": {"fields": BALANCE}}

    with tempfile.TemporaryDirectory() as folder:
        training, seed_file = Path(folder) / "training.csv", Path(folder) / "seeds.csv"
        table.to_csv(training)
        seeds.to_csv(seed_file, index=False)

        project = projects.create_or_get_unique_project(name="balancing-data-example")
        model = project.create_model_obj(model_config=config, data_source=str(training))
        model.submit_cloud()
        poll(model)

        handler = model.create_record_handler_obj(
            data_source=str(seed_file), params={"num_records": len(seeds)}
        )
        handler.submit_cloud()
        poll(handler)
        drawn = pd.read_csv(handler.get_artifact_link("data"), compression="gzip")

    for name in BALANCE:
        print(drawn[name].value_counts().to_string())
    cells = drawn.groupby(BALANCE).size()
    assert len(drawn) == len(seeds)
    assert set(cells) == {len(table) // len(cells)}, (
        "every combination as often as it was asked for"
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
