"""The process of one question: `python -m trimtab.server.questions.process FOLDER`.

It reads `asked.json` in the folder, and writes `answer.json` there: what was asked for, or a
problem. Whatever else happens to it tells the one who waits only that there is no answer.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from trimtab.errors import TrimtabError
from trimtab.server.bounds import bound, end_with_input


def main(folder: Path) -> None:
    """Answer the question in a folder."""
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    bound(asked["memory_mib"], asked["seconds"])
    end_with_input()
    (folder / "unfinished.json").write_text(json.dumps(_answer(asked, folder)), "utf-8")
    os.replace(folder / "unfinished.json", folder / "answer.json")


def _answer(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    from trimtab.server.files import unplaced
    from trimtab.server.problems import of_error
    from trimtab.server.questions.answers import ANSWERS, too_much

    try:
        return {"answer": ANSWERS[asked["question"]](asked, folder)}
    except TrimtabError as error:
        found = of_error(error)
        found["detail"] = unplaced(found["detail"], Path(asked["root"]))
        return {"problem": found}
    except MemoryError:  # of Arrow, too
        return {"problem": of_error(too_much("this takes more memory than this server gives"))}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
