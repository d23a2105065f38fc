"""Where neural models run, and where compiled programs are kept."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jax
import platformdirs

_MIN_SECONDS = 0.1  # programs that compile faster than this are not worth a file


@cache
def prepare_device() -> str:
    """Keep compiled programs in the user's cache folder, and name the device: "cpu", "gpu (...)".

    A cache folder that the user has set for JAX is left alone.
    """
    config: Any = jax.config  # its attributes are not typed
    if config.jax_compilation_cache_dir is None:
        folder = Path(platformdirs.user_cache_dir("trimtab")) / "jax"
        config.update("jax_compilation_cache_dir", str(folder))
        config.update("jax_persistent_cache_min_compile_time_secs", _MIN_SECONDS)
    device = jax.devices()[0]
    return device.platform if device.platform == "cpu" else f"gpu ({device.device_kind})"
