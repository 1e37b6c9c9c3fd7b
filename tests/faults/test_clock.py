"""REL-10: a unit that boots in 1970, a year late, or in 2036, and learns the time after ten minutes."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from edge_alpr.app.announce import Announcer
from edge_alpr.collector.store_sqlite import SqliteStore
from edge_alpr.collector.validate import Validator
from edge_alpr.delivery.deliver import Delivery
from edge_alpr.delivery.notices import Notices
from edge_alpr.link.terms import Arrival
from edge_alpr.message.event import ClockState, Engine
from edge_alpr.message.timestamps import to_seconds
from edge_alpr.ops.clock import ClockQuality
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Moment
from fakes.manual_time import ManualClock
from fakes.sightings import sighting
from fakes.tally import Tally
from faults.passing import ADDRESS
from faults.recorded import TESTS
from fixtures.policies import shipped

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.types import Spooled
    from faults.conftest import Publish

TRUE_S: Final = to_seconds("2026-06-01T12:00:00.000Z")
"""When the unit is switched on."""
MONO_S: Final = 7.0
BEFORE, AFTER, EVERY_S = 20, 20, 30.0
WRONG_S: Final = {
    "1970": to_seconds("1970-01-01T00:00:07.000Z"),
    "2020, the image's date": to_seconds("2020-02-02T02:02:02.000Z"),
    "an hour late": TRUE_S - 3600.0,
    "an hour early": TRUE_S + 3600.0,
    "2036": to_seconds("2036-02-07T06:28:16.000Z"),
    "a leap second early": TRUE_S + 1.0,
}
ENGINE: Final = Engine(software="0.0.0", detector=None, reader=None, config=None)


class Unit:
    """From sighting to collector without camera and network, on a clock that is wrong until it is synchronised."""

    def __init__(self, folder: Path, utc_s: float) -> None:
        self.clock = ManualClock(MONO_S, utc_s)
        self.synced = False
        self.spool = Spool(SpoolSettings(path=folder / "spool.db"), clock=self.clock, count=Tally())
        self.spool.open()
        self.feed = SpoolFeed(folder / "spool.db", count=Tally())
        self.store_path = folder / "plates.db"
        self._announcer = Announcer(
            self.spool,
            Notices(self.spool.append, address=ADDRESS, boot=self.spool.boot),
            self.clock,
            lambda: ClockQuality(synced=self.synced, error_ms=20.0 if self.synced else None),
        )
        self._delivery = Delivery(
            shipped("bench"),
            self.spool.append,
            address=ADDRESS,
            boot=self.spool.boot,
            engine=ENGINE,
            clock=self.clock,
            clock_state=lambda: ClockState(
                source="ntp" if self.synced else "none",
                synced=self.synced,
                error_ms=None,
                age_s=None,
            ),
            count=Tally(),
        )

    def vehicles(self, number: int) -> None:
        """One every ``EVERY_S``."""
        for _ in range(number):
            seen, now = sighting("TEST0001"), self.clock.now()
            best = replace(seen.best, at=now)
            self._delivery.deliver(replace(seen, best=best, first=now, last=now))
            self.spool.commit()
            self._announcer.look()
            self.clock.pass_s(EVERY_S)

    def synchronise(self) -> None:
        """A time service sets the clock to what it is."""
        mono_s = self.clock.now().mono_s
        self.clock.at = Moment(mono_s, TRUE_S + mono_s - MONO_S)
        self.synced = True
        self._announcer.look()
        self.spool.commit()

    def collect(self) -> list[sqlite3.Row]:
        """Deliver all that is pending; returns the passes in the order of their numbers."""
        store, validator = SqliteStore(self.store_path), Validator()
        for message in self.feed.pending(1000, self.clock.now().utc_s):
            entry = validator.check(_arrival(message))
            assert entry is not None
            store.keep([entry], self.clock.now().utc_s)
        store.close()
        with closing(sqlite3.connect(self.store_path)) as db:
            db.row_factory = sqlite3.Row
            return db.execute("SELECT * FROM passes ORDER BY seq").fetchall()

    def close(self) -> None:
        self.feed.close()
        self.spool.close()


def _arrival(message: Spooled) -> Arrival:
    return Arrival(ADDRESS.up(message.kind, message.camera or None), message.body, 0)


@pytest.mark.parametrize("wrong", WRONG_S)
def test_times_are_right_in_the_end_and_nothing_is_kept_longer_or_shorter(
    wrong: str, tmp_path: Path, publish: Publish
) -> None:
    unit = Unit(tmp_path, WRONG_S[wrong])
    unit.vehicles(BEFORE)
    bodies = [json.loads(m.body) for m in unit.feed.pending(1000, WRONG_S[wrong])]
    assert len(bodies) == BEFORE
    assert not any(body["time"]["clock"]["synced"] for body in bodies), "a wrong time is marked"
    unit.synchronise()
    unit.vehicles(AFTER)
    passes = unit.collect()
    true_s = [TRUE_S + n * EVERY_S for n in range(BEFORE + AFTER)]
    captured_s = [to_seconds(row["captured"]) for row in passes]
    errors_s = [abs(said - true) for said, true in zip(captured_s, true_s, strict=True)]
    kept_s = [
        to_seconds(row["delete_after"]) - true for row, true in zip(passes, true_s, strict=True)
    ]
    publish(
        "REL-10", f"booted: {wrong}", greatest_error_s=round(max(errors_s), 3), passes=len(passes)
    )
    assert max(errors_s) <= 0.5
    assert captured_s == sorted(captured_s)
    assert {row["clock"] for row in passes} == {"corrected", "synced"}
    assert all(86399.0 <= kept <= 86401.0 for kept in kept_s)
    # On the card too: all of it for a day, none of it for longer.
    end_s = true_s[-1]
    assert unit.feed.expire(TRUE_S + 86399.0 - 2.0) == 0
    assert unit.feed.expire(end_s + 86400.0 + 2.0) == BEFORE + AFTER
    unit.close()


def test_control_without_the_announcement_the_time_stays_wrong(tmp_path: Path) -> None:
    unit = Unit(tmp_path, WRONG_S["1970"])
    unit.vehicles(1)
    (row,) = unit.collect()
    assert row["clock"] == "unsynced"
    assert abs(to_seconds(row["captured"]) - TRUE_S) > 1e9
    unit.close()


@pytest.mark.parametrize(
    "when", ["1970-01-01 00:00:07", "2036-02-07 06:28:10", "2038-01-19 03:14:00"]
)
def test_a_real_process_works_at_any_date(when: str, tmp_path: Path) -> None:
    """Also over the ends of 32-bit clocks, of NTP's and of Unix'."""
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed: apt-get install faketime")
    command = [faketime, "-f", f"@{when}", sys.executable, "-m", "faults.passing"]
    path = tmp_path / "spool.db"
    subprocess.run(
        [*command, str(path), "--most=40", "--per-s=20"],
        check=True,
        cwd=TESTS,
        stdout=subprocess.DEVNULL,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )
    feed, validator = SpoolFeed(path, count=Tally()), Validator()
    messages = feed.pending(1000, 0.0)
    feed.close()
    assert len(messages) >= 40
    events = [json.loads(message.body) for message in messages]
    assert all(validator.check(_arrival(message)) for message in messages)
    assert events[0]["time"]["captured"].startswith(when[:13].replace(" ", "T"))
    instants = [event["id"][:13] for event in events]  # milliseconds, in a UUID of version 7
    assert instants == sorted(instants)
