"""Ready-made gaps and clocks of unit o/s/u, whose events `fakes.events` makes."""

from __future__ import annotations

from edge_alpr.message.notice import CLOCK, GAP, ClockNotice, GapNotice, LostRange


def a_gap(seq: int, *ranges: tuple[int, int], of: str = "00c0ffee") -> GapNotice:
    """Numbers of boot ``of`` that were shed."""
    return GapNotice(
        schema=GAP,
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=seq,
        at="2026-01-01T00:00:00.000Z",
        lost=tuple(
            LostRange(boot=of, first=first, last=last, messages=last - first + 1, cause="room")
            for first, last in ranges
        ),
        proof=None,
    )


def a_clock(seq: int, at: str, monotonic_s: float) -> ClockNotice:
    """It was ``at`` when the unit's other clock said ``monotonic_s``."""
    return ClockNotice(
        schema=CLOCK,
        org="o",
        site="s",
        unit="u",
        boot="00c0ffee",
        seq=seq,
        at=at,
        monotonic_s=monotonic_s,
        offset_s=0.0,
        error_ms=5.0,
        proof=None,
    )
