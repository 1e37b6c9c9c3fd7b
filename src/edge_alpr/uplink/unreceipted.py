"""Keeps what was sent until a receipt covers it, and decides what to send again, and when.

Pure bookkeeping, without clock or network. The rules:

- at most ``most`` messages wait for a receipt; hits may exceed that, so that a silent collector cannot hold one back;
- nothing is sent again before its time-out, which grows with the time that receipts take: a collector that is slow and
  not away must not get more to do (`ReceiptTime`);
- a receipt that covers a message sent later says that the collector listens and did not get this one, if a further
  time-out does not bring it: it is sent again, after a longer pause each time (the collector may refuse it for good);
- if no receipt comes at all, the collector is away, or its receipts were lost: one message is sent again as a question,
  after a longer pause each time. Its receipt covers whatever else has arrived, so the others need not be repeated.
  For the same reason only one message is sent at first after a start;
- unanswered questions make room for a new message now and then: perhaps the collector refuses just those that wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_alpr.types import Spooled
from edge_alpr.uplink.window import Key, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

_HOPELESS: Final = 2
"""So often missed, a message gives up its place among the ``most``: a collector may refuse some for ever."""
_MOST_HOPELESS: Final = 4
"""Times ``most``: a bound for the memory that they take."""


@dataclass(slots=True)
class _Sent:
    message: Spooled
    order: int
    """Counts all sendings."""
    sent_s: float
    due_s: float
    """It is not sent again before."""
    repeated: bool = False
    misses: int = 0
    """How often it was sent again because the collector had others and not this one."""
    passed: bool = False
    """Whether a receipt covered a message that was sent later."""


class ReceiptTime:
    """How long to wait for a receipt: the mean of what they took, and four times the mean deviation (Jacobson 1988).

    Messages that were sent again tell nothing: their receipt may be for either (Karn and Partridge 1987).
    """

    def __init__(self, least_s: float) -> None:
        self._least_s = least_s
        self._mean_s: float | None = None
        self._deviation_s = 0.0

    @property
    def timeout_s(self) -> float:
        """Never less than ``least_s``."""
        return max(self._least_s, (self._mean_s or 0.0) + 4 * self._deviation_s)

    def took(self, seconds: float) -> None:
        """A receipt came so long after its message."""
        if self._mean_s is None:
            self._mean_s, self._deviation_s = seconds, seconds / 2
        else:
            self._deviation_s += (abs(seconds - self._mean_s) - self._deviation_s) / 4
            self._mean_s += (seconds - self._mean_s) / 8


class Unreceipted:
    """Seconds are monotonic. Pauses double from ``timeout_s``, or what receipts take, to ``longest_s``."""

    def __init__(self, most: int, timeout_s: float, longest_s: float) -> None:
        self._most = most
        self._receipt_time = ReceiptTime(timeout_s)
        self._longest_s = max(timeout_s, longest_s)
        self._sent: dict[Key, _Sent] = {}  # in the order of sending
        self._order = 0
        self._heard = False
        self._opened_s: float | None = None
        self._questions = 0
        self._question_s = -math.inf

    def __len__(self) -> int:
        return len(self._sent)

    def __contains__(self, key: Key) -> bool:
        return key in self._sent

    def room(self, now_s: float) -> int:
        """How many further messages may be sent that are no hits."""
        if not self._heard and (self._opened_s is None or now_s < self._opened_s):
            return 1 - min(1, len(self._sent))
        waiting = sum(sent.misses < _HOPELESS for sent in self._sent.values())
        room = self._most + self._questions // 2 - waiting
        return max(0, min(room, _MOST_HOPELESS * self._most - len(self._sent)))

    def sent(self, message: Spooled, now_s: float) -> None:
        """It was handed to the broker, for the first time or again."""
        before = self._sent.pop(key_of(message), None)
        misses = 0
        if before is not None:
            misses = before.misses + before.passed
            if not before.passed:
                self._question_s = now_s + self._pause_s(self._questions)
                self._questions += 1
        if self._opened_s is None:
            self._opened_s = now_s + self._pause_s(0)
        self._order += 1
        due_s = now_s + self._pause_s(misses)
        repeated = before is not None
        self._sent[key_of(message)] = _Sent(message, self._order, now_s, due_s, repeated, misses)

    def drop(self, message: Spooled) -> None:
        """It does not count as sent, or is not to be sent any more."""
        self._sent.pop(key_of(message), None)

    def take(self, boot: str, covered: Callable[[int], bool], now_s: float) -> list[Spooled]:
        """A receipt came for a boot: the messages that it covers, which now may go."""
        self._heard = True
        mine = [sent for sent in self._sent.values() if sent.message.boot == boot]
        done = [sent for sent in mine if covered(sent.message.seq)]
        if done:
            once = [now_s - sent.sent_s for sent in done if not sent.repeated]
            if once and not self._questions:  # after a silence, its length would be learnt
                self._receipt_time.took(max(once))
            self._questions = 0
            self._question_s = min(self._question_s, now_s + self._pause_s(0))
            newest = max(sent.order for sent in done)
            for sent in mine:
                if sent.order < newest and not sent.passed:
                    sent.passed = True
                    # What a collector has missed for long may just be on its way from the broker.
                    sent.due_s = max(sent.due_s, now_s + self._pause_s(0))
            for sent in done:
                self.drop(sent.message)
        return [sent.message for sent in done]

    def again(self, now_s: float) -> list[Spooled]:
        """What is to be sent again now, oldest first."""
        due = [sent for sent in self._sent.values() if now_s >= sent.due_s]
        missed = [sent.message for sent in due if sent.passed]
        if missed or not due or now_s < self._question_s:
            return missed
        return [due[0].message]

    def _pause_s(self, tries: int) -> float:
        return min(self._longest_s, self._receipt_time.timeout_s * 2.0 ** min(tries, 60))
