"""Which messages go next: order, bound, refusals that do not block, suspects that travel alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_alpr.backoff import Backoff
from edge_alpr.uplink.window import Window, key_of
from fakes.feed import MemoryFeed

if TYPE_CHECKING:
    from edge_alpr.types import Spooled


def _window() -> Window:
    return Window(Backoff(1.0, 60.0, random.Random(1)))


def _feed(count: int) -> MemoryFeed:
    feed = MemoryFeed()
    for _ in range(count):
        feed.add()
    return feed


def _send(window: Window, chosen: list[Spooled], now_s: float) -> list[int]:
    for message in chosen:
        window.sent(message.seq, message, now_s)
    return [message.seq for message in chosen]


def test_no_more_than_the_window_is_sent_and_in_order() -> None:
    window, feed = _window(), _feed(5)
    assert _send(window, window.choose(feed.rows, 3, 0), 0) == [1, 2, 3]
    assert window.choose(feed.rows, 3, 0) == []
    assert window.accepted(2) == feed.rows[1]
    window.finish([feed.rows[1]])
    assert _send(window, window.choose(feed.rows, 3, 0), 0) == [4]


def test_a_delivered_message_that_the_spool_still_holds_is_not_sent_again() -> None:
    window, feed = _window(), _feed(1)
    _send(window, window.choose(feed.rows, 3, 0), 0)
    window.accepted(1)
    window.finish(feed.rows)
    assert window.choose(feed.rows, 3, 0) == []
    assert window.done() == feed.rows
    window.forgotten(feed.rows)
    assert window.done() == []


def test_a_refused_message_waits_longer_each_time_and_does_not_block_the_others() -> None:
    window, feed = _window(), _feed(2)
    waited = []
    now_s = 0.0
    for _ in range(4):
        first = window.choose(feed.rows[:1], 1, now_s)
        assert _send(window, first, now_s) == [1]
        window.refused(1, now_s)
        assert [m.seq for m in window.choose(feed.rows, 2, now_s)] == [2]
        since_s = now_s
        while not window.choose(feed.rows[:1], 1, now_s):
            now_s += 0.1
        waited.append(now_s - since_s)
    assert waited == sorted(waited)
    assert waited[-1] > 3 * waited[0]


def test_a_broker_that_refuses_everything_is_not_hammered_but_gets_hits() -> None:
    window, feed = _window(), _feed(10)
    for token in _send(window, window.choose(feed.rows, 3, 0), 0):
        window.refused(token, 0)
    assert window.choose(feed.rows, 3, 0) == []
    hit = feed.add(hit=True)
    assert window.choose(feed.pending(100, 0), 3, 0) == [hit]


def test_a_lost_link_makes_everything_pending_again_in_order() -> None:
    window, feed = _window(), _feed(3)
    _send(window, window.choose(feed.rows, 3, 0), 0)
    assert window.lost(0) == 3
    assert window.in_flight == 0
    assert _send(window, window.choose(feed.rows, 3, 0), 0) == [1, 2, 3]


def test_what_was_in_flight_at_three_lost_links_travels_alone() -> None:
    window, feed = _window(), _feed(3)
    now_s = 0.0
    for _ in range(3):
        assert _send(window, window.choose(feed.rows[:2], 2, now_s), now_s) == [1, 2]
        window.lost(now_s)
    assert _send(window, window.choose(feed.rows, 3, now_s), now_s) == [3], "the suspects wait"
    now_s += 60
    assert window.choose(feed.rows, 3, now_s) == [], "the window empties first"
    window.accepted(3)
    assert _send(window, window.choose(feed.rows, 3, now_s), now_s) == [1]
    feed.add()
    assert window.choose(feed.rows, 3, now_s) == [], "nobody travels with a suspect"
    window.accepted(1)
    assert _send(window, window.choose(feed.rows[1:], 3, now_s), now_s) == [2]


def test_what_is_known_of_messages_that_are_gone_is_dropped() -> None:
    window, feed = _window(), _feed(2)
    for token in _send(window, window.choose(feed.rows, 2, 0), 0):
        window.refused(token, 0)
    assert window.ask_for(10) == 12
    window.forget_strangers(feed.rows[:1])
    assert window.ask_for(10) == 11


class WindowMachine(RuleBasedStateMachine):
    """Whatever happens: no message is lost, none in flight twice, the bound holds, in the end all are delivered."""

    SIZE = 3

    def __init__(self) -> None:
        super().__init__()
        self.feed = MemoryFeed()
        self.window = _window()
        self.now_s = 0.0
        self.flying: dict[int, Spooled] = {}
        self.token = 0
        self.added = 0

    @rule(hit=st.booleans())
    def add(self, *, hit: bool) -> None:
        self.feed.add(hit=hit)
        self.added += 1

    @rule()
    def send(self) -> None:
        pending = self.feed.pending(self.window.ask_for(self.SIZE), 0)
        chosen = self.window.choose(pending, self.SIZE, self.now_s)
        keys = {key_of(message) for message in self.flying.values()}
        assert not keys & {key_of(message) for message in chosen}
        positions = [pending.index(message) for message in chosen]
        assert positions == sorted(positions)
        for message in chosen:
            self.token += 1
            self.flying[self.token] = message
            self.window.sent(self.token, message, self.now_s)

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), accepted=st.booleans())
    def answer(self, data: st.DataObject, *, accepted: bool) -> None:
        token = data.draw(st.sampled_from(sorted(self.flying)))
        message = self.flying.pop(token)
        if accepted:
            assert self.window.accepted(token) == message
            self.window.finish([message])
        else:
            assert self.window.refused(token, self.now_s) == message

    @rule()
    def delete(self) -> None:
        done = self.window.done()
        self.feed.delivered(done)
        self.window.forgotten(done)

    @rule()
    def cut(self) -> None:
        assert self.window.lost(self.now_s) == len(self.flying)
        self.flying.clear()

    @rule(seconds=st.floats(0, 100))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def bound_holds(self) -> None:
        assert self.window.in_flight == len(self.flying) <= self.SIZE

    @invariant()
    def nothing_is_lost(self) -> None:
        assert len(self.feed.rows) + len(self.feed.gone) == self.added

    def teardown(self) -> None:
        self.cut()
        for _ in range(20 * (self.added + 1)):
            self.now_s += 60
            self.send()
            for token in list(self.flying):
                self.window.finish([self.flying.pop(token)])
                self.window.accepted(token)
            self.delete()
        assert self.feed.rows == []
        assert len({key_of(message) for message in self.feed.gone}) == self.added


TestWindowMachine = WindowMachine.TestCase
