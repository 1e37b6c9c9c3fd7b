"""This file compares the share of vehicles whose plate was read with the same hour a week ago: two counts an hour.

A lens that fogs or a lamp that fails is seen by no sensor; the traffic of the same hour a week ago is the nearest thing
to a control. Kept on the card, for a week and a day: numbers by the hour, nothing of a plate and no single vehicle.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_public, write_over
from edge_alpr.message.timestamps import to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge_alpr.types import Moment

log = logging.getLogger(__name__)

READ_RATES: Final = "read-rates.json"
HOUR_S: Final = 3600
WEEK_H: Final = 168
LEAST_SEEN: Final = 100
"""An hour with fewer vehicles says too little: chance alone may move its share by 5 points (one standard error)."""
DROP: Final = 0.15
"""So much less than a week ago is told. By chance alone, at 100 vehicles and 9 of 10 read, 3.5 standard errors."""


class ReadRate:
    """Counts by the hour and remembers them. Used by one thread."""

    def __init__(self, path: Path | None, tally: Callable[[str], int]) -> None:
        """``path``: where they are remembered, None for a recording; ``tally``: as `StatusBoard.tally`."""
        self._path = path
        self._tally = tally
        self._hours = {} if path is None else _load(path)
        self._hour: int | None = None
        self._before = self._totals()

    @property
    def trouble(self) -> str | None:
        """In words, from the end of an hour that was worse to the end of the next."""
        now, then = self._last(0), self._last(WEEK_H)
        if now is None or then is None or min(now[0], then[0]) < LEAST_SEEN:
            return None
        shares = [min(read, seen) / seen for seen, read in (now, then)]
        if shares[0] > shares[1] - DROP:
            return None
        return (
            f"fewer plates are read: of {now[0]} vehicles of the last hour {shares[0]:.0%}, "
            f"in the same hour a week ago {shares[1]:.0%}"
        )

    def update(self, now: Moment, *, synced: bool) -> None:
        """Take what was counted since the last call. Under a clock that is not synchronised nothing is."""
        before, self._before = self._before, self._totals()
        if not synced:
            return
        hour = int(now.utc_s // HOUR_S)
        if self._hour not in (None, hour):
            self._hours = {h: n for h, n in self._hours.items() if 0 < hour - h <= WEEK_H + 24}
            self._save()
        self._hour = hour
        seen, read = self._hours.get(hour, (0, 0))
        self._hours[hour] = (
            seen + self._before[0] - before[0],
            read + self._before[1] - before[1],
        )

    def described(self) -> dict[str, Any] | None:
        """For the health report: the last hour that is over; None before there is one."""
        now, then = self._last(0), self._last(WEEK_H)
        if now is None or self._hour is None:
            return None
        return {
            "hour": to_text(float((self._hour - 1) * HOUR_S)),
            "seen": now[0],
            "read": now[1],
            "week_ago_seen": None if then is None else then[0],
            "week_ago_read": None if then is None else then[1],
        }

    def _last(self, earlier_h: int) -> tuple[int, int] | None:
        """The hour before this one, or that so many hours earlier."""
        return None if self._hour is None else self._hours.get(self._hour - 1 - earlier_h)

    def _totals(self) -> tuple[int, int]:
        return self._tally("passes.seen"), self._tally("passes.read")

    def _save(self) -> None:
        """Once an hour. A restart costs what its own hour had counted before it."""
        if self._path is None:
            return
        content = json.dumps({str(hour): counts for hour, counts in sorted(self._hours.items())})
        try:
            write_over(self._path, content.encode() + b"\n", 0o600)
        except (OSError, KeyFileError) as error:
            log.warning("the read rates cannot be remembered: %s", error)


def _load(path: Path) -> dict[int, tuple[int, int]]:
    """What is remembered; nothing where that cannot be understood, since it is no reason not to run."""
    if not path.exists():
        return {}
    try:
        found = json.loads(read_public(path))
        return {int(hour): (int(seen), int(read)) for hour, (seen, read) in found.items()}
    except (ValueError, TypeError, AttributeError, KeyFileError) as error:
        log.warning("%s: begun anew, since it cannot be understood: %s", path, error)
        return {}
