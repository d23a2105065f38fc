"""Models of a server: what jobs there learned."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from trimtab._validate import whole
from trimtab.client.connection import Connection
from trimtab.client.datasets import brought, hash_of
from trimtab.client.given_back import as_given
from trimtab.client.jobs import Job
from trimtab.client.plans import id_of
from trimtab.errors import InputError
from trimtab.request.sample import Sample
from trimtab.table.files import to_native
from trimtab.table.output_path import replacing

if TYPE_CHECKING:
    from trimtab.plan.plan import Plan
    from trimtab.table.table import Table

_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class Model:
    """A model of a server: it draws there, and `save` brings its file here.

    like   the table that it learned, if it was brought from here
    job    the job that made it
    """

    id: str
    connection: Connection
    told: Mapping[str, Any] = field(repr=False)
    like: Table | None = field(default=None, repr=False)
    job: Job | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful user should know of the fit."""
        return tuple(self.told["provenance"]["warnings"])

    @property
    def reason(self) -> str:
        """Which kind of model it is, and why that one."""
        return f"{self.told['model']}: {self.told['provenance']['choice']}"

    def to_dict(self) -> dict[str, Any]:
        """What was learned, how, and what can be given when drawing, as plain data."""
        return dict(self.told)

    def sample(
        self,
        rows: int | None = None,
        *,
        persons: int | None = None,
        given: Any = None,
        where: Any = None,
        plan: Plan | str | None = None,
        seed: int = 0,
    ) -> Any:
        """Draw a table of the type that was learned from, as `Synthesizer.sample` does.

        plan   one of `Client.plan_balance`, or the id of one

        Raises as that does; ServiceError for a server that is away.
        """
        if persons is not None and any(x is not None for x in (rows, given, plan)):
            raise InputError("persons excludes rows, given and plan: use one of them.")
        if sum(x is not None for x in (given, where, plan)) > 1:
            raise InputError("given, where and plan exclude each other: use one of them.")
        wanted = rows if rows is None else whole(1, rows=rows)
        request = Sample(rows=wanted, persons=persons, where=where, seed=seed)
        content: dict[str, Any] = {"request": request.model_dump(mode="json")}
        if given is not None:
            project = self.connection.get(f"/models/{self.id}")["project_id"]
            content["given"] = brought(self.connection, project, given).id
        if plan is not None:
            content["plan"] = id_of(plan)
        answer = self.connection.ask(
            "POST", f"/models/{self.id}/generations", json=content, headers={"Accept": _PARQUET}
        )
        if answer.status_code == 200:
            return self._native(pq.read_table(io.BytesIO(answer.content)))
        job = Job(json.loads(answer.content)["id"], Sample.verb, self.connection)
        job.wait()
        return self._native(pq.read_table(io.BytesIO(job.content("table.parquet"))))

    def save(self, path: str | Path) -> None:
        """Bring the model file here: `trimtab.load` opens it. Raises TableError where it cannot be
        written.
        """
        with replacing(path) as temporary:
            self.connection.download(f"/models/{self.id}/file", temporary)

    def remove(self) -> None:
        """Remove it from the server; one that a job made goes with the job."""
        self.connection.delete(f"/models/{self.id}")

    def _native(self, drawn: pa.Table) -> Any:
        return drawn if self.like is None else to_native(as_given(drawn, self.like))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><b>Model</b> <code>{self.id}</code> ({escape(self.reason)})</p>"


def model_of(connection: Connection, place: str, project: str | None = None) -> Model:
    """The model of an id; or that of a file, which is brought unless the project has it."""
    path = Path(place)
    if project is None or (place.startswith("md_") and not path.exists()):
        found = connection.get(f"/models/{place}")
    elif not path.is_file():
        raise InputError(f"there is no model file {place}: expected MODEL.trimtab, or md_...")
    else:
        digest = hash_of(path)
        known = connection.pages("/models", project=project, sha256=digest)
        found = next((item for item in known if item["sha256"] == digest), None)
        if found is None:
            sent = {"project": project, "name": path.name}
            found = connection.send("/models/import", lambda: path.open("rb"), **sent)
    return Model(found["id"], connection, found["summary"])
