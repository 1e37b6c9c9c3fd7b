"""Lets messages go at the end of their time, and not because the clock was just set."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edge_alpr.types import Clock, Counter, Moment
    from edge_alpr.uplink.terms import Feed

_log = logging.getLogger(__name__)

_EVERY_S: Final = 5.0
_SHARE: Final = 20.0
"""A look reads all that waits: of a long backlog it may take at most one twentieth of the time."""
_JUMP_S: Final = 5.0
_PATIENCE_S: Final = 30.0
"""After the clock was set by more than `_JUMP_S`, nothing expires for so long: the camera half first moves the times of
what it stored by the wrong clock."""


class Expiry:
    """Looks every few seconds. Counts ``uplink.expired``."""

    def __init__(self, feed: Feed, clock: Clock, count: Counter) -> None:
        self._feed = feed
        self._clock = clock
        self._count = count
        start = clock.now()
        self._origin_s = start.utc_s - start.mono_s
        self._next_s = -math.inf

    def tidy(self, now: Moment) -> None:
        """Look, if it is time to.

        Raises:
            SpoolError: the spool cannot be used just now.
        """
        if now.mono_s < self._next_s:
            return
        self._next_s = now.mono_s + _EVERY_S
        origin_s = now.utc_s - now.mono_s
        if abs(origin_s - self._origin_s) > _JUMP_S:
            self._origin_s = origin_s
            self._next_s = now.mono_s + _PATIENCE_S
            return
        started_s = self._clock.now().mono_s
        if expired := self._feed.expire(now.utc_s):
            self._count("uplink.expired", expired)
            _log.warning("%d messages expired in the spool before they could be delivered", expired)
        ended_s = self._clock.now().mono_s
        self._next_s = max(self._next_s, ended_s + _SHARE * (ended_s - started_s))
