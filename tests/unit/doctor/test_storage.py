"""What the doctor says of a card and of the spool on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.doctor.storage import room, spool, wear
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from fakes.manual_time import ManualClock
from fakes.tally import Tally
from fixtures.patient import machine

if TYPE_CHECKING:
    from pathlib import Path

NOW_S = ManualClock().now().utc_s


def a_spool(path: Path, messages: int) -> Path:
    spool = Spool(SpoolSettings(path=path), clock=ManualClock(), count=Tally())
    spool.open()
    for _ in range(messages):
        spool.append(Outgoing("read", "cam0", None, hit=False), lambda _seq: b"{}" * 4000)
    spool.close()
    return path


def test_an_empty_one_is_fine_and_so_is_none(tmp_path: Path) -> None:
    assert spool(tmp_path / "none.db", NOW_S).grade == "ok"
    assert not (tmp_path / "none.db").exists()
    assert "delivered" in spool(a_spool(tmp_path / "spool.db", 0), NOW_S).told


def test_what_waits_is_counted_with_its_age(tmp_path: Path) -> None:
    path = a_spool(tmp_path / "spool.db", 3)
    fresh, stale = spool(path, NOW_S + 30), spool(path, NOW_S + 3 * 86_400)
    assert (fresh.grade, stale.grade) == ("ok", "warn")
    assert "3 messages wait, the oldest for 3 days" in stale.told


def test_a_damaged_one_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = a_spool(tmp_path / "spool.db", 30)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)
    damaged = path.read_bytes()
    found = spool(path, NOW_S)
    assert found.grade == "fail", found
    assert path.read_bytes() == damaged


def test_one_that_is_in_use_is_looked_at_all_the_same(tmp_path: Path) -> None:
    path = a_spool(tmp_path / "spool.db", 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "2 messages" in spool(path, NOW_S).told


@pytest.mark.parametrize(
    ("life", "state", "grade"),
    [
        ("0x01 0x01", "0x01", "ok"),
        ("0x03 0x0a", "0x01", "warn"),
        ("0x01 0x0b", "0x01", "fail"),
        ("0x02 0x02", "0x02", "fail"),
        ("0x00 0x00", "0x00", "skip"),
    ],
)
def test_wear_is_told_where_the_card_tells_it(
    tmp_path: Path, life: str, state: str, grade: str
) -> None:
    files = {
        "sys/block/mmcblk0/device/life_time": f"{life}\n",
        "sys/block/mmcblk0/device/pre_eol_info": f"{state}\n",
    }
    assert wear(machine(tmp_path, files)).grade == grade


def test_a_spool_that_may_outgrow_its_disk_is_a_warning(tmp_path: Path) -> None:
    assert room(tmp_path / "not" / "there", 1 << 16).grade == "ok"
    assert room(tmp_path, 1 << 62).grade == "warn"
