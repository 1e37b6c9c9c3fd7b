"""A PUBACK is not delivery: what a killed broker forgets, and how receipts bring all of it to the store, once."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING, STRANGER_KEY
from fixtures import dying_collector
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.keys.pair import KeyPair

__all__ = ["mosquitto"]  # the fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

HEALTH = "alpr/v1/o/s/u/up/health"
ROUNDS = 5
BATCH = 200


class _Centre:
    """A collector with a key, started and stopped, and what it has stored."""

    def __init__(self, url: str, folder: Path, key: KeyPair = COLLECTOR_KEY) -> None:
        self.url = url
        self.folder = folder
        self.key_file = folder / "centre.pem"
        self.to = f"sqlite:{folder / 'plates.db'}"
        key.save(self.key_file)

    def start(self, *options: str) -> RunningCollector:
        signing = (f"--receipt-key={self.key_file}", "--name=central")
        return RunningCollector(self.url, self.to, self.folder, *signing, *options)

    def seqs(self) -> list[int]:
        path = self.folder / "plates.db"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=10)) as db:
            return [seq for (seq,) in db.execute("SELECT seq FROM passes ORDER BY seq")]

    def duplicates(self) -> int:
        """How many messages came twice, by what the stopped collectors said."""
        log = (self.folder / "collector.log").read_text()
        return sum(int(n) for n in re.findall(r"ended:.*?duplicates (\d+)", log))


@pytest.fixture
def centre(mosquitto: Mosquitto, tmp_path: Path) -> _Centre:
    mosquitto.start()
    return _Centre(mosquitto.url, tmp_path)


def _add(feed: MemoryFeed, count: int) -> None:
    first = feed.made + 1
    for seq in range(first, first + count):
        feed.add(encode(an_event(seq)))


def _numbers(last: int) -> list[int]:
    return list(range(1, last + 1))


def test_a_receipt_empties_the_spool_and_the_health_says_so(centre: _Centre) -> None:
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
    centre = _Centre(mosquitto.url, tmp_path)
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
    centre = _Centre(mosquitto.url, tmp_path, key)
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
    centre: _Centre,
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
            assert eventually(lambda: feed.rows == [], patience_s=60)
            assert collector.stop() == 0
    assert centre.seqs() == _numbers(200)


def _kill_the_broker_again_and_again(
    centre: _Centre, mosquitto: Mosquitto, feed: MemoryFeed, uplink: RunningUplink
) -> None:
    """Five times by SIGKILL: with the collector away, and in the middle of its work."""
    with ExitStack() as stack:
        collector = stack.enter_context(centre.start()).wait_until_collecting()
        for n in range(ROUNDS):
            if n % 2 == 0:  # the broker takes everything for the absent one
                assert collector.stop() == 0
                _add(feed, BATCH)
                assert eventually(lambda: len(feed.rows) == uplink.unreceipted)
            else:
                before = len(centre.seqs())
                _add(feed, BATCH)
                assert eventually(lambda before=before: len(centre.seqs()) > before)  # type: ignore[misc]
            sessions = collector.sessions
            mosquitto.kill()
            mosquitto.start()
            if n % 2 == 0:
                collector, sessions = stack.enter_context(centre.start()), 0
            collector.wait_until_collecting(sessions + 1)
            assert eventually(lambda: feed.rows == [], patience_s=60)
        assert collector.stop() == 0


def test_a_broker_killed_again_and_again_loses_nothing_with_receipts(
    centre: _Centre, mosquitto: Mosquitto
) -> None:
    feed = MemoryFeed()
    settings = {"receipt_timeout_s": 3.0}  # a busy machine needs its time
    with RunningUplink(feed, MqttSettings(url=centre.url), RING, **settings) as uplink:
        _kill_the_broker_again_and_again(centre, mosquitto, feed, uplink)
    assert centre.seqs() == _numbers(ROUNDS * BATCH)
    # Whole windows sent again would be some BATCH a round. How few there are depends on the machine:
    # that figure is for `make soak`.
    assert centre.duplicates() < BATCH / 2


def test_the_same_without_receipts_loses_messages(centre: _Centre, mosquitto: Mosquitto) -> None:
    """The control: what the broker had acknowledged and not passed on is gone."""
    feed = MemoryFeed()
    with RunningUplink(feed, MqttSettings(url=centre.url)) as uplink:
        _kill_the_broker_again_and_again(centre, mosquitto, feed, uplink)
    assert feed.rows == []
    assert len(centre.seqs()) < ROUNDS * BATCH


def _health(listening: Listening) -> dict[str, object]:
    bodies = listening.bodies(HEALTH)
    found: dict[str, object] = json.loads(bodies[-1])["uplink"] if bodies else {}
    return found
