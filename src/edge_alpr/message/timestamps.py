"""Writes and reads the one form of time in messages: RFC 3339, UTC, milliseconds, ``2026-11-24T02:13:39.412Z``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_S: Final = 0.0
_LATEST_S: Final = 253_402_300_799.0  # the last second of the year 9999


def to_text(utc_s: float) -> str:
    """Seconds since 1970 UTC as text, to the nearest millisecond; kept between the years 1970 and 9999."""
    milliseconds = round(min(max(utc_s, _EARLIEST_S), _LATEST_S) * 1000)
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_seconds(text: str) -> float:
    """The inverse of `to_text`.

    Raises:
        ValueError: ``text`` is not a time, or has no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, as in 2026-11-24T02:13:39.412Z")
    return moment.timestamp()
