"""This file asks the operating system what time it is, and how far that can be trusted."""

from __future__ import annotations

import ctypes
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_alpr.message.event import ClockState
from edge_alpr.types import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME_ERROR = 5
"""adjtimex(2): the kernel's clock is not synchronised."""


class SystemClock:
    """A `types.Clock` over the system's monotonic and UTC clocks."""

    def now(self) -> Moment:
        return Moment(time.monotonic(), time.time())


class WorkClock:
    """CPU seconds of the thread that asks and of those that work for it.

    The networks run on pools of threads of their own, which `time.thread_time` leaves out; `time.process_time` would
    count the camera's decoder, the spool and the uplink as well.
    """

    def __init__(self) -> None:
        self._helpers: list[int] = []

    @contextmanager
    def adopting(self) -> Iterator[None]:
        """Threads of this process that start meanwhile count from now on. Nobody else may start one."""
        before = _thread_ids()
        yield
        self._helpers += [_clock_of(thread) for thread in _thread_ids() - before]

    def __call__(self) -> float:
        return time.thread_time() + sum(map(_read, self._helpers))


def _thread_ids() -> set[int]:
    return {int(task.name) for task in Path("/proc/self/task").iterdir()}


def _clock_of(thread: int) -> int:
    """The clock id of another thread's CPU time: CPUCLOCK_PERTHREAD and CPUCLOCK_SCHED of Linux's posix-timers.h."""
    return (~thread << 3) | 6


def _read(clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError:  # it has ended
        return 0.0


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


def kernel_clock_state() -> ClockState:
    """How good the clock is, in the words of the event."""
    quality = clock_quality()
    return ClockState(
        source="ntp" if quality.synced else "none",
        synced=quality.synced,
        error_ms=quality.error_ms,
        age_s=None,
    )
