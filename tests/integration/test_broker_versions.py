"""Connecting to brokers that mosquitto cannot play: a scripted one on a real socket."""

from __future__ import annotations

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.link.publication import Publication
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from fixtures.scripted_broker import (
    CONNACK_3,
    CONNACK_5,
    CONNACK_5_ONE_AT_A_TIME,
    TAKEN_OVER,
    WRONG_VERSION,
    ScriptedBroker,
)

_WILL = Publication(topic="alpr/v1/o/s/u/up/status", body=b"gone", retain=True)


def _link(broker: ScriptedBroker, protocol: str = "auto") -> MqttLink:
    settings = MqttSettings(
        url=broker.url,
        protocol=protocol,  # type: ignore[arg-type]
        connect_timeout_s=1,
    )
    return MqttLink(settings, client_id="scripted")


@pytest.mark.parametrize("refusal", [WRONG_VERSION, None, b""])
def test_a_broker_without_mqtt_5_gets_3_1_1(
    refusal: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it says so, hangs up, or is silent (amqtt 0.12)."""
    with ScriptedBroker(lambda level: CONNACK_3 if level == 4 else refusal) as broker:
        link = _link(broker)
        link.connect(_WILL)
        link.close()
    assert broker.levels == [5, 4]
    assert "3.1.1" in caplog.text


def test_a_broker_that_spoke_mqtt_5_before_and_is_slow_now_is_not_spoken_to_in_3_1_1() -> None:
    answers = [CONNACK_5, b""]
    with ScriptedBroker(lambda _level: answers.pop(0)) as broker:
        link = _link(broker)
        link.connect(_WILL)
        link.close()
        with pytest.raises(PublishError, match="no MQTT greeting"):
            link.connect(_WILL)
    assert broker.levels == [5, 5]


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_version_that_was_asked_for_is_not_replaced(protocol: str) -> None:
    with ScriptedBroker(lambda _level: WRONG_VERSION) as broker:
        with pytest.raises(PublishError):
            _link(broker, protocol).connect(_WILL)
        assert broker.levels == [5 if protocol == "5" else 4]


def test_a_broker_that_speaks_neither_is_told_as_that() -> None:
    with (
        ScriptedBroker(lambda _level: WRONG_VERSION) as broker,
        pytest.raises(PublishError, match="version of MQTT"),
    ):
        _link(broker).connect(_WILL)


def test_something_that_is_silent_is_not_waited_for_for_ever() -> None:
    with (
        ScriptedBroker(lambda _level: b"") as broker,
        pytest.raises(PublishError, match="is it a broker"),
    ):
        _link(broker).connect(_WILL)


def test_something_that_speaks_another_protocol_is_an_error() -> None:
    with (
        ScriptedBroker(lambda _level: b"HTTP/1.1 400 Bad Request\r\n\r\n") as broker,
        pytest.raises(PublishError),
    ):
        _link(broker).connect(_WILL)


def test_two_units_of_one_name_are_told_so() -> None:
    with ScriptedBroker(lambda _level: CONNACK_5 + TAKEN_OVER) as broker:
        link = _link(broker)
        with pytest.raises(PublishError, match="same name"):
            _connect_and_run(link)


def test_a_broker_that_takes_few_messages_at_a_time_is_minded() -> None:
    with ScriptedBroker(lambda _level: CONNACK_5_ONE_AT_A_TIME) as broker:
        link = _link(broker)
        assert link.window == 20
        link.connect(_WILL)
        assert link.window == 1
        link.close()


def _connect_and_run(link: MqttLink) -> None:
    link.connect(_WILL)
    for _ in range(50):
        link.settle(0.1)
