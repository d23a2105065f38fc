"""How the values of a column are made up where there is no table to learn from."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from pydantic import ConfigDict, Field, field_validator, model_validator

from trimtab._named import Named

Value = bool | int | float | str
_NEARLY = 1e-6  # shares may be rounded


class Made(Named):
    """What a person says of a column that nobody has seen, for `datasets.from_schema`.

    values         that it may have, each as often if `shares` do not say how often
    low, high      between which it lies, both included: numbers, or dates and times such as
                   "2024-01-31"; all values between are as likely
    missing_share  of its cells
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[Value, ...] = ()
    shares: tuple[float, ...] = ()
    low: int | float | str | None = None
    high: int | float | str | None = None
    missing_share: float = Field(default=0.0, ge=0, le=1)

    @field_validator("low", "high", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        """Dates and times of TOML as text."""
        return (
            value.isoformat(sep=" ")
            if isinstance(value, dt.datetime)
            else (value.isoformat() if isinstance(value, dt.date) else value)
        )

    @model_validator(mode="after")
    def _sound(self) -> Made:
        given = (*self.values, *self.shares, self.low, self.high)
        if not all(math.isfinite(v) for v in given if isinstance(v, float)):
            raise ValueError("a number is infinite or nan: expected finite ones")
        if self.shares and len(self.shares) != len(self.values):
            raise ValueError(f"{len(self.shares)} shares of {len(self.values)} values")
        if self.shares and (min(self.shares) < 0 or abs(math.fsum(self.shares) - 1) > _NEARLY):
            raise ValueError(f"shares that sum to {math.fsum(self.shares):g}: expected 1")
        if len(set(map(repr, self.values))) < len(self.values):
            raise ValueError("a value stands twice")
        if len({isinstance(v, str) for v in self.values}) > 1:
            raise ValueError("values of several types: expected all texts, or all numbers")
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high belong together: only one of them is given")
        if isinstance(self.low, str) != isinstance(self.high, str):
            raise ValueError("low and high are of two types: expected two numbers, or two dates")
        if self.values and self.low is not None:
            raise ValueError("both values and a range: expected one of them")
        ordered: Any = (self.low, self.high)
        if self.low is not None and ordered[0] > ordered[1]:
            raise ValueError(f"low = {self.low} is above high = {self.high}")
        return self
