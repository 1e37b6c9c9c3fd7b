"""A full card: what was delivered can be let go of, and what then fits is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import SpoolFullError
from edge_alpr.spool.reserve import ROOM, Reserve
from fixtures.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures.small_disk import SmallDisk
    from fixtures.spool_bench import SpoolBench


@pytest.fixture
def full(disk_of_1_mib: SmallDisk, make_bench: Callable[..., SpoolBench]) -> SpoolBench:
    """A spool that has filled a disk of 4 MiB to the last block."""
    disk_of_1_mib.resize("4m")
    bench = make_bench(disk_of_1_mib.folder / "spool.db")
    bench.spool.open()
    n = 0
    while bench.spool.failing is None:
        bench.put(b"%04d" % n + bytes(2500), hit=n % 10 == 0)
        bench.spool.commit()
        n += 1
    disk_of_1_mib.fill()
    return bench


def test_a_full_card_is_emptied_by_delivery_and_filled_again(full: SpoolBench) -> None:
    waiting = full.spool.waiting
    messages = full.feed.pending(10_000, 0.0)
    assert len(messages) > 500
    full.feed.delivered(messages[:300])
    assert full.feed.depth().messages == len(messages) - 300
    full.put(*(bytes(2500) for _ in range(100)))
    assert full.spool.flush(5), "there is room in the file, if not beside it"
    assert full.feed.depth().messages == len(messages) - 300 + waiting + 100


def test_control_without_the_reserve_nothing_can_be_let_go_of(
    full: SpoolBench, disk_of_1_mib: SmallDisk
) -> None:
    full.path.with_name("spool.db-reserve").unlink()
    disk_of_1_mib.fill("more")
    with pytest.raises(SpoolFullError):
        full.feed.delivered(full.feed.pending(10_000, 0.0))


def test_what_expires_on_a_full_card_goes_as_well(full: SpoolBench) -> None:
    full.feed.delivered(full.feed.pending(100, 0.0))
    now_s = full.clock.now().utc_s
    full.put(*(bytes(500) for _ in range(50)), expires_s=now_s + 1)
    assert full.spool.flush(5)
    assert full.feed.expire(now_s + 2) == 50


def test_the_reserve_is_taken_from_plenty_only_and_given_back_after_use(
    disk_of_1_mib: SmallDisk,
) -> None:
    path = disk_of_1_mib.folder / "spool.db"
    reserve, file = Reserve(path), path.with_name("spool.db-reserve")
    assert not reserve.take()
    with reserve.lent():
        pass
    assert not file.exists()
    disk_of_1_mib.resize("8m")
    assert reserve.take()
    assert file.stat().st_size == ROOM
    assert file.stat().st_blocks * 512 >= ROOM, "a file of holes would hold back nothing"
    assert file.stat().st_mode & 0o777 == 0o600
    with reserve.lent():
        assert not file.exists()
    assert file.stat().st_size == ROOM


def test_a_damaged_file_that_was_set_aside_gives_its_room_to_new_messages(
    disk_of_1_mib: SmallDisk, make_bench: Callable[..., SpoolBench], tmp_path: Path
) -> None:
    aside = disk_of_1_mib.folder / "spool.db.damaged-20260101T000000Z"
    aside.write_bytes(bytes(800_000))
    bench = make_bench(disk_of_1_mib.folder / "spool.db")
    bench.spool.open()
    bench.put(*(bytes(2500) for _ in range(150)))
    assert eventually(lambda: bench.spool.flush(0))
    assert not aside.exists()
