"""How often something failed from an address within a minute, in the memory of this server."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from trimtab.server.problems import TooMany

SECONDS = 60.0
LIMIT = 20  # a minute and address
_MOST_ADDRESSES = 10_000


class Tally:
    """Failures by address; it forgets those of the addresses that were quiet for longest.

    what   it is that failed, in words
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str) -> None:
        """Count a failure. Raises TooMany for one beyond what is borne."""
        now = time.time()
        with self._lock:
            times = self._times.setdefault(address, deque(maxlen=LIMIT))
            self._times.move_to_end(address)
            if len(self._times) > _MOST_ADDRESSES:
                self._times.popitem(last=False)
            full = len(times) == LIMIT and times[0] > now - SECONDS
            if not full:
                times.append(now)
        if full:
            raise too_many(self._what, times[0], now)


def too_many(what: str, first: float, now: float) -> TooMany:
    """The problem of too many failures, of which the first that counts was then."""
    seconds = max(1, round(first + SECONDS - now + 0.5))
    return TooMany(
        f"too many {what}: wait {seconds} seconds.", headers={"Retry-After": str(seconds)}
    )
