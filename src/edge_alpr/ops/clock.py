"""This file asks the operating system what time it is, and how far that can be trusted."""

from __future__ import annotations

import time

from edge_alpr.types import Moment


class SystemClock:
    """A `types.Clock` over the system's monotonic and UTC clocks."""

    def now(self) -> Moment:
        return Moment(time.monotonic(), time.time())


def cpu_s() -> float:
    """CPU seconds used by this thread."""
    return time.thread_time()
