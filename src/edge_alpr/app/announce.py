"""This file tells what the collector could not guess: numbers that will never come, and when the clock became known."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final, Protocol

from edge_alpr.errors import SpoolError
from edge_alpr.ops.clock import clock_quality
from edge_alpr.types import unrecorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.delivery.notices import Notices
    from edge_alpr.ops.clock import ClockQuality
    from edge_alpr.types import Clock, Loss, Record, StopSignal

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
GAPS_EVERY_S: Final = 10.0
"""A spool that sheds all the time is announced in few messages."""
WORTH_S: Final = 1.0
"""A clock that was set by less needs no new expiry."""


class Ledger(Protocol):
    """What is asked of the spool."""

    @property
    def boot(self) -> str: ...
    @property
    def stored_through(self) -> int: ...
    def losses(self) -> list[Loss]: ...
    def announced(self, told: Sequence[Loss]) -> None: ...
    def shift_expiry(self, by_s: float) -> None: ...


class Announcer:
    """`run` is the loop of one thread of the camera half, where the key is."""

    def __init__(
        self,
        spool: Ledger,
        notices: Notices,
        clock: Clock,
        quality: Callable[[], ClockQuality] = clock_quality,
        record: Record = unrecorded,
    ) -> None:
        """``record`` writes into the audit log what was lost or expired, and how the clock was set."""
        self._spool = spool
        self._notices = notices
        self._clock = clock
        self._quality = quality
        self._record = record
        self._synced = quality().synced
        start = clock.now()
        self._origin_s = self._stepped_s = start.utc_s - start.mono_s
        self._shift_s = 0.0
        self._told: tuple[int, list[Loss]] | None = None
        self._gaps_s = -math.inf

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Look every second until ``stop`` is set. What is not told by then is told after the next start."""
        while not stop.wait(EVERY_S):
            beat()
            self.look()

    def look(self) -> None:
        """Tell what is new."""
        try:
            self._look_at_clock()
            self._look_at_losses()
        except SpoolError as error:
            log.debug("told later: %s", error)  # the spool has said so itself

    def _look_at_clock(self) -> None:
        quality = self._quality()
        self._note_step(quality)
        if quality.synced and not self._synced:
            now = self._clock.now()
            offset_s = now.utc_s - now.mono_s - self._origin_s
            self._origin_s += offset_s
            self._shift_s += offset_s
            self._notices.clock(now, offset_s, quality.error_ms)
            log.warning("the clock is synchronised now; it was set by %.1f s", offset_s)
        self._synced = quality.synced
        if abs(self._shift_s) >= WORTH_S:
            self._spool.shift_expiry(self._shift_s)  # if it fails, it is tried again
        self._shift_s = 0.0

    def _note_step(self, quality: ClockQuality) -> None:
        now = self._clock.now()
        step_s = now.utc_s - now.mono_s - self._stepped_s
        if abs(step_s) >= WORTH_S:
            self._stepped_s += step_s
            error_ms = quality.error_ms
            self._record(
                "clock", offset_s=round(step_s, 3), error_ms=error_ms, synced=quality.synced
            )

    def _look_at_losses(self) -> None:
        now = self._clock.now()
        if self._told is not None:
            seq, losses = self._told
            if self._spool.stored_through < seq:
                return
            self._told = None
            if not any(self._is_in(loss, seq) for loss in self._spool.losses()):
                self._spool.announced(losses)
                self._note_losses(losses)
        if now.mono_s < self._gaps_s + GAPS_EVERY_S:
            return
        if losses := self._spool.losses():
            self._gaps_s = now.mono_s
            self._told = self._notices.gap(losses, now), losses
            log.warning("%d ranges of messages are announced as lost", len(losses))

    def _note_losses(self, losses: Sequence[Loss]) -> None:
        """For good, once the telling is stored; so each loss stands in the log once."""
        for loss in losses:
            facts = {
                "boot": loss.boot,
                "first": loss.first or None,
                "last": loss.last or None,
                "messages": loss.messages,
                "cause": loss.cause,
            }
            if loss.cause == "expired":
                self._record("purge", **{**facts, "class": "spooled"})
            else:
                self._record("gap", **facts)

    def _is_in(self, loss: Loss, seq: int) -> bool:
        """Whether the announcement itself was given up."""
        return loss.boot == self._spool.boot and loss.first <= seq <= loss.last
