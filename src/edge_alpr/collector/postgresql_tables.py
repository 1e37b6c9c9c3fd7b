"""Holds the tables of the collector's PostgreSQL database, and how an older schema becomes a newer one.

Rows travel as one array a column, so that a batch is one statement a table, whatever its length.
"""

from __future__ import annotations

from typing import Final, LiteralString

MIGRATIONS: Final[tuple[LiteralString, ...]] = (
    """
    CREATE TABLE messages ( -- knows a message again; holds no plate
      unit text NOT NULL, boot text NOT NULL, seq bigint NOT NULL, id text NOT NULL, stored timestamptz NOT NULL,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE TABLE passes ( -- the best that is known of each
      unit text NOT NULL, id text NOT NULL, boot text NOT NULL, seq bigint NOT NULL,
      rank smallint NOT NULL, phase text NOT NULL, corrects text,
      camera text NOT NULL, captured timestamptz NOT NULL, plate text NOT NULL, confidence double precision NOT NULL,
      hit boolean NOT NULL, test boolean NOT NULL, delete_after timestamptz, stored timestamptz NOT NULL,
      body text NOT NULL, -- as it was signed; body::jsonb for its fields
      clock text NOT NULL, -- synced, unsynced, corrected
      signer text, -- the key whose signature was checked
      PRIMARY KEY (unit, id)
    );
    CREATE INDEX passes_by_time ON passes (captured);
    CREATE INDEX passes_by_age ON passes (stored);
    CREATE INDEX passes_by_end ON passes (delete_after) WHERE delete_after IS NOT NULL;
    CREATE INDEX passes_by_corrected ON passes (unit, corrects) WHERE corrects IS NOT NULL;
    CREATE INDEX passes_by_unsure_clock ON passes (unit, boot) WHERE clock = 'unsynced';
    CREATE TABLE gaps (
      unit text NOT NULL, boot text NOT NULL, cause text NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
      messages bigint, -- NULL if unknown
      announced timestamptz NOT NULL,
      PRIMARY KEY (unit, boot, cause, first)
    );
    CREATE TABLE clocks (
      unit text NOT NULL, boot text NOT NULL, seq bigint NOT NULL,
      at timestamptz NOT NULL, monotonic_s double precision NOT NULL, error_ms double precision,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE TABLE images (
      unit text NOT NULL, sha256 text NOT NULL,
      id text NOT NULL, -- of the pass
      camera text NOT NULL, kind text NOT NULL, stored timestamptz NOT NULL, body bytea NOT NULL,
      PRIMARY KEY (unit, sha256)
    );
    CREATE INDEX images_by_pass ON images (unit, id);
    CREATE INDEX images_by_age ON images (stored);
    CREATE TABLE others ( -- kinds of message that this version keeps as they came
      unit text NOT NULL, boot text NOT NULL, seq bigint NOT NULL, kind text NOT NULL, camera text,
      schema text NOT NULL, delete_after timestamptz, stored timestamptz NOT NULL, body text NOT NULL, signer text,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE INDEX others_by_end ON others (delete_after) WHERE delete_after IS NOT NULL;
    CREATE INDEX others_by_age ON others (stored);
    CREATE VIEW current_passes AS -- without what was corrected
      SELECT * FROM passes AS p WHERE NOT EXISTS
        (SELECT 1 FROM passes AS c WHERE c.unit = p.unit AND c.corrects = p.id);
    """,
    """
    CREATE TABLE verdicts ( -- what a named person said of a hit (no plate)
      unit text NOT NULL, id text NOT NULL, verdict text NOT NULL CHECK (verdict IN ('confirmed', 'refuted')),
      person text NOT NULL CHECK (person LIKE 'person/%/%'), at timestamptz NOT NULL,
      subject text NOT NULL, -- the plate that was looked at, as the audit log names it
      body text NOT NULL, -- as the person signed it
      PRIMARY KEY (unit, id)
    );
    CREATE TABLE corrections ( -- what consumers are told of refuted hits (no plate)
      id text PRIMARY KEY, unit text NOT NULL, body text NOT NULL, sent timestamptz
    );
    CREATE INDEX corrections_to_send ON corrections (id) WHERE sent IS NULL;
    """,
    """
    CREATE TABLE sealed ( -- what only its holders open (no plate, and no time of a window read)
      unit text NOT NULL, boot text NOT NULL, seq bigint NOT NULL,
      class text NOT NULL, content text NOT NULL, camera text NOT NULL,
      epoch text, -- the day of the custodian, NULL for a hit
      recipients text NOT NULL, test boolean NOT NULL, delete_after timestamptz NOT NULL, stored timestamptz NOT NULL,
      body text NOT NULL, signer text,
      PRIMARY KEY (unit, boot, seq)
    );
    CREATE INDEX sealed_by_day ON sealed (epoch, unit);
    CREATE INDEX sealed_by_end ON sealed (delete_after);
    CREATE INDEX sealed_by_age ON sealed (stored);
    """,
)
"""The n-th brings a database from version n to n + 1."""

