"""REL-3: a broker killed again and again, the collector away every second time. Receipts bring all of it, once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fakes.keys import RING
from fixtures.centre import Centre
from fixtures.eventually import eventually
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

    from faults.conftest import Count, Publish

__all__ = ["mosquitto"]  # the fixture

BATCH = 200


@pytest.fixture
def centre(mosquitto: Mosquitto, tmp_path: Path) -> Centre:
    mosquitto.start()
    return Centre(mosquitto.url, tmp_path)


def _kill_again_and_again(
    kills: int, centre: Centre, mosquitto: Mosquitto, feed: MemoryFeed, uplink: RunningUplink
) -> None:
    """By SIGKILL: with the collector away, and in the middle of its work."""
    with ExitStack() as stack:
        collector = stack.enter_context(centre.start()).wait_until_collecting()
        for n in range(kills):
            if n % 2 == 0:  # the broker takes everything for the absent one
                assert collector.stop() == 0
                _add_batch(feed)
                assert eventually(lambda: len(feed.rows) == uplink.unreceipted)
            else:
                before = centre.count()
                _add_batch(feed)
                assert eventually(lambda before=before: centre.count() > before)  # type: ignore[misc]
            sessions = collector.sessions
            mosquitto.kill()
            mosquitto.start()
            if n % 2 == 0:
                collector, sessions = stack.enter_context(centre.start()), 0
            collector.wait_until_collecting(sessions + 1)
            assert eventually(lambda: feed.rows == [])
        assert collector.stop() == 0


def _add_batch(feed: MemoryFeed) -> None:
    for seq in range(feed.made + 1, feed.made + 1 + BATCH):
        feed.add(encode(an_event(seq)))


@pytest.mark.broker
@pytest.mark.timeout(3600)
def test_a_broker_killed_again_and_again_loses_nothing_with_receipts(
    centre: Centre, mosquitto: Mosquitto, count: Count, publish: Publish
) -> None:
    kills = count(2, 50)
    feed = MemoryFeed()
    # The full count with the shipped time-out, 6 s.
    with RunningUplink(
        feed, MqttSettings(url=centre.url), RING, receipt_timeout_s=count(3, 6)
    ) as uplink:
        _kill_again_and_again(kills, centre, mosquitto, feed, uplink)
    given = kills * BATCH
    stored = centre.seqs()
    twice = centre.duplicates()
    publish(
        "REL-3",
        "killed, the collector away every second time; with receipts",
        kills=kills,
        given=given,
        lost=len(set(range(1, given + 1)) - set(stored)),
        doubled=len(stored) - len(set(stored)),
        wire_duplicates_share=round(twice / given, 4),
    )
    assert stored == list(range(1, given + 1))
    # Whole windows sent again would be some BATCH a round. How few there are depends on the machine: see the figure.
    assert twice < given / 10


@pytest.mark.broker
@pytest.mark.timeout(3600)
def test_control_without_receipts_messages_are_lost(
    centre: Centre, mosquitto: Mosquitto, count: Count, publish: Publish
) -> None:
    """What the broker had acknowledged and not passed on is gone."""
    kills = count(2, 10)
    feed = MemoryFeed()
    with RunningUplink(feed, MqttSettings(url=centre.url)) as uplink:
        _kill_again_and_again(kills, centre, mosquitto, feed, uplink)
    lost = kills * BATCH - len(centre.seqs())
    publish("REL-3", "the same without receipts (control)", kills=kills, lost=lost)
    assert feed.rows == []
    assert lost > 0
