"""The kinds of models that can be learned."""

from __future__ import annotations

from trimtab.model.gan.settings import GANS

KINDS = ("network", "trees", *GANS)
