"""What every `Publisher` must do: the real link against a real mosquitto, over MQTT 5 and 3.1.1, and the fake."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.link.publication import Publication
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from edge_alpr.uplink.terms import Publisher
from fakes.publisher import FakeBroker, FakePublisher
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.uplink.terms import Answer

__all__ = ["mosquitto"]  # the fixture

_WILL = Publication(topic="alpr/v1/o/s/u/up/status", body=b"gone", retain=True)
_READ = "alpr/v1/o/s/u/up/read/cam0"
_RECEIPT = "alpr/v1/o/s/u/down/receipt"


class World(Protocol):
    """A publisher together with the broker behind it."""

    publisher: Publisher
    tells_refusals: bool

    def received(self, topic: str) -> list[bytes]:
        """What the broker passed on so far."""

    def send_down(self, topic: str, body: bytes) -> None:
        """Somebody else publishes."""

    def stop_broker(self) -> None: ...
    def start_broker(self) -> None: ...


@dataclass
class _FakeWorld:
    broker: FakeBroker
    publisher: Publisher
    tells_refusals: bool = True

    def received(self, topic: str) -> list[bytes]:
        return [p.body for p in self.broker.accepted if p.topic == topic]

    def send_down(self, topic: str, body: bytes) -> None:
        self.broker.send_down(topic, body)

    def stop_broker(self) -> None:
        self.broker.up = False

    def start_broker(self) -> None:
        self.broker.up = True


@dataclass
class _RealWorld:
    mosquitto: Mosquitto
    publisher: Publisher
    listening: Listening
    tells_refusals: bool

    def received(self, topic: str) -> list[bytes]:
        return self.listening.bodies(topic)

    def send_down(self, topic: str, body: bytes) -> None:
        self.listening.publish(topic, body)

    def stop_broker(self) -> None:
        self.mosquitto.stop()

    def start_broker(self) -> None:
        self.mosquitto.start()


@pytest.fixture(
    params=[
        "fake",
        pytest.param("5", marks=pytest.mark.broker),
        pytest.param("3.1.1", marks=pytest.mark.broker),
    ]
)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        fake = FakeBroker()
        fake.packet_bytes = 10_000
        fake.refuse = lambda p: "not authorised" if "forbidden" in p.topic else None
        fake.refuse_topic = lambda topic: None if topic == _RECEIPT else "not authorised"
        yield _FakeWorld(fake, FakePublisher(fake))
        return
    broker: Mosquitto = request.getfixturevalue("mosquitto")
    broker.use_access_list(
        "topic readwrite #\n\n"  # whoever gives no name: the test itself
        "user unit\ntopic read alpr/v1/o/s/u/down/receipt\ntopic write alpr/v1/o/s/u/up/#\n"
    )
    broker.use_option("max_packet_size 10000")
    broker.start()
    settings = MqttSettings(
        url=broker.url, username="unit", protocol=request.param, connect_timeout_s=5
    )
    link = MqttLink(settings, client_id="contract")
    with Listening(broker.url) as listening:
        yield _RealWorld(broker, link, listening, request.param == "5")
        link.close()


def test_a_message_is_answered_and_arrives(world: World) -> None:
    world.publisher.connect(_WILL)
    token = world.publisher.publish(Publication(topic=_READ, body=b"one"))
    answer = _answer(world.publisher, token)
    assert answer.refused is None
    assert _eventually(lambda: world.received(_READ) == [b"one"])


def test_messages_arrive_in_the_order_of_publishing(world: World) -> None:
    world.publisher.connect(_WILL)
    bodies = [str(n).encode() for n in range(world.publisher.window)]
    tokens = [world.publisher.publish(Publication(topic=_READ, body=body)) for body in bodies]
    for token in reversed(tokens):
        _answer(world.publisher, token)
    assert _eventually(lambda: world.received(_READ) == bodies)


def test_tokens_of_unanswered_messages_differ(world: World) -> None:
    world.publisher.connect(_WILL)
    window = world.publisher.window
    assert window >= 1
    tokens = {world.publisher.publish(Publication(topic=_READ, body=b"x")) for _ in range(window)}
    assert len(tokens) == window


def test_a_message_at_qos_0_arrives_too(world: World) -> None:
    world.publisher.connect(_WILL)
    world.publisher.publish(Publication(topic=_READ, body=b"health", qos=0))
    world.publisher.settle(0.1)
    assert _eventually(lambda: world.received(_READ) == [b"health"])


def test_a_refusal_is_an_answer_and_not_the_end_of_the_link(world: World) -> None:
    if not world.tells_refusals:
        pytest.skip("MQTT 3.1.1 has no way to say that a message was refused")
    world.publisher.connect(_WILL)
    refused = world.publisher.publish(Publication(topic="alpr/v1/forbidden", body=b"x"))
    told = _answer(world.publisher, refused).refused
    assert told is not None
    assert "not authorised" in told
    fine = world.publisher.publish(Publication(topic=_READ, body=b"y"))
    assert _answer(world.publisher, fine).refused is None


def test_too_large_a_message_is_refused_without_the_link_being_lost(world: World) -> None:
    if not world.tells_refusals:
        pytest.skip("an MQTT 3.1.1 broker does not say how long a packet may be")
    world.publisher.connect(_WILL)
    large = world.publisher.publish(Publication(topic=_READ, body=b"x" * 20_000))
    told = _answer(world.publisher, large).refused
    assert told is not None
    assert "larger" in told
    fine = world.publisher.publish(Publication(topic=_READ, body=b"y"))
    assert _answer(world.publisher, fine).refused is None


def test_publishing_without_a_link_is_an_error(world: World) -> None:
    with pytest.raises(PublishError):
        world.publisher.publish(Publication(topic=_READ, body=b"x"))
    with pytest.raises(PublishError):
        world.publisher.settle(0)


def test_connecting_to_a_broker_that_is_down_is_an_error_and_works_later(world: World) -> None:
    world.stop_broker()
    with pytest.raises(PublishError, match="nothing listens"):
        world.publisher.connect(_WILL)
    world.start_broker()
    world.publisher.connect(_WILL)
    token = world.publisher.publish(Publication(topic=_READ, body=b"x"))
    assert _answer(world.publisher, token).refused is None


def test_what_is_subscribed_to_arrives_once(world: World) -> None:
    world.publisher.connect(_WILL, [_RECEIPT])
    world.send_down(_RECEIPT, b"one")
    world.send_down("alpr/v1/o/s/u/down/cmd", b"not asked for")
    world.send_down(_RECEIPT, b"two")
    came: list[tuple[str, bytes]] = []

    def hear() -> bool:
        world.publisher.settle(0.1)
        came.extend((arrival.topic, arrival.body) for arrival in world.publisher.arrivals())
        return len(came) >= 2

    assert _eventually(hear)
    world.publisher.settle(0.1)
    assert came == [(_RECEIPT, b"one"), (_RECEIPT, b"two")]
    assert world.publisher.arrivals() == []


def test_a_topic_that_is_only_wished_for_does_not_cost_the_link(world: World) -> None:
    world.publisher.connect(_WILL, [_RECEIPT], ["alpr/v1/o/s/u/down/cmd"])
    world.send_down("alpr/v1/o/s/u/down/cmd", b"not allowed")
    world.send_down(_RECEIPT, b"one")
    came: list[bytes] = []

    def hear() -> bool:
        world.publisher.settle(0.1)
        came.extend(arrival.body for arrival in world.publisher.arrivals())
        return bool(came)

    assert _eventually(hear)
    assert came == [b"one"]


def test_a_new_link_subscribes_anew(world: World) -> None:
    world.publisher.connect(_WILL, [_RECEIPT])
    world.publisher.close()
    world.send_down(_RECEIPT, b"while away")
    world.publisher.connect(_WILL, [_RECEIPT])
    world.send_down(_RECEIPT, b"now")
    came: list[bytes] = []

    def hear() -> bool:
        world.publisher.settle(0.1)
        came.extend(arrival.body for arrival in world.publisher.arrivals())
        return bool(came)

    assert _eventually(hear)
    assert came == [b"now"]


def test_a_lost_link_is_told_and_a_new_one_can_be_made(world: World) -> None:
    world.publisher.connect(_WILL)
    world.stop_broker()
    with pytest.raises(PublishError):
        _let_run(world.publisher)
    world.start_broker()
    world.publisher.connect(_WILL)
    token = world.publisher.publish(Publication(topic=_READ, body=b"x"))
    assert _answer(world.publisher, token).refused is None


def test_a_goodbye_keeps_the_will_back(world: World) -> None:
    world.publisher.connect(_WILL)
    token = world.publisher.publish(Publication(topic=_READ, body=b"last"))
    _answer(world.publisher, token)
    world.publisher.close()
    assert _eventually(lambda: world.received(_READ) == [b"last"])
    assert world.received(_WILL.topic) == []


def test_closing_twice_is_fine(world: World) -> None:
    world.publisher.close()
    world.publisher.connect(_WILL)
    world.publisher.close()
    world.publisher.close()


def _let_run(publisher: Publisher, turns: int = 100) -> None:
    for _ in range(turns):
        publisher.settle(0.1)


_kept: list[Answer] = []


def _answer(publisher: Publisher, token: int, timeout_s: float = 10.0) -> Answer:
    """The answer to ``token``; others that come meanwhile are kept."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        for answer in _kept:
            if answer.token == token:
                _kept.remove(answer)
                return answer
        _kept.extend(publisher.settle(0.1))
    raise AssertionError(f"no answer to {token}")


@pytest.fixture(autouse=True)
def _no_old_answers() -> None:
    _kept.clear()


def _eventually(condition: object, timeout_s: float = 10.0) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
