"""The collector over a subscription and a store in memory: store first, acknowledge then."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.collector.collect import Collector
from edge_alpr.collector.observe import Observer
from edge_alpr.collector.receipts import Receipts
from edge_alpr.collector.store import StoreError
from edge_alpr.collector.validate import Validator
from edge_alpr.errors import PublishError
from edge_alpr.keys.proof import sign_document
from edge_alpr.link.terms import Arrival
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.message.document import parse_document
from edge_alpr.message.event import ImageRef
from edge_alpr.message.notice import encode_notice
from edge_alpr.message.receipt import covers, read_receipt
from fakes.events import PLATE, an_event
from fakes.keys import COLLECTOR_KEY, RING, UNIT_KEY
from fakes.manual_time import ManualClock, ManualStop
from fakes.notices import a_gap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edge_alpr.collector.store import Entry
    from edge_alpr.keys.ring import KeyRing
    from edge_alpr.link.publication import Publication
    from edge_alpr.message.event import PlateEvent
    from edge_alpr.types import Moment

_TOPIC = "alpr/v1/o/s/u/up/read/cam0"


class _Broker:
    """A subscription as the broker sees it: what is not acknowledged comes again after a reconnect."""

    def __init__(self, clock: ManualClock, diary: list[str]) -> None:
        self._clock = clock
        self._diary = diary
        self._waiting: list[Arrival] = []
        self._handed: list[Arrival] = []
        self.refuse_connects = 0
        self.lose_acknowledgements = 0
        self.forgets = False
        """Whether it was killed: what it had handed over does not come again."""
        self.connected = False
        self.sent: list[Publication] = []

    def publish(self, body: bytes, topic: str = _TOPIC) -> None:
        self.hand_over(Arrival(topic, body, len(self._waiting) + len(self._handed) + 1))

    def hand_over(self, arrival: Arrival) -> None:
        self._waiting.append(arrival)

    @property
    def left(self) -> int:
        return len(self._waiting) + len(self._handed)

    def connect(self) -> bool:
        if self.refuse_connects:
            self.refuse_connects -= 1
            raise PublishError("mqtt://fake: nothing listens there")
        self._waiting = self._waiting if self.forgets else self._handed + self._waiting
        self._handed = []
        self.connected = True
        return True

    def turn(self, timeout_s: float) -> list[Arrival]:
        if not self._waiting:
            self._clock.pass_s(timeout_s)
            return []
        self._handed += self._waiting[:3]
        now, self._waiting = self._waiting[:3], self._waiting[3:]
        return now

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        if self.lose_acknowledgements:
            self.lose_acknowledgements -= 1
            raise PublishError("mqtt://fake: link lost")
        self._diary.append("acknowledge")
        for arrival in arrivals:
            self._handed.remove(arrival)

    def send(self, publication: Publication) -> None:
        self._diary.append("send")
        self.sent.append(publication)

    def close(self) -> None:
        self.connected = False


class _Store:
    def __init__(self, diary: list[str]) -> None:
        self._diary = diary
        self.kept: dict[int, bytes] = {}
        self.fail_commits = 0
        self.purges: list[tuple[float, float | None]] = []

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        if self.fail_commits:
            self.fail_commits -= 1
            raise StoreError("the disk is full")
        self._diary.append("commit")
        news = [entry.message.seq not in self.kept for entry in entries]
        self.kept |= {entry.message.seq: entry.body for entry in entries}
        return news

    def held(self, unit: str, boot: str, *, above: int = 0, most: int = 0) -> list[tuple[int, int]]:
        return [(seq, seq) for seq in self.kept]

    def shows(self, unit: str, pass_id: str, sha256: str) -> bool:
        return any(sha256.encode() in body for body in self.kept.values())

    def purge(self, now_s: float, *, stored_before_s: float | None = None) -> int:
        self.purges.append((now_s, stored_before_s))
        return 0

    def close(self) -> None: ...


class _World:
    def __init__(
        self, *, receipts: bool = False, units: KeyRing | None = None, **options: Any
    ) -> None:
        self.clock = ManualClock()
        self.stop = ManualStop(self.clock)
        self.diary: list[str] = []
        self.broker = _Broker(self.clock, self.diary)
        self.store = _Store(self.diary)
        self.counts: Counter[str] = Counter()
        self.told: list[int] = []
        self.collector = Collector(
            self.broker,
            Validator(units),
            self.store,
            clock=self.clock,
            count=self._count,
            receipts=Receipts(COLLECTOR_KEY, "central", self.store) if receipts else None,
            on_stored=self._on_stored,
            **options,
        )

    def run(self, **when: Any) -> int:
        return self.collector.run(self.stop, **{"idle_s": 300.0, **when})

    def _count(self, name: str, amount: int = 1) -> None:
        self.counts[name] += amount

    def _on_stored(self, event: PlateEvent, stored_s: float) -> None:
        assert event.seq in self.store.kept, "told before it was durable"
        assert stored_s <= self.clock.now().utc_s
        self.told.append(event.seq)


def test_events_are_stored_and_only_then_acknowledged() -> None:
    world = _World()
    for seq in range(1, 8):
        world.broker.publish(encode(an_event(seq)))
    assert world.run() == 7
    assert sorted(world.store.kept) == list(range(1, 8))
    assert world.diary == ["commit", "acknowledge"] * 3
    assert world.broker.left == 0
    assert world.told == list(range(1, 8))


def test_a_store_that_fails_acknowledges_nothing_and_gets_everything_again() -> None:
    world = _World()
    for seq in range(1, 4):
        world.broker.publish(encode(an_event(seq)))
    world.store.fail_commits = 2
    assert world.run() == 3
    assert sorted(world.store.kept) == [1, 2, 3]
    assert world.counts["collector.interruptions"] == 2
    assert world.broker.left == 0


def test_a_lost_acknowledgement_brings_it_again_and_it_is_known() -> None:
    world = _World()
    world.broker.publish(encode(an_event(1)))
    world.broker.lose_acknowledgements = 1
    assert world.run() == 1
    assert world.counts["collector.duplicates"] == 1
    assert world.told == [1]
    assert world.broker.left == 0


def test_a_broker_that_is_away_is_tried_again() -> None:
    world = _World()
    world.broker.refuse_connects = 5
    world.broker.publish(encode(an_event(1)))
    assert world.run() == 1
    assert world.counts["collector.interruptions"] == 5


def test_bad_messages_are_counted_kept_out_and_do_not_come_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    world = _World()
    world.broker.publish(f'{{"plate": "{PLATE}"}}'.encode())
    world.broker.publish(encode(an_event(1)))
    world.broker.publish(b"x" * 300_000)
    world.broker.publish(encode(an_event(2)), "alpr/v1/o/s/other/up/read/cam0")
    world.broker.publish(b"{}", "alpr/v1/o/s/u/up/status")
    assert world.run() == 1
    assert world.counts["collector.kept_out"] == 3
    assert world.counts["collector.other_kinds"] == 1
    assert world.broker.left == 0
    assert _TOPIC in caplog.text
    assert PLATE not in caplog.text


def test_it_ends_after_so_many_events() -> None:
    world = _World()
    for seq in range(1, 10):
        world.broker.publish(encode(an_event(seq)))
    assert world.run(most=3) == 3
    assert world.broker.left == 6
    assert not world.broker.connected


def test_it_ends_when_nothing_came_for_a_while_also_without_a_broker() -> None:
    world = _World()
    assert world.run(idle_s=10) == 0
    assert world.clock.now().mono_s == pytest.approx(1010, abs=0.5)
    world = _World()
    world.broker.refuse_connects = 10**6
    assert world.run(idle_s=10) == 0
    assert world.clock.now().mono_s == pytest.approx(1010, abs=0.5)


def test_it_ends_when_told() -> None:
    world = _World()
    world.broker.publish(encode(an_event(1)))
    world.stop.set()
    assert world.run() == 0
    assert world.broker.left == 1


def test_what_is_at_the_end_of_its_time_is_looked_for_every_minute() -> None:
    world = _World()
    world.run(idle_s=299)
    assert len(world.store.purges) == 5


# ---------------------------------------------------------------- receipts


def _covered(world: _World) -> set[int]:
    receipts = [read_receipt(parse_document(publication.body)) for publication in world.broker.sent]
    return {seq for seq in range(1, 100) for receipt in receipts if covers(receipt, seq)}


def test_a_receipt_follows_the_commit_and_the_acknowledgement() -> None:
    world = _World(receipts=True)
    for seq in (1, 2, 5):
        world.broker.publish(encode(an_event(seq)))
    world.run()
    assert world.diary == ["commit", "acknowledge", "send"]
    assert _covered(world) == {1, 2, 5}
    assert world.counts["collector.receipts"] == 1


def test_what_could_not_be_committed_is_not_receipted() -> None:
    world = _World(receipts=True)
    world.broker.publish(encode(an_event(1)))
    world.store.fail_commits = 1
    world.run()
    assert world.counts["collector.interruptions"] == 1
    assert world.diary == ["commit", "acknowledge", "send"], "nothing before it was stored"


def test_what_came_twice_is_receipted_twice() -> None:
    world = _World(receipts=True)
    world.broker.publish(encode(an_event(1)))
    world.run(idle_s=5)
    world.broker.publish(encode(an_event(1)))
    world.run(idle_s=5)
    assert world.counts["collector.duplicates"] == 1
    assert len(world.broker.sent) >= 2


def test_what_was_stored_as_the_broker_died_is_receipted_all_the_same() -> None:
    """Else the unit must send it again: nobody else will, the broker has forgotten it."""
    world = _World(receipts=True)
    world.broker.publish(encode(an_event(1)))
    world.run(idle_s=5)
    world.broker.publish(encode(an_event(2)))
    world.broker.lose_acknowledgements = 1
    world.broker.forgets = True
    world.run(idle_s=60)
    assert world.counts["collector.duplicates"] == 0
    assert _covered(world) == {1, 2}


def test_what_was_kept_out_gets_no_receipt() -> None:
    """A forger must not be able to make a unit forget the message that he took the number of."""
    world = _World(receipts=True, units=RING)
    world.broker.publish(encode(an_event(1)))
    world.run()
    assert world.counts["collector.kept_out"] == 1
    assert world.broker.sent == []
    assert world.broker.left == 0


def test_a_gap_is_stored_and_receipted_and_is_no_event() -> None:
    world = _World(receipts=True)
    world.broker.publish(encode_notice(a_gap(3, (1, 2)), None), "alpr/v1/o/s/u/up/gap")
    assert world.run() == 0
    assert world.counts["collector.notices"] == 1
    assert world.told == []
    assert _covered(world) == {1, 2, 3}


def test_after_a_lost_link_receipts_are_said_again() -> None:
    world = _World(receipts=True)
    world.broker.publish(encode(an_event(1)))
    world.run(idle_s=5)
    world.run(idle_s=5)  # connects anew
    first, second = (read_receipt(parse_document(sent.body)) for sent in world.broker.sent)
    assert (first.upto, second.upto) == (1, 1)


def test_what_is_owed_at_the_end_is_said_before_leaving() -> None:
    world = _World(receipts=True)
    world.broker.publish(encode(an_event(1)))
    world.run(most=1)
    assert _covered(world) == {1}


def test_the_same_without_a_key_says_nothing() -> None:
    world = _World()
    world.broker.publish(encode(an_event(1)))
    world.run()
    assert world.broker.sent == []


# ---------------------------------------------------------------- pictures

_DIGEST = hashlib.sha256(b"\xff\xd8").hexdigest()
_BESIDE = (("boot", "00c0ffee"), ("seq", "2"))


def _signed_with_picture() -> bytes:
    image = ImageRef(kind="plate", sha256=_DIGEST, bytes=2, topic="image/cam0/x/plate")
    event = sign_event(an_event(1, images=(image,)), partial(sign_document, key=UNIT_KEY))
    return encode(event)


def _picture_of(event_id: str) -> Arrival:
    topic = f"alpr/v1/o/s/u/up/image/cam0/{event_id}/plate"
    return Arrival(topic, b"\xff\xd8", 99, _BESIDE)


def test_a_picture_is_let_in_once_a_signed_event_names_it() -> None:
    """Its number is not signed: else a forger could make the unit forget the message that it really names."""
    world = _World(receipts=True, units=RING)
    world.broker.hand_over(_picture_of(an_event(1).id))
    world.run(idle_s=5)
    assert world.counts["collector.kept_out"] == 1
    assert world.broker.sent == []
    world.broker.publish(_signed_with_picture())
    world.broker.hand_over(_picture_of(an_event(1).id))
    world.run(idle_s=5)
    assert sorted(world.store.kept) == [1, 2]
    assert _covered(world) == {1, 2}


def test_a_picture_may_come_later_than_its_event() -> None:
    world = _World(units=RING)
    world.broker.publish(_signed_with_picture())
    world.run(idle_s=5)
    world.broker.hand_over(_picture_of(an_event(1).id))
    world.broker.hand_over(_picture_of(an_event(3).id))
    world.run(idle_s=5)
    assert sorted(world.store.kept) == [1, 2]


def test_without_signatures_a_picture_is_believed() -> None:
    world = _World()
    world.broker.hand_over(_picture_of(an_event(1).id))
    world.run(idle_s=5)
    assert sorted(world.store.kept) == [2]


def test_what_is_older_than_wanted_is_named_to_the_store() -> None:
    world = _World(keep_s=3600.0)
    world.run(idle_s=5)
    ((now_s, before_s),) = world.store.purges
    assert before_s == now_s - 3600


# ---------------------------------------------------------------- who watches


class _Witness(Observer):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def connected(self, *, up: bool) -> None:
        self.seen.append("up" if up else "down")

    def arrived(self, arrival: Arrival, outcome: str, now: Moment) -> None:
        self.seen.append(outcome)

    def stored(self, arrival: Arrival, entry: Entry, now: Moment) -> None:
        self.seen.append(f"news {entry.message.seq}")

    def committed(self, messages: int, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append(f"commit {messages}")

    def receipted(self, receipts: int) -> None:
        self.seen.append("receipt")


def test_an_observer_is_told_what_became_of_each() -> None:
    witness = _Witness()
    world = _World(receipts=True, observer=witness)
    world.broker.publish(encode(an_event(1)))
    world.broker.publish(b"{")
    world.broker.publish(b"{}", "alpr/v1/o/s/u/up/status")
    world.broker.publish(encode(an_event(1)))
    world.run(idle_s=5)
    assert world.counts["collector.duplicates"] == 1
    assert witness.seen == [
        "up",
        "commit 1",
        "stored",
        "news 1",
        "kept_out",
        "not_kept",
        "commit 1",
        "duplicate",
        "receipt",
        "down",
    ]


def test_trouble_is_known_while_it_lasts() -> None:
    world = _World()
    world.broker.refuse_connects = 10**6
    world.run(idle_s=10)
    assert "nothing listens" in str(world.collector.trouble)
    world.broker.refuse_connects = 0
    world.run(idle_s=10)
    assert world.collector.trouble is None
