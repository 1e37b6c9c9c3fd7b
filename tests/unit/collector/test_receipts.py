"""What a collector owes to whom, and when it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector import receipts as module
from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.receipts import Receipts
from edge_alpr.collector.store import Entry
from edge_alpr.errors import MessageError
from edge_alpr.keys.proof import verify_document
from edge_alpr.message.codec import encode
from edge_alpr.message.document import parse_document
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import GapNotice, encode_notice
from edge_alpr.message.receipt import Receipt, covers, read_receipt
from edge_alpr.message.topics import UnitAddress
from edge_alpr.types import Moment
from fakes.events import an_event
from fakes.keys import COLLECTOR_KEY, RING
from fakes.notices import a_gap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.collector.messages import Message
    from edge_alpr.collector.store import Store
    from edge_alpr.link.publication import Publication

NOW = Moment(1000.0, 1_767_225_600.0)
LATER = NOW.later(1)
UNIT = "alpr/v1/o/s/u/down/receipt"


@pytest.fixture(params=["sqlite", "jsonl", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgresql":
        store = open_store(request.getfixturevalue("postgresql"))
    else:
        store = open_store(f"{request.param}:{tmp_path / 'plates'}")
    yield store
    store.close()


def _receipts(store: Store) -> Receipts:
    return Receipts(COLLECTOR_KEY, "central", store)


def _keep(store: Store, *messages: Message) -> list[Message]:
    store.keep([Entry(message, _body(message)) for message in messages], NOW.utc_s)
    return list(messages)


def _body(message: Message) -> bytes:
    if isinstance(message, PlateEvent):
        return encode(message)
    assert isinstance(message, GapNotice)
    return encode_notice(message, None)


def _read(publication: Publication) -> Receipt:
    document = parse_document(publication.body)
    assert verify_document(document, RING).name == "central"
    return read_receipt(document)


def _covered(receipt: Receipt) -> list[int]:
    return [seq for seq in range(1, 300) if covers(receipt, seq)]


def test_what_is_stored_is_receipted_to_its_unit_after_a_moment(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1), an_event(2), an_event(4)), NOW)
    assert receipts.owing
    assert receipts.due(NOW.later(0.1)) == []
    (publication,) = receipts.due(NOW.later(0.2))
    assert (publication.topic, publication.qos, publication.retain) == (UNIT, 1, False)
    receipt = _read(publication)
    assert (receipt.org, receipt.site, receipt.unit, receipt.boot) == ("o", "s", "u", "00c0ffee")
    assert _covered(receipt) == [1, 2, 4]
    assert not receipts.owing
    assert receipts.due(LATER) == []


def test_much_is_receipted_at_once(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, *(an_event(seq) for seq in range(1, 50))), NOW)
    assert receipts.due(NOW) == []
    receipts.note(_keep(store, an_event(50)), NOW)
    assert len(receipts.due(NOW)) == 1


def test_at_the_end_all_is_said(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1)), NOW)
    assert len(receipts.due(NOW, all_of_it=True)) == 1
    assert receipts.due(NOW, all_of_it=True) == []


def test_each_unit_and_boot_has_its_own(store: Store) -> None:
    receipts = _receipts(store)
    ids = (f"019ae1fc-99d4-7001-8203-00000000000{n}" for n in range(9))
    messages = [
        an_event(1, id=next(ids), **changes)
        for changes in ({}, {"boot": "0badcafe"}, {"unit": "v"}, {"site": "t"})
    ]
    receipts.note(_keep(store, *messages), NOW)
    said = receipts.due(LATER)
    assert [(p.topic, _read(p).boot) for p in said] == [
        (UNIT, "00c0ffee"),
        (UNIT, "0badcafe"),
        ("alpr/v1/o/s/v/down/receipt", "00c0ffee"),
        ("alpr/v1/o/t/u/down/receipt", "00c0ffee"),
    ]


def test_a_message_that_came_again_is_receipted_again(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1)), NOW)
    receipts.due(LATER)
    receipts.note([an_event(1)], LATER)
    assert len(receipts.due(LATER.later(1))) == 1


def test_a_new_process_knows_from_the_store_what_it_has(store: Store) -> None:
    """As after a crash between commit and receipt."""
    _keep(store, *(an_event(seq) for seq in (1, 2, 3, 7)))
    receipts = _receipts(store)
    receipts.note([an_event(1)], NOW)
    (publication,) = receipts.due(LATER)
    assert _covered(_read(publication)) == [1, 2, 3, 7]


def test_what_was_announced_as_lost_leaves_no_hole(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1), an_event(9)), NOW)
    receipts.note(_keep(store, a_gap(10, (2, 8))), NOW)
    (publication,) = receipts.due(LATER)
    receipt = _read(publication)
    assert (receipt.upto, receipt.bitmap) == (10, "")
    again = _receipts(store)
    again.note([an_event(1)], NOW)
    (publication,) = again.due(LATER)
    assert _read(publication).upto == 10


def test_a_gap_of_another_boot_is_held_for_that_boot(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, a_gap(1, (1, 5), of="0badcafe")), NOW)
    receipts.note(_keep(store, an_event(6, boot="0badcafe")), NOW)
    said = {_read(p).boot: _read(p).upto for p in receipts.due(LATER)}
    assert said == {"00c0ffee": 1, "0badcafe": 6}


def test_an_absurd_gap_costs_neither_memory_nor_time(store: Store) -> None:
    receipts = _receipts(store)
    absurd = a_gap(5, (10, 2**53 - 2), (20, 2**53 - 1))
    receipts.note(_keep(store, absurd, an_event(1)), NOW)
    (publication,) = receipts.due(LATER)
    assert _covered(_read(publication)) == [1, 5]


def test_after_a_lost_link_the_latest_receipts_are_said_again(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1), an_event(2)), NOW)
    receipts.due(LATER)
    receipts.repeat(LATER)
    (publication,) = receipts.due(LATER.later(1))
    assert _covered(_read(publication)) == [1, 2]


def test_what_is_long_ago_is_not_said_again(store: Store) -> None:
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1)), NOW)
    receipts.due(LATER)
    receipts.note(_keep(store, an_event(1, boot="0badcafe")), NOW.later(700))
    receipts.due(NOW.later(701))
    receipts.repeat(NOW.later(702))
    (publication,) = receipts.due(NOW.later(703))
    assert _read(publication).boot == "0badcafe"


def test_of_several_collectors_each_answers_what_it_stored_and_learns_of_the_others(
    store: Store,
) -> None:
    """The other one's messages are put into the store here as it would, without our noting them."""
    ours = Receipts(COLLECTOR_KEY, "central", store, shared=True)
    ours.note(_keep(store, an_event(1)), NOW)
    ours.due(LATER)
    ours.note(_keep(store, an_event(3), an_event(5)), LATER)
    (publication,) = ours.due(LATER.later(1))
    assert _covered(_read(publication)) == [1, 3, 5]
    _keep(store, an_event(2), an_event(4))
    ours.note(_keep(store, an_event(7)), LATER.later(10))
    (publication,) = ours.due(LATER.later(11))
    receipt = _read(publication)
    assert (receipt.upto, _covered(receipt)) == (5, [1, 2, 3, 4, 5, 7])


