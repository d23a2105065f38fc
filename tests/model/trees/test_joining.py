"""Boosters that are joined say what they say by themselves."""

from __future__ import annotations

import numpy as np
import pytest

from trimtab._random import Key
from trimtab.model.grid.fit import fit_label_grid, fit_number_grid
from trimtab.model.trees.conditional import Conditional, fit_conditional
from trimtab.model.trees.fit import recipe_of
from trimtab.model.trees.joining import joined
from trimtab.model.trees.location import Location, fit_location


@pytest.mark.parametrize("number", [True, False])
def test_joined_parts_tell_the_same(number: bool) -> None:
    key = Key(3).child("joined")
    g = key.generator()
    n = 600
    told = g.normal(0, 1, (n, 3))
    features = told.astype(np.float32)
    noise = g.normal(0, 30, n) * np.exp(told[:, 1])
    codes = np.round(told @ [30.0, 0.0, 0.0] + noise).astype(np.int64)
    grid = fit_number_grid(codes, 5) if number else fit_label_grid(codes % 5, 5)
    elements = grid.encode(codes if number else (codes > 0) * 2)
    recipe = recipe_of(n, None, 5, key)
    one = fit_conditional(np.arange(3), grid, elements, features, told, recipe, g.random(n))
    location, _ = fit_location(features, told, told[:, 0] ** 2, recipe.folds, recipe.location)
    again, elsewhere = joined([one, location])
    assert isinstance(again, Conditional) and isinstance(elsewhere, Location)
    before, after = one.inputs(features, told), again.inputs(features, told)
    assert len(one.distribution.group.members) == 3 and location.boosting.members
    several = [again.distribution.group, *again.distribution.classes, elsewhere.boosting]
    assert all(len(b.members) <= 1 for b in several)
    assert np.ptp(before.margins) > 0.5
    np.testing.assert_allclose(before.margins, after.margins, atol=1e-5)
    logs = [part.distribution.log_probs(i) for part, i in ((one, before), (again, after))]
    np.testing.assert_allclose(*logs, atol=1e-4)
    np.testing.assert_allclose(
        location.predict(features, told), elsewhere.predict(features, told), atol=1e-5
    )
    alone = joined([location])[0]
    assert joined([alone]) == [alone]
