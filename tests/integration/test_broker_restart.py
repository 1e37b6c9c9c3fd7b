"""From the spool to the store with a broker and a collector that come and go: every message once."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import PLATE, an_event
from fakes.feed import MemoryFeed
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker


class _Centre:
    """A collector that is started, stopped and killed, and what it has stored."""

    def __init__(self, kind: str, url: str, folder: Path) -> None:
        self._kind = kind
        self._url = url
        self._folder = folder
        self._path = folder / f"plates.{kind}"

    def start(self, *options: str) -> RunningCollector:
        to = f"{self._kind}:{self._path}"
        return RunningCollector(self._url, to, self._folder, *options)

    def seqs(self) -> list[int]:
        if not self._path.exists():
            return []
        if self._kind == "jsonl":
            lines = self._path.read_bytes().split(b"\n")[:-1]
            return sorted(json.loads(line)["seq"] for line in lines)
        with closing(sqlite3.connect(self._path, timeout=10)) as db:
            return [seq for (seq,) in db.execute("SELECT seq FROM passes ORDER BY seq")]


@pytest.fixture(params=["sqlite", "jsonl"])
def centre(request: pytest.FixtureRequest, mosquitto: Mosquitto, tmp_path: Path) -> _Centre:
    mosquitto.start()
    return _Centre(request.param, mosquitto.url, tmp_path)


def _add_events(feed: MemoryFeed, first: int, last: int) -> None:
    for seq in range(first, last + 1):
        feed.add(encode(an_event(seq)))


def _numbers(last: int) -> list[int]:
    return list(range(1, last + 1))


def test_a_broker_stopped_mid_way_and_started_again(centre: _Centre, mosquitto: Mosquitto) -> None:
    feed = MemoryFeed()
    with (
        centre.start() as collector,
        RunningUplink(feed, MqttSettings(url=mosquitto.url)) as uplink,
    ):
        collector.wait_until_collecting()
        _add_events(feed, 1, 100)
        assert eventually(lambda: len(feed.rows) < 50)
        mosquitto.stop()
        _add_events(feed, 101, 200)
        assert eventually(lambda: uplink.counts["uplink.links_lost"] >= 2)
        mosquitto.start()
        assert eventually(lambda: centre.seqs() == _numbers(200)), centre.seqs()
        assert eventually(lambda: feed.rows == [])
        assert collector.stop() == 0
    assert PLATE not in collector.log


def test_a_collector_stopped_between_messages_misses_and_doubles_nothing(
    centre: _Centre, mosquitto: Mosquitto
) -> None:
    """The broker keeps its session; while it is away the unit goes on sending."""
    feed = MemoryFeed()
    with centre.start() as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url)):
            _add_events(feed, 1, 50)
            assert eventually(lambda: centre.seqs() == _numbers(50))
            assert collector.stop() == 0
            _add_events(feed, 51, 100)
            assert eventually(lambda: feed.rows == []), "the broker took them for the absent one"
            mosquitto.restart()
            with centre.start() as again:
                assert eventually(lambda: centre.seqs() == _numbers(100)), centre.seqs()
                assert again.stop() == 0
                assert "it kept what came meanwhile" in again.log
                assert "stored 50" in again.log


def test_a_collector_killed_at_any_moment_misses_and_doubles_nothing(
    centre: _Centre, mosquitto: Mosquitto
) -> None:
    """kill -9 while events stream in: between commit and acknowledgement, or in the middle of a line."""
    feed = MemoryFeed()
    with centre.start() as collector:
        collector.wait_until_collecting()
    with RunningUplink(feed, MqttSettings(url=mosquitto.url)):
        for n in range(3):
            with centre.start() as collector:
                collector.wait_until_collecting()
                before = len(centre.seqs())
                _add_events(feed, n * 200 + 1, n * 200 + 200)
                assert eventually(lambda before=before: len(centre.seqs()) > before)  # type: ignore[misc]
                collector.kill()
        with centre.start() as collector:
            assert eventually(lambda: centre.seqs() == _numbers(600)), len(centre.seqs())
            assert collector.stop() == 0


def test_bad_messages_do_not_stop_a_collector(centre: _Centre, mosquitto: Mosquitto) -> None:
    feed = MemoryFeed()
    with centre.start("--count=2") as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url)):
            feed.add(encode(an_event(1)))
            feed.add(f'{{"plate": "{PLATE}"'.encode())
            feed.add(b"\x00\xff" * 50)
            feed.add(b"x" * 300_000)
            feed.add(b"x" * 2_000_000)
            feed.add(encode(an_event(2, unit="other")))
            feed.add(encode(an_event(7)))
            status, _ = collector.wait()
    assert status == 0
    assert centre.seqs() == [1, 7]
    assert "kept_out" in collector.log
    assert "alpr/v1/o/s/u/up/read/cam0" in collector.log
    assert PLATE not in collector.log


def test_lines_on_standard_output_are_events(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    feed = MemoryFeed()
    with RunningCollector(mosquitto.url, "-", tmp_path, "--count=3") as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url)):
            _add_events(feed, 1, 3)
            status, out = collector.wait()
    assert status == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert all(line.pop("stored") for line in lines)
    assert lines[0] == json.loads(encode(an_event(1)))


def test_a_collector_over_3_1_1_loses_nothing_either(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    centre = _Centre("sqlite", mosquitto.url, tmp_path)
    feed = MemoryFeed()
    with centre.start("--protocol=3.1.1") as collector:
        collector.wait_until_collecting()
        assert collector.stop() == 0
    with RunningUplink(feed, MqttSettings(url=mosquitto.url, protocol="3.1.1")):
        _add_events(feed, 1, 50)
        assert eventually(lambda: feed.rows == [])
    mosquitto.restart()
    with centre.start("--protocol=3.1.1"):
        assert eventually(lambda: centre.seqs() == _numbers(50))


def test_a_second_subscriber_is_not_disturbed(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """A session belongs to a client id, so another consumer gets everything as well."""
    mosquitto.start()
    feed = MemoryFeed()
    with (
        RunningCollector(mosquitto.url, "-", tmp_path, "--count=5") as collector,
        Listening(mosquitto.url) as listening,
    ):
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url)):
            _add_events(feed, 1, 5)
            assert collector.wait()[0] == 0
        assert eventually(lambda: len(listening.bodies("alpr/v1/o/s/u/up/read/cam0")) == 5)
