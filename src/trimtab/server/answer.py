"""Problems as answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from trimtab.server.problems import MEDIA_TYPE


def answer(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an answer; in ASCII, because it may quote halves of letters."""
    content = json.dumps(problem).encode("ascii")
    return Response(content, problem["status"], headers, media_type=MEDIA_TYPE)
