"""Names that people give."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

# Of things: only shown; no control characters, which PostgreSQL keeps not all of.
ShownName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Of users: what they sign in with, in any case; letters that nobody takes for others.
UserName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$", examples=["analyst@clinic.example"]),
]
