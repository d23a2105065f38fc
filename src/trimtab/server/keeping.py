"""What was brought, or made in a folder of its own, and stays: its files, and its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trimtab.server.access.audit import note
from trimtab.server.access.caller import Caller
from trimtab.server.database.owned import PROJECTS, Owned, Row
from trimtab.server.ids import new_id
from trimtab.server.removal import check_space
from trimtab.server.service import Service


def check_project(service: Service, caller: Caller, project: str) -> None:
    """Refuse, before a byte is received, what would be refused at the end.

    Raises NotFound, NoRoom.
    """
    with service.database.reading() as connection:
        PROJECTS.get(connection, caller.team, project)
        check_space(connection, service, caller.team)


def kept(
    service: Service,
    caller: Caller,
    owned: Owned,
    project: str,
    place: Path,
    done: str,
    **values: Any,
) -> Row:
    """The row of a new thing of a project, whose folder is moved to where it stays.

    place   its file, in a folder that holds nothing else
    done    what was done, for the audit log, such as "brought"

    Raises NotFound for a project that has gone meanwhile, NoRoom; no file is left then.
    """
    table = owned.table
    id = new_id(table.name)
    home = service.files.move(place.parent, table.name, id)
    try:
        file = vars(service.files.keep(home / place.name))
        said = {name: value for name, value in file.items() if name in table.c}
        with service.database.writing() as connection:
            PROJECTS.get(connection, caller.team, project)
            of = {"id": id, "project_id": project, "created_by": caller.user}
            row = owned.add(connection, caller.team, **of, **said, **values)
            note(connection, caller, f"{owned.noun} {done}", id)
    except BaseException:
        service.files.remove(table.name, id)
        raise
    return row