VERSION: Final = len(MIGRATIONS)

VERSION_TABLE: Final = "edge_alpr_version"

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('edge-alpr ' || current_schema(), 0))"
"""Two collectors that start at once must not both migrate."""

LOCK_CLOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"
"""An event and the clock that corrects it, taken by two collectors at once, would not see each other."""

PURGING: Final = (
    "SELECT pg_try_advisory_xact_lock(hashtextextended('purge ' || current_schema(), 0))"
)

ADD_MESSAGES: Final = """
INSERT INTO messages SELECT * FROM
  unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[])
ON CONFLICT DO NOTHING RETURNING unit, boot, seq
"""

UPSERT: Final = """
INSERT INTO passes (
  unit, id, boot, seq, rank, phase, corrects, camera, captured, plate, confidence,
  hit, test, delete_after, stored, body, clock, signer
) SELECT * FROM unnest(
  %s::text[], %s::text[], %s::text[], %s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::text[],
  %s::timestamptz[], %s::text[], %s::double precision[], %s::boolean[], %s::boolean[], %s::timestamptz[],
  %s::timestamptz[], %s::text[], %s::text[], %s::text[]
)
ON CONFLICT (unit, id) DO UPDATE SET
  boot = excluded.boot, seq = excluded.seq, rank = excluded.rank, phase = excluded.phase,
  corrects = excluded.corrects, camera = excluded.camera, captured = excluded.captured,
  plate = excluded.plate, confidence = excluded.confidence, hit = excluded.hit, test = excluded.test,
  delete_after = excluded.delete_after, stored = excluded.stored, body = excluded.body,
  clock = excluded.clock, signer = excluded.signer
WHERE excluded.rank > passes.rank OR (excluded.rank = passes.rank AND excluded.seq > passes.seq)
"""

ADD_GAP: Final = """
INSERT INTO gaps AS known VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (unit, boot, cause, first) DO UPDATE SET last = excluded.last, messages = excluded.messages
WHERE excluded.last > known.last
"""

ADD_CLOCK: Final = "INSERT INTO clocks VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"

ADD_IMAGE: Final = "INSERT INTO images VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"

ADD_OTHER: Final = "INSERT INTO others VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"

ADD_SEALED: Final = """
INSERT INTO sealed VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""

CLOCK: Final = """
SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), monotonic_s FROM clocks
WHERE unit = %s AND boot = %s ORDER BY seq DESC LIMIT 1
"""

UNSURE: Final = """
SELECT id, body FROM passes WHERE unit = %s AND boot = %s AND clock = 'unsynced' ORDER BY id FOR UPDATE
"""

CORRECT: Final = """
UPDATE passes SET captured = %s, delete_after = %s, clock = 'corrected' WHERE unit = %s AND id = %s
"""

HELD: Final = """
SELECT min(seq), max(seq) FROM (
  SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM (
    SELECT seq FROM messages WHERE unit = %(unit)s AND boot = %(boot)s AND seq > %(above)s
    ORDER BY seq LIMIT %(most)s
  ) AS numbers
) AS islands GROUP BY island
UNION ALL SELECT first, last FROM gaps WHERE unit = %(unit)s AND boot = %(boot)s AND last > %(above)s
ORDER BY 1
"""

SEALED: Final = """
SELECT body FROM sealed
WHERE (%(unit)s::text IS NULL OR unit = %(unit)s) AND (%(day)s::text IS NULL OR epoch = %(day)s)
ORDER BY stored, unit, boot, seq
"""

BODIES: Final = "SELECT body FROM passes WHERE unit = %s AND id = %s"

PURGE: Final[tuple[LiteralString, ...]] = (
    # The pictures first: which they are, their passes say. One that no pass names has an hour.
    """
    DELETE FROM images WHERE stored < %(before)s OR (unit, id) IN (
      SELECT unit, id FROM passes WHERE delete_after <= %(now)s OR stored < %(before)s
    ) OR stored < %(orphaned)s AND NOT EXISTS (
      SELECT 1 FROM passes AS p WHERE p.unit = images.unit AND p.id = images.id
    )
    """,
    "DELETE FROM passes WHERE delete_after <= %(now)s OR stored < %(before)s",
    "DELETE FROM sealed WHERE delete_after <= %(now)s OR stored < %(before)s",
    "DELETE FROM others WHERE delete_after <= %(now)s OR stored < %(before)s",
)
