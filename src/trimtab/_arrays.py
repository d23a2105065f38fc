"""The array types that stand all over: what one holds, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]
Int = NDArray[np.int64]
Single = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]  # by name, as files hold them
