"""The uplink over a spool and a broker in memory: nothing lost, nothing forgotten too early, an end in order."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from edge_alpr.message.topics import UnitAddress
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import HealthSettings, Presence
from edge_alpr.uplink.settings import UplinkSettings
from fakes.feed import MemoryFeed
from fakes.manual_time import ManualClock, ManualStop
from fakes.publisher import FakeBroker, FakePublisher


class _World:
    """Waiting passes time, and each step of time runs ``on_time``, which ends the run at last."""

    def __init__(self, settings: UplinkSettings | None = None, lasts_s: float = 300.0) -> None:
        self.clock = ManualClock()
        self.stop = ManualStop(self.clock, self._tick)
        self.feed = MemoryFeed(self._pass)
        self.broker = FakeBroker()
        self.publisher = FakePublisher(self.broker, self._pass)
        self.counts: Counter[str] = Counter()
        self.beats = 0
        self.longest_silence_s = 0.0
        self._beat_s = self.clock.now().mono_s
        self._end_s = self.clock.now().mono_s + lasts_s
        self.at: dict[float, Any] = {}
        """Seconds from the start: what happens then."""
        self._start_s = self.clock.now().mono_s
        presence = Presence(UnitAddress("o", "s", "u"), HealthSettings(), snapshot=dict, info=dict)
        self.uplink = Uplink(
            self.feed,
            self.publisher,
            presence,
            settings or UplinkSettings(),
            address=UnitAddress("o", "s", "u"),
            clock=self.clock,
            count=self._count,
            rng=random.Random(1),
        )

    def run(self) -> None:
        self.uplink.run(self.stop, self._beat)

    def _pass(self, seconds: float) -> None:
        self.clock.pass_s(max(seconds, 0.001))
        self._tick()

    def _tick(self) -> None:
        now_s = self.clock.now().mono_s
        for when in [when for when in self.at if self._start_s + when <= now_s]:
            self.at.pop(when)()
        if now_s >= self._end_s:
            self.stop.set()

    def _beat(self) -> None:
        now_s = self.clock.now().mono_s
        self.longest_silence_s = max(self.longest_silence_s, now_s - self._beat_s)
        self._beat_s = now_s

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount


def _state(world: _World) -> str:
    retained = world.broker.retained["alpr/v1/o/s/u/up/status"]
    return str(json.loads(retained.body)["state"])


def test_everything_is_delivered_in_order_within_the_window() -> None:
    world = _World()
    bodies = [str(n).encode() for n in range(100)]
    for body in bodies:
        world.feed.add(body)
    world.run()
    assert world.broker.bodies("read") == bodies
    assert world.feed.rows == []
    assert world.counts["uplink.delivered"] == 100
    assert world.broker.most_unanswered <= 20 + 2  # status and info besides


def test_hits_go_first() -> None:
    world = _World()
    for n in range(50):
        world.feed.add(str(n).encode())
    world.feed.add(b"hit", kind="alert", hit=True)
    world.run()
    reads = [p.body for p in world.broker.accepted if p.topic.endswith("/cam0")]
    assert reads[0] == b"hit"


def test_the_status_is_online_while_it_runs_and_offline_after_an_orderly_end() -> None:
    world = _World()
    states: list[str] = []
    world.at[10] = lambda: states.append(_state(world))
    world.run()
    assert states == ["online"]
    assert _state(world) == "offline"
    assert json.loads(world.broker.retained["alpr/v1/o/s/u/up/status"].body)["reason"] == "stopped"


def test_a_broker_that_is_away_loses_nothing_and_order_is_kept() -> None:
    world = _World()
    world.broker.up = False
    for n in range(30):
        world.feed.add(str(n).encode())
    world.at[100] = lambda: setattr(world.broker, "up", True)
    world.run()
    assert world.broker.bodies("read") == [str(n).encode() for n in range(30)]
    assert world.feed.rows == []
    assert world.counts["uplink.links_lost"] >= 3


def test_pauses_between_attempts_grow_and_beats_go_on() -> None:
    world = _World()
    world.broker.up = False
    world.run()
    assert 5 <= world.counts["uplink.links_lost"] <= 15  # 300 s; 1 s, 2 s, 4 s, ... 60 s
    assert world.longest_silence_s <= 1.0


def test_a_link_cut_with_messages_in_flight_sends_them_again() -> None:
    world = _World()
    for n in range(10):
        world.feed.add(str(n).encode())
    world.broker.silent = True

    def cut() -> None:
        world.publisher.cut()
        world.broker.silent = False

    world.at[5] = cut
    world.run()
    assert world.broker.bodies("read") == [str(n).encode() for n in range(10)]
    assert world.broker.connects == 2


def test_a_broker_that_does_not_answer_is_left_after_a_while() -> None:
    world = _World(UplinkSettings(ack_timeout_s=20))
    world.feed.add(b"one")
    world.broker.silent = True
    world.at[19] = lambda: pytest.fail("left too early") if world.broker.connects != 1 else None
    world.at[60] = lambda: setattr(world.broker, "silent", False)
    world.run()
    assert world.broker.connects >= 2
    assert world.broker.bodies("read") == [b"one"]


def test_a_refused_message_stays_is_counted_and_lets_others_pass() -> None:
    world = _World()
    world.feed.add(b"bad")
    for n in range(5):
        world.feed.add(str(n).encode())
    world.broker.refuse = lambda p: "not authorised" if p.body == b"bad" else None
    world.run()
    assert world.broker.bodies("read") == [str(n).encode() for n in range(5)]
    assert [row.body for row in world.feed.rows] == [b"bad"]
    assert 3 <= world.counts["uplink.refused"] <= 15, "tried again, with growing pauses"


def test_a_refusal_that_ends_is_made_up_for() -> None:
    world = _World()
    for n in range(60):
        world.feed.add(str(n).encode())
    world.broker.refuse = lambda p: "not authorised" if "read" in p.topic else None

    def allow() -> None:
        world.broker.refuse = lambda _p: None

    world.at[100] = allow
    world.run()
    assert sorted(world.broker.bodies("read")) == sorted(str(n).encode() for n in range(60))


def test_a_message_that_makes_the_broker_hang_up_does_not_stop_the_others() -> None:
    world = _World(lasts_s=600)
    for n in range(30):
        world.feed.add(b"poison" if n == 3 else str(n).encode())
    world.broker.poison = lambda p: p.body == b"poison"
    world.run()
    delivered = set(world.broker.bodies("read"))
    assert delivered == {str(n).encode() for n in range(30) if n != 3}
    assert [row.body for row in world.feed.rows] == [b"poison"]


@pytest.mark.parametrize("keep", [True, False])
def test_a_message_that_nobody_subscribes_to_is_kept_unless_told_otherwise(*, keep: bool) -> None:
    world = _World(UplinkSettings(keep_unheard=keep))
    world.feed.add(b"one")
    world.broker.has_subscriber = False
    kept: list[int] = []
    world.at[50] = lambda: kept.append(len(world.feed.rows))
    world.at[51] = lambda: setattr(world.broker, "has_subscriber", True)
    world.run()
    assert kept == [int(keep)]
    assert world.feed.rows == []


def test_a_spool_that_fails_is_asked_again_and_nothing_is_sent_twice() -> None:
    world = _World()
    for n in range(5):
        world.feed.add(str(n).encode())
    delivered = world.feed.delivered

    def fails_once(messages: list[Any]) -> None:
        world.feed.broken = True
        world.feed.delivered = delivered  # type: ignore[method-assign]
        delivered(messages)

    world.feed.delivered = fails_once  # type: ignore[method-assign]
    world.at[20] = lambda: setattr(world.feed, "broken", False)
    world.run()
    assert world.broker.bodies("read") == [str(n).encode() for n in range(5)]
    assert world.feed.rows == []
    assert 1 <= world.counts["uplink.spool_errors"] <= 50


def test_expired_messages_are_counted_and_not_sent() -> None:
    world = _World()
    world.broker.up = False
    world.feed.add(b"old", expires_s=world.clock.now().utc_s + 30)
    world.feed.add(b"lasting")
    world.at[60] = lambda: setattr(world.broker, "up", True)
    world.run()
    assert world.broker.bodies("read") == [b"lasting"]
    assert world.counts["uplink.expired"] == 1


def test_a_stop_sends_what_it_can_within_its_time() -> None:
    world = _World(UplinkSettings(drain_s=3), lasts_s=1)
    world.at[1] = lambda: [world.feed.add(str(n).encode()) for n in range(200)]
    world.run()
    assert len(world.broker.bodies("read")) == 200
    assert _state(world) == "offline"


def test_a_stop_does_not_wait_for_a_broker_that_is_silent() -> None:
    world = _World(UplinkSettings(drain_s=3), lasts_s=10)
    world.feed.add(b"one")
    world.broker.silent = True
    world.run()
    assert len(world.feed.rows) == 1
    assert world.clock.now().mono_s - 1000 <= 10 + 3 + 1 + 1


def test_bodies_never_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    world = _World()
    world.feed.add(b"TEST0X0")
    world.feed.add(b"TEST0X0", expires_s=world.clock.now().utc_s)
    world.broker.refuse = lambda p: "no" if "read" in p.topic else None
    world.at[50] = world.publisher.cut
    world.run()
    assert world.counts["uplink.refused"] > 0
    assert caplog.messages
    assert "TEST0X0" not in caplog.text