def test_of_several_collectors_with_a_store_each_none_speaks_for_the_others(store: Store) -> None:
    ours = Receipts(COLLECTOR_KEY, "central", store, shared=True)
    ours.note(_keep(store, *(an_event(seq) for seq in range(1, 100, 2))), NOW)
    (publication,) = ours.due(LATER)
    assert _covered(_read(publication)) == list(range(1, 100, 2))


def test_the_memory_for_a_boot_with_a_hole_is_bounded_and_what_is_news_is_still_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ABOVE", 50)
    receipts = _receipts(store)
    receipts.note(_keep(store, *(an_event(seq) for seq in range(2, 200))), NOW)
    (publication,) = receipts.due(LATER)
    assert _covered(_read(publication)) == list(range(2, 200))
    receipts.note([an_event(3)], LATER)
    (publication,) = receipts.due(LATER.later(1))
    assert 3 in _covered(_read(publication))
    assert 1 not in _covered(_read(publication))
    assert len(receipts._held[UnitAddress("o", "s", "u"), "00c0ffee"].above) < 198


def test_a_receipt_that_was_changed_on_the_way_is_worth_nothing(store: Store) -> None:
    """The control of all above: `_read` checks."""
    receipts = _receipts(store)
    receipts.note(_keep(store, an_event(1)), NOW)
    (publication,) = receipts.due(LATER)
    document = parse_document(publication.body.replace(b'"upto":1', b'"upto":2'))
    with pytest.raises(MessageError, match="does not fit"):
        verify_document(document, RING)
