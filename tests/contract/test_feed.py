"""What every `Feed` of the uplink must do: the real spool's, a simulated unit's, and the fake in the uplink's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from edge_alpr.fleet.memory_spool import MemorySpool
from edge_alpr.types import Outgoing
from fakes.feed import MemoryFeed
from fakes.manual_time import ManualClock
from fixtures.spool_bench import SpoolBench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.uplink.terms import Feed

_NOW_S = 1_767_225_600.0


class World(Protocol):
    @property
    def feed(self) -> Feed: ...

    def add(self, body: bytes, *, hit: bool = False, expires_s: float | None = None) -> None:
        """Put a message into the spool and make it durable."""


class _Real:
    def __init__(self, bench: SpoolBench) -> None:
        self._bench = bench
        self.feed: Feed = bench.feed

    def add(self, body: bytes, *, hit: bool = False, expires_s: float | None = None) -> None:
        self._bench.put(body, hit=hit, expires_s=expires_s)
        self._bench.spool.commit()


class _Fake:
    def __init__(self) -> None:
        self.memory = MemoryFeed()
        self.feed: Feed = self.memory

    def add(self, body: bytes, *, hit: bool = False, expires_s: float | None = None) -> None:
        self.memory.add(body, hit=hit, expires_s=expires_s, kind="alert" if hit else "read")


class _Simulated:
    def __init__(self) -> None:
        self.spool = MemorySpool(ManualClock(utc_s=_NOW_S), room=100)
        self.feed: Feed = self.spool

    def add(self, body: bytes, *, hit: bool = False, expires_s: float | None = None) -> None:
        outgoing = Outgoing("alert" if hit else "read", "cam0", expires_s, hit)
        self.spool.append(outgoing, lambda _seq: body)


@pytest.fixture(params=["real", "simulated", "fake"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "simulated":
        yield _Simulated()
        return
    if request.param == "fake":
        yield _Fake()
        return
    bench = SpoolBench(tmp_path / "spool.db")
    bench.spool.open()
    yield _Real(bench)
    bench.close()


def _bodies(world: World, limit: int = 100, now_s: float = _NOW_S) -> list[bytes]:
    return [message.body for message in world.feed.pending(limit, now_s)]


def test_an_empty_spool_has_nothing(world: World) -> None:
    assert _bodies(world) == []
    assert world.feed.expire(_NOW_S) == 0
    world.feed.delivered([])
    depth = world.feed.depth()
    assert (depth.messages, depth.oldest_s) == (0, None)


def test_messages_come_with_all_that_is_known_of_them(world: World) -> None:
    world.add(b"one", hit=True, expires_s=_NOW_S + 60)
    (message,) = world.feed.pending(100, _NOW_S)
    assert (message.seq, message.kind, message.camera, message.body) == (1, "alert", "cam0", b"one")
    assert (message.hit, message.expires_s, message.stored_s) == (True, _NOW_S + 60, _NOW_S)
    assert len(message.boot) == 8


def test_hits_come_first_and_otherwise_the_oldest(world: World) -> None:
    for body in (b"1", b"2"):
        world.add(body)
    world.add(b"3", hit=True)
    world.add(b"4")
    world.add(b"5", hit=True)
    assert _bodies(world) == [b"3", b"5", b"1", b"2", b"4"]
    assert _bodies(world, limit=3) == [b"3", b"5", b"1"]


def test_looking_does_not_take_away(world: World) -> None:
    world.add(b"1")
    assert _bodies(world) == _bodies(world) == [b"1"]


def test_what_is_delivered_is_gone_and_the_rest_stays(world: World) -> None:
    for n in range(5):
        world.add(str(n).encode())
    taken = world.feed.pending(100, _NOW_S)
    world.feed.delivered([taken[1], taken[3]])
    assert _bodies(world) == [b"0", b"2", b"4"]
    world.feed.delivered([taken[1]])  # twice does no harm
    assert world.feed.depth().messages == 3


def test_expired_messages_are_not_given_out_and_then_dropped_by_count(world: World) -> None:
    world.add(b"short", expires_s=_NOW_S + 10)
    world.add(b"long", expires_s=_NOW_S + 1000)
    world.add(b"ever")
    assert _bodies(world, now_s=_NOW_S + 9) == [b"short", b"long", b"ever"]
    assert _bodies(world, now_s=_NOW_S + 11) == [b"long", b"ever"]
    assert world.feed.expire(_NOW_S + 11) == 1
    assert world.feed.expire(_NOW_S + 11) == 0
    assert world.feed.depth().messages == 2


def test_the_depth_tells_how_much_waits_and_since_when(world: World) -> None:
    world.add(b"x" * 5000)
    world.add(b"y" * 5000)
    depth = world.feed.depth()
    assert depth.messages == 2
    assert depth.bytes >= 10_000
    assert depth.oldest_s == _NOW_S


def test_what_comes_after_the_line_goes_before_what_was_there_and_hits_before_all(
    world: World,
) -> None:
    world.add(b"1")
    world.add(b"2", hit=True)
    world.feed.begin_live()
    world.add(b"3")
    world.add(b"4", hit=True)
    world.add(b"5")
    assert _bodies(world) == [b"2", b"4", b"3", b"5", b"1"]
    assert _bodies(world, limit=3) == [b"2", b"4", b"3"]
    world.feed.begin_live()
    assert _bodies(world) == [b"2", b"4", b"1", b"3", b"5"]


def test_the_line_may_be_drawn_in_an_empty_spool(world: World) -> None:
    world.feed.begin_live()
    world.add(b"1")
    world.add(b"2", hit=True)
    assert _bodies(world) == [b"2", b"1"]
