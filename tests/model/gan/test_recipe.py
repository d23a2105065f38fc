"""How a GAN is built and trained, where it is to differ: what can be asked, and what cannot."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from tests.model.gan.small_gans import KINDS, coded
from trimtab.errors import InputError
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design, Gan
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.recipe import Recipe, recipe_of
from trimtab.model.gan.settings import changed
from trimtab.model.gan.store import stored_gan

DESIGNS: dict[str, Design] = {
    "gan": PlainDesign(),
    "cgan": ConditionalDesign(("sex", "town"), together=False),
    "fair-gan": FairDesign(("sex",), "ill", ((0,), (1,)), (0.4, 0.6), (0.3, 0.7)),
}


def parts(model: str) -> tuple[Design, Recipe]:
    """The design and the recipe that are changed."""
    return DESIGNS[model], recipe_of(model)


@pytest.mark.parametrize("model", KINDS)
def test_a_recipe_changes_what_it_names_and_nothing_else(model: str) -> None:
    design, recipe = parts(model)
    assert changed(design, recipe, {}) == (design, recipe)
    for value in (300, "300", 300.0, np.int64(300)):
        found = changed(design, recipe, {"steps": value, "noise": value})
        assert (found[1].steps, found[0].noise) == (300, 300)
        assert type(found[1].steps) is type(found[0].noise) is int
        back = {"steps": recipe.steps, "noise": design.noise}
        assert changed(*found, back) == (design, recipe)
    found = changed(design, recipe, {"rate": "1e-3", "memory": "0.5"})
    assert (found[1].rate, found[1].memory, found[0]) == (1e-3, 0.5, design)


def test_hidden_layers_are_written_with_a_dash_between() -> None:
    for value in ("128-256", "128 - 256", [128, 256], (128, "256")):
        assert changed(*parts("gan"), {"hidden": value})[0].hidden == (128, 256)
    assert changed(*parts("gan"), {"hidden": "64"})[0].hidden == (64,)


@pytest.mark.parametrize("model", KINDS)
def test_what_a_gan_is_asked_to_condition_on_is_no_number(model: str) -> None:
    design, recipe = parts(model)
    names = {f.name for f in fields(design)} | {f.name for f in fields(recipe)}
    structure = {
        *("columns", "together", "protected", "target", "groups", "group_shares", "class_shares"),
    }
    for name in ("learning_rate", "", "Steps", *structure):
        with pytest.raises(InputError, match=r"recipe = .*expected one of batch, .*steps"):
            changed(design, recipe, {name: 1})
    for name in sorted(names - structure):
        value = getattr(design, name, getattr(recipe, name, None))
        assert changed(design, recipe, {name: value}) == (design, recipe)


BAD = ("abc", "", None, True, False, float("nan"), "nan", float("inf"), "1e999", -1, [], object())


@pytest.mark.parametrize("model", KINDS)
@pytest.mark.parametrize("value", [*BAD, [1, 2]])
def test_numbers_that_are_none(model: str, value: Any) -> None:
    design, recipe = parts(model)
    every = {f.name: design for f in fields(design)} | {f.name: recipe for f in fields(recipe)}
    for name, owner in every.items():
        now = getattr(owner, name)
        if isinstance(now, int | float) and not isinstance(now, bool):
            with pytest.raises(InputError, match=rf"recipe: {name} = .*such as {now}"):
                changed(design, recipe, {name: value})


@pytest.mark.parametrize(
    ("model", "name", "value", "says"),
    [
        ("gan", "steps", 0, "from 1 to 1,000,000,000"),
        ("gan", "steps", 1.5, "whole number"),
        ("gan", "steps", "1.5", "whole number"),
        ("gan", "steps", 10**400, "whole number"),
        ("gan", "rate", 0, "above 0"),
        ("gan", "dropout", 1, "below 1"),
        ("gan", "memory", 1.0, "below 1"),
        ("gan", "noise", 65_537, "from 1 to 65,536"),
        ("gan", "hidden", "", "128-256-512"),
        ("gan", "hidden", "128-", "128-256-512"),
        ("gan", "hidden", "128,256", "128-256-512"),
        ("gan", "hidden", "128-0", "128-256-512"),
        ("gan", "hidden", [1.5, 2], "128-256-512"),
        ("gan", "hidden", 128, "128-256-512"),
        ("gan", "hidden", [], "128-256-512"),
        ("gan", "hidden", [8] * 65, "128-256-512"),
        ("cgan", "blocks", 0, "from 1 to 64"),
        ("cgan", "blocks", 65, "from 1 to 64"),
        ("cgan", "moments", 1e7, "from 0 to 1,000,000"),
        ("fair-gan", "fairness", -0.1, "from 0 to 1,000,000"),
        ("fair-gan", "heads", 5, "cannot be divided by heads = 5"),
        ("fair-gan", "width", 33, "width = 33 cannot be divided"),
    ],
)
def test_numbers_that_do_not_fit(model: str, name: str, value: Any, says: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(*parts(model), {name: value})
    assert "recipe: " in str(caught.value) and says in str(caught.value), str(caught.value)


def test_numbers_that_fit_together_may_be_changed_together() -> None:
    with pytest.raises(InputError, match="batch = 10 with pack = 4: expected a multiple of 4"):
        changed(*parts("cgan"), {"pack": 4, "batch": 10})
    with pytest.raises(InputError, match="batch = 9 with pack = 3: expected a multiple of 6"):
        changed(*parts("cgan"), {"pack": 3, "batch": 9})
    design, recipe = changed(*parts("cgan"), {"pack": 3, "batch": 6})
    assert (design.pack, recipe.batch) == (3, 6)
    design, recipe = changed(*parts("cgan"), {"pack": 1, "batch": 2})
    with pytest.raises(InputError, match="batch = 3 with pack = 1: expected a multiple of 2"):
        changed(design, recipe, {"batch": 3})
    assert changed(*parts("gan"), {"batch": 3})[1].batch == 3, "no packs, and no halves"
    assert changed(*parts("fair-gan"), {"heads": 5, "width": 20})[0].width == 20
    for name in ("fairness", "moments"):
        assert getattr(changed(*parts("fair-gan"), {name: 0})[0], name) == 0


@pytest.mark.parametrize("model", KINDS)
def test_the_largest_sizes_can_be_saved(model: str) -> None:
    """What is allowed when training begins must be what a file may hold in the end."""
    design, recipe = parts(model)
    most = {
        "noise": 65_536, "blocks": 64, "hidden": (65_536,) * 64, "moments": 1e6, "fairness": 1e6,
        "dropout": 0.999, "bins": 65_536, "pack": 65_536, "units": 65_536, "width": 65_536,
        "heads": 65_536,
    }  # fmt: skip
    ours = {f.name for f in fields(design)} & most.keys()
    design, _ = changed(design, recipe, {"batch": 65_536} | {n: most[n] for n in ours})
    stored, _ = stored_gan(Gan(coded()[2], design, np.zeros(0, np.float32)))
    assert {n: getattr(stored.design, n) for n in ours - {"hidden"}} == {
        n: most[n] for n in ours - {"hidden"}
    }
