"""The database: phases, corrections, the end of a policy's time, damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from edge_alpr.collector.sqlite_tables import MIGRATIONS
from edge_alpr.collector.store import Entry, StoreError
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.message.codec import encode
from edge_alpr.message.event import PlateEvent
from edge_alpr.message.notice import encode_notice
from fakes.events import an_event
from fakes.notices import a_clock, a_gap

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.message.notice import Notice

_NOW_S = 1_767_225_600.0
_ONE = "019ae1fc-99d4-7001-8203-000000000001"
_TWO = "019ae1fc-99d4-7001-8203-000000000002"


def _store(path: Path, *events: PlateEvent) -> SqliteStore:
    store = SqliteStore(path)
    _keep(store, *events)
    return store


def _keep(
    store: SqliteStore, *messages: PlateEvent | Notice, signer: str | None = None
) -> list[bool]:
    entries = [
        Entry(
            message,
            encode(message) if isinstance(message, PlateEvent) else encode_notice(message, None),
            signer,
        )
        for message in messages
    ]
    return store.keep(entries, _NOW_S)


def _phases(path: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT id, phase, seq FROM current_passes ORDER BY id").fetchall()


def test_others_cannot_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    _store(path, an_event()).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    path.write_bytes(b"noise" * 1000)
    with pytest.raises(StoreError, match=r"plates\.db"):
        SqliteStore(path)
    assert path.read_bytes() == b"noise" * 1000


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    _store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(tmp_path / "nowhere" / "plates.db")


def test_a_full_disk_is_an_error_and_the_batch_can_be_repeated(tmp_path: Path) -> None:
    store = _store(tmp_path / "plates.db", an_event(1))
    store._db.execute("PRAGMA max_page_count = 1")  # clamps to what is there: no room to grow
    long = an_event(2)
    body = encode(long)[:-1] + b',"padding":"' + b"x" * 50_000 + b'"}'
    with pytest.raises(StoreError, match="full"):
        store.keep([Entry(long, body)], _NOW_S)
    store._db.execute("PRAGMA max_page_count = 100000")
    assert store.keep([Entry(long, body)], _NOW_S) == [True]
    store.close()


# ---------------------------------------------------------------- clocks, gaps, signers


def _unsynced(seq: int, captured: str, monotonic_s: float, end: str | None = None) -> PlateEvent:
    event = an_event(seq)
    clock = replace(event.time.clock, source="none", synced=False, error_ms=None, age_s=None)
    time = replace(event.time, captured=captured, monotonic_s=monotonic_s, clock=clock)
    return replace(event, time=time, policy=replace(event.policy, delete_after=end))


def _times(path: Path) -> list[tuple[str, str | None, str]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(
            "SELECT captured, delete_after, clock FROM passes ORDER BY seq"
        ).fetchall()


def test_gaps_are_rows_with_their_cause_and_grow(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    store = SqliteStore(path)
    gaps = (a_gap(5, (2, 3)), a_gap(6, (2, 4), (8, 8)), a_gap(7, (2, 3)))
    assert _keep(store, *gaps) == [True] * 3
    store.close()
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT unit, boot, cause, first, last, messages FROM gaps").fetchall()
    assert rows == [
        ("o/s/u", "00c0ffee", "room", 2, 4, 3),
        ("o/s/u", "00c0ffee", "room", 8, 8, 1),
    ]


def test_who_signed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    store = SqliteStore(path)
    _keep(store, an_event(1), signer="0123456789abcdef")
    _keep(store, an_event(2))
    store.close()
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT signer FROM current_passes ORDER BY seq").fetchall()
    assert rows == [("0123456789abcdef",), (None,)]


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "plates.db"
    body = encode(an_event(1)).decode()
    late = encode(_unsynced(2, "1970-01-01T00:00:10.000Z", 100.0)).decode()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(MIGRATIONS[0])
        db.execute("CREATE VIEW current_passes AS SELECT * FROM passes")
        for seq, (name, text) in enumerate(((_ONE, body), (_TWO, late)), 1):
            db.execute(
                "INSERT INTO messages VALUES ('o/s/u', '00c0ffee', ?, ?, 'then')", (seq, name)
            )
            db.execute(
                "INSERT INTO passes VALUES ('o/s/u', ?, '00c0ffee', ?, 1, 'final', NULL, 'cam0', "
                "'1970-01-01T00:00:10.000Z', 'TEST0X0', 0.9, 0, 1, NULL, 'then', ?)",
                (name, seq, text),
            )
        db.execute("PRAGMA user_version = 1")
        db.commit()
    store = SqliteStore(path)
    clock = a_clock(3, "2026-01-01T12:00:00.000Z", 100.0)
    _keep(store, clock)
    assert store.held("o/s/u", "00c0ffee") == [(1, 3)]
    store.close()
    assert [clock for _, _, clock in _times(path)] == ["synced", "corrected"]
    assert _phases(path) == [(_ONE, "final", 1), (_TWO, "final", 2)]
