"""A PUBACK is not delivery: receipts bring all of it to the store, once. Brokers are killed in `faults`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING, STRANGER_KEY
from fixtures import dying_collector
from fixtures.centre import Centre
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path


__all__ = ["mosquitto"]  # the fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

HEALTH = "alpr/v1/o/s/u/up/health"


@pytest.fixture
def centre(mosquitto: Mosquitto, tmp_path: Path) -> Centre:
    mosquitto.start()
    return Centre(mosquitto.url, tmp_path)


def _add(feed: MemoryFeed, count: int) -> None:
    first = feed.made + 1
    for seq in range(first, first + count):
        feed.add(encode(an_event(seq)))


def _numbers(last: int) -> list[int]:
    return list(range(1, last + 1))


def test_a_receipt_empties_the_spool_and_the_health_says_so(centre: Centre) -> None:
    feed = MemoryFeed()
    _add(feed, 300)
    with (
        centre.start() as collector,
        Listening(centre.url, HEALTH) as listening,
        RunningUplink(feed, MqttSettings(url=centre.url), RING),
    ):
        assert eventually(lambda: feed.rows == [])
        assert eventually(lambda: _health(listening).get("unreceipted") == 0)
        assert _health(listening)["confirmed_by"] == "receipt"
        assert collector.stop() == 0
    assert centre.seqs() == _numbers(300)
    assert centre.duplicates() < 300 / 2


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_without_receipts_nothing_leaves_the_spool_and_with_them_all_does(
    mosquitto: Mosquitto, tmp_path: Path, protocol: str
) -> None:
    """First a collector without a key, as any plain subscriber."""
    mosquitto.start()
    centre = Centre(mosquitto.url, tmp_path)
    feed = MemoryFeed()
    _add(feed, 30)
    mqtt = MqttSettings(url=centre.url, protocol=protocol)  # type: ignore[arg-type]
    with RunningCollector(centre.url, centre.to, tmp_path) as plain:
        plain.wait_until_collecting()
        with RunningUplink(feed, mqtt, RING, receipt_timeout_s=0.5) as uplink:
            assert eventually(lambda: centre.seqs() == _numbers(30))
            assert eventually(lambda: uplink.unreceipted == 30)
            assert len(feed.rows) == 30
            assert plain.stop() == 0
            with centre.start() as collector:
                assert eventually(lambda: feed.rows == [])
                assert collector.stop() == 0


@pytest.mark.parametrize("wrong", ["key", "name"])
def test_receipts_of_somebody_else_do_not_count(
    mosquitto: Mosquitto, tmp_path: Path, wrong: str
) -> None:
    mosquitto.start()
    key = STRANGER_KEY if wrong == "key" else COLLECTOR_KEY
    centre = Centre(mosquitto.url, tmp_path, key)
    feed = MemoryFeed()
    _add(feed, 5)
    options = ("--name=somebody",) if wrong == "name" else ()
    with (
        centre.start(*options) as collector,
        RunningUplink(feed, MqttSettings(url=centre.url), RING, receipt_timeout_s=0.5) as uplink,
    ):
        assert eventually(lambda: uplink.counts["uplink.receipts_refused"] >= 2)
        assert len(feed.rows) == 5
        assert collector.stop() == 0


def test_a_collector_killed_between_commit_and_receipt_loses_and_doubles_nothing(
    centre: Centre,
) -> None:
    """Twenty times; each time the message is stored, and the unit does not know."""
    feed = MemoryFeed()
    command = [sys.executable, dying_collector.__file__, centre.url, centre.to, centre.key_file]
    with (
        subprocess.Popen([*map(str, command), "20"], stdout=subprocess.PIPE) as dying,
        RunningUplink(feed, MqttSettings(url=centre.url), RING, receipt_timeout_s=0.3),
    ):
        assert dying.stdout is not None
        for _ in range(20):
            _add(feed, 10)
            assert dying.stdout.readline(), "it died too early"
        assert dying.wait(30) == 0
        assert feed.gone == [], "nobody said a word"
        with centre.start() as collector:
            assert eventually(lambda: feed.rows == [])
            assert collector.stop() == 0
    assert centre.seqs() == _numbers(200)


def _health(listening: Listening) -> dict[str, object]:
    bodies = listening.bodies(HEALTH)
    found: dict[str, object] = json.loads(bodies[-1])["uplink"] if bodies else {}
    return found
