"""From a spool that is too small to the collector's table of gaps, over a real broker, signed all the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.app.announce import Announcer
from edge_alpr.delivery.notices import Notices
from edge_alpr.keys.proof import sign_document
from edge_alpr.keys.ring import Member, enroll
from edge_alpr.message.codec import encode, sign_event
from edge_alpr.ops.clock import ClockQuality
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.keys import COLLECTOR_KEY, RING, UNIT_KEY
from fakes.tally import Tally
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import ADDRESS, RunningCollector, RunningUplink, WallClock

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker

SIGN = partial(sign_document, key=UNIT_KEY)


class _Unit:
    """The camera half of a unit whose clock is not known yet."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.tally = Tally()
        self.clock = WallClock()
        self.quality = ClockQuality(synced=False, error_ms=None)
        self.spool = Spool(SpoolSettings(path=path, **settings), clock=self.clock, count=self.tally)
        self.spool.open()
        notices = Notices(self.spool.append, address=ADDRESS, boot=self.spool.boot, sign=SIGN)
        self.announcer = Announcer(self.spool, notices, self.clock, lambda: self.quality)

    def see(self, *, synced: bool = True, captured: str = "2026-01-01T00:00:00.000Z") -> None:
        mono_s = self.clock.now().mono_s

        def body(seq: int) -> bytes:
            event = an_event(seq, boot=self.spool.boot)
            clock = replace(event.time.clock, synced=synced)
            time = replace(event.time, captured=captured, monotonic_s=mono_s, clock=clock)
            return encode(sign_event(replace(event, time=time), SIGN))

        self.spool.append(Outgoing("read", "cam0", None), body)


def _collector(broker: Mosquitto, folder: Path) -> RunningCollector:
    COLLECTOR_KEY.save(folder / "central.pem")
    enroll(folder / "units", Member("o/s/u", UNIT_KEY.public))
    return RunningCollector(
        broker.url,
        f"sqlite:{folder / 'plates.db'}",
        folder,
        f"--receipt-key={folder / 'central.pem'}",
        "--name=central",
        f"--units={folder / 'units'}",
    )


def _rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "plates.db", timeout=10)) as db:
        return db.execute(query).fetchall()


def test_what_a_full_spool_shed_is_known_at_the_centre_to_the_number(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    unit = _Unit(tmp_path / "card" / "spool.db", max_bytes=150_000)
    for _ in range(150):
        unit.see()
        unit.spool.commit()
    shed = unit.tally["spool.shed"]
    assert shed > 20
    unit.announcer.look()
    assert unit.spool.flush(5)
    feed = SpoolFeed(tmp_path / "card" / "spool.db", count=unit.tally)
    with _collector(mosquitto, tmp_path) as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url), RING) as uplink:
            assert eventually(lambda: feed.depth().messages == 0)
            assert collector.stop() == 0
    unit.announcer.look()
    assert unit.spool.losses() == []
    unit.spool.close()
    feed.close()
    shed = unit.tally["spool.shed"]  # the announcement needed room as well
    gaps = _rows(tmp_path, "SELECT boot, cause, first, last, messages FROM gaps")
    assert gaps == [(unit.spool.boot, "room", 1, gaps[0][3], gaps[0][3])]
    stored = {seq for (seq,) in _rows(tmp_path, "SELECT seq FROM messages")}
    lost = set(range(1, gaps[0][3] + 1))
    assert stored | lost == set(range(1, 152))
    assert len(stored) == 151 - shed
    assert uplink.counts["uplink.receipts_refused"] == 0
    assert {key for (key,) in _rows(tmp_path, "SELECT signer FROM passes")} == {UNIT_KEY.kid}


def test_a_clock_that_becomes_known_corrects_the_reads_at_the_centre(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Its first reads say 1970."""
    mosquitto.start()
    unit = _Unit(tmp_path / "card" / "spool.db")
    before_s = unit.clock.now().utc_s
    for _ in range(3):
        unit.see(synced=False, captured="1970-01-01T00:01:00.000Z")
    unit.quality = ClockQuality(synced=True, error_ms=4.0)
    unit.announcer.look()
    unit.see()
    assert unit.spool.flush(5)
    feed = SpoolFeed(tmp_path / "card" / "spool.db", count=unit.tally)
    with _collector(mosquitto, tmp_path) as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url), RING):
            assert eventually(lambda: feed.depth().messages == 0)
            assert collector.stop() == 0
    unit.spool.close()
    feed.close()
    times = _rows(
        tmp_path,
        "SELECT clock, unixepoch(captured) - 0.0, json_extract(body, '$.time.captured') "
        "FROM passes ORDER BY seq",
    )
    assert [clock for clock, _, _ in times] == ["corrected"] * 3 + ["synced"]
    assert all(abs(captured_s - before_s) < 10 for _, captured_s, _ in times[:3])
    assert {told for _, _, told in times[:3]} == {"1970-01-01T00:01:00.000Z"}, "as it was signed"
