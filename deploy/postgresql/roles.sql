-- Who may do what in the collector's database. Run once, as its owner, in an empty database:
--
--   createdb alpr
--   psql -d alpr -f deploy/postgresql/roles.sql
--   edge-alpr collect --to postgresql:///alpr ...      (as the system user alpr_collector; it makes the tables)
--   psql -d alpr -f deploy/postgresql/roles.sql        (again: now that there are tables, readers are let at them)
--
-- Safe to run as often as you like. No role has a password: log in by peer, by a client certificate, or set one.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alpr_collector') THEN
    CREATE ROLE alpr_collector LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alpr_reader') THEN
    CREATE ROLE alpr_reader NOLOGIN;    -- passes, with plates: grant it to those who may see them
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'alpr_auditor') THEN
    CREATE ROLE alpr_auditor NOLOGIN;   -- numbers and gaps, no plate: is anything missing?
  END IF;
END $$;

-- Nobody by being there.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()); END $$;

-- The collector owns its tables: it makes them, brings them up to date, and deletes at the end of each event's time.
GRANT USAGE, CREATE ON SCHEMA public TO alpr_collector;
DO $$
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO alpr_collector, alpr_reader, alpr_auditor', current_database());
END $$;

GRANT USAGE ON SCHEMA public TO alpr_reader, alpr_auditor;
DO $$
BEGIN
  IF to_regclass('public.passes') IS NOT NULL THEN
    GRANT SELECT ON passes, current_passes, clocks, gaps TO alpr_reader;
    GRANT SELECT ON messages, gaps, clocks TO alpr_auditor;
  END IF;
END $$;
