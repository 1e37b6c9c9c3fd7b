"""Keeps messages back that may not be sent just now: unreceipted ones, too many at a time, too fast a backlog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.uplink.envelope import is_replay
from edge_alpr.uplink.window import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_alpr.types import Moment, Spooled
    from edge_alpr.uplink.confirm import Confirmation
    from edge_alpr.uplink.pace import Pace


class Gate:
    """Repetitions and hits always pass, others as far as the confirmation has room, replays at their pace."""

    def __init__(self, confirmation: Confirmation, pace: Pace, replay_after_s: float) -> None:
        self._confirm = confirmation
        self._pace = pace
        self._replay_after_s = replay_after_s

    def candidates(self, again: Sequence[Spooled], pending: Sequence[Spooled]) -> list[Spooled]:
        """What is to be repeated, then what waits, each once."""
        repeated = {key_of(message) for message in again}
        return [*again, *(message for message in pending if key_of(message) not in repeated)]

    def open(self, again: Sequence[Spooled], now: Moment) -> Callable[[Spooled], bool]:
        """Who may pass now. Each message that passes takes its share of the room and of the pace."""
        repeated = {key_of(message) for message in again}
        room = self._confirm.room(now)

        def may_pass(message: Spooled) -> bool:
            nonlocal room
            if key_of(message) in repeated:
                return True
            if self._confirm.holds(key_of(message)):
                return False
            if message.hit:
                return True
            late = is_replay(message, now.utc_s, self._replay_after_s)
            if room <= 0 or (late and self._pace.allowance(now.mono_s) < 1):
                return False
            room -= 1
            if late:
                self._pace.spend(1)
            return True

        return may_pass
