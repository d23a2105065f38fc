"""Bounds of a process that opens what users brought."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_MIB = 1024**2

# Libraries that take threads or address space by the gigabyte are told not to, before they load.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}


def bound(memory_mib: int, cpu_seconds: float | None = None) -> None:
    """Bound this process, for good.

    It ends with the one who started it; files that it makes are its user's alone; it dumps no
    core, which could hold data; memory and time end where they should.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # who died meanwhile
            os._exit(1)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What is mapped for writing; all of the address space, of which the engine that draws charts
    # reserves more than it ever touches, only where nothing else can be bounded.
    what = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    resource.setrlimit(what, (memory_mib * _MIB, memory_mib * _MIB))
    if cpu_seconds is not None:
        whole = max(1, round(cpu_seconds))
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))


def end_with_input() -> None:
    """End this process when its standard input does: when who started it is gone, on any system."""

    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
