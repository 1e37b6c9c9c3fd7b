"""Holds the tables of the collector's database, and how an older file becomes a newer one."""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE messages (
      unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, stored TEXT NOT NULL,
      PRIMARY KEY (unit, boot, seq)
    ) WITHOUT ROWID;
    CREATE TABLE passes (
      unit TEXT NOT NULL, id TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL,
      rank INTEGER NOT NULL, phase TEXT NOT NULL, corrects TEXT,
      camera TEXT NOT NULL, captured TEXT NOT NULL, plate TEXT NOT NULL, confidence REAL NOT NULL,
      hit INTEGER NOT NULL, test INTEGER NOT NULL, delete_after TEXT, stored TEXT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY (unit, id)
    );
    CREATE INDEX passes_by_time ON passes (captured);
    CREATE INDEX passes_by_end ON passes (delete_after) WHERE delete_after IS NOT NULL;
    CREATE INDEX passes_by_corrected ON passes (unit, corrects) WHERE corrects IS NOT NULL;
    """,
    """
    ALTER TABLE passes ADD COLUMN clock TEXT NOT NULL DEFAULT 'unsynced'; -- synced, unsynced, corrected
    ALTER TABLE passes ADD COLUMN signer TEXT; -- the key whose signature was checked
    UPDATE passes SET clock = 'synced' WHERE json_extract(body, '$.time.clock.synced');
    CREATE INDEX passes_by_unsure_clock ON passes (unit, boot) WHERE clock = 'unsynced';
    CREATE TABLE gaps (
      unit TEXT NOT NULL, boot TEXT NOT NULL, cause TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
      messages INTEGER, -- NULL if unknown
      announced TEXT NOT NULL,
      PRIMARY KEY (unit, boot, cause, first)
    ) WITHOUT ROWID;
    CREATE TABLE clocks (
      unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL,
      at TEXT NOT NULL, monotonic_s REAL NOT NULL, error_ms REAL,
      PRIMARY KEY (unit, boot, seq)
    ) WITHOUT ROWID;
    DROP VIEW IF EXISTS current_passes;
    CREATE VIEW current_passes AS
      SELECT * FROM passes AS p WHERE NOT EXISTS
        (SELECT 1 FROM passes AS c WHERE c.unit = p.unit AND c.corrects = p.id);
    """,
    """
    CREATE TABLE images (
      unit TEXT NOT NULL, sha256 TEXT NOT NULL,
      id TEXT NOT NULL, -- of the pass
      camera TEXT NOT NULL, kind TEXT NOT NULL, stored TEXT NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (unit, sha256)
    );
    CREATE INDEX images_by_pass ON images (unit, id);
    CREATE TABLE others ( -- kinds of message that this version keeps as they came
      unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, camera TEXT,
      schema TEXT NOT NULL, delete_after TEXT, stored TEXT NOT NULL, body TEXT NOT NULL, signer TEXT,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE INDEX others_by_end ON others (delete_after) WHERE delete_after IS NOT NULL;
    CREATE INDEX others_by_age ON others (stored);
    CREATE INDEX passes_by_age ON passes (stored);
    """,
    """
    CREATE TABLE verdicts ( -- what a named person said of a hit (no plate)
      unit TEXT NOT NULL, id TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'refuted')),
      person TEXT NOT NULL CHECK (person LIKE 'person/%/%'), at TEXT NOT NULL,
      subject TEXT NOT NULL, -- the plate that was looked at, as the audit log names it
      body TEXT NOT NULL, -- as the person signed it
      PRIMARY KEY (unit, id)
    ) WITHOUT ROWID;
    CREATE TABLE corrections ( -- what consumers are told of refuted hits (no plate)
      id TEXT PRIMARY KEY, unit TEXT NOT NULL, body TEXT NOT NULL, sent TEXT
    ) WITHOUT ROWID;
    CREATE INDEX corrections_to_send ON corrections (id) WHERE sent IS NULL;
    """,
    """
    CREATE TABLE sealed ( -- what only its holders open (no plate, and no time of a window read)
      unit TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL,
      class TEXT NOT NULL, content TEXT NOT NULL, camera TEXT NOT NULL,
      epoch TEXT, -- the day of the custodian, NULL for a hit
      recipients TEXT NOT NULL, test INTEGER NOT NULL, delete_after TEXT NOT NULL, stored TEXT NOT NULL,
      body TEXT NOT NULL, signer TEXT,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE INDEX sealed_by_day ON sealed (epoch, unit);
    CREATE INDEX sealed_by_end ON sealed (delete_after);
    CREATE INDEX sealed_by_age ON sealed (stored);
    """,
)
"""The n-th brings a file from `user_version` n to n + 1. In a file of version 1 the view was made with its tables."""

VERSION: Final = len(MIGRATIONS)


def statements(step: int) -> list[str]:
    """The statements of one of `MIGRATIONS`; none of them holds a semicolon of its own."""
    return [part for part in MIGRATIONS[step].split(";") if part.strip()]


ADD_MESSAGE: Final = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?, ?)"

UPSERT: Final = """
INSERT INTO passes (
  unit, id, boot, seq, rank, phase, corrects, camera, captured, plate, confidence,
  hit, test, delete_after, stored, body, clock, signer
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (unit, id) DO UPDATE SET
  boot = excluded.boot, seq = excluded.seq, rank = excluded.rank, phase = excluded.phase,
  corrects = excluded.corrects, camera = excluded.camera, captured = excluded.captured,
  plate = excluded.plate, confidence = excluded.confidence, hit = excluded.hit, test = excluded.test,
  delete_after = excluded.delete_after, stored = excluded.stored, body = excluded.body,
  clock = excluded.clock, signer = excluded.signer
WHERE excluded.rank > rank OR (excluded.rank = rank AND excluded.seq > seq)
"""

ADD_GAP: Final = """
INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last = excluded.last, messages = excluded.messages WHERE excluded.last > last
"""

ADD_CLOCK: Final = "INSERT OR REPLACE INTO clocks VALUES (?, ?, ?, ?, ?, ?)"

ADD_IMAGE: Final = "INSERT OR IGNORE INTO images VALUES (?, ?, ?, ?, ?, ?, ?)"

ADD_SEALED: Final = "INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

ADD_OTHER: Final = "INSERT INTO others VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

CLOCK: Final = """
SELECT at, monotonic_s FROM clocks WHERE unit = ? AND boot = ? ORDER BY seq DESC LIMIT 1
"""

UNSURE: Final = "SELECT id, body FROM passes WHERE unit = ? AND boot = ? AND clock = 'unsynced'"

CORRECT: Final = """
UPDATE passes SET captured = ?, delete_after = ?, clock = 'corrected' WHERE unit = ? AND id = ?
"""

HELD: Final = """
SELECT min(seq), max(seq) FROM (
  SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM (
    SELECT seq FROM messages WHERE unit = :unit AND boot = :boot AND seq > :above ORDER BY seq LIMIT :most
  )
) GROUP BY island
UNION ALL SELECT first, last FROM gaps WHERE unit = :unit AND boot = :boot AND last > :above
ORDER BY 1
"""

BODIES: Final = "SELECT body FROM passes WHERE unit = ? AND id = ?"

SEALED: Final = """
SELECT body FROM sealed WHERE (:unit IS NULL OR unit = :unit) AND (:day IS NULL OR epoch = :day)
ORDER BY stored, unit, boot, seq
"""

PURGE: Final = (
    # The pictures first: which they are, their passes say. One that no pass names has an hour.
    """
    DELETE FROM images WHERE stored < :before OR EXISTS (
      SELECT 1 FROM passes AS p WHERE p.unit = images.unit AND p.id = images.id
        AND (p.delete_after <= :now OR p.stored < :before)
    ) OR stored < :orphaned AND NOT EXISTS (
      SELECT 1 FROM passes AS p WHERE p.unit = images.unit AND p.id = images.id
    )
    """,
    "DELETE FROM passes WHERE delete_after <= :now OR stored < :before",
    "DELETE FROM sealed WHERE delete_after <= :now OR stored < :before",
    "DELETE FROM others WHERE delete_after <= :now OR stored < :before",
)
