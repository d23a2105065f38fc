"""What this server allows: the operator's bounds, in `policy.toml` of the data folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trimtab.errors import InputError

_MIB = 1024**2


class Policy(BaseModel):
    """The bounds. Raises InputError where a file says something else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    jobs_at_once: int = Field(default=2, ge=1)  # that this server carries out
    jobs_at_once_per_user: int = Field(default=2, ge=1)
    jobs_waiting_per_user: int = Field(default=20, ge=1)
    job_minutes: float = Field(default=120, gt=0)
    job_memory_mib: int = Field(default=4096, ge=512)
    job_tries: int = Field(default=5, ge=1)  # by how many workers, one after the other has died
    upload_mib: int = Field(default=512, ge=1)
    body_mib: int = Field(default=4, ge=1)  # of a request that is no upload
    unpacked_mib: int = Field(default=2048, ge=1)  # of a table, in memory
    unpacked_ratio: int = Field(default=200, ge=1)  # how many bytes one byte of a file may become
    rows: int = Field(default=5_000_000, ge=1)
    columns: int = Field(default=2000, ge=1)
    cell_bytes: int = Field(default=65_536, ge=1)
    check_seconds: float = Field(default=60, gt=0)  # to read and understand an upload
    generated_rows: int = Field(default=1_000_000, ge=1)
    immediate_rows: int = Field(default=10_000, ge=0)  # that are drawn while one waits
    training_minutes: float = Field(default=60, gt=0)  # that a request may ask for
    least_min_count: int = Field(default=5, ge=0)  # nobody may ask for less
    most_tables: int = Field(default=50, ge=1)  # that gaps are filled in
    team_mib: int = Field(default=20_480, ge=1)
    free_mib: int = Field(default=200, ge=0)  # that must be left on the disk
    session_hours: float = Field(default=12, gt=0)
    token_days: int = Field(default=365, ge=1)
    link_minutes: float = Field(default=15, gt=0)

    @property
    def upload_bytes(self) -> int:
        """The most that an upload may hold."""
        return self.upload_mib * _MIB

    @property
    def body_bytes(self) -> int:
        """The most that the body of another request may hold."""
        return self.body_mib * _MIB


def read_policy(path: Path) -> Policy:
    """The policy in a file; that of a server whose operator said nothing, where there is none."""
    if not path.exists():
        return Policy()
    try:
        return Policy(**tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: no TOML that can be read ({error}).") from None
    except ValidationError as error:
        first: Any = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Policy.model_fields)
        raise InputError(f"{path}: {name}: {first['msg']}. Expected some of {known}.") from None
