"""This file asks the operating system what time it is, and how far that can be trusted."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass

from edge_alpr.types import Moment

TIME_ERROR = 5
"""adjtimex(2): the kernel's clock is not synchronised."""


class SystemClock:
    """A `types.Clock` over the system's monotonic and UTC clocks."""

    def now(self) -> Moment:
        return Moment(time.monotonic(), time.time())


def cpu_s() -> float:
    """CPU seconds used by this thread."""
    return time.thread_time()


@dataclass(frozen=True, slots=True)
class ClockQuality:
    """What the kernel says about its clock."""

    synced: bool
    """Whether a time service holds it to a source."""
    error_ms: float | None
    """Greatest error that the kernel admits; None if it does not know."""


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is read; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def clock_quality() -> ClockQuality:
    """Ask the kernel, without changing anything; unsynchronised where it cannot be asked."""
    answer = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer))
    except (OSError, AttributeError):
        return ClockQuality(synced=False, error_ms=None)
    if state < 0 or state == TIME_ERROR:
        return ClockQuality(synced=False, error_ms=None)
    return ClockQuality(synced=True, error_ms=answer.maxerror / 1000)
