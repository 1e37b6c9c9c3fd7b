"""What consumers are owed: put down before the store, kept through failures, never told after its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.consumer import Consumer, consumer_at, is_consumer
from edge_alpr.collector.forward import Forwarding, Relay
from edge_alpr.collector.owed import LONGEST_S, Owed
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.message.codec import decode, encode
from edge_alpr.message.event import PolicyStamp
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.types import Moment
from fakes.events import PLATE, an_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NOW_S = to_seconds("2026-01-01T00:00:05.000Z")
_HOOK = Consumer(kind="cloudevents", target="http://127.0.0.1:1/x", tests=True)
_MAPS = Consumer(kind="onvif", target="vms", tests=True)


def _entries(*seqs: int, delete_after: str | None = None) -> list[Entry]:
    policy = PolicyStamp(
        profile="bench", purpose=None, delete_after=delete_after, sha256=None, confirm_by=None
    )
    events = [an_event(seq, policy=policy) for seq in seqs]
    return [Entry(event, encode(event)) for event in events]


class _Failing(SqliteStore):
    """Fails before or after its commit, once."""

    fails: str | None = None

    def keep(self, entries: Sequence[Entry], stored_s: float) -> list[bool]:
        fails, self.fails = self.fails, None
        if fails == "before":
            raise StoreError("no")
        news = super().keep(entries, stored_s)
        if fails == "after":
            raise StoreError("no word of how it ended")
        return news


@pytest.fixture
def owed(tmp_path: Path) -> Owed:
    owed = Owed(tmp_path / "owed.db")
    owed.begin([_HOOK, _MAPS])
    return owed


@pytest.fixture
def store(tmp_path: Path) -> _Failing:
    return _Failing(tmp_path / "plates.db")


def _seqs(owed: Owed, consumer: Consumer = _HOOK, now_s: float = _NOW_S) -> list[int]:
    return [decode(debt.body).seq for debt in owed.oldest(consumer, now_s, 1000)]


def test_each_consumer_is_owed_each_event_once_in_order(owed: Owed, store: _Failing) -> None:
    before = Forwarding(store, owed, [_HOOK, _MAPS])
    assert before.keep(_entries(1, 2, 1), _NOW_S) == [True, True, False]
    assert before.keep(_entries(2, 3), _NOW_S) == [False, True]
    assert _seqs(owed) == _seqs(owed, _MAPS) == [1, 2, 3]


def test_a_repetition_of_what_was_told_long_ago_is_not_owed_again(
    owed: Owed, store: _Failing
) -> None:
    before = Forwarding(store, owed, [_HOOK])
    before.keep(_entries(1), _NOW_S)
    owed.paid([debt.number for debt in owed.oldest(_HOOK, _NOW_S)])
    assert before.keep(_entries(1), _NOW_S) == [False]
    assert _seqs(owed) == []


@pytest.mark.parametrize("fails", ["before", "after"])
def test_a_store_that_fails_costs_no_consumer_an_event(
    owed: Owed, store: _Failing, fails: str
) -> None:
    before = Forwarding(store, owed, [_HOOK])
    store.fails = fails
    with pytest.raises(StoreError):
        before.keep(_entries(1), _NOW_S)
    assert _seqs(owed) == []  # nobody is told of what may not be stored
    before.keep(_entries(1), _NOW_S)
    assert _seqs(owed) == [1]


def test_a_process_that_dies_after_the_commit_tells_after_its_restart(
    owed: Owed, store: _Failing, tmp_path: Path
) -> None:
    store.fails = "after"
    with pytest.raises(StoreError):
        Forwarding(store, owed, [_HOOK]).keep(_entries(1), _NOW_S)
    owed.close()
    again = Owed(tmp_path / "owed.db")
    again.begin([_HOOK])
    assert _seqs(again) == [1]


def test_what_nobody_is_named_for_any_more_is_let_go(
    owed: Owed, store: _Failing, tmp_path: Path
) -> None:
    Forwarding(store, owed, [_HOOK, _MAPS]).keep(_entries(1), _NOW_S)
    again = Owed(tmp_path / "owed.db")
    assert again.begin([_MAPS]) == 1
    assert (_seqs(again), _seqs(again, _MAPS)) == ([], [1])


def test_nothing_is_told_after_its_time_and_it_is_deleted(
    owed: Owed, store: _Failing, tmp_path: Path
) -> None:
    before = Forwarding(store, owed, [_HOOK])
    before.keep(_entries(1, delete_after="2026-01-01T00:01:00.000Z"), _NOW_S)
    before.keep(_entries(2), _NOW_S)
    assert _seqs(owed, now_s=_NOW_S + 60) == [2]
    before.purge(_NOW_S + 60)
    before.purge(_NOW_S + LONGEST_S)
    assert _seqs(owed) == []
    owed.close()
    left = b"".join(each.read_bytes() for each in tmp_path.glob("owed.db*"))
    assert PLATE.encode() not in left


def test_a_hit_is_owed_no_longer_than_it_may_stay_unconfirmed(owed: Owed, store: _Failing) -> None:
    policy = PolicyStamp(
        profile="bench",
        purpose=None,
        delete_after="2026-02-01T00:00:00.000Z",
        sha256=None,
        confirm_by="2026-01-01T00:30:00.000Z",
    )
    event = an_event(policy=policy)
    Forwarding(store, owed, [_HOOK]).keep([Entry(event, encode(event))], _NOW_S)
    assert _seqs(owed) == [1]
    assert _seqs(owed, now_s=_NOW_S + 1800) == []


def test_tests_are_told_to_nobody_who_did_not_ask(owed: Owed, store: _Failing) -> None:
    plain = Consumer(kind="cloudevents", target=_HOOK.target)
    Forwarding(store, owed, [plain]).keep(_entries(1), _NOW_S)
    assert _seqs(owed, plain) == []


def test_what_was_handed_to_a_link_that_broke_is_handed_over_again(
    owed: Owed, store: _Failing
) -> None:
    Forwarding(store, owed, [_MAPS]).keep(_entries(1, 2), _NOW_S)
    relay = Relay(owed, [_MAPS], None)
    assert len(relay.due(Moment(0.0, _NOW_S))) == 2
    relay.interrupted()
    assert len(relay.due(Moment(10.0, _NOW_S))) == 2
    assert relay.due(Moment(20.0, _NOW_S)) == []
    assert _seqs(owed, _MAPS) == []


def test_a_camera_is_introduced_to_home_assistant_before_its_first_event(
    owed: Owed, store: _Failing
) -> None:
    home = Consumer(kind="home-assistant", target="homeassistant", tests=True)
    Forwarding(store, owed, [home]).keep(_entries(1, 2), _NOW_S)
    told = Relay(owed, [home], None).due(Moment(0.0, _NOW_S))
    assert [each.retain for each in told] == [True, False, False]


@pytest.mark.parametrize(
    "wrong",
    [
        "cloudevents:",
        "cloudevents:ftp://x/y",
        "cloudevents:https://",
        "cloudevents:https://me:secret@x/y",
        "cloudevents:https://x/ y",
        "cloudevents:https://x:99999/",
        "cloudevents:@/nowhere",
        "onvif:",
        "onvif:a/+/b",
        "onvif:alpr/v1",
        "home-assistant:alpr/v1/x",
    ],
)
def test_a_consumer_that_makes_no_sense_is_told_without_its_secrets(wrong: str) -> None:
    assert is_consumer(wrong)
    with pytest.raises(ValueError) as told:
        consumer_at(wrong)
    assert "secret" not in str(told.value)


def test_an_address_may_come_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("https://x/hook?key=secret\n")
    consumer = consumer_at(f"cloudevents:@{tmp_path / 'address'}")
    assert consumer.target == "https://x/hook?key=secret"
    assert "secret" not in repr(consumer) + consumer.name
