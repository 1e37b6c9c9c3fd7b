"""A clock and a stop signal that move only when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.types import Moment

if TYPE_CHECKING:
    from collections.abc import Callable


class ManualClock:
    """Starts at monotonic 1000 s, UTC 2026-01-01."""

    def __init__(self, mono_s: float = 1000.0, utc_s: float = 1_767_225_600.0) -> None:
        self.at = Moment(mono_s, utc_s)

    def now(self) -> Moment:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at = self.at.later(seconds)


class ManualStop:
    """Waiting passes the clock's time at once, then calls ``then``, which may set the signal."""

    def __init__(self, clock: ManualClock, then: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._then = then
        self._set = False
        self.waits_s: list[float] = []

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            assert timeout is not None, "this would wait for ever"
            self.waits_s.append(timeout)
            self._clock.pass_s(timeout)
            self._then()
        return self._set
