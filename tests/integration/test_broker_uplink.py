"""The uplink against a real mosquitto: what arrives, what the status says, what a broken network does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from edge_alpr.uplink.mqtt import MqttSettings
from fakes.feed import MemoryFeed
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.proxy import Proxy
from fixtures.running import RunningUplink, WallClock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker

_READ = "alpr/v1/o/s/u/up/read/cam0"
_STATUS = "alpr/v1/o/s/u/up/status"


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Mosquitto:
    mosquitto.start()
    return mosquitto


@pytest.fixture
def listening(broker: Mosquitto) -> Iterator[Listening]:
    with Listening(broker.url) as listening:
        yield listening


def _feed(count: int) -> MemoryFeed:
    feed = MemoryFeed()
    for n in range(count):
        feed.add(str(n).encode(), stored_s=WallClock().now().utc_s)
    return feed


def _bodies(count: int) -> list[bytes]:
    return [str(n).encode() for n in range(count)]


def _states(listening: Listening) -> list[tuple[str, str | None]]:
    told = [json.loads(body) for body in listening.bodies(_STATUS)]
    return [(status["state"], status["reason"]) for status in told]


def _retained_status(url: str) -> dict[str, Any]:
    """What somebody who comes later finds."""
    with Listening(url, _STATUS, client_id="latecomer") as latecomer:
        assert eventually(lambda: latecomer.heard(_STATUS) != [])
        (heard,) = latecomer.heard(_STATUS)
        assert heard.retained
        status: dict[str, Any] = json.loads(heard.body)
        return status


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_everything_arrives_once_and_in_order(
    broker: Mosquitto, listening: Listening, protocol: str
) -> None:
    feed = _feed(300)
    settings = MqttSettings(url=broker.url, protocol=protocol)  # type: ignore[arg-type]
    with RunningUplink(feed, settings):
        assert eventually(lambda: feed.rows == [])
    assert eventually(lambda: len(listening.bodies(_READ)) >= 300)
    assert listening.bodies(_READ) == _bodies(300)


def test_what_is_known_at_sending_travels_in_properties(
    broker: Mosquitto, listening: Listening
) -> None:
    feed = MemoryFeed()
    now_s = WallClock().now().utc_s
    feed.add(b"late", stored_s=now_s - 3600)
    feed.add(b"fresh", stored_s=now_s, expires_s=now_s + 100)
    with RunningUplink(feed, MqttSettings(url=broker.url)):
        assert eventually(lambda: len(listening.bodies(_READ)) == 2)
    late, fresh = listening.heard(_READ)
    assert late.user_properties["replay"] == "true"
    assert late.user_properties["backlog"] == "2"
    assert fresh.user_properties["replay"] == "false"
    assert fresh.user_properties["unit"] == "o/s/u"
    assert fresh.user_properties["boot"] == "00c0ffee"
    assert fresh.user_properties["seq"] == "2"
    assert fresh.properties.ContentType == "application/json"
    assert fresh.properties.PayloadFormatIndicator == 1
    assert 90 <= fresh.properties.MessageExpiryInterval <= 100
    assert not hasattr(late.properties, "MessageExpiryInterval")


def test_info_and_health_are_told(broker: Mosquitto, listening: Listening) -> None:
    with RunningUplink(MemoryFeed(), MqttSettings(url=broker.url)) as uplink:
        uplink.facts = {"state": "online", "frames": 7}
        health = "alpr/v1/o/s/u/up/health"
        assert eventually(
            lambda: any(json.loads(b).get("frames") == 7 for b in listening.bodies(health))
        )
        assert json.loads(listening.bodies(health)[-1])["uplink"]["confirmed_by"] == "puback"
    assert json.loads(listening.bodies("alpr/v1/o/s/u/up/info")[0])["software"] == "0.0.0"


def test_the_status_follows_the_unit_and_ends_in_order(
    broker: Mosquitto, listening: Listening
) -> None:
    with RunningUplink(MemoryFeed(), MqttSettings(url=broker.url)) as uplink:
        assert eventually(lambda: _states(listening) == [("online", None)])
        uplink.facts = {"state": "degraded", "reason": "aiming"}
        assert eventually(lambda: _states(listening)[-1] == ("degraded", "aiming"))
    assert eventually(lambda: _states(listening)[-1] == ("offline", "stopped"))
    assert _retained_status(broker.url)["reason"] == "stopped"


def test_the_last_will_says_offline_when_the_link_is_cut_without_a_goodbye(
    broker: Mosquitto, listening: Listening
) -> None:
    with (
        Proxy(broker.port) as proxy,
        RunningUplink(
            MemoryFeed(), MqttSettings(url=proxy.url), backoff_first_s=30.0, backoff_most_s=60.0
        ),
    ):
        assert eventually(lambda: _states(listening) == [("online", None)])
        proxy.cut()
        assert eventually(lambda: _states(listening)[-1] == ("offline", "link lost"))
        assert _retained_status(broker.url)["state"] == "offline"


def test_it_is_online_again_after_a_cut(broker: Mosquitto, listening: Listening) -> None:
    with Proxy(broker.port) as proxy, RunningUplink(MemoryFeed(), MqttSettings(url=proxy.url)):
        assert eventually(lambda: _states(listening) == [("online", None)])
        proxy.cut()
        assert eventually(
            lambda: (
                _states(listening) == [("online", None), ("offline", "link lost"), ("online", None)]
            )
        )
        assert _retained_status(broker.url)["state"] == "online"


def test_many_cuts_lose_nothing(broker: Mosquitto, listening: Listening) -> None:
    """Twenty resets in the middle of traffic; what comes twice is known by its number."""
    feed = _feed(0)
    with Proxy(broker.port) as proxy, RunningUplink(feed, MqttSettings(url=proxy.url)) as uplink:
        for n in range(20):
            delivered = uplink.counts["uplink.delivered"]
            lost = uplink.counts["uplink.links_lost"]
            for m in range(20):
                feed.add(f"{n}.{m}".encode())
            assert eventually(lambda was=delivered: uplink.counts["uplink.delivered"] > was)  # type: ignore[misc]
            proxy.cut()
            assert eventually(lambda was=lost: uplink.counts["uplink.links_lost"] > was)  # type: ignore[misc]
        assert eventually(lambda: feed.rows == [])
    wanted = {f"{n}.{m}".encode() for n in range(20) for m in range(20)}
    assert eventually(lambda: set(listening.bodies(_READ)) == wanted)


def test_a_dead_network_is_noticed_and_survived(broker: Mosquitto, listening: Listening) -> None:
    """Nothing comes through and nothing is closed, as when a radio link dies."""
    feed = _feed(10)
    with Proxy(broker.port) as proxy:
        settings = MqttSettings(url=proxy.url, connect_timeout_s=1)
        with RunningUplink(feed, settings, ack_timeout_s=1.0) as uplink:
            assert eventually(lambda: feed.rows == [])
            proxy.stall()
            feed.add(b"meanwhile")
            assert eventually(lambda: uplink.counts["uplink.links_lost"] >= 1)
            assert [row.body for row in feed.rows] == [b"meanwhile"]
            proxy.flow()
            assert eventually(lambda: feed.rows == [])
    assert eventually(lambda: b"meanwhile" in listening.bodies(_READ))


def test_a_message_that_nobody_subscribes_to_stays_until_somebody_does(broker: Mosquitto) -> None:
    feed = _feed(3)
    with RunningUplink(feed, MqttSettings(url=broker.url)) as uplink:
        assert eventually(lambda: uplink.counts["uplink.refused"] >= 6)
        assert len(feed.rows) == 3
        with Listening(broker.url) as listening:
            assert eventually(lambda: feed.rows == [])
            assert eventually(lambda: set(listening.bodies(_READ)) == set(_bodies(3)))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_too_long_a_message_does_not_stop_the_others(mosquitto: Mosquitto, protocol: str) -> None:
    """MQTT 5 says how long is too long; with 3.1.1 the broker hangs up on it, again and again."""
    mosquitto.use_option("max_packet_size 2000")
    mosquitto.start()
    feed = MemoryFeed()
    for n in range(30):
        feed.add(b"x" * 5000 if n == 10 else str(n).encode())
    settings = MqttSettings(url=mosquitto.url, protocol=protocol)  # type: ignore[arg-type]
    with Listening(mosquitto.url) as listening:
        with RunningUplink(feed, settings):
            assert eventually(lambda: len(feed.rows) == 1)
        assert len(feed.rows[0].body) == 5000
        wanted = {str(n).encode() for n in range(30) if n != 10}
        assert eventually(lambda: set(listening.bodies(_READ)) == wanted)
