"""The static shape of rows, and how many weights the nets have: as the tutorial says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.model.gan.small_gans import KINDS, LABELS, coded, design
from trimtab import datasets
from trimtab.codec.codec import fit_codec
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.gan import Gan
from trimtab.model.gan.layout import Layout, count, layout_of
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.grid.table import fit_grids
from trimtab.model.neural.encoding import arranged
from trimtab.table.files import read

NOTHING = np.zeros(0, np.float32)


def layout() -> Layout:
    return layout_of(arranged(coded()[2]))


def test_the_nets_of_eleven_columns_are_those_of_the_tutorial() -> None:
    table = read(datasets.strokes(600))
    codec = fit_codec(table, 5)
    grids = fit_grids(codec.encode(table), codec, None)
    assert len(grids) == 11
    nets = Gan(grids, PlainDesign(), NOTHING).summary
    assert [layer.weights for layer in nets["generator"]] == [4_224, 33_024, 131_584, 5_643]
    assert [layer.weights for layer in nets["critic"]] == [6_144, 131_328, 32_896, 129]
    sums = {net: sum(layer.weights for layer in layers) for net, layers in nets.items()}
    assert sums == {"generator": 174_475, "critic": 170_497}
    assert [layer.output for layer in nets["generator"]] == [(128,), (256,), (512,), (11,)]
    assert [layer.output for layer in nets["critic"]] == [(512,), (256,), (128,), (1,)]


@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_a_summary_are_all_weights(kind: str) -> None:
    gan = Gan(coded()[2], design(kind), NOTHING)
    for net, weights in (
        ("generator", gan.design.generator(gan.layout)),
        ("critic", gan.design.critic(gan.layout)),
    ):
        names = [weight.name for weight in weights]
        assert len(set(names)) == len(names)
        assert sum(layer.weights for layer in gan.summary[net]) == count(weights)
        assert count(weights) == sum(math.prod(weight.shape) for weight in weights)
        assert all(np.isfinite(weight.scale) and weight.scale >= 0 for weight in weights)


def test_columns_with_a_scale_come_last_and_slots_ascend() -> None:
    made, encodings = layout(), arranged(coded()[2])
    assert set(made.names) == set(coded()[2]) and made.columns == 6 == len(made.sizes)
    assert made.names[made.first_scaled :] == ("age", "cost") and made.scaled == 2
    assert list(made.sizes[:4]) == sorted(made.sizes[:4])
    assert made.slots == sum(made.sizes) == made.starts[-1]
    for j, encoding in enumerate(encodings.values()):
        assert made.starts[j + 1] - made.starts[j] == encoding.slots >= encoding.outcomes
    covered = [j for a, b, size in made.bundles for j in range(a, b) if made.sizes[j] == size]
    assert covered == list(range(6)), "bundles are of columns of one size, side by side"
    assert all(b <= made.first_scaled or a >= made.first_scaled for a, b, _ in made.bundles)


def test_where_the_slots_and_places_of_columns_are() -> None:
    """Each number that a critic sees is that of one column: its slots first, then of its place."""
    made = layout()
    every = [made.slots_of((name,)) for name in made.names]
    assert [s for slots in every for s in slots] == list(range(made.slots))
    assert made.slots_of(("town", "sex")) == (*made.slots_of(("town",)), *made.slots_of(("sex",)))
    assert made.slots_of(()) == made.seen_of(()) == ()
    seen = [made.seen_of((name,)) for name in made.names]
    assert sorted(s for numbers in seen for s in numbers) == list(range(made.seen))
    assert set(made.seen_of(("age", "sex"))) == {*made.seen_of(("age",)), *made.seen_of(("sex",))}
    for name, slots, numbers in zip(made.names, every, seen, strict=True):
        places = numbers[len(slots) :]
        assert numbers[: len(slots)] == slots
        assert all(at >= made.slots for at in places)
        assert bool(places) is (name in ("dose", "age", "cost")), name


def test_what_a_generator_takes_is_as_wide_as_what_is_given() -> None:
    made = layout()
    for columns in ((), ("sex",), LABELS, ("age", "sex")):
        given = ConditionalDesign(columns, together=True)
        first = {w.name: w.shape for w in given.generator(made)}["in.w"]
        given_size = len(made.seen_of(columns)) + len(columns)
        assert first == (given.noise + made.scaled + given_size, given.width)
