"""The file: how it is opened, what is believed to be damage, and what happens to it then."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import SpoolError, SpoolFullError
from edge_alpr.spool import aside, database, sql
from fixtures.folder import bytes_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A closed spool of some hundred pages."""
    db = database.open_for_writing(path)
    rows = [(rank, "read", "cam0", None, 0.0, 0, bytes(2000)) for rank in range(1, 301)]
    with database.transaction(db):
        db.executemany(sql.INSERT, rows)
    db.close()
    return path


def test_a_new_file_is_durable_private_and_erasing(path: Path) -> None:
    db = database.open_for_writing(path)
    pragmas = ("journal_mode", "synchronous", "secure_delete", "temp_store", "user_version")
    values = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert values == ["wal", 2, 1, 2, sql.VERSION]
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == {"spool.db": 0o600, "spool.db-wal": 0o600, "spool.db-shm": 0o600}
    db.close()


def test_a_reader_erases_as_well(filled: Path) -> None:
    db = database.open_for_reading(filled)
    assert db is not None
    assert db.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()


def test_synchronous_is_extra_while_the_journal_mode_changes() -> None:
    """Otherwise a power cut can bring back a rollback journal that undoes the database."""
    assert sql.DURABLE == ("PRAGMA synchronous=EXTRA", "PRAGMA journal_mode=WAL")


def test_a_reader_waits_for_the_writer_to_make_the_file(path: Path) -> None:
    assert database.open_for_reading(path) is None
    sqlite3.connect(path).close()
    assert database.open_for_reading(path) is None
    path.touch()
    assert database.open_for_reading(path) is None
    database.open_for_writing(path).close()
    db = database.open_for_reading(path)
    assert db is not None
    db.close()


@pytest.mark.parametrize("opener", [database.open_for_writing, database.open_for_reading])
def test_a_file_of_a_later_version_is_refused_and_left_alone(opener: object, filled: Path) -> None:
    db = sqlite3.connect(filled)
    db.execute(f"PRAGMA user_version={sql.VERSION + 1}")
    db.close()
    with pytest.raises(SpoolError, match="later version") as caught:
        opener(filled)  # type: ignore[operator]
    assert not isinstance(caught.value, database.DamagedError)
    db = sqlite3.connect(filled)
    assert db.execute(sql.COUNT).fetchone() == (300,)
    db.close()


def test_noise_instead_of_a_database_is_damage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(100_000))
    with pytest.raises(database.DamagedError, match=r"spool\.db: file is not a database"):
        database.open_for_writing(path)


@pytest.mark.parametrize("seed", range(10))
def test_noise_over_a_page_of_the_tree_is_damage(filled: Path, seed: int) -> None:
    rng = random.Random(seed)
    pages = filled.stat().st_size // 4096
    with filled.open("r+b") as file:
        file.seek(rng.randrange(1, pages) * 4096)
        file.write(rng.randbytes(4096))
    with pytest.raises(database.DamagedError):
        database.open_for_writing(filled)


def test_what_a_killed_process_left_in_the_log_is_in_the_file_before_anything_is_added(
    filled: Path, tmp_path: Path
) -> None:
    """The log may be readable and yet not on the card, if a sync failed; see tests/faults/test_io_errors.py."""
    killed = database.open_for_writing(filled)
    with database.transaction(killed):
        killed.execute(sql.INSERT, (1000, "read", "cam0", None, 0.0, 0, b"in the log"))
    left = tmp_path / "left"
    left.mkdir()
    for name in ("spool.db", "spool.db-wal"):
        shutil.copy(filled.with_name(name), left / name)
    killed.close()
    assert b"in the log" not in (left / "spool.db").read_bytes()
    again = database.open_for_writing(left / "spool.db")
    assert (left / "spool.db-wal").stat().st_size == 0
    assert b"in the log" in bytes_in(left)
    again.close()


