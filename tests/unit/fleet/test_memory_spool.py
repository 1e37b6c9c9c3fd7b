"""What the simulated unit's spool notes for its account; what every spool must do is in the contract suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.fleet.memory_spool import MemorySpool
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

_READ = Outgoing("read", "cam0", None)


def _body(text: str = "x") -> Callable[[int], bytes]:
    return lambda seq: f"{text}{seq}".encode()


def test_what_is_let_go_of_is_noted_with_its_age() -> None:
    clock = ManualClock()
    spool = MemorySpool(clock, room=10)
    for _ in range(3):
        spool.append(_READ, _body())
    clock.pass_s(2.5)
    first, second, third = spool.pending(10, clock.now().utc_s)
    spool.delivered([second, first])
    spool.delivered([first])
    assert list(spool.confirmed_after_s) == [2.5, 2.5]
    assert spool.waiting() == [third.seq] == [3]


def test_a_full_spool_counts_what_it_has_no_room_for_and_gives_it_no_number() -> None:
    clock = ManualClock()
    spool = MemorySpool(clock, room=2)
    assert [spool.append(_READ, _body()) for _ in range(4)] == [1, 2, 0, 0]
    assert (spool.shed, len(spool.made_s)) == (2, 2)
    spool.delivered(spool.pending(1, clock.now().utc_s))
    assert spool.append(_READ, _body()) == 3


def test_what_expires_is_counted_and_not_confirmed() -> None:
    clock = ManualClock()
    spool = MemorySpool(clock, room=10)
    spool.append(Outgoing("read", "cam0", clock.now().utc_s + 5), _body())
    assert spool.expire(clock.now().utc_s + 6) == 1
    assert (spool.expired, len(spool.confirmed_after_s), spool.waiting()) == (1, 0, [])


def test_waiting_ends_with_the_next_message_and_looking_takes_the_news() -> None:
    clock = ManualClock()
    spool = MemorySpool(clock, room=10)
    assert not spool.wait(0.0)
    spool.append(_READ, _body())
    assert spool.wait(60.0)
    spool.pending(10, clock.now().utc_s)
    assert not spool.wait(0.0)
