"""All SQL of the spool: pragmas, migrations, statements. Pure text, so that a fault-injecting SQLite can run it too."""

from __future__ import annotations

from typing import Final

DURABLE: Final = (
    # EXTRA while the journal mode changes: a rollback journal that a power cut brings back would undo the database.
    "PRAGMA synchronous=EXTRA",
    "PRAGMA journal_mode=WAL",
)
"""Run first; then the directory is fsynced; then `EVERY_CONNECTION`."""

EVERY_CONNECTION: Final = (
    "PRAGMA synchronous=FULL",  # a commit that returned survives a power cut
    "PRAGMA secure_delete=ON",  # deleted bodies are overwritten with zeros
    "PRAGMA temp_store=MEMORY",  # no body in a temporary file
    "PRAGMA busy_timeout=5000",
    "PRAGMA wal_autocheckpoint=256",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
)
"""These are not kept in the file: each connection of each process runs them."""

MIGRATIONS: Final = (
    (
        "CREATE TABLE boot (ordinal INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
        """
        CREATE TABLE message (
            rank INTEGER PRIMARY KEY,         -- see rank.py
            kind TEXT NOT NULL,
            camera TEXT NOT NULL,
            expires_s REAL,                   -- UTC, NULL for never
            stored_s REAL NOT NULL,           -- UTC of the commit
            state INTEGER NOT NULL DEFAULT 0, -- 0 stored, 1 sent, 2 receipted
            sent_s REAL,                      -- UTC of the last sending
            crc INTEGER NOT NULL,             -- CRC-32 of body
            body BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX expiring ON message (expires_s)",
    ),
    (
        """
        CREATE TABLE loss (
            boot TEXT NOT NULL,               -- its name; empty if unknown
            cause TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (boot, cause, first)
        ) STRICT, WITHOUT ROWID
        """,
        # What was sent and not yet receipted is known to the uplink only: to write each sending would cost the card a
        # page a message, and after a restart of the uplink the answer would be the same, to ask the collector.
        "ALTER TABLE message DROP COLUMN state",
        "ALTER TABLE message DROP COLUMN sent_s",
    ),
    # Each index costs the card a page at every commit and another at every deletion; expiry is looked up by reading on.
    ("DROP INDEX expiring",),
)
"""The n-th brings a file from `user_version` n to n + 1."""

DOWNGRADES: Final = (
    ("DROP TABLE boot", "DROP TABLE message"),
    (
        "DROP TABLE loss",
        "ALTER TABLE message ADD COLUMN state INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE message ADD COLUMN sent_s REAL",
    ),
    ("CREATE INDEX expiring ON message (expires_s)",),
)
"""The n-th brings a file from `user_version` n + 1 back to n. What the older format cannot hold is gone: the notes of
losses that are not announced yet. Messages stay."""

VERSION: Final = len(MIGRATIONS)

INSERT: Final = """
    INSERT INTO message (rank, kind, camera, expires_s, stored_s, crc, body)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (rank) DO NOTHING
"""
"""DO NOTHING: after a failed commit it is unknown whether the rows are there, and they are written again."""

DELETE: Final = "DELETE FROM message WHERE rank = ?"

OLDEST_RANK: Final = "SELECT min(rank) FROM message WHERE rank >= ?"

PENDING: Final = """
    SELECT rank, name, kind, camera, body, expires_s, stored_s, crc
    FROM message CROSS JOIN boot ON ordinal = rank >> 40 & 0x3fffff
    WHERE rank >= ? AND rank < ? AND (+expires_s IS NULL OR +expires_s > ?) ORDER BY rank LIMIT ?
"""
"""CROSS and the plus signs keep SQLite from any other order than that of the table, which would need a sort."""

EXPIRED: Final = "SELECT rank FROM message WHERE expires_s <= ?"
"""Reads all of the table, so without the write lock."""

EXPIRE: Final = "DELETE FROM message WHERE rank = ? AND expires_s <= ? RETURNING rank"

SHIFT_EXPIRY: Final = """
    UPDATE message SET expires_s = expires_s + :by_s WHERE stored_s <= :until_s AND (
        rank BETWEEN :ordinal << 40 AND (:ordinal << 40) + 0xffffffffff OR
        rank BETWEEN (1 << 62) + (:ordinal << 40) AND (1 << 62) + (:ordinal << 40) + 0xffffffffff
    )
"""

LAST_RANK: Final = "SELECT max(rank) FROM message"

EXTEND_LOSS: Final = "UPDATE loss SET last = ? WHERE boot = ? AND cause = ? AND last = ?"

ADD_LOSS: Final = """
    INSERT INTO loss (boot, cause, first, last) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET last = max(last, excluded.last)
"""

LOSSES: Final = "SELECT boot, first, last, cause FROM loss ORDER BY boot, first LIMIT ?"

FORGET_LOSS: Final = "DELETE FROM loss WHERE boot = ? AND cause = ? AND first = ? AND last = ?"
"""A range that has grown meanwhile stays, and is announced again as a whole."""

COUNT: Final = "SELECT count(*) FROM message"
"""Reads all of the table."""

COUNT_BETWEEN: Final = "SELECT count(*) FROM message WHERE rank > ? AND rank < ?"

LAST_BELOW: Final = "SELECT coalesce(max(rank), -1) FROM message WHERE rank < ?"

OLDEST_S: Final = """
    SELECT min(stored_s) FROM message WHERE rank IN (
        (SELECT min(rank) FROM message WHERE rank < 1 << 62),
        (SELECT min(rank) FROM message WHERE rank >= 1 << 62)
    )
"""

FORGET_EMPTY_BOOTS: Final = """
    DELETE FROM boot WHERE name <> ? AND NOT EXISTS (
        SELECT 1 FROM message WHERE rank BETWEEN ordinal << 40 AND (ordinal << 40) + 0xffffffffff
        UNION ALL
        SELECT 1 FROM message WHERE rank BETWEEN
            (1 << 62) + (ordinal << 40) AND (1 << 62) + (ordinal << 40) + 0xffffffffff
    )
"""

ADD_BOOT: Final = """
    INSERT OR IGNORE INTO boot (ordinal, name) SELECT coalesce(max(ordinal), 0) + 1, ? FROM boot
"""

KEEP_BOOT: Final = "INSERT OR IGNORE INTO boot (ordinal, name) VALUES (?, ?)"

ROWS_BETWEEN: Final = """
    SELECT rank, kind, camera, expires_s, stored_s, crc, body FROM message
    WHERE rank >= ? AND rank < ? ORDER BY rank
"""

BOOTS: Final = "SELECT name, ordinal FROM boot"

ORDINAL: Final = "SELECT ordinal FROM boot WHERE name = ?"

TRUNCATE_WAL: Final = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Copies the log into the database and empties it: only then deleted bodies are gone from both files."""
