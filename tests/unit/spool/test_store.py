"""The writer: numbering, group commit, bounds, and going on when the card does not."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter, ValidationError

from edge_alpr.errors import SpoolError
from edge_alpr.spool import sql
from edge_alpr.spool.database import DamagedError
from edge_alpr.spool.store import SpoolSettings
from edge_alpr.types import Outgoing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.spool_bench import SpoolBench


def limit_pages(bench: SpoolBench, pages: int) -> None:
    """A full disk for those who may not mount one: SQLite answers both with SQLITE_FULL."""
    bench.db.execute(f"PRAGMA max_page_count={pages}").fetchone()


def test_numbers_are_given_at_once_and_count_from_one(bench: SpoolBench) -> None:
    assert bench.put(b"a", b"b", b"c") == [1, 2, 3]
    assert bench.bodies() == []
    assert bench.spool.stored_through == 0


def test_a_body_is_made_with_its_number(bench: SpoolBench) -> None:
    bench.put(b"first")
    bench.spool.append(Outgoing("read", "cam0", None), lambda seq: f"number {seq}".encode())
    bench.spool.flush(0)
    assert bench.bodies() == [b"first", b"number 2"]


def test_each_start_has_its_own_name(make_bench: Callable[..., SpoolBench]) -> None:
    boots = {make_bench().spool.boot for _ in range(20)}
    assert len(boots) == 20
    assert all(len(boot) == 8 and int(boot, 16) >= 0 for boot in boots)


def test_what_was_flushed_is_there_for_another_process_start(
    bench: SpoolBench, make_bench: Callable[..., SpoolBench]
) -> None:
    bench.put(b"a", b"b")
    assert bench.spool.flush(0)
    assert bench.spool.stored_through == 2
    bench.close()
    later = make_bench()
    later.spool.open()
    later.put(b"c")
    later.spool.flush(0)
    assert later.bodies() == [b"a", b"b", b"c"]
    assert [message.seq for message in later.feed.pending(9, 0)] == [1, 2, 1]


def test_all_that_was_said_about_a_message_is_kept(bench: SpoolBench) -> None:
    outgoing = Outgoing("image", "cam1", 1_999_999_999.5, hit=True)
    bench.spool.append(outgoing, lambda _: b"\x00\xff")
    bench.spool.flush(0)
    (message,) = bench.feed.pending(9, 0)
    assert (message.kind, message.camera, message.expires_s) == ("image", "cam1", 1_999_999_999.5)
    assert (message.hit, message.body, message.boot) == (True, b"\x00\xff", bench.spool.boot)
    assert message.stored_s == bench.clock.now().utc_s


def test_a_commit_takes_all_that_waits_in_groups(bench: SpoolBench) -> None:
    bench.put(*(str(n).encode() for n in range(170)))
    before = bench.db.total_changes
    assert bench.spool.commit()
    assert bench.db.total_changes - before == 170
    assert bench.tally["spool.stored"] == 170
    assert bench.bodies() == [str(n).encode() for n in range(170)]


def test_the_loop_stores_and_beats_until_told_to_stop(bench: SpoolBench) -> None:
    stop, beaten = threading.Event(), threading.Event()
    loop = threading.Thread(target=bench.spool.run, args=(stop, beaten.set))
    loop.start()
    bench.put(b"a")
    assert beaten.wait(10)
    assert bench.feed.wait(10)
    while not bench.bodies():
        assert bench.feed.wait(10)
    bench.put(b"b")
    stop.set()
    loop.join(10)
    assert not loop.is_alive()
    assert bench.bodies() == [b"a", b"b"]


def test_a_full_group_does_not_wait_for_the_time(make_bench: Callable[..., SpoolBench]) -> None:
    """With a clock of a century between commits only the number of rows can trigger one."""
    bench = make_bench(commit_rows=3)
    object.__setattr__(bench.settings, "commit_s", 3e9)
    bench.spool.open()
    stop = threading.Event()
    loop = threading.Thread(target=bench.spool.run, args=(stop, lambda: None))
    loop.start()
    bench.put(b"a", b"b", b"c")
    while not bench.bodies():
        assert bench.feed.wait(10)
    stop.set()
    bench.put(b"d", b"e", b"f")  # wakes the loop, which then sees the signal
    loop.join(10)
    assert not loop.is_alive()


# ---------------------------------------------------------------- bounds


def test_the_oldest_others_are_given_up_before_any_hit(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(max_bytes=400_000)
    bench.spool.open()
    for n in range(50):
        bench.put(b"%03d" % n + bytes(3000), hit=n % 10 == 0)
        bench.put(b"o%02d" % n + bytes(3000))
        bench.put(b"p%02d" % n + bytes(3000))
        bench.spool.flush(0)
    kept = [body[:3] for body in bench.bodies()]
    assert [body for body in kept if body[:1] == b"0" and body[2:] == b"0"] == [
        b"000",
        b"010",
        b"020",
        b"030",
        b"040",
    ]
    assert bench.tally["spool.shed"] == 150 - len(kept) > 0
    others = kept[5:]
    assert others[-1] == b"p49"
    assert bench.feed.depth().bytes <= 400_000
    assert bench.tally["spool.stored"] - bench.tally["spool.shed"] == len(kept)


def test_when_only_hits_are_left_the_stored_ones_stay_and_new_ones_are_counted(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(max_bytes=200_000)
    bench.spool.open()
    for n in range(100):
        bench.put(b"%03d" % n + bytes(3000), hit=True)
        bench.spool.flush(0)
    kept = [int(body[:3]) for body in bench.bodies()]
    assert kept == list(range(len(kept)))
    assert bench.tally["spool.lost_full"] == 100 - len(kept) > 0
    assert bench.tally["spool.stored"] == len(kept)
    bench.feed.delivered(bench.feed.pending(20, 0))
    bench.put(b"new", hit=True)
    bench.spool.flush(0)
    assert bench.bodies()[-1] == b"new"


def test_each_loss_of_a_mixed_group_is_counted_by_its_own_name(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(max_bytes=100_000)
    bench.spool.open()
    while not bench.tally["spool.lost_full"]:
        bench.put(bytes(3500), hit=True)
        bench.spool.flush(0)
    bench.tally.clear()
    bench.put(bytes(3500), hit=True)
    bench.put(bytes(3500), bytes(3500))
    bench.spool.flush(0)
    assert bench.tally == {"spool.stored": 2, "spool.shed": 2, "spool.lost_full": 1}


def test_room_is_used_again_so_the_file_does_not_grow(
    make_bench: Callable[..., SpoolBench],
) -> None:
    bench = make_bench(max_bytes=300_000)
    bench.spool.open()
    for _ in range(30):
        bench.put(*(bytes(3000) for _ in range(20)))
        bench.spool.flush(0)
        bench.feed.delivered(bench.feed.pending(15, 0))
    bench.spool.close()
    assert bench.path.stat().st_size < 500_000


# ---------------------------------------------------------------- when the card does not


def test_a_full_disk_keeps_messages_waiting_and_resumes(bench: SpoolBench) -> None:
    bench.put(bytes(3000))
    assert bench.spool.flush(0)
    limit_pages(bench, 12)
    names = [b"%03d" % n for n in range(40)]
    bench.put(*(name + bytes(3000) for name in names))
    assert not bench.spool.flush(0)
    assert bench.tally["spool.commits_failed"] == 1
    assert bench.tally["spool.stored"] == 1
    assert bench.spool.stored_through == 1
    assert len(bench.bodies()) == 1
    # The connection was given up, the new one has no limit: room is back.
    assert bench.spool.flush(0)
    assert [body[:3] for body in bench.bodies()[1:]] == names


def test_memory_is_bounded_while_the_disk_is_full_and_each_loss_is_counted(
    make_bench: Callable[..., SpoolBench], tmp_path: Path
) -> None:
    bench = make_bench(tmp_path / "absent" / "spool.db", waiting_rows=60)
    (tmp_path / "absent").touch()  # a file where the folder should be: nothing can be stored
    bench.put(*(b"h%d" % n for n in range(10)), hit=True)
    bench.put(*(b"o%d" % n for n in range(90)))
    assert not bench.spool.flush(0)
    assert bench.tally["spool.lost_waiting"] == 40
    (tmp_path / "absent").unlink()
    assert bench.spool.flush(0)
    assert bench.bodies() == [b"h%d" % n for n in range(10)] + [b"o%d" % n for n in range(40, 90)]
    assert bench.tally["spool.stored"] + bench.tally["spool.lost_waiting"] == 100


def test_a_failed_commit_whose_rows_arrived_after_all_does_not_double_them(
    bench: SpoolBench,
) -> None:
    """After an error of fsync nobody knows; the rows are written again."""
    bench.put(b"a", b"b")
    rows = bench.spool._waiting.take(9)
    bench.spool._store(rows)
    bench.spool._waiting.put_back(rows)
    assert bench.spool.flush(0)
    assert bench.bodies() == [b"a", b"b"]


def test_a_wrong_path_is_an_error_at_the_start(
    make_bench: Callable[..., SpoolBench], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError, match=r"file/spool\.db: "):
        make_bench(tmp_path / "file" / "spool.db").spool.open()
    with pytest.raises(SpoolError, match="unable to open"):
        make_bench(tmp_path).spool.open()


def test_a_file_of_noise_is_set_aside_counted_and_said(
    make_bench: Callable[..., SpoolBench], caplog: pytest.LogCaptureFixture
) -> None:
    bench = make_bench()
    bench.path.parent.mkdir()
    noise = random.Random(3).randbytes(65536)
    bench.path.write_bytes(noise)
    bench.spool.open()
    bench.put(b"a")
    assert bench.spool.flush(0)
    assert bench.bodies() == [b"a"]
    assert bench.tally["spool.damaged"] == 1
    (aside,) = bench.path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == noise
    assert aside.name in caplog.text


def test_damage_while_running_costs_what_was_in_the_file_and_nothing_after(
    bench: SpoolBench,
) -> None:
    bench.put(*(bytes(2000) for _ in range(100)))
    bench.spool.flush(0)
    bench.feed.delivered(
        bench.feed.pending(1, 0)
    )  # empties the log, so that the file itself is read
    bench.db.execute("PRAGMA shrink_memory")
    noise = random.Random(4).randbytes(bench.path.stat().st_size - 4096)
    dd = ["dd", f"of={bench.path}", "bs=4096", "seek=1", "conv=notrunc", "status=none"]
    subprocess.run(
        dd, input=noise, check=True
    )  # a process of its own: closing would drop our locks
    bench.put(b"a", b"b")
    assert bench.spool.flush(5)
    assert bench.tally["spool.damaged"] == 1
    assert bench.bodies() == [b"a", b"b"]


def test_a_reader_of_the_damaged_file_does_no_harm_to_the_new_one(bench: SpoolBench) -> None:
    """SQLite deletes a log by name when it closes; it must not be the new file's."""
    bench.put(b"before")
    bench.spool.flush(0)
    bench.feed.pending(1, 0)
    bench.spool._file._replace_damaged(DamagedError("noise"))
    bench.put(b"a", b"b")
    bench.spool.flush(0)
    bench.feed.close()
    bench.put(b"c")
    bench.spool.flush(0)
    assert bench.bodies() == [b"before", b"a", b"b", b"c"]
    bench.spool.close()
    db = sqlite3.connect(bench.path)
    assert db.execute(sql.COUNT).fetchone() == (4,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_file_deleted_by_somebody_is_noticed_before_the_next_commit(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.flush(0)
    bench.path.unlink()
    bench.put(b"b")
    bench.spool.flush(0)
    assert bench.bodies() == [b"b"]
    assert bench.tally["spool.replaced"] == 1


# ---------------------------------------------------------------- the end


def test_close_stores_what_waits_and_folds_the_log_into_the_file(bench: SpoolBench) -> None:
    bench.put(b"a")
    bench.spool.close()
    assert {file.name for file in bench.path.parent.iterdir()} == {"spool.db", "spool.db-reserve"}
    assert bench.bodies() == [b"a"]


def test_what_cannot_be_stored_at_the_end_is_counted(
    make_bench: Callable[..., SpoolBench], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    bench = make_bench(tmp_path / "file" / "spool.db")
    bench.put(b"a", b"b")
    bench.spool.close(0.0)
    assert bench.tally["spool.lost_at_close"] == 2


def test_logs_hold_no_body(bench: SpoolBench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(b"EDGE042" + bytes(100_000))
    limit_pages(bench, 12)
    bench.spool.flush(0)
    assert "cannot be written" in caplog.text
    assert "EDGE042" not in caplog.text


@pytest.mark.parametrize("wrong", [{"commit_s": 0.3}, {"commit_rows": 51}, {"commit_s": 0}])
def test_settings_allow_no_longer_loss_than_promised(wrong: dict[str, float]) -> None:
    TypeAdapter(SpoolSettings).validate_python({"commit_s": 0.25, "commit_rows": 50})
    with pytest.raises(ValidationError):
        TypeAdapter(SpoolSettings).validate_python(wrong)
