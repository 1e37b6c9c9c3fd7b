"""This file is the capture thread's loop: source -> mailbox, and reopening a live source that failed.

It is one of the two places in the product that retry (the other is the uplink).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from annotated_types import Ge, Le

from edge_alpr.backoff import Backoff
from edge_alpr.errors import OptionError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_alpr.capture.mailbox import Mailbox
    from edge_alpr.types import Counter, FrameSource, StopSignal

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrabSettings:
    """Reopening a camera that failed."""

    first_wait_s: Annotated[float, Ge(0.01), Le(3600)] = 0.5
    """Wait before the first new attempt; it doubles each time, with a random part."""
    longest_wait_s: Annotated[float, Ge(0.01), Le(3600)] = 30.0
    """The wait grows no longer than this."""

    def __post_init__(self) -> None:
        if self.first_wait_s > self.longest_wait_s:
            raise OptionError(
                "first_wait_s", f"longer than longest_wait_s ({self.longest_wait_s:g})"
            )


class Grabber:
    """Runs one source until told to stop."""

    def __init__(
        self, source: FrameSource, mailbox: Mailbox, settings: GrabSettings, count: Counter
    ) -> None:
        self._source = source
        self._mailbox = mailbox
        self._settings = settings
        self._count = count
        self.lost: str | None = None
        """Why there are no pictures just now, for the status; None while there are."""

    def run(self, stop: StopSignal, beat: Callable[[], None]) -> None:
        """Grab until stopped or the recording ends; the mailbox is closed in any case.

        Raises:
            SourceError: a recording cannot be played (a live source is reopened instead).
        """
        backoff = Backoff(self._settings.first_wait_s, self._settings.longest_wait_s)
        try:
            while not stop.is_set():
                try:
                    for frame in self._source.frames():
                        beat()
                        backoff.reset()
                        self.lost = None
                        if stop.is_set() or not self._mailbox.put(frame):
                            return
                        self._count("capture.frames")
                    if stop.is_set() or not self._source.live:
                        return
                    raise SourceError("the camera ended without saying why")  # noqa: TRY301
                except SourceError as error:
                    if not self._source.live:
                        raise
                    self.lost = str(error)
                    self._count("capture.lost")
                    pause = backoff.next_s()
                    log.warning("%s; trying again in %.1f s", error, pause)
                    self._pause(stop, pause, beat)
        finally:
            self._source.close()
            self._mailbox.close()

    def interrupt(self) -> None:
        """From another thread, once the stop signal is set: wake a recording that waits for a frame's time."""
        self._source.close()

    def abandon(self) -> None:
        """From another thread: `run` hangs in the camera, so whoever takes frames must not wait for more."""
        self._mailbox.close()

    @staticmethod
    def _pause(stop: StopSignal, seconds: float, beat: Callable[[], None]) -> None:
        # Waiting for a lost camera is known and counted: the watchdog must not end the unit for it.
        while seconds > 0 and not stop.wait(min(seconds, 1.0)):
            beat()
            seconds -= 1.0
