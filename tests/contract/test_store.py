"""What every `Store` of the collector must do: each message once, nothing before the commit, all of it after."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.message.codec import encode
from edge_alpr.message.notice import encode_notice
from fakes.events import an_event
from fakes.notices import a_clock, a_gap

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.collector.store import Store
    from edge_alpr.message.event import PlateEvent

_NOW_S = 1_767_225_600.0


class World(Protocol):
    """A kind of store and what lies in it."""

    remembers: bool

    def open(self) -> Store: ...

    def events(self) -> list[dict[str, Any]]:
        """What another process finds there."""


class _Sqlite:
    remembers = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> Store:
        return open_store(f"sqlite:{self._path}")

    def events(self) -> list[dict[str, Any]]:
        db = sqlite3.connect(self._path)
        try:
            rows = db.execute("SELECT body FROM current_passes ORDER BY seq").fetchall()
        finally:
            db.close()
        return [json.loads(body) for (body,) in rows]


class _JsonLines:
    remembers = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> Store:
        return open_store(f"jsonl:{self._path}")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._path.read_text().splitlines()]


class _Out:
    remembers = False

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture
        self._text = b""

    def open(self) -> Store:
        return open_store("-")

    def events(self) -> list[dict[str, Any]]:
        self._text += self._capture.readouterr().out
        return [json.loads(line) for line in self._text.splitlines()]


@pytest.fixture(params=["sqlite", "jsonl", "-"])
def world(
    request: pytest.FixtureRequest, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> World:
    if request.param == "sqlite":
        return _Sqlite(tmp_path / "plates.db")
    if request.param == "jsonl":
        return _JsonLines(tmp_path / "plates.jsonl")
    return _Out(capfdbinary)


def _add(store: Store, event: PlateEvent) -> bool:
    return store.add(event, encode(event), _NOW_S)


def _seqs(world: World) -> list[int]:
    return [event["seq"] for event in world.events()]


def test_an_event_is_kept_as_it_came(world: World) -> None:
    store = world.open()
    assert _add(store, an_event())
    store.commit()
    (kept,) = world.events()
    kept.pop("stored", None)
    assert kept == json.loads(encode(an_event()))
    store.close()


def test_fields_that_we_do_not_know_are_kept(world: World) -> None:
    store = world.open()
    body = encode(an_event())[:-1] + b',"weather":"\\ud800 fog \xc3\xa4"}'
    assert store.add(an_event(), body, _NOW_S)
    store.commit()
    assert world.events()[0]["weather"] == "\ud800 fog ä"
    store.close()


def test_nothing_is_there_before_the_commit(world: World) -> None:
    store = world.open()
    _add(store, an_event())
    assert world.events() == []
    store.commit()
    assert _seqs(world) == [1]
    store.close()


def test_a_message_is_kept_once(world: World) -> None:
    store = world.open()
    assert _add(store, an_event(1))
    assert not _add(store, an_event(1))
    store.commit()
    assert not _add(store, an_event(1))
    store.commit()
    assert _seqs(world) == [1]
    store.close()


def test_messages_are_told_apart_by_unit_boot_and_number(world: World) -> None:
    store = world.open()
    for n, changes in enumerate(
        ({}, {"boot": "0badcafe"}, {"unit": "v"}, {"site": "t"}, {"org": "p"})
    ):
        event = an_event(1, id=f"019ae1fc-99d4-7001-8203-00000000000{n}", **changes)
        assert _add(store, event), changes
    store.commit()
    assert len(world.events()) == 5
    store.close()


def test_what_was_rolled_back_can_be_added_again(world: World) -> None:
    store = world.open()
    _add(store, an_event(1))
    store.rollback()
    assert _add(store, an_event(1))
    store.commit()
    assert _seqs(world) == [1]
    store.close()


def test_a_commit_of_nothing_is_fine(world: World) -> None:
    store = world.open()
    store.commit()
    store.rollback()
    assert store.purge(_NOW_S) == 0
    store.close()


def test_messages_are_known_again_after_a_restart(world: World) -> None:
    if not world.remembers:
        pytest.skip("standard output does not remember")
    store = world.open()
    _add(store, an_event(1))
    store.commit()
    _add(store, an_event(2))  # never committed: a crash
    store.close()
    store = world.open()
    assert not _add(store, an_event(1))
    assert _add(store, an_event(2))
    store.commit()
    store.close()
    assert _seqs(world) == [1, 2]


def test_what_is_held_of_a_boot_is_what_was_committed_or_announced_as_lost(world: World) -> None:
    store = world.open()
    for seq in (1, 2, 3, 7):
        _add(store, an_event(seq))
    _add(store, an_event(5, boot="0badcafe"))
    gap = a_gap(8, (5, 6))
    assert store.add(gap, encode_notice(gap, None), _NOW_S)
    store.commit()
    assert _numbers(store) == {1, 2, 3, 5, 6, 7, 8}
    _add(store, an_event(9))
    store.rollback()
    assert _numbers(store) == {1, 2, 3, 5, 6, 7, 8}
    store.close()
    if world.remembers:
        store = world.open()
        assert _numbers(store) == {1, 2, 3, 5, 6, 7, 8}
        store.close()


def test_a_notice_is_kept_once_like_any_message(world: World) -> None:
    store = world.open()
    for notice in (a_gap(1, (5, 6)), a_clock(2, "2026-01-01T12:00:00.000Z", 10.0)):
        assert store.add(notice, encode_notice(notice, None), _NOW_S)
        assert not store.add(notice, encode_notice(notice, None), _NOW_S)
    store.commit()
    store.close()


def _numbers(store: Store) -> set[int]:
    ranges = store.held("o/s/u", "00c0ffee")
    return {seq for first, last in ranges for seq in range(first, last + 1)}
