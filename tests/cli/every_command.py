"""Run in a process of its own: commands one after the other, each behind a line that names it.

python every_command.py COMMANDS.json CODES.json
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

from trimtab import cli


def main(commands: str, codes: str) -> None:
    """Run the commands of a file, name -> words, and write what each ended with."""
    ended = {}
    for name, words in json.loads(Path(commands).read_text()).items():
        for stream in (sys.stdout, sys.stderr):
            print(f"=== {name}", file=stream, flush=True)
        sys.argv = ["trimtab", *words]
        with warnings.catch_warnings():
            try:
                cli.main()
            except SystemExit as left:
                ended[name] = left.code
    Path(codes).write_text(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
