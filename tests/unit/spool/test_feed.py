"""The reader: order, letting go, waiting, and a file that comes, goes and rots."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import SpoolError
from edge_alpr.spool import sql
from edge_alpr.spool.feed import Depth, SpoolFeed
from edge_alpr.types import Spooled
from fixtures.folder import bytes_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.spool_bench import SpoolBench


def test_hits_come_first_then_the_oldest(bench: SpoolBench) -> None:
    bench.put(b"a", b"b")
    bench.put(b"H", hit=True)
    bench.spool.flush(0)
    bench.put(b"c")
    bench.put(b"I", hit=True)
    bench.spool.flush(0)
    assert bench.bodies() == [b"H", b"I", b"a", b"b", b"c"]
    assert bench.bodies(limit=3) == [b"H", b"I", b"a"]


def test_asking_twice_gives_the_same(bench: SpoolBench) -> None:
    bench.put(b"a", b"b")
    bench.spool.flush(0)
    assert bench.feed.pending(9, 0) == bench.feed.pending(9, 0)


def test_what_was_delivered_is_gone_and_the_rest_stays(bench: SpoolBench) -> None:
    bench.put(b"a", b"b", b"c")
    bench.spool.flush(0)
    first, second, _ = bench.feed.pending(9, 0)
    bench.feed.delivered([second])
    assert bench.bodies() == [b"a", b"c"]
    bench.feed.delivered([first, second])
    assert bench.bodies() == [b"c"]


def test_a_message_of_an_unknown_boot_is_passed_over(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    bench.feed.delivered([Spooled("ffffffff", 1, "read", "cam0", b"", None, False, 0.0)])
    assert bench.bodies() == [b"a"]


def test_an_expired_message_is_not_given_out_and_is_deleted_by_expire(bench: SpoolBench) -> None:
    now_s = bench.clock.now().utc_s
    bench.put(b"old", expires_s=now_s)
    bench.put(b"young", expires_s=now_s + 1)
    bench.put(b"eternal")
    bench.spool.flush(0)
    assert bench.bodies() == [b"young", b"eternal"]
    assert bench.feed.depth().messages == 3
    assert bench.feed.expire(now_s) == 1
    assert bench.feed.depth().messages == 2
    assert bench.feed.expire(now_s) == 0


def test_depth_counts_messages_pages_and_the_oldest(bench: SpoolBench) -> None:
    assert bench.feed.depth() == Depth(0, 0, None)
    first_s = bench.clock.now().utc_s
    bench.put(bytes(50_000))
    bench.spool.flush(0)
    bench.clock.pass_s(60)
    bench.put(b"H", hit=True)
    bench.spool.flush(0)
    depth = bench.feed.depth()
    assert (depth.messages, depth.oldest_s) == (2, first_s)
    assert 50_000 < depth.bytes < 100_000
    bench.feed.delivered(bench.feed.pending(9, 0)[1:])
    assert bench.feed.depth().oldest_s == first_s + 60


def test_a_log_that_could_not_be_emptied_is_emptied_by_the_next_call(bench: SpoolBench) -> None:
    """Another reader in the middle of something keeps deleted bodies in the log, no longer than that."""
    bench.put(b"EDGE042")
    bench.spool.flush(0)
    other = sqlite3.connect(bench.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute(sql.COUNT).fetchone()
    batch = bench.feed.pending(9, 0)
    assert bench.feed._db is not None
    bench.feed._db.execute("PRAGMA busy_timeout=0").fetchone()
    bench.feed.delivered(batch)
    assert b"EDGE042" in bytes_in(bench.path.parent)
    other.execute("COMMIT")
    other.close()
    assert not bench.feed.wait(0)
    assert b"EDGE042" not in bytes_in(bench.path.parent)


def test_an_error_in_the_middle_closes_the_file_and_the_next_call_opens_it(
    bench: SpoolBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    with monkeypatch.context() as broken:
        broken.setattr(sql, "PENDING", "SELECT absent FROM message WHERE 1 = ? LIMIT ?")
        with pytest.raises(SpoolError, match="no such column"):
            bench.bodies()
    assert bench.bodies() == [b"a"]


# ---------------------------------------------------------------- waiting


def test_wait_returns_at_once_for_what_was_committed_since_pending(bench: SpoolBench) -> None:
    assert bench.bodies() == []
    bench.put(b"a")
    bench.spool.flush(0)
    assert bench.feed.wait(0)
    assert bench.bodies() == [b"a"]
    assert not bench.feed.wait(0)


def test_its_own_deletions_do_not_wake_the_reader(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    bench.feed.delivered(bench.feed.pending(9, 0))
    assert not bench.feed.wait(0)


def test_wait_is_woken_by_a_commit(bench: SpoolBench) -> None:
    assert bench.bodies() == []
    woken = threading.Event()

    def wait() -> None:
        if bench.feed.wait(60):
            woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not woken.wait(0.05)
    bench.put(b"a")
    bench.spool.flush(0)
    assert woken.wait(30)
    waiter.join(30)


# ---------------------------------------------------------------- the file


def test_without_a_file_there_is_nothing_and_it_is_found_when_it_comes(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench()
    assert bench.bodies() == []
    assert bench.feed.depth() == Depth(0, 0, None)
    assert bench.feed.expire(0) == 0
    assert not bench.feed.wait(0)
    bench.feed.delivered([])
    assert not bench.path.exists()
    bench.spool.open()
    bench.put(b"a")
    bench.spool.flush(0)
    assert bench.feed.wait(0)
    assert bench.bodies() == [b"a"]


def test_a_replaced_file_is_opened_anew(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    assert bench.bodies() == [b"a"]
    bench.path.unlink()
    bench.put(b"b")
    bench.spool.flush(0)
    assert bench.feed.wait(0)
    assert bench.bodies() == [b"b"]


def test_noise_is_an_error_for_the_reader_and_not_set_aside_by_it(
    make_bench: Callable[..., SpoolBench],
) -> None:
    """Repair is the writer's; the reader only has to survive until then."""
    bench = make_bench()
    bench.path.parent.mkdir()
    bench.path.write_bytes(b"noise" * 1000)
    for use in (bench.bodies, bench.feed.depth, lambda: bench.feed.wait(0)):
        with pytest.raises(SpoolError, match="file is not a database"):
            use()
    bench.spool.open()
    bench.put(b"a")
    bench.spool.flush(0)
    assert bench.bodies() == [b"a"]


