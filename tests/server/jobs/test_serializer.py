"""What DBOS keeps is plain JSON."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from trimtab.server.jobs.serializer import Plain


@pytest.mark.parametrize("data", [None, 1, "x", [1, [True, None]], {"args": ["jb_x", 2], "k": {}}])
def test_plain_data_come_back(data: Any) -> None:
    text = Plain().serialize(data)
    assert json.loads(text) == data == Plain().deserialize(text)


def test_an_error_is_its_name_alone() -> None:
    found = Plain().deserialize(Plain().serialize(ValueError("a value of a row")))
    assert isinstance(found, RuntimeError) and str(found) == "ValueError"


@pytest.mark.parametrize("data", [object(), os.system, {1: 2}, b"x", {1, 2}, [float]])
def test_anything_else_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="expected plain JSON"):
        Plain().serialize(data)
