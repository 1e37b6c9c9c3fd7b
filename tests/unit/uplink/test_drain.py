"""The uplink over a spool and a broker in memory: nothing lost, nothing forgotten too early, an end in order."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.keys.proof import sign_document
from edge_alpr.message.document import dump_document
from edge_alpr.message.receipt import Held, make_receipts, receipt_document
from edge_alpr.message.topics import UnitAddress
from edge_alpr.uplink.confirm import ByReceipt
from edge_alpr.uplink.drain import Uplink
from edge_alpr.uplink.health import HealthSettings, Presence
from edge_alpr.uplink.settings import UplinkSettings
from edge_alpr.uplink.unreceipted import Unreceipted
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING
from fakes.manual_time import ManualClock, ManualStop
from fakes.publisher import FakeBroker, FakePublisher

if TYPE_CHECKING:
    from edge_alpr.link.publication import Publication


class _World:
    """Waiting passes time, and each step of time runs ``on_time``, which ends the run at last."""

    def __init__(
        self,
        settings: UplinkSettings | None = None,
        lasts_s: float = 300.0,
        *,
        receipts: bool = False,
    ) -> None:
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
        address = UnitAddress("o", "s", "u")
        presence = Presence(address, HealthSettings(), snapshot=dict, info=dict)
        settings = settings or UplinkSettings()
        waiting = Unreceipted(
            settings.unreceipted_max, settings.receipt_timeout_s, settings.backoff_most_s
        )
        by_receipt = ByReceipt(waiting, RING, address=address, count=self._count)
        self.confirmation = by_receipt if receipts else None
        self.uplink = Uplink(
            self.feed,
            self.publisher,
            presence,
            settings,
            address=address,
            clock=self.clock,
            count=self._count,
            confirmation=self.confirmation,
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


class _Centre:
    """A collector behind the broker that receipts what it has taken when it is told to, or at once."""

    def __init__(self, world: _World, *, at_once: bool = True) -> None:
        self._broker = world.broker
        self.at_once = at_once
        self.away = False
        self.refuse: set[bytes] = set()
        self.held = Held()
        self.came: list[int] = []
        world.broker.on_take = self._take

    def _take(self, publication: Publication) -> None:
        if self.away or "/read" not in publication.topic or publication.body in self.refuse:
            return
        seq = int(dict(publication.properties)["seq"])
        self.came.append(seq)
        self.held.add(seq)
        if self.at_once:
            self.say([seq])

    def say(self, news: list[int]) -> None:
        (receipt,) = make_receipts(
            self.held,
            news,
            address=UnitAddress("o", "s", "u"),
            boot="00c0ffee",
            collector="central",
            at="2026-01-01T00:00:00.000Z",
        )
        document = sign_document(receipt_document(receipt), COLLECTOR_KEY)
        self._broker.send_down("alpr/v1/o/s/u/down/receipt", dump_document(document))


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
    assert 30 <= world.counts["uplink.links_lost"] <= 65  # 300 s; 1 s, 2 s, 4 s, ... 10 s
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


# ---------------------------------------------------------------- receipts


def test_receipts_empty_the_spool_and_nothing_comes_twice() -> None:
    world = _World(receipts=True)
    centre = _Centre(world)
    for n in range(500):
        world.feed.add(str(n).encode())
    world.run()
    assert world.feed.rows == []
    assert centre.came == list(range(1, 501))
    assert world.counts["uplink.delivered"] == 500


def test_a_puback_does_not_let_a_message_go() -> None:
    world = _World(receipts=True)
    world.feed.add(b"one")
    world.run()
    assert b"one" in world.broker.bodies("read")
    assert len(world.feed.rows) == 1
    assert world.counts["uplink.delivered"] == 0


def test_no_more_than_so_many_are_sent_to_a_collector_that_is_silent_but_hits_pass() -> None:
    world = _World(UplinkSettings(unreceipted_max=30), receipts=True, lasts_s=100)
    _Centre(world, at_once=False)
    for n in range(100):
        world.feed.add(str(n).encode())
    world.at[50] = lambda: world.feed.add(b"hit", kind="alert", hit=True)
    world.run()
    assert 30 <= len(set(world.broker.bodies("read"))) <= 33, "few after unanswered questions"
    assert world.broker.bodies("alert") == [b"hit"]
    assert len(world.broker.bodies("read")) <= 40, "few questions"
    assert len(world.feed.rows) == 101


def test_a_collector_that_comes_back_gets_everything_and_few_twice() -> None:
    """A broker that forgot: what was sent while the collector was away is sent again, and only that."""
    world = _World(UplinkSettings(unreceipted_max=30), receipts=True)
    centre = _Centre(world)
    centre.away = True
    for n in range(100):
        world.feed.add(str(n).encode())

    def back() -> None:
        centre.away = False

    world.at[40] = back
    world.run()
    assert world.feed.rows == []
    assert set(centre.came) == set(range(1, 101))
    assert len(centre.came) <= 102


def test_a_lost_receipt_costs_one_question() -> None:
    world = _World(receipts=True)
    centre = _Centre(world, at_once=False)
    for n in range(50):
        world.feed.add(str(n).encode())

    def speak() -> None:
        centre.at_once = True

    world.at[10] = speak
    world.run()
    assert world.feed.rows == []
    assert len(centre.came) == 50 + 2  # one had asked before that


def test_a_link_cut_in_the_middle_repeats_only_what_did_not_arrive() -> None:
    world = _World(receipts=True)
    centre = _Centre(world)
    for n in range(10):
        world.feed.add(str(n).encode())
    world.at[5] = lambda: [world.feed.add(str(n).encode()) for n in range(10, 30)]
    world.at[5.01] = world.publisher.cut
    world.run()
    assert world.feed.rows == []
    assert set(centre.came) == set(range(1, 31))
    assert len(centre.came) <= 31


def test_what_the_collector_refuses_stays_and_does_not_stop_the_others() -> None:
    """Also if they fill the whole window: from before the unit had a key, say."""
    world = _World(UplinkSettings(unreceipted_max=10), receipts=True, lasts_s=600)
    centre = _Centre(world)
    bad = {b"bad%d" % n for n in range(20)}
    centre.refuse = bad
    for body in sorted(bad):
        world.feed.add(body)
    world.at[20] = lambda: [world.feed.add(str(n).encode()) for n in range(100)]
    world.run()
    assert {row.body for row in world.feed.rows} == bad
    assert len(centre.came) == 100


def test_a_unit_that_may_not_listen_for_receipts_says_so_and_keeps_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = _World(receipts=True)
    world.feed.add(b"one")
    world.broker.refuse_topic = lambda _topic: "not authorised"
    world.run()
    assert len(world.feed.rows) == 1
    assert "subscription alpr/v1/o/s/u/down/receipt refused" in caplog.text


def test_a_stop_waits_for_receipts_within_its_time() -> None:
    world = _World(UplinkSettings(drain_s=3), lasts_s=1, receipts=True)
    _Centre(world)
    world.at[1] = lambda: [world.feed.add(str(n).encode()) for n in range(100)]
    world.run()
    assert world.feed.rows == []


# ---------------------------------------------------------------- live and late


def test_live_ones_go_before_a_backlog_which_is_sent_at_its_pace() -> None:
    world = _World(UplinkSettings(replay_rate_per_s=10), lasts_s=60)
    old_s = world.clock.now().utc_s - 3600
    for n in range(200):
        world.feed.add(b"old%d" % n, stored_s=old_s)

    def live(n: int) -> None:
        world.feed.add(b"new%d" % n, stored_s=world.clock.now().utc_s)

    for n in range(10):
        world.at[2 + n] = lambda n=n: live(n)
    order: list[tuple[float, bytes]] = []
    world.broker.on_take = lambda p: order.append((world.clock.now().mono_s - 1000, p.body))
    world.run()
    bodies = [body for _, body in order if body[:3] in {b"old", b"new"}]
    assert [b for b in bodies if b.startswith(b"old")] == [b"old%d" % n for n in range(200)]
    assert [b for b in bodies if b.startswith(b"new")] == [b"new%d" % n for n in range(10)]
    sent_s = {body: at_s for at_s, body in order}
    assert all(sent_s[b"new%d" % n] <= 2 + n + 1 for n in range(10)), "live ones do not wait"
    assert 15 <= sent_s[b"old199"] <= 25, "200 at 10 a second"


def test_late_hits_are_not_slowed_down() -> None:
    world = _World(UplinkSettings(replay_rate_per_s=1), lasts_s=20)
    old_s = world.clock.now().utc_s - 3600
    for n in range(100):
        world.feed.add(b"hit%d" % n, kind="alert", hit=True, stored_s=old_s)
    world.run()
    assert len(world.broker.bodies("alert")) == 100


def test_a_clock_that_is_set_forward_expires_nothing_at_once() -> None:
    """A unit without a clock of its own starts in 1970 and learns the time later."""
    world = _World(lasts_s=200)
    world.broker.up = False
    world.feed.add(b"one", expires_s=world.clock.now().utc_s + 86_400)
    kept: list[int] = []

    def set_clock() -> None:
        at = world.clock.at
        world.clock.at = type(at)(at.mono_s, at.utc_s + 50 * 365 * 86_400)

    world.at[50] = set_clock
    world.at[75] = lambda: kept.append(len(world.feed.rows))
    world.run()
    assert kept == [1]
    assert world.counts["uplink.expired"] == 1, "nobody moved its time, so it goes in the end"
