"""The kernel in Python: finding it, choosing its instruction set, and checking what it is given.

The library is built when the package is installed, where there is a C compiler, and lies beside
this file; nothing is compiled later. The environment variable TRIMTAB_KERNEL says which set to
take: `avx2`, `baseline`, or `off` for none. If it is not set, the best that this machine has.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trimtab._arrays import Float, Int, Single
from trimtab.errors import InputError
from trimtab.model.trees.kernel.forest import MAX_OUTPUTS, Forest

ABI = 3  # of kernel.h
LIBRARY = Path(__file__).with_name("kernel.so")
SETS = ("avx2", "baseline")  # the best one first
_VARIABLE, _OFF = "TRIMTAB_KERNEL", "off"

_ADDRESS, _COUNT = ctypes.c_void_p, ctypes.c_int64


class _CRows(ctypes.Structure):
    """`struct rows` of kernel.h."""

    _fields_ = (
        *((name, _ADDRESS) for name in ("codes", "values")),
        ("stride", _COUNT),
        *((name, _ADDRESS) for name in ("places", "last")),
    )


_ARGUMENTS: dict[str, list[Any]] = {
    "walk": [_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS],
    "pick": [_ADDRESS, _COUNT, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS],
}


@dataclass(frozen=True, eq=False)
class Coded:
    """What rows have in some columns, told by codes. Raises ValueError if C must not see it.

    data    [columns, rows] codes: c stands for the whole number c - 1
    sizes   [columns] how many codes there are; all of `data` are below
    places  [features] the column of each
    """

    data: NDArray[np.uint16]
    sizes: Int
    places: Int

    def __post_init__(self) -> None:
        _demand_rows(self.data, np.uint16, self.places)
        _demand_array("sizes", self.sizes, np.int64, (len(self.data),))


@dataclass(frozen=True, eq=False)
class Valued:
    """What rows have in some columns. Raises ValueError if C must not see it.

    data    [columns, rows]
    places  [features] the column of each
    """

    data: Single
    places: Int

    def __post_init__(self) -> None:
        _demand_rows(self.data, np.float32, self.places)


@dataclass(frozen=True)
class Kernel:
    """The C functions of one instruction set. ValueErrors tell arrays that C must not see."""

    instructions: str
    functions: dict[str, Callable[..., Any]] = field(repr=False)

    def margins(
        self,
        forest: Forest,
        rows: Coded | Valued,
        some: Int | None = None,
        last: Single | None = None,
    ) -> Single:
        """Margins [rows, outputs] of all or some rows: the same bits as XGBoost's.

        last  [rows] one feature more, the last one, if there is one
        """
        count = rows.data.shape[1]
        if some is not None:
            count = len(some)
            _demand_array("some", some, np.int64, (count,))
            inside = not count or bool(some.min() >= 0 and some.max() < rows.data.shape[1])
            _demand(inside, f"a row is none of 0 to {rows.data.shape[1] - 1}")
        places = rows.places
        if last is not None:
            _demand_array("last", last, np.float32, (count,))
            places = np.append(places, -1)
        _demand(len(places) == forest.features, f"{len(places)} features, not {forest.features}")
        at = rows.data.ctypes.data
        codes_at: int | None = None
        values_at: int | None = at
        if isinstance(rows, Coded):
            codes_at, values_at = at, None
            own = forest.columns[places[forest.columns] >= 0]
            known = (forest.sizes[own] >= rows.sizes[places[own]]).all()
            _demand(bool(known), "a column has codes that the forest does not know")
        margins = np.empty((count, forest.outputs), np.float32)
        some_at, last_at = (None if a is None else a.ctypes.data for a in (some, last))
        stride = rows.data.strides[0] // rows.data.itemsize
        c_rows = _CRows(codes_at, values_at, stride, places.ctypes.data, last_at)
        c_forest = forest.as_c()
        addresses = ctypes.addressof(c_forest), ctypes.addressof(c_rows), some_at
        if self.functions["walk"](*addresses, count, margins.ctypes.data):
            raise MemoryError("no memory for the sums of a block of rows")
        return margins

    def pick(self, margins: Single, prior: Single, uniforms: Float) -> NDArray[np.uint8]:
        """A class a row: see `picking.pick`, which gives the same."""
        classes, count = len(prior), len(uniforms)
        _demand(1 <= classes <= MAX_OUTPUTS, f"expected 1 to {MAX_OUTPUTS} classes, not {classes}")
        _demand_array("prior", prior, np.float32, (classes,))
        _demand_array("margins", margins, np.float32, (count, classes))
        _demand_array("uniforms", uniforms, np.float64, (count,))
        chosen = np.empty(count, np.uint8)
        addresses = (a.ctypes.data for a in (margins, prior, uniforms, chosen))
        at, prior_at, uniforms_at, into = addresses
        self.functions["pick"](at, classes, prior_at, uniforms_at, count, into)
        return chosen


def usual_kernel() -> Kernel | None:
    """The kernel that TRIMTAB_KERNEL asks for, or else the best one; None where there is none.

    Raises InputError where it asks for one that is not there.
    """
    return kernel(os.environ.get(_VARIABLE))


class Walker(NamedTuple):
    """What walks trees, and why it does."""

    by: str
    why: str


def walker() -> Walker:
    """What walks trees by `usual_kernel`, in words; nothing where that raises an error."""
    wanted = os.environ.get(_VARIABLE)
    try:
        found = usual_kernel()
    except InputError as error:
        return Walker("nothing", str(error).rstrip("."))
    if found is not None:
        asked = "the best that this machine has" if wanted is None else f"{_VARIABLE} asks for it"
        return Walker(f"the kernel ({found.instructions})", asked)
    if wanted is not None:
        return Walker("XGBoost", f"{_VARIABLE} is {wanted!r}")
    if not LIBRARY.exists():
        why = "the kernel was not built when trimtab was installed, which takes a C compiler"
    elif _open(None) is None:
        why = f"the kernel, {LIBRARY.name}, cannot be loaded here: install trimtab again"
    else:
        why = "this machine does not have the instructions that the kernel needs"
    return Walker("XGBoost, which is slower", why)


@lru_cache(maxsize=8)
def kernel(wanted: str | None = None) -> Kernel | None:
    """The kernel of an instruction set, the best one if none is named, None for `off`.

    Raises InputError where the one that is named is not there: not built, or not for this machine.
    """
    if wanted == _OFF:
        return None
    if wanted is not None and wanted not in SETS:
        raise InputError(
            f"{_VARIABLE} is {wanted!r}: expected {', '.join(SETS)} or {_OFF}, or leave it unset."
        )
    library = _open(wanted)
    if library is None:
        return None
    for name in SETS if wanted is None else (wanted,):
        if getattr(library, f"trimtab_has_{name}")():
            return _bind(library, name)
    if wanted is not None:
        raise InputError(
            f"{_VARIABLE} is {wanted!r}, but this machine does not have these instructions: leave "
            f"it unset, and the best that it has is taken."
        )
    return None


def _open(wanted: str | None) -> ctypes.CDLL | None:
    """The library, or None where there is none and none was asked for."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
    except OSError as error:
        if wanted is None:
            return None
        why = "it was not built" if not LIBRARY.exists() else str(error)
        raise InputError(
            f"{_VARIABLE} is {wanted!r}, but there is no kernel: {why}. Install trimtab where "
            f"there is a C compiler, or leave {_VARIABLE} unset."
        ) from None
    if library.trimtab_abi() != ABI:
        raise InputError(
            f"the kernel is of version {library.trimtab_abi()}, and {ABI} was expected: install "
            f"trimtab again, or set {_VARIABLE}={_OFF}."
        )
    return library


