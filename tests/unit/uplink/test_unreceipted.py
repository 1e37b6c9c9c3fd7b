"""What was sent and is not receipted: how much may wait, what is sent again and when, and that nothing is forgotten."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_alpr.uplink.unreceipted import Unreceipted
from edge_alpr.uplink.window import key_of
from fakes.feed import MemoryFeed

if TYPE_CHECKING:
    from edge_alpr.types import Spooled

BOOT = "00c0ffee"


def _messages(count: int) -> list[Spooled]:
    feed = MemoryFeed()
    return [feed.add() for _ in range(count)]


def _sent(messages: list[Spooled], now_s: float = 0.0, most: int = 10) -> Unreceipted:
    """All sent, after an earlier receipt."""
    unreceipted = Unreceipted(most, 6.0, 60.0)
    unreceipted.take(BOOT, lambda _seq: False, now_s)
    for message in messages:
        unreceipted.sent(message, now_s)
    return unreceipted


def _again(unreceipted: Unreceipted, now_s: float) -> list[int]:
    return [message.seq for message in unreceipted.again(now_s)]


def test_at_first_one_message_asks_until_a_receipt_or_the_time_out() -> None:
    (first, *_) = _messages(3)
    unreceipted = Unreceipted(10, 6.0, 60.0)
    assert unreceipted.room(0) == 1
    unreceipted.sent(first, 0)
    assert unreceipted.room(5.9) == 0
    assert unreceipted.room(6.0) == 9
    unreceipted.take(BOOT, lambda seq: seq == 1, 1)
    assert unreceipted.room(1.0) == 10


def test_so_many_may_wait_and_a_receipt_makes_room() -> None:
    messages = _messages(10)
    unreceipted = _sent(messages)
    assert unreceipted.room(0) == 0
    done = unreceipted.take(BOOT, lambda seq: seq in {3, 5}, 1)
    assert [message.seq for message in done] == [3, 5]
    assert unreceipted.room(1) == 2
    assert unreceipted.take(BOOT, lambda seq: seq in {3, 5}, 1) == [], "twice does no harm"


def test_a_receipt_of_another_boot_covers_nothing() -> None:
    unreceipted = _sent(_messages(3))
    assert unreceipted.take("ffffffff", lambda _seq: True, 1) == []
    assert len(unreceipted) == 3


def test_nothing_is_sent_again_before_its_time_out_and_then_only_one_asks() -> None:
    messages = _messages(5)
    unreceipted = _sent(messages)
    assert _again(unreceipted, 5.9) == []
    assert _again(unreceipted, 6.0) == [1]


def test_questions_become_rarer_as_long_as_nobody_answers() -> None:
    messages = _messages(5)
    unreceipted = _sent(messages)
    asked_s: list[float] = []
    for second in range(400):
        for message in unreceipted.again(float(second)):
            unreceipted.sent(message, float(second))
            asked_s.append(second)
    pauses = [b - a for a, b in itertools.pairwise(asked_s)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 6
    assert pauses[-1] == 60


def test_every_message_takes_its_turn_in_asking() -> None:
    """Else one that the collector refuses would ask in vain for ever."""
    messages = _messages(3)
    unreceipted = _sent(messages)
    asked: list[int] = []
    for second in range(200):
        for message in unreceipted.again(float(second)):
            unreceipted.sent(message, float(second))
            asked.append(message.seq)
    assert asked[:4] == [1, 2, 3, 1]


def test_what_others_overtook_is_sent_again_after_a_further_time_out() -> None:
    messages = _messages(4)
    unreceipted = _sent(messages)
    unreceipted.take(BOOT, lambda seq: seq == 4, 1)
    assert _again(unreceipted, 6.9) == []
    assert _again(unreceipted, 7.0) == [1, 2, 3]


def test_an_answered_question_brings_all_that_did_not_arrive() -> None:
    messages = _messages(4)
    unreceipted = _sent(messages)
    unreceipted.sent(messages[0], 6)
    unreceipted.take(BOOT, lambda seq: seq <= 2, 6.5)
    assert _again(unreceipted, 12.4) == []
    assert _again(unreceipted, 12.5) == [3, 4]


def test_a_message_that_the_collector_never_takes_waits_longer_each_time_and_blocks_nobody() -> (
    None
):
    bad, *others = _messages(60)
    unreceipted = _sent([bad], most=1)
    sent_s: list[int] = []
    for second in range(300):
        now_s = float(second)
        for message in unreceipted.again(now_s):
            unreceipted.sent(message, now_s)
            sent_s.append(second)
        if second % 5 == 0 and others:
            good = others.pop(0)
            unreceipted.sent(good, now_s)
            assert unreceipted.take(BOOT, lambda seq, good=good: seq == good.seq, now_s) == [good]  # type: ignore[misc]
    pauses = [b - a for a, b in itertools.pairwise(sent_s)]
    assert pauses[-1] >= 60
    assert unreceipted.room(300) == 1, "it has given up its place"


def test_what_is_dropped_is_not_waited_for() -> None:
    messages = _messages(2)
    unreceipted = _sent(messages)
    unreceipted.drop(messages[0])
    unreceipted.drop(messages[0])
    assert key_of(messages[0]) not in unreceipted
    assert _again(unreceipted, 6) == [2]


class ReceiptMachine(RuleBasedStateMachine):
    """A broker and a collector that may lose anything: no message is repeated early, all arrive in the end."""

    MOST = 4

    def __init__(self) -> None:
        super().__init__()
        self.feed = MemoryFeed()
        self.unreceipted = Unreceipted(self.MOST, 6.0, 60.0)
        self.now_s = 0.0
        self.new: list[Spooled] = []
        self.sent_s: dict[int, float] = {}
        self.wire: list[int] = []
        self.stored: set[int] = set()
        self.done: set[int] = set()

    @rule()
    def add(self) -> None:
        self.new.append(self.feed.add())

    @rule()
    def send(self) -> None:
        for message in self.unreceipted.again(self.now_s):
            assert self.now_s >= self.sent_s[message.seq] + 6.0
            assert message.seq not in self.done
            self._send(message)
        for message in self.new[: self.unreceipted.room(self.now_s)]:
            self._send(message)
            self.new.remove(message)

    def _send(self, message: Spooled) -> None:
        self.unreceipted.sent(message, self.now_s)
        self.sent_s[message.seq] = self.now_s
        self.wire.append(message.seq)

    @precondition(lambda self: self.wire)
    @rule(lost=st.booleans())
    def arrive(self, *, lost: bool) -> None:
        seq = self.wire.pop(0)
        if not lost:
            self.stored.add(seq)

    @rule(lost=st.booleans())
    def receipt(self, *, lost: bool) -> None:
        if not lost:
            covered = set(self.stored)
            taken = self.unreceipted.take(BOOT, covered.__contains__, self.now_s)
            self.done |= {message.seq for message in taken}
            assert self.done <= self.stored

    @rule(seconds=st.floats(0, 100))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def nothing_is_forgotten(self) -> None:
        waiting = {message.seq for message in self.feed.rows} - self.done
        fresh = {message.seq for message in self.new}
        assert len(self.unreceipted) == len(waiting - fresh)

    def teardown(self) -> None:
        for _ in range(20 * (len(self.feed.rows) + 1)):
            self.pass_time(61.0)
            self.send()
            while self.wire:
                self.arrive(lost=False)
            self.receipt(lost=False)
        assert self.done == {message.seq for message in self.feed.rows}


TestReceiptMachine = ReceiptMachine.TestCase


def _played(receipt_s: float, seconds: int = 400) -> tuple[int, int]:
    """A message a second to a collector whose receipts take so long; how many were sent, and how many again."""
    unreceipted = Unreceipted(1000, 6.0, 60.0)
    feed = MemoryFeed()
    answers: list[tuple[float, int]] = []
    sent = again = 0
    for tenth in range(seconds * 10):
        now_s = tenth / 10
        for _, seq in [answer for answer in answers if answer[0] <= now_s]:
            unreceipted.take(BOOT, lambda found, seq=seq: found == seq, now_s)  # type: ignore[misc]
        answers = [answer for answer in answers if answer[0] > now_s]
        repeats = unreceipted.again(now_s)
        new = [feed.add()] if tenth % 10 == 0 and unreceipted.room(now_s) else []
        for message in [*repeats, *new]:
            unreceipted.sent(message, now_s)
            answers.append((now_s + receipt_s, message.seq))
        sent, again = sent + len(new), again + len(repeats)
    return sent, again


def test_a_collector_that_is_slow_gets_little_twice() -> None:
    """With a time-out that does not learn it would get nearly every message twice: 383 of 385."""
    sent, again = _played(receipt_s=15.0)
    assert sent > 300
    assert again <= sent // 20, "until it is known how long receipts take"


def test_a_collector_that_is_quick_gets_nothing_twice() -> None:
    assert _played(receipt_s=0.5)[1] == 0
