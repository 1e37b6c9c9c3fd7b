"""The file by which one half hands bytes to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_alpr.ops.handover import HandOverFile

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_put_is_read_by_its_owner_only(tmp_path: Path) -> None:
    file = HandOverFile(tmp_path / "list")
    assert file.read(10) is None
    assert file.put(b"one")
    assert file.read(10) == b"one"
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file.path]


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    writing, reading = HandOverFile(tmp_path / "list"), HandOverFile(tmp_path / "list")
    writing.put(b"one")
    assert reading.changed()
    assert not writing.put(b"one")
    assert not reading.changed()
    assert writing.put(b"on")
    assert reading.changed()
    assert not reading.changed()


def test_a_file_that_is_gone_and_back_is_a_change(tmp_path: Path) -> None:
    file = HandOverFile(tmp_path / "list")
    assert not file.changed()
    file.put(b"one")
    assert file.changed()
    file.path.unlink()
    assert not file.changed()
    file.put(b"one")
    assert file.changed()


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    file = HandOverFile(tmp_path / "list")
    file.put(b"longer than that")
    assert file.read(5) == b"longer"
