"""Makes the unit's own messages, about gaps and its clock: numbered, signed and spooled like events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.message.notice import (
    CLOCK,
    GAP,
    ClockNotice,
    GapNotice,
    LostRange,
    Notice,
    encode_notice,
)
from edge_alpr.message.timestamps import to_text
from edge_alpr.types import MessageKind, Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.delivery.post import Append
    from edge_alpr.message.document import Sign
    from edge_alpr.message.topics import UnitAddress
    from edge_alpr.types import Loss, Moment


class Notices:
    """They go before all reads and never expire: what they say is about others."""

    def __init__(
        self, append: Append, *, address: UnitAddress, boot: str, sign: Sign | None = None
    ) -> None:
        self._append = append
        self._address = address
        self._boot = boot
        self._sign = sign

    def gap(self, losses: Sequence[Loss], now: Moment) -> int:
        """Announce what will never come; returns the number of the message."""
        lost = tuple(
            LostRange(
                boot=loss.boot,
                first=loss.first or None,
                last=loss.last or None,
                messages=loss.messages,
                cause=loss.cause,
            )
            for loss in losses
        )

        def make(seq: int) -> Notice:
            return GapNotice(
                schema=GAP,
                org=self._address.org,
                site=self._address.site,
                unit=self._address.unit,
                boot=self._boot,
                seq=seq,
                at=to_text(now.utc_s),
                lost=lost,
                proof=None,
            )

        return self._send("gap", make)

    def clock(self, now: Moment, offset_s: float, error_ms: float | None) -> int:
        """Say that the clock is known now, and was set by ``offset_s``; returns the number of the message."""

        def make(seq: int) -> Notice:
            return ClockNotice(
                schema=CLOCK,
                org=self._address.org,
                site=self._address.site,
                unit=self._address.unit,
                boot=self._boot,
                seq=seq,
                at=to_text(now.utc_s),
                monotonic_s=now.mono_s,
                offset_s=offset_s,
                error_ms=error_ms,
                proof=None,
            )

        return self._send("clock", make)

    def _send(self, kind: MessageKind, make: Callable[[int], Notice]) -> int:
        outgoing = Outgoing(kind, "", None, hit=True)
        return self._append(outgoing, lambda seq: encode_notice(make(seq), self._sign))
