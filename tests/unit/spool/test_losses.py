"""Whatever is given up is noted with its numbers, in the file, until it is announced."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from edge_alpr.spool import database
from edge_alpr.spool.losses import forget, in_ranges, note, noted
from edge_alpr.types import Loss

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.spool_bench import SpoolBench


@given(seqs=st.sets(st.integers(1, 200)))
def test_ranges_hold_exactly_the_numbers(seqs: set[int]) -> None:
    ranges = in_ranges("b", seqs, "room")
    held = [seq for loss in ranges for seq in range(loss.first, loss.last + 1)]
    assert held == sorted(seqs)
    assert all(a.last + 1 < b.first for a, b in itertools.pairwise(ranges))


def test_a_range_that_goes_on_is_extended_and_others_are_not(tmp_path: Path) -> None:
    db = database.open_for_writing(tmp_path / "spool.db")
    note(db, [Loss("b", 1, 3, "room")])
    note(db, [Loss("b", 4, 5, "room"), Loss("b", 7, 7, "room"), Loss("b", 6, 6, "expired")])
    note(db, [Loss("c", 8, 8, "room"), Loss(None, 0, 0, "damaged"), Loss(None, 0, 0, "damaged")])
    assert noted(db, 99) == [
        Loss(None, 0, 0, "damaged"),
        Loss("b", 1, 5, "room"),
        Loss("b", 6, 6, "expired"),
        Loss("b", 7, 7, "room"),
        Loss("c", 8, 8, "room"),
    ]
    assert len(noted(db, 2)) == 2
    db.close()


def test_what_has_grown_since_it_was_announced_stays(tmp_path: Path) -> None:
    db = database.open_for_writing(tmp_path / "spool.db")
    note(db, [Loss("b", 1, 3, "room"), Loss("b", 9, 9, "rotten")])
    told = noted(db, 99)
    note(db, [Loss("b", 4, 4, "room")])
    forget(db, told)
    assert noted(db, 99) == [Loss("b", 1, 4, "room")]
    db.close()


def test_how_many_are_lost_is_unknown_after_damage_only() -> None:
    assert Loss("b", 3, 7, "room").messages == 5
    assert Loss("b", 3, 7, "damaged").messages is None


# ---------------------------------------------------------------- what the spool gives up


def test_what_is_shed_for_room_is_noted_and_survives_a_restart(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(max_bytes=100_000)
    bench.spool.open()
    for _ in range(20):
        bench.put(bytes(9000))
        assert bench.spool.flush(0)
    shed = bench.tally["spool.shed"]
    assert shed > 0
    assert bench.spool.losses() == [Loss(bench.spool.boot, 1, shed, "room")]
    bench.spool.close()
    again = make_bench(max_bytes=100_000)
    again.spool.open()
    assert again.spool.losses() == [Loss(bench.spool.boot, 1, shed, "room")]
    again.spool.announced(again.spool.losses())
    assert again.spool.losses() == []


def test_hits_for_which_there_is_no_room_are_noted(make_bench: Callable[..., SpoolBench]) -> None:
    bench = make_bench(max_bytes=100_000)
    bench.spool.open()
    bench.put(*(bytes(9000) for _ in range(20)), hit=True)
    assert bench.spool.flush(0)
    lost = bench.tally["spool.lost_full"]
    assert bench.spool.losses() == [Loss(bench.spool.boot, 21 - lost, 20, "room")]


def test_what_memory_could_not_hold_is_noted_with_the_next_commit(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(waiting_rows=50)
    bench.spool.open()
    bench.put(*(b"x" for _ in range(53)))
    assert bench.spool.losses() == []
    assert bench.spool.flush(0)
    assert bench.spool.losses() == [Loss(bench.spool.boot, 1, 3, "memory")]


def test_what_expires_or_rots_is_noted_by_the_reader(bench: SpoolBench) -> None:
    now_s = bench.clock.now().utc_s
    bench.put(b"old", b"older", expires_s=now_s)
    bench.put(b"a", b"b")
    bench.spool.flush(0)
    bench.db.execute("UPDATE message SET body = CAST('c' AS BLOB) WHERE rank & 255 = 4")
    assert bench.bodies() == [b"a"]
    assert bench.feed.expire(now_s) == 2
    assert bench.spool.losses() == [
        Loss(bench.spool.boot, 1, 2, "expired"),
        Loss(bench.spool.boot, 4, 4, "rotten"),
    ]


def test_what_was_delivered_is_no_loss(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    bench.feed.delivered(bench.feed.pending(9, 0))
    assert bench.spool.losses() == []


def test_a_file_that_was_taken_away_may_have_held_anything(bench: SpoolBench) -> None:
    bench.put(b"a", b"b")
    bench.spool.flush(0)
    bench.path.unlink()
    bench.put(b"c")
    bench.spool.flush(0)
    assert bench.spool.losses() == [
        Loss(None, 0, 0, "removed"),
        Loss(bench.spool.boot, 1, 2, "removed"),
    ]


def test_a_damaged_file_at_the_start_held_nothing_of_this_boot(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench()
    bench.path.parent.mkdir()
    bench.path.write_bytes(b"noise" * 1000)
    bench.spool.open()
    bench.put(b"a")
    bench.spool.flush(0)
    assert bench.spool.losses() == [Loss(None, 0, 0, "damaged")]


def test_without_a_file_no_loss_is_known(make_bench: Callable[..., SpoolBench]) -> None:
    bench = make_bench()
    assert bench.spool.losses() == []
    bench.spool.announced([Loss("b", 1, 1, "room")])


# ---------------------------------------------------------------- the clock


def test_a_clock_set_forward_keeps_what_was_stored_as_long_as_was_meant(bench: SpoolBench) -> None:
    """Fifty years, say: the unit started in 1970."""
    by_s = 50 * 365 * 86_400.0
    before_s = bench.clock.now().utc_s
    bench.put(b"before", expires_s=before_s + 3600)
    bench.put(b"hit", hit=True, expires_s=before_s + 60)
    bench.put(b"for ever")
    bench.spool.flush(0)
    bench.clock.at = type(bench.clock.at)(bench.clock.at.mono_s, before_s + by_s)
    bench.put(b"after", expires_s=before_s + by_s + 3600)
    bench.spool.shift_expiry(by_s)
    expiries = {message.body: message.expires_s for message in bench.feed.pending(9, 0)}
    assert expiries == {
        b"before": before_s + by_s + 3600,
        b"hit": before_s + by_s + 60,
        b"for ever": None,
        b"after": before_s + by_s + 3600,
    }


def test_a_clock_set_back_keeps_nothing_longer(bench: SpoolBench) -> None:
    before_s = bench.clock.now().utc_s
    bench.put(b"before", expires_s=before_s + 3600)
    bench.spool.flush(0)
    bench.clock.pass_s(-1000.0)
    bench.spool.shift_expiry(-1000.0)
    (message,) = bench.feed.pending(9, 0)
    assert message.expires_s == before_s + 2600


def test_messages_of_another_boot_are_left_as_they_are(
    make_bench: Callable[..., SpoolBench],
) -> None:
    first = make_bench()
    first.spool.open()
    now_s = first.clock.now().utc_s
    first.put(b"old", expires_s=now_s + 60)
    first.spool.close()
    second = make_bench()
    second.spool.open()
    second.put(b"new", expires_s=now_s + 60)
    second.spool.shift_expiry(1000.0)
    assert [m.expires_s for m in second.feed.pending(9, 0)] == [now_s + 60, now_s + 60]
    second.clock.pass_s(1000.0)
    second.spool.shift_expiry(1000.0)
    assert [m.expires_s for m in second.feed.pending(9, 0)] == [now_s + 60, now_s + 1060]