def _bind(library: ctypes.CDLL, instructions: str) -> Kernel:
    functions = {}
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, f"trimtab_{name}_{instructions}")
        function.argtypes = arguments
        function.restype = ctypes.c_int if name == "walk" else None
        functions[name] = function
    return Kernel(instructions, functions)


def _demand_rows(data: NDArray[Any], dtype: type[np.generic], places: Int) -> None:
    """Raises ValueError unless each column's rows lie side by side, and places are among them."""
    side_by_side = (
        data.dtype == dtype
        and data.ndim == 2
        and (not data.size or data.shape[1] <= 1 or data.strides[1] == data.itemsize)
        and data.strides[0] % data.itemsize == 0
    )
    if not side_by_side:
        raise ValueError(
            f"expected {np.dtype(dtype)} of shape (columns, rows), each column's side by side, not "
            f"{data.dtype} of shape {data.shape} and strides {data.strides}"
        )
    _demand_array("places", places, np.int64, (len(places),))
    inside = bool(((places >= 0) & (places < len(data))).all())
    _demand(inside, "a feature is in none of the columns")


def _demand_array(
    name: str, values: NDArray[Any], dtype: type[np.generic], shape: tuple[int, ...]
) -> None:
    """Raises ValueError unless an array is what C takes it for."""
    if values.dtype != dtype or values.shape != shape or not values.flags.c_contiguous:
        raise ValueError(
            f"{name}: expected {np.dtype(dtype)} of shape {shape}, one after the other, not "
            f"{values.dtype} of shape {values.shape} and strides {values.strides}"
        )


def _demand(sound: bool, complaint: str) -> None:
    if not sound:
        raise ValueError(complaint)
