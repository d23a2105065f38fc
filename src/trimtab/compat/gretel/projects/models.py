"""Where the notebook looks for configurations."""

from __future__ import annotations

from trimtab.compat.gretel.config import read_model_config

__all__ = ["read_model_config"]
