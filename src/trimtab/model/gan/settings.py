"""What GAN was asked for: its design and its recipe, from names, shares and changed numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa

from trimtab._arrays import Int
from trimtab._validate import one_of
from trimtab.errors import ColumnError, InputError, RefusedError, unknown_column
from trimtab.model.coded import Coded
from trimtab.model.gan.conditional import ConditionalDesign
from trimtab.model.gan.fair import FairDesign
from trimtab.model.gan.gan import Design
from trimtab.model.gan.layout import MAX_LAYERS, MAX_UNITS, MAX_WEIGHT
from trimtab.model.gan.options import FairGanOptions, GanOptions
from trimtab.model.gan.plain import PlainDesign
from trimtab.model.gan.recipe import Recipe, recipe_of
from trimtab.model.grid.coding import codes_of
from trimtab.model.grid.grid import LabelGrid
from trimtab.model.neural.encoding import ColumnEncoding, arranged
from trimtab.plan.balance.counts import counts_table
from trimtab.plan.balance.quota import asked
from trimtab.plan.plan import cell_name
from trimtab.table.table import Table

_MIN_ROWS = 2  # of a class or group
_MAX_STEPS = 10**9  # and rows of one of them
_STRUCTURE = {"columns", "together", "protected", "target", "groups"}
_STRUCTURE |= {"group_shares", "class_shares"}
_SHARES = ("dropout", "memory")
_WEIGHTS = ("fairness", "moments")


def design_of(
    model: str, coded: Coded, first: tuple[str, ...], options: GanOptions
) -> tuple[Design, Recipe]:
    """The design and the recipe of a GAN for a table.

    first   columns that are to be given together (cgan); without any it is each label by itself

    Raises InputError and ColumnError for wishes that contradict the table, PlanError for shares
    that do not sum to 1, RefusedError for groups and classes that are too few.
    """
    design: Design
    if isinstance(options, FairGanOptions):
        design = _fair(coded, options)
    elif model == "gan":
        design = PlainDesign()
    else:
        grids = coded.grids.items()
        labels = [n for n, g in grids if isinstance(g, LabelGrid) and len(g.sizes) > 1]
        design = ConditionalDesign(first or tuple(labels), together=bool(first))
    return changed(design, recipe_of(model), options.recipe)


def _fair(coded: Coded, options: FairGanOptions) -> FairDesign:
    table, codes = coded.table, coded.codes
    encodings = arranged(coded.grids)
    target = _target(table)
    protected = tuple(dict.fromkeys(options.protected))
    for name in protected:
        if name not in table.schema:
            raise unknown_column(name, table.schema.names, "protected")
        if name not in encodings:
            raise ColumnError(f"protected: column {name!r} is left out of what is learned.")
        if name == target:
            raise ColumnError(
                f"protected: {name!r} is the outcome: name the outcome with `outcome`, and protect "
                "other columns."
            )
    for name in (*protected, target):
        _check_classes(name, encodings[name], "the outcome" if name == target else "protected")
    outcomes = np.stack([encodings[n].encode(codes[n]).outcome for n in protected], axis=1)
    groups, rows = np.unique(outcomes, axis=0, return_counts=True)
    cells = tuple(tuple(group) for group in groups.tolist())
    classes = np.bincount(
        encodings[target].encode(codes[target]).outcome, minlength=encodings[target].outcomes
    )
    class_cells = tuple((k,) for k in range(len(classes)))
    return FairDesign(
        protected,
        target,
        cells,
        _shares(options.protected_shares, protected, cells, rows, coded, encodings),
        _shares(options.target_shares, (target,), class_cells, classes, coded, encodings),
    )


def _target(table: Table) -> str:
    outcomes = table.schema.outcomes
    if len(outcomes) != 1:
        number = f"several ({', '.join(outcomes)})" if outcomes else "none"
        raise InputError(
            f"fair-gan needs one outcome column, and there are {number}: give outcome, such as "
            "`outcome='income'`."
        )
    return outcomes[0]


def _check_classes(name: str, encoding: ColumnEncoding, what: str) -> None:
    """Refuse a column that has no classes, one, or one that hardly any row has."""
    if encoding.continuous:
        raise ColumnError(
            f"{what}: {name!r} is a number of many values: expected a label. Cut it into a few "
            "classes first."
        )
    rows = encoding.rows[:-1]
    if (rows >= 1).sum() < 2:
        raise RefusedError(
            f"{what}: every row has the same {name!r}, as far as it can be learned: there is "
            "nothing to be fair about. Expected a column with two classes or more."
        )
    if ((rows >= 1) & (rows < _MIN_ROWS)).any():
        raise RefusedError(
            f"{what}: a class of {name!r} has 1 row, from which nothing can be learned of it: "
            "expected at least 2 rows in each. Leave such rows out, or raise `min_count`, which "
            "joins rare labels."
        )


def _shares(
    wanted: Any,
    names: tuple[str, ...],
    cells: Sequence[tuple[int, ...]],
    rows: Int,
    coded: Coded,
    encodings: Mapping[str, ColumnEncoding],
) -> tuple[float, ...]:
    """The share of each cell of outcomes: as in the rows, equal, or as asked."""
    if wanted is None:
        return tuple((rows / rows.sum()).tolist())
    to = counts_table(wanted, names)
    if to is None:
        present = rows > 0
        return tuple((present / present.sum()).tolist())
    quota = asked(to, names, coded.table)
    values = quota.counts if quota.shares is None else quota.shares
    assert values is not None
    columns = []
    for k, name in enumerate(names):
        given = pa.array([cell[k] for cell in quota.cells], coded.table.column(name).type)
        codes = codes_of(coded.codec, encodings[name].grid, name, given)
        columns.append(encodings[name].encode(codes).outcome.tolist())
    share = dict.fromkeys(cells, 0.0)
    for cell, outcome, value in zip(quota.cells, zip(*columns, strict=True), values, strict=True):
        if outcome not in share:
            raise RefusedError(
                f"shares: no row has {cell_name(cell, names)}: nothing can be learned of it. Ask "
                "for combinations that the table holds."
            )
        share[outcome] += float(value)
    total = sum(share.values())
    if not total:
        raise InputError(f"shares: nothing is asked of any {', '.join(names)}: give some a share.")
    return tuple(value / total for value in share.values())


def changed(design: Design, recipe: Recipe, changes: Mapping[str, Any]) -> tuple[Design, Recipe]:
    """A design and a recipe with other numbers. Raises InputError for what they cannot be."""
    ours = {f.name for f in fields(design)} - _STRUCTURE
    theirs = {f.name for f in fields(recipe)}
    for name, value in changes.items():
        one_of(ours | theirs, recipe=name)
        if name in ours:
            most = MAX_LAYERS if name == "blocks" else MAX_UNITS
            design = replace(design, **{name: _number(name, value, getattr(design, name), most)})
        else:
            now = getattr(recipe, name)
            recipe = replace(recipe, **{name: _number(name, value, now, _MAX_STEPS)})
    if not isinstance(design, PlainDesign):  # rows are judged in packs, and compared by halves
        whole = math.lcm(design.pack, 2)
        if recipe.batch % whole:
            raise InputError(
                f"recipe: batch = {recipe.batch} with pack = {design.pack}: expected a multiple of "
                f"{whole}."
            )
    if isinstance(design, FairDesign) and design.width % design.heads:
        raise InputError(
            f"recipe: width = {design.width} cannot be divided by heads = {design.heads}: give a "
            "multiple."
        )
    return design, recipe


def _number(name: str, value: Any, now: Any, most: int) -> Any:
    """A number of a recipe, of the kind that it is now; a whole one is at most `most`."""
    setting: Any = None
    expected = f"expected a number above 0, such as {now}"
    try:
        if isinstance(now, tuple):
            expected = f"expected sizes of layers, such as {'-'.join(map(str, now))}"
            given = value.split("-") if isinstance(value, str) else list(value)
            setting = tuple(_whole(units, most) for units in given)
            sound = 1 <= len(setting) <= MAX_LAYERS
        elif isinstance(now, int):
            expected = f"expected a whole number from 1 to {most:,}, such as {now}"
            setting, sound = _whole(value, most), True
        else:
            setting = float(value)
            sound = 0 < setting < math.inf
            if name in _SHARES:
                expected = f"expected a share below 1, such as {now}"
                sound = 0 <= setting < 1
            elif name in _WEIGHTS:
                expected = f"expected a number from 0 to {MAX_WEIGHT:,}, such as {now}"
                sound = 0 <= setting <= MAX_WEIGHT
    except (TypeError, ValueError, OverflowError):
        sound = False
    if not sound or isinstance(value, bool):
        raise InputError(f"recipe: {name} = {value!r}: {expected}.")
    return setting


def _whole(value: Any, most: int) -> int:
    """A whole number from 1 to `most`, also as text. Raises ValueError for anything else."""
    number = int(value)
    if number != float(value) or not 1 <= number <= most:
        raise ValueError
    return number
