"""REL-6: a collector that dies between its commit and its receipt, time and again. Nothing is lost or doubled."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING
from fixtures import dying_collector
from fixtures.eventually import eventually
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish
    from fixtures.mosquitto import Mosquitto

pytestmark = pytest.mark.broker

BATCH = 10


def test_a_collector_that_dies_before_each_receipt_loses_and_doubles_nothing(
    mosquitto: Mosquitto, tmp_path: Path, count: Count, publish: Publish
) -> None:
    """Each life stores what comes, acknowledges it to the broker, and is killed as it would send its first receipt."""
    mosquitto.start()
    key, store = tmp_path / "centre.pem", tmp_path / "plates.db"
    COLLECTOR_KEY.save(key)
    kills = count(10, 500)
    feed = MemoryFeed()
    url, to = mosquitto.url, f"sqlite:{store}"
    command = [sys.executable, dying_collector.__file__, url, to, str(key), str(kills)]
    settings = {"receipt_timeout_s": 0.3, "unreceipted_max": 2000}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as dying,
        RunningUplink(feed, MqttSettings(url=url), RING, **settings),
    ):
        assert dying.stdout is not None
        for n in range(kills):
            for seq in range(n * BATCH + 1, (n + 1) * BATCH + 1):
                feed.add(encode(an_event(seq)))
            assert dying.stdout.readline(), "it died too early"
        assert dying.wait(30) == 0
        let_go_unreceipted = len(feed.gone)
        options = (f"--receipt-key={key}", "--name=central")
        with RunningCollector(url, to, tmp_path, *options) as collector:
            assert eventually(lambda: feed.rows == [], patience_s=600)
            assert collector.stop() == 0
    with closing(sqlite3.connect(store)) as db:
        stored = [seq for (seq,) in db.execute("SELECT seq FROM passes")]
    given = set(range(1, kills * BATCH + 1))
    lost, doubled = len(given - set(stored)), len(stored) - len(set(stored))
    publish(
        "REL-6",
        "killed before each receipt",
        kills=kills,
        given=len(given),
        lost=lost,
        doubled=doubled,
    )
    assert let_go_unreceipted == 0, "nobody had said a word"
    assert (lost, doubled) == (0, 0)
