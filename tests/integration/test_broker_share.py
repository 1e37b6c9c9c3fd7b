"""Several collectors share a fleet: each message is given to one of them, and receipts cover all, whoever holds it."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.message.receipt import Receipt, covers, read_receipt
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import COLLECTOR_KEY, RING
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

_RECEIPTS = "alpr/v1/o/s/u/down/receipt"


class _Centre:
    """Two or more collectors of one group, over one store or one each."""

    def __init__(self, url: str, folder: Path, to: str) -> None:
        self._url = url
        self._folder = folder
        self._to = to
        self._key = folder / "centre.pem"
        COLLECTOR_KEY.save(self._key)

    def start(self, number: int, *options: str) -> RunningCollector:
        folder = self._folder / f"collector-{number}"
        folder.mkdir(exist_ok=True)
        words = (
            f"--receipt-key={self._key}",
            "--name=central",
            f"--client-id=centre-{number}",
            "--share=centre",
            *options,
        )
        to = self._to.replace("{n}", str(number))
        return RunningCollector(self._url, to, folder, *words).wait_until_collecting()

    def seqs(self, number: int = 1) -> list[int]:
        to = self._to.replace("{n}", str(number))
        question = "SELECT seq FROM passes ORDER BY seq"
        if to.startswith("sqlite:"):
            with closing(sqlite3.connect(to.removeprefix("sqlite:"), timeout=10)) as db:
                return [seq for (seq,) in db.execute(question)]
        import psycopg  # noqa: PLC0415  # not where it is not installed

        with psycopg.connect(to) as db:
            return [seq for (seq,) in db.execute(question.encode()).fetchall()]


@pytest.fixture(params=["postgresql", "sqlite"])
def centre(request: pytest.FixtureRequest, mosquitto: Mosquitto, tmp_path: Path) -> _Centre:
    mosquitto.start()
    to = f"sqlite:{tmp_path / 'plates.db'}"
    if request.param == "postgresql":
        to = request.getfixturevalue("postgresql")
    return _Centre(mosquitto.url, tmp_path, to)


def _feed(count: int, first: int = 1, feed: MemoryFeed | None = None) -> MemoryFeed:
    feed = feed or MemoryFeed()
    for seq in range(first, first + count):
        feed.add(encode(an_event(seq)))
    return feed


def _stored_by(collector: RunningCollector) -> int:
    words = collector.log.rpartition("ended: ")[2].split()
    return int(words[words.index("stored") + 1].rstrip(",")) if "stored" in words else 0


def _receipts(listening: Listening) -> list[Receipt]:
    return [read_receipt(json.loads(body)) for body in listening.bodies(_RECEIPTS)]


def test_two_collectors_over_one_store_share_the_messages_and_their_receipts_are_right(
    centre: _Centre, mosquitto: Mosquitto
) -> None:
    feed = _feed(300)
    mqtt = MqttSettings(url=mosquitto.url)
    with (
        centre.start(1) as one,
        centre.start(2) as two,
        Listening(mosquitto.url, _RECEIPTS) as listening,
        RunningUplink(feed, mqtt, RING),
    ):
        assert eventually(lambda: feed.rows == [])
        receipts = _receipts(listening)
        stored = set(centre.seqs())
        assert all(
            seq in stored for receipt in receipts for seq in range(1, 1000) if covers(receipt, seq)
        )
        assert one.stop() == two.stop() == 0
    assert centre.seqs() == list(range(1, 301))
    assert _stored_by(one) + _stored_by(two) == 300
    assert min(_stored_by(one), _stored_by(two)) > 50, "the broker gave each a part"


def test_when_one_dies_the_other_takes_over_and_nothing_is_lost_or_doubled(
    centre: _Centre, mosquitto: Mosquitto
) -> None:
    feed = _feed(200)
    mqtt = MqttSettings(url=mosquitto.url)
    with (
        centre.start(1) as one,
        centre.start(2) as two,
        RunningUplink(feed, mqtt, RING, receipt_timeout_s=0.5),
    ):
        assert eventually(lambda: len(centre.seqs()) > 20)
        one.kill()
        _feed(200, 201, feed)
        assert eventually(lambda: feed.rows == [], patience_s=120)
        assert two.stop() == 0
    assert centre.seqs() == list(range(1, 401))


def test_with_a_store_each_every_receipt_speaks_for_its_own_and_together_they_have_all(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Not advised: a message that is sent again may go to the other one, and lie in both."""
    mosquitto.start()
    centre = _Centre(mosquitto.url, tmp_path, f"sqlite:{tmp_path}/plates-{{n}}.db")
    feed = _feed(200)
    with (
        centre.start(1) as one,
        centre.start(2) as two,
        RunningUplink(feed, MqttSettings(url=mosquitto.url), RING),
    ):
        assert eventually(lambda: feed.rows == [])
        assert one.stop() == two.stop() == 0
    assert set(centre.seqs(1)) | set(centre.seqs(2)) == set(range(1, 201))
    assert centre.seqs(1)
    assert centre.seqs(2)


def test_the_access_list_of_broker_config_lets_a_group_in(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.use_access_list(
        "topic read alpr/v1/+/+/+/up/#\ntopic write alpr/v1/+/+/+/down/receipt\n"
        "topic write alpr/v1/+/+/+/up/#\ntopic read alpr/v1/+/+/+/down/#\n"
    )
    mosquitto.start()
    centre = _Centre(mosquitto.url, tmp_path, f"sqlite:{tmp_path}/plates.db")
    feed = _feed(20)
    with centre.start(1), RunningUplink(feed, MqttSettings(url=mosquitto.url), RING):
        assert eventually(lambda: feed.rows == [])
    assert centre.seqs() == list(range(1, 21))


def test_a_collector_shows_its_numbers_where_it_is_told_to(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    centre = _Centre(mosquitto.url, tmp_path, f"sqlite:{tmp_path}/plates.db")
    feed = _feed(20)
    with centre.start(1, "--metrics=127.0.0.1:0") as collector:
        (line,) = [line for line in collector.log.splitlines() if "metrics are at" in line]
        url = "http://" + line.rpartition("http://")[2].strip('"}')
        with RunningUplink(feed, MqttSettings(url=mosquitto.url), RING):
            assert eventually(lambda: feed.rows == [])
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = str(answer.read(), "utf-8")
    assert 'edge_alpr_messages_total{kind="read",outcome="stored"} 20.0' in text
    assert 'edge_alpr_unit_last_message_timestamp_seconds{org="o",site="s",unit="u"}' in text
    assert "edge_alpr_broker_connected 1.0" in text
