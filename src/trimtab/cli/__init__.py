"""The verbs as commands. Heavy imports wait until a command needs them.

Exit codes: 0 done; 1 a bug of ours; 2 bad input or usage; 3 refused (an infeasible or unsafe
request); 4 a server that is away or failed; 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
import warnings
from importlib import import_module
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from typer.core import TyperGroup

from trimtab._visible import visible, visible_lines, without_secrets
from trimtab.errors import RefusedError, TrimtabError


class _Told(NamedTuple):
    """What is told of a command that is not imported yet: its docstring's first line, and how it is
    used."""

    summary: str
    example: str


COMMANDS = {
    "inspect": _Told(
        "Show what each column is and why, and the rules of rows; or what a model file holds.",
        "trimtab inspect patients.csv -o schema.toml",
    ),
    "fit": _Told(
        "Learn a table and save the model.",
        "trimtab fit patients.csv -o patients.trimtab --first SEX,RACE",
    ),
    "sample": _Told(
        "Draw rows from a saved model; or make rows up from a schema, where there is no table yet.",
        "trimtab sample patients.trimtab -n 1000 -o new.csv --where 'RACE=black,SEX=F'",
    ),
    "balance": _Told(
        "Balance a table over any columns, by exact conditional generation.",
        "trimtab balance patients.csv --by SEX,RACE -o balanced.csv",
    ),
    "complete": _Told(
        "Learn a table, and complete partly filled rows exactly given what they hold.",
        "trimtab complete patients.csv --given rows.csv -o completed.csv",
    ),
    "impute": _Told(
        "Fill the gaps of a table by draws, given the other cells of each row.",
        "trimtab impute patients.csv -o filled.csv --multiple 10",
    ),
    "prove": _Told(
        "Tell whether balancing would help a classifier at all, and what to do instead.",
        "trimtab prove patients.csv --target stroke --cost fp=1,fn=20 -o proof.html",
    ),
    "evaluate": _Told(
        "Judge a synthetic table: likeness, usefulness, fairness and copies.",
        "trimtab evaluate patients.csv new.csv --holdout held.csv -o report.html",
    ),
    "serve": _Told(
        "Serve a team: projects, jobs and artifacts over HTTP, with accounts.",
        "trimtab serve --data tables",
    ),
    "server": _Told(
        "Back up a server, restore that, or look whether all it keeps is well.",
        "trimtab server backup tables.tar --data tables",
    ),
    "demo": _Told(
        "Simulate hospital visits, balance three columns, show before and after, and judge it.",
        "trimtab demo",
    ),
}
_INTERRUPTED = 130


class _Commands(TyperGroup):
    """The commands, each made when it is needed: their options take a while to import."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = dict.fromkeys(COMMANDS)  # names are enough to list and to suggest

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands:
            return None
        from trimtab.cli.loudness import with_loudness

        function = getattr(import_module(f"trimtab.cli.{cmd_name}"), cmd_name)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        told = f"Example: {COMMANDS[cmd_name].example}"
        alone.command(cmd_name, epilog=told)(with_loudness(function))
        return typer.main.get_command(alone)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told.summary) for name, told in COMMANDS.items()])


app = typer.Typer(
    name="trimtab",
    cls=_Commands,
    help="Learn a table, and write another one that is balanced or safer to share.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"trimtab {version('trimtab')}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    server: Annotated[
        str | None,
        typer.Option(
            "--server", metavar="URL", help="Do it on a server; the token is in TRIMTAB_TOKEN."
        ),
    ] = None,
    project: Annotated[
        str, typer.Option("--project", metavar="NAME", help="The project of that server.")
    ] = "default",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    from trimtab.cli.where import work_at

    work_at(server, project, context.invoked_subcommand)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        _run()
        sys.stdout.flush()
    except SystemExit as stop:
        if _reader_left(stop):
            _leave_quietly()
        if stop.code == _INTERRUPTED:
            print("interrupted: nothing was written.", file=sys.stderr)
        raise
    except TrimtabError as error:
        from trimtab._remedies import Remedy
        from trimtab.cli import terminal
        from trimtab.cli.words import option_words, shell_line

        terminal.complain(str(error), "refused" if isinstance(error, RefusedError) else "error")
        skip = Remedy("unseen", "skip")
        if isinstance(error, RefusedError) and skip in error.remedies:
            again = shell_line(["trimtab", *sys.argv[1:], *option_words(skip)])
            print(again, file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt as error:
        told = f"interrupted: {visible(str(error)) or 'nothing was written.'}"
        print(told, file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        _leave_quietly()
    except Exception as error:
        _report_bug(error)
        sys.exit(1)
    sys.exit(0)


def _reader_left(stop: SystemExit) -> bool:
    """Whether the libraries that write for us stopped because nobody reads on: `| head`."""
    return isinstance(stop.__context__, BrokenPipeError)


def _leave_quietly() -> NoReturn:
    """Leave as one who was heard out: whoever reads the output has read enough."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):  # which are written out again at the very end
        os.dup2(nowhere, stream.fileno())
    sys.exit(0)


def _run() -> None:
    """Run the command that was asked for; a wrong usage is shown, and left with its exit code."""
    formatting: Any = warnings.formatwarning
    warnings.formatwarning = _warning_text
    try:
        code = app(standalone_mode=False)
    except Exception as error:
        usage: Any = error
        if not hasattr(usage, "show"):  # which errors of usage have, and no others
            raise
        lines = io.StringIO()
        usage.show(file=lines)
        print(visible_lines(without_secrets(lines.getvalue())), end="", file=sys.stderr)
        sys.exit(usage.exit_code)
    finally:
        warnings.formatwarning = formatting
    if code:
        sys.exit(code)


def _warning_text(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: Any = None
) -> str:
    """A warning of a library, on one line: it may quote the table."""
    return f"{visible(f'{category.__name__}: {message}')}\n"


def _report_bug(error: Exception) -> None:
    """Tell of an error that should not be, or show where it came from."""
    told = f"a bug of ours: {type(error).__name__}: {visible(str(error))}\n"
    told += "Please report it, with what TRIMTAB_TRACEBACK=1 shows for the same command."
    if os.environ.get("TRIMTAB_TRACEBACK"):
        told = visible_lines("".join(traceback.format_exception(error)).rstrip())
    print(without_secrets(told), file=sys.stderr)
