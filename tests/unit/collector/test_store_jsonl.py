"""The file of JSON lines: torn lines, foreign lines, a second writer, a full disk."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.open_store import open_store
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.collector.store_jsonl import JsonLinesFile
from edge_alpr.message.codec import encode
from fakes.events import PLATE, an_event

if TYPE_CHECKING:
    from pathlib import Path

_NOW_S = 1_767_225_600.0


def _store(path: Path, *seqs: int) -> JsonLinesFile:
    store = JsonLinesFile(path)
    store.keep([_entry(seq) for seq in seqs], _NOW_S)
    return store


def _entry(seq: int) -> Entry:
    return Entry(an_event(seq), encode(an_event(seq)))


def _seqs(path: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in path.read_text().splitlines()]


def test_a_line_is_the_event_and_when_it_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "plates.jsonl"
    _store(path, 1).close()
    line = json.loads(path.read_text())
    assert line.pop("stored") == "2026-01-01T00:00:00.000Z"
    assert line == json.loads(encode(an_event(1)))


@pytest.mark.parametrize("torn_at", [1, 20, -1])
def test_a_torn_last_line_is_cut_off_and_its_message_taken_again(
    tmp_path: Path, torn_at: int
) -> None:
    """Whole but for its line feed counts as torn too: it was not acknowledged."""
    path = tmp_path / "plates.jsonl"
    _store(path, 1, 2).close()
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:torn_at])
    store = _store(path)
    assert store.keep([_entry(2)], _NOW_S) == [True]
    store.close()
    assert _seqs(path) == [1, 2]


def test_a_line_that_is_no_event_is_left_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "plates.jsonl"
    path.write_text("a note\n[]\n")
    _store(path, 1).close()
    assert path.read_text().startswith("a note\n[]\n")
    assert "plates.jsonl:1" in caplog.text
    assert "plates.jsonl:2" in caplog.text
    assert "a note" not in caplog.text


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plates.jsonl"
    first = _store(path, 1)
    with pytest.raises(StoreError, match="another process"):
        JsonLinesFile(path)
    first.close()
    _store(path, 2).close()
    assert _seqs(path) == [1, 2]


def test_others_cannot_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plates.jsonl"
    _store(path, 1).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_full_disk_leaves_no_half_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plates.jsonl"
    store = _store(path, 1)
    write = os.pwrite
    left = [100]

    def full(fd: int, data: bytes, offset: int) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        taken = write(fd, data[: left[0]], offset)
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StoreError, match="No space"):
        store.keep([_entry(2)], _NOW_S)
    assert _seqs(path) == [1]
    left[0] = 10**9
    assert store.keep([_entry(2)], _NOW_S) == [True]
    store.close()
    assert _seqs(path) == [1, 2]


def _ending(seq: int) -> Entry:
    event = an_event(seq)
    stamp = replace(event.policy, delete_after="2026-01-01T01:00:00.000Z")
    event = replace(event, policy=stamp)
    return Entry(event, encode(event))


def test_a_deleted_line_says_which_message_it_was_and_moves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "plates.jsonl"
    store = JsonLinesFile(path)
    store.keep([_ending(1), _entry(2)], _NOW_S)
    before = path.read_bytes()
    store.purge(_NOW_S + 3600)
    after = path.read_bytes()
    assert len(after) == len(before)
    assert after.splitlines()[1] == before.splitlines()[1]
    assert json.loads(after.splitlines()[0]) == {
        "deleted": "2026-01-01T01:00:00.000Z",
        "org": "o",
        "site": "s",
        "unit": "u",
        "boot": "00c0ffee",
        "seq": 1,
    }
    store.keep([_entry(3)], _NOW_S)
    store.close()
    assert _seqs(path) == [1, 2, 3]


def test_a_crash_in_the_middle_of_deleting_is_made_good_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "plates.jsonl"
    store = JsonLinesFile(path)
    store.keep([_ending(1), _entry(2)], _NOW_S)
    old = path.read_bytes()
    store.purge(_NOW_S + 3600)
    store.close()
    new = path.read_bytes()
    path.write_bytes(new[:128] + old[128:])  # a part of it reached the disk
    assert PLATE.encode() in path.read_bytes().splitlines()[0], "the control"
    store = JsonLinesFile(path)
    assert store.keep([_ending(1)], _NOW_S) == [False]
    store.close()
    assert path.read_bytes() == new


@pytest.mark.parametrize("target", ["plates.db", "csv:x", "sqlite:", "jsonl:", "postgresql:x", ""])
def test_a_store_is_named_by_kind_and_path(target: str) -> None:
    with pytest.raises(ValueError, match="sqlite:PATH"):
        open_store(target)
