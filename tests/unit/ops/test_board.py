"""What the board's files say, and that a board without them is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.ops.board import BoardState, board_state, disk_state

if TYPE_CHECKING:
    from pathlib import Path

_FIRMWARE = "sys/devices/platform/soc/soc:firmware"


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def test_the_hottest_zone_counts(tmp_path: Path) -> None:
    _write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "61200\n")
    _write(tmp_path, "sys/class/thermal/thermal_zone1/temp", "70500\n")
    _write(tmp_path, "sys/class/thermal/thermal_zone2/temp", "no such thing\n")
    assert board_state(tmp_path) == BoardState(70.5, None)


@pytest.mark.parametrize(
    ("bits", "told"),
    [
        ("0", (False, False, False, False)),
        ("1", (False, False, True, False)),
        ("4", (True, False, False, False)),
        ("8", (True, False, False, False)),
        ("10000", (False, False, False, True)),
        ("40000", (False, True, False, False)),
        ("d000d", (True, True, True, True)),
    ],
)
def test_each_bit_is_told(bits: str, told: tuple[bool, bool, bool, bool], tmp_path: Path) -> None:
    _write(tmp_path, f"{_FIRMWARE}/get_throttled", f"{bits}\n")
    names = ("held_back", "held_back_since_start", "undervoltage", "undervoltage_since_start")
    described = board_state(tmp_path).described()
    assert tuple(described[name] for name in names) == told


def test_another_board_tells_nothing_and_that_is_said(tmp_path: Path) -> None:
    state = board_state(tmp_path)
    assert state == BoardState(None, None)
    assert not state.held_back
    assert set(state.described().values()) == {None}


def test_a_disk_is_that_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    asked = disk_state(tmp_path / "not/yet/spool.db")
    here = disk_state(tmp_path)
    assert asked is not None
    assert here is not None
    assert asked["bytes"] == here["bytes"] > asked["free_bytes"]
