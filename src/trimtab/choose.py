"""Which model for this table and plan."""

from __future__ import annotations

from trimtab._validate import one_of

MODELS = ("auto", "trees")


def choose(model: str) -> tuple[str, str]:
    """The model's name and the reason. Raises InputError for a name that is no model."""
    one_of(MODELS, model=model)
    if model == "auto":
        return "trees", "the chain of boosted trees is the default model"
    return model, "asked for"
