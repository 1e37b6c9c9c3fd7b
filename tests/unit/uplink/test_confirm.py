"""Whose word lets a message go: a believed collector's, about this unit, and nobody else's."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.keys.proof import sign_document
from edge_alpr.link.terms import Arrival
from edge_alpr.message.document import dump_document
from edge_alpr.message.receipt import Held, make_receipts, receipt_document
from edge_alpr.message.topics import UnitAddress
from edge_alpr.types import Moment
from edge_alpr.uplink.confirm import ByPuback, ByReceipt
from edge_alpr.uplink.unreceipted import Unreceipted
from edge_alpr.uplink.window import key_of
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING, STRANGER_KEY, UNIT_KEY
from fakes.tally import Tally

if TYPE_CHECKING:
    from edge_alpr.keys.pair import KeyPair
    from edge_alpr.types import Spooled

UNIT = UnitAddress("o", "s", "u")
TOPIC = "alpr/v1/o/s/u/down/receipt"
NOW = Moment(1000.0, 1_767_225_600.0)


class _World:
    def __init__(self, count: int = 3) -> None:
        self.feed = MemoryFeed()
        self.tally = Tally()
        self.confirm = ByReceipt(Unreceipted(10, 6.0, 60.0), RING, address=UNIT, count=self.tally)
        self.messages = [self.feed.add() for _ in range(count)]
        for message in self.messages:
            self.confirm.sent(message, NOW)

    def hear(self, body: bytes, topic: str = TOPIC) -> list[Spooled]:
        return self.confirm.heard(Arrival(topic, body, 1), NOW)


def _receipt(
    *seqs: int, key: KeyPair | None = COLLECTOR_KEY, unit: UnitAddress = UNIT, **changes: Any
) -> bytes:
    made = partial(make_receipts, boot="00c0ffee", at="2026-01-01T00:00:00.000Z")
    (receipt,) = made(Held.of(seqs), seqs, address=unit, collector="central")
    document = {**receipt_document(receipt), **changes}
    return dump_document(document if key is None else sign_document(document, key))


def test_a_receipt_lets_go_of_what_it_covers() -> None:
    world = _World()
    assert world.hear(_receipt(1, 3)) == [world.messages[0], world.messages[2]]
    assert world.confirm.held() == 1
    assert world.confirm.holds(key_of(world.messages[1]))
    assert world.tally["uplink.receipts"] == 1


def test_a_receipt_that_comes_again_changes_nothing() -> None:
    world = _World()
    world.hear(_receipt(1, 2))
    assert world.hear(_receipt(1, 2)) == []
    assert world.hear(_receipt(1)) == [], "an older one neither"
    assert world.confirm.held() == 1


def test_what_a_receipt_covered_before_it_was_sent_need_not_be_sent() -> None:
    """After a restart of the unit: the collector says more than was asked."""
    world = _World(1)
    later = world.feed.add()
    other = world.feed.add()
    assert not world.confirm.settled(later)
    world.hear(_receipt(1, 2))
    assert world.confirm.settled(later)
    assert not world.confirm.settled(other)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (_receipt(1, key=None), "not signed"),
        (_receipt(1, key=STRANGER_KEY), "not enrolled"),
        (_receipt(1, key=UNIT_KEY), "enrolled for o/s/u"),
        (_receipt(1, collector="somebody"), "enrolled for central"),
        (_receipt(1).replace(b'"upto":1', b'"upto":9'), "does not fit"),
        (_receipt(1, unit=UnitAddress("o", "s", "v")), "another unit"),
        (_receipt(1, unit=UnitAddress("o", "t", "u")), "another unit"),
        (_receipt(1, unit=UnitAddress("p", "s", "u")), "another unit"),
        (_receipt(1, upto=-1), "upto"),
        (_receipt(1, schema="receipt/2.0"), "schema"),
        (b"", "JSON"),
        (b"[1]", "object"),
        (b"x" * 300_000, "too many"),
    ],
)
def test_anything_else_is_counted_told_and_lets_nothing_go(
    body: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = _World()
    assert world.hear(body) == []
    assert world.hear(body) == []
    assert world.confirm.held() == 3
    assert world.tally["uplink.receipts_refused"] == 2
    assert world.tally["uplink.receipts"] == 0
    (line,) = caplog.messages
    assert why in line


def test_a_good_receipt_on_another_topic_is_not_believed() -> None:
    world = _World()
    assert world.hear(_receipt(1), "alpr/v1/o/s/v/down/receipt") == []
    assert world.tally["uplink.receipts_refused"] == 1


def test_a_message_of_the_unit_itself_is_no_receipt() -> None:
    """A unit's own signed message, sent back to it."""
    world = _World()
    document = {**json.loads(_receipt(1, key=None)), "schema": "plate.read/1.0"}
    assert world.hear(dump_document(sign_document(document, UNIT_KEY))) == []


def test_the_broker_alone_confirms_nothing_and_its_refusal_is_not_a_sending() -> None:
    world = _World()
    assert not world.confirm.accepted(world.messages[0])
    world.confirm.refused(world.messages[0])
    assert world.confirm.held() == 2


def test_what_expired_meanwhile_is_not_repeated() -> None:
    world = _World(0)
    world.confirm.sent(world.feed.add(expires_s=NOW.utc_s + 3), NOW)
    assert world.confirm.again(NOW.later(7)) == []
    assert world.confirm.held() == 0


def test_the_health_says_how_it_stands() -> None:
    world = _World()
    assert world.confirm.facts(NOW) == {
        "confirmed_by": "receipt",
        "unreceipted": 3,
        "receipt_age_s": None,
    }
    world.hear(_receipt(1))
    assert world.confirm.facts(NOW.later(2.5))["receipt_age_s"] == 2.5


def test_receipts_of_many_boots_are_not_all_remembered() -> None:
    world = _World(0)
    for n in range(100):
        world.hear(_receipt(1, boot=f"{n:08x}"))
    assert len(world.confirm._receipts) == 16


def test_by_puback_the_broker_is_enough_and_nothing_is_listened_to() -> None:
    message = MemoryFeed().add()
    confirm = ByPuback()
    assert confirm.accepted(message)
    assert list(confirm.topics) == []
    assert confirm.heard(Arrival(TOPIC, _receipt(1), 1), NOW) == []
    assert confirm.room(NOW) > 1_000_000
    assert (confirm.held(), confirm.again(NOW), confirm.settled(message)) == (0, [], False)
    assert confirm.facts(NOW) == {"confirmed_by": "puback"}
