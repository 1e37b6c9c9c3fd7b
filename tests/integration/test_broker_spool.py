"""The real spool, a real broker and the collector's process: what is on the card arrives, and then leaves the card."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.spool.feed import SpoolFeed
from edge_alpr.spool.store import Spool, SpoolSettings
from edge_alpr.types import Outgoing
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import PLATE, an_event
from fakes.tally import Tally
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink, WallClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    """A spool whose committing loop runs."""
    folder = tmp_path / "card"
    folder.mkdir()
    spool = Spool(SpoolSettings(path=folder / "spool.db"), clock=WallClock(), count=Tally())
    spool.open()
    stop = threading.Event()
    thread = threading.Thread(target=spool.run, args=(stop, lambda: None), name="spool")
    thread.start()
    yield spool
    stop.set()
    thread.join(timeout=30)
    spool.close()


def _append(spool: Spool, count: int) -> None:
    outgoing = Outgoing("read", "cam0", expires_s=None)
    for _ in range(count):
        spool.append(outgoing, lambda seq: encode(an_event(seq, boot=spool.boot)))


def test_everything_arrives_once_over_a_stopped_broker_and_nothing_stays_on_the_card(
    spool: Spool, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    path = tmp_path / "plates.jsonl"
    feed = SpoolFeed(tmp_path / "card" / "spool.db", count=Tally())
    with RunningCollector(mosquitto.url, f"jsonl:{path}", tmp_path, "--count=300") as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, MqttSettings(url=mosquitto.url)) as uplink:
            _append(spool, 100)
            assert eventually(lambda: uplink.counts["uplink.delivered"] > 0)
            mosquitto.stop()
            _append(spool, 200)
            assert spool.flush(10)
            assert _on_card(tmp_path), "the control: while it waits, it is there"
            mosquitto.start()
            assert collector.wait()[0] == 0
            assert eventually(lambda: feed.depth().messages == 0)
        feed.close()
    seqs = [json.loads(line)["seq"] for line in path.read_text().splitlines()]
    assert sorted(seqs) == list(range(1, 301))
    assert eventually(lambda: not _on_card(tmp_path))


def _on_card(tmp_path: Path) -> bool:
    """Whether a plate can be found in any byte of the spool's folder."""
    return any(PLATE.encode() in file.read_bytes() for file in (tmp_path / "card").iterdir())
