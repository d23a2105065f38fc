"""The command `server`: what who runs one does beside it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trimtab.cli.serve import Data, Database, check_installed
from trimtab.errors import InputError


class Action(StrEnum):
    """What is to be done."""

    BACKUP = "backup"
    RESTORE = "restore"
    DOCTOR = "doctor"


What = Annotated[Action, typer.Argument(help="What is to be done.")]
File = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="The backup to write, or to restore.")
]
Thorough = Annotated[
    bool, typer.Option("--thorough", help="doctor: read every file, and compare it.")
]


def server(
    action: What,
    file: File = None,
    data: Data = None,
    database: Database = None,
    thorough: Thorough = False,
) -> None:
    """Back up a server, restore that, or look whether all it keeps is well."""
    check_installed()
    from trimtab.cli import terminal
    from trimtab.server.settings import Settings, usual_folder
    from trimtab.server.upkeep import backup
    from trimtab.server.upkeep.doctor import examine

    settings = Settings(usual_folder() if data is None else data.absolute(), database)
    if action is Action.DOCTOR:
        sick = False
        for finding in examine(settings, thorough=thorough):
            terminal.say(f"{'well' if finding.well else 'ILL '}  {finding.what}: {finding.told}.")
            sick |= not finding.well
        raise typer.Exit(3 if sick else 0)
    if file is None:
        raise InputError(f"expected a file: trimtab server {action.value} FILE.")
    if action is Action.BACKUP:
        backup.back_up(settings, file.absolute(), terminal.say)
    else:
        backup.restore(file.absolute(), settings.data, terminal.say)