def test_a_log_that_another_process_holds_is_not_believed(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = database.open_for_writing(filled)
    other.execute(sql.INSERT, (1000, "read", "cam0", None, 0.0, 0, b"in the log"))
    other.execute("BEGIN")
    other.execute(sql.COUNT).fetchone()  # a reader that does not end
    monkeypatch.setattr(database, "_FOLDING_TRIES", 2)
    monkeypatch.setattr(sql, "EVERY_CONNECTION", ("PRAGMA busy_timeout=10",))
    with pytest.raises(SpoolError, match="another process does not let go"):
        database.open_for_writing(filled)
    other.execute("COMMIT")
    database.open_for_writing(filled).close()
    other.close()


def test_a_file_cut_in_half_is_damage(filled: Path) -> None:
    with filled.open("r+b") as file:
        file.truncate(filled.stat().st_size // 2)
    with pytest.raises(database.DamagedError):
        database.open_for_writing(filled)


def test_an_empty_file_is_just_new(path: Path) -> None:
    path.touch()
    database.open_for_writing(path).close()


def test_a_damaged_file_is_set_aside_with_its_log_under_a_dated_name(path: Path) -> None:
    path.write_bytes(b"noise")
    path.with_name("spool.db-wal").write_bytes(b"log")
    path.with_name("spool.db-shm").write_bytes(b"index")
    moved = aside.set_aside(path, 1_764_728_019.9)
    assert moved.name == "spool.db.damaged-20251203T021339Z"
    assert moved.read_bytes() == b"noise"
    assert moved.with_name(moved.name + "-wal").read_bytes() == b"log"
    assert {file.name for file in path.parent.iterdir()} == {moved.name, moved.name + "-wal"}


def test_only_the_newest_damaged_file_is_kept(path: Path) -> None:
    """They hold plates for which the policy's time may be over, and they fill the card."""
    for day in range(3):
        path.write_bytes(b"noise")
        path.with_name("spool.db-wal").write_bytes(b"log")
        newest = aside.set_aside(path, 86400.0 * day)
    names = {file.name for file in path.parent.iterdir()}
    assert names == {newest.name, newest.name + "-wal"}


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpoolError, match=r"file/spool\.db: "):
        database.open_for_writing(tmp_path / "file" / "spool.db")


def test_no_room_is_told_apart_from_other_failures(path: Path) -> None:
    db = database.open_for_writing(path)
    db.execute("PRAGMA max_page_count=10")
    with pytest.raises(SpoolFullError), database.as_spool_errors(path):
        db.execute(sql.INSERT, (1, "read", "cam0", None, 0.0, 0, bytes(100_000)))
    with pytest.raises(SpoolFullError), database.as_spool_errors(path):
        raise OSError(28, "No space left on device")
    with pytest.raises(SpoolError, match="no such table"), database.as_spool_errors(path):
        db.execute("SELECT * FROM absent")
    db.close()


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    db = database.open_for_writing(path)
    row = (1, "read", "cam0", None, 0.0, 0, b"x")
    with pytest.raises(sqlite3.ProgrammingError), database.transaction(db):
        db.executemany(sql.INSERT, [row, ()])
    assert db.execute(sql.COUNT).fetchone() == (0,)
    assert not db.in_transaction
    db.close()


def test_statements_of_each_round_need_no_sort_and_no_scan(path: Path) -> None:
    """A spool of 100,000 messages answers as fast as an empty one; what reads all of it is asked now and then."""
    db = database.open_for_writing(path)

    def plan(statement: str, *values: object) -> str:
        return " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    assert "TEMP B-TREE" not in plan(sql.PENDING, 0, 1, 0, 1)
    assert "SEARCH message USING INTEGER PRIMARY KEY" in plan(sql.EXPIRE, 0, 0)
    searched = (sql.OLDEST_S, (sql.FORGET_EMPTY_BOOTS, ""), (sql.COUNT_BETWEEN, 0, 1))
    for statement in searched:
        assert "SCAN message" not in plan(
            *((statement,) if isinstance(statement, str) else statement)
        )
    assert "SEARCH message" in plan(sql.LAST_BELOW, 1)
    db.close()


def test_a_file_goes_back_to_each_earlier_format_and_up_again_with_its_messages(
    filled: Path,
) -> None:
    for version in range(sql.VERSION, 0, -1):
        database.downgrade(filled, version)
        with closing(sqlite3.connect(filled)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (version,)
            assert db.execute(sql.COUNT).fetchone() == (300,)
        with closing(database.open_for_writing(filled)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (sql.VERSION,)
            assert db.execute(sql.COUNT).fetchone() == (300,)


@pytest.mark.parametrize("version", [0, sql.VERSION + 1])
def test_a_format_that_never_was_is_refused(filled: Path, version: int) -> None:
    with pytest.raises(ValueError, match=f"no format {version}"):
        database.downgrade(filled, version)


def test_a_downgraded_file_has_the_very_tables_of_its_format(path: Path, tmp_path: Path) -> None:
    for version in range(1, sql.VERSION):
        made = tmp_path / f"made-{version}"
        with closing(sqlite3.connect(made)) as db:
            for migration in sql.MIGRATIONS[:version]:
                for statement in migration:
                    db.execute(statement)
            wanted = _columns(db)
        database.downgrade(path, version)
        with closing(sqlite3.connect(path)) as db:
            assert _columns(db) == wanted


def _columns(db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Kind and name of all there is, and each table's columns."""
    found = set(db.execute("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"))
    tables = [name for kind, name in found if kind == "table"]
    columns = {(t, row[1]) for t in tables for row in db.execute(f"PRAGMA table_info({t})")}
    return found | columns