def test_a_body_that_rotted_is_counted_given_up_and_never_sent(
    bench: SpoolBench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.put(b"a", b"EDGE042", b"c")
    bench.spool.flush(0)
    bench.db.execute("UPDATE message SET body = CAST('EDGE043' AS BLOB) WHERE rank & 255 = 2")
    assert bench.bodies() == [b"a", b"c"]
    assert bench.tally["spool.rotten"] == 1
    assert bench.feed.depth().messages == 2
    assert "EDGE04" not in caplog.text


def test_a_closed_feed_opens_again_when_asked(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    bench.feed.close()
    assert bench.bodies() == [b"a"]


def test_two_feeds_can_be_used_beside_a_writing_spool(bench: SpoolBench, tmp_path: Path) -> None:
    """Every message is let go exactly once, whoever is faster."""
    second = SpoolFeed(bench.path, count=bench.tally)
    gone: list[int] = []

    def drain(feed: SpoolFeed) -> None:
        while len(set(gone)) < 200:
            if batch := feed.pending(7, 0):
                feed.delivered(batch)
                gone.extend(message.seq for message in batch)

    drains = [threading.Thread(target=drain, args=(feed,)) for feed in (bench.feed, second)]
    for each in drains:
        each.start()
    for n in range(200):
        bench.put(b"%d" % n)
        if n % 9 == 0:
            bench.spool.flush(5)
    assert bench.spool.flush(5)
    for each in drains:
        each.join(60)
    second.close()
    assert set(gone) == set(range(1, 201))
    assert bench.feed.depth().messages == 0
    assert bench.tally["spool.commits_failed"] == 0
