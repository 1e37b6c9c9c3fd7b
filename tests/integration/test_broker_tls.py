"""TLS against a real mosquitto: the right papers get in, every wrong one is named in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.link.publication import Publication
from edge_alpr.message.codec import encode
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from fakes.events import an_event
from fakes.feed import MemoryFeed
from fixtures.mosquitto import Mosquitto, Papers, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = [
    pytest.mark.broker,
    # paho leaves the socket of a failed handshake to be closed by its deallocation.
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
]

_WILL = Publication(topic="alpr/v1/o/s/u/up/status", body=b"gone", retain=True)


def _refused(settings: MqttSettings) -> str:
    with pytest.raises(PublishError) as refused:
        MqttLink(settings, client_id="tls").connect(_WILL)
    return str(refused.value)


@pytest.fixture
def strict(mosquitto: Mosquitto) -> Mosquitto:
    """Wants a certificate from everybody, and takes the user name from it."""
    mosquitto.use_tls(require_certificate=True)
    mosquitto.use_access_list("pattern write alpr/v1/o/s/%u/up/#\n")
    mosquitto.start()
    return mosquitto


def test_the_units_own_certificate_gets_in_and_allows_its_own_topics_only(
    strict: Mosquitto,
) -> None:
    cert, key = strict.papers.issue("u.example", common_name="u")
    settings = MqttSettings(
        url=strict.url, ca_file=strict.papers.ca_file, cert_file=cert, key_file=key
    )
    link = MqttLink(settings, client_id="tls")
    link.connect(_WILL)
    own = link.publish(Publication(topic="alpr/v1/o/s/u/up/read/cam0", body=b"x"))
    other = link.publish(Publication(topic="alpr/v1/o/s/v/up/read/cam0", body=b"x"))
    refused: dict[int, str | None] = {}
    for _ in range(100):
        refused |= {answer.token: answer.refused for answer in link.settle(0.1)}
        if {own, other} <= refused.keys():
            break
    assert refused[own] is None
    assert "not authorised" in (refused[other] or "")
    link.close()


@pytest.mark.parametrize("protocol", ["auto", "5", "3.1.1"])
def test_no_certificate(strict: Mosquitto, protocol: str) -> None:
    told = _refused(
        MqttSettings(url=strict.url, ca_file=strict.papers.ca_file, protocol=protocol)  # type: ignore[arg-type]
    )
    assert "cert_file" in told, told


def test_a_certificate_of_another_authority(strict: Mosquitto, tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    cert, key = Papers(others).issue("u.example", common_name="u")
    told = _refused(
        MqttSettings(url=strict.url, ca_file=strict.papers.ca_file, cert_file=cert, key_file=key)
    )
    assert "client certificate" in told, told


def test_a_broker_of_another_authority(strict: Mosquitto, tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    told = _refused(MqttSettings(url=strict.url, ca_file=Papers(others).ca_file))
    assert "the broker's certificate is refused" in told, told
    assert "ca_file" in told


def test_a_broker_whose_certificate_is_made_out_to_another(mosquitto: Mosquitto) -> None:
    mosquitto.use_tls()
    mosquitto.start()
    url = mosquitto.url.replace("localhost", "127.0.0.2")
    told = _refused(MqttSettings(url=url, ca_file=mosquitto.papers.ca_file, connect_timeout_s=5))
    # mosquitto listens on 127.0.0.1 only; where 127.0.0.2 is not answered that is what must be told.
    assert "not made out to '127.0.0.2'" in told or "nothing listens" in told, told


def test_a_broker_that_the_system_does_not_trust(mosquitto: Mosquitto) -> None:
    mosquitto.use_tls()
    mosquitto.start()
    told = _refused(MqttSettings(url=mosquitto.url))
    assert "an authority that the system trusts" in told, told


def test_tls_to_a_port_without_it(mosquitto: Mosquitto) -> None:
    mosquitto.start()
    told = _refused(MqttSettings(url=mosquitto.url.replace("mqtt:", "mqtts:")))
    assert "TLS" in told, told


def test_no_tls_to_a_port_with_it(mosquitto: Mosquitto) -> None:
    mosquitto.use_tls()
    mosquitto.start()
    told = _refused(MqttSettings(url=mosquitto.url.replace("mqtts:", "mqtt:")))
    assert "hung up" in told, told
    assert "mqtts://" in told


def test_a_collector_shows_its_papers_too(strict: Mosquitto, tmp_path: Path) -> None:
    """The whole way over TLS, each side with a certificate of its own and no more rights than it needs."""
    strict.use_access_list(
        "pattern write alpr/v1/o/s/%u/up/#\nuser centre\ntopic read alpr/v1/+/+/+/up/#\n"
    )
    strict.restart()
    ca = strict.papers.ca_file
    cert, key = strict.papers.issue("centre.example", common_name="centre")
    papers = (f"--ca={ca}", f"--cert={cert}", f"--key={key}")
    unit_cert, unit_key = strict.papers.issue("u.example", common_name="u")
    settings = MqttSettings(url=strict.url, ca_file=ca, cert_file=unit_cert, key_file=unit_key)
    feed = MemoryFeed()
    for seq in (1, 2, 3):
        feed.add(encode(an_event(seq)))
    with RunningCollector(strict.url, "-", tmp_path, "--count=3", *papers) as collector:
        collector.wait_until_collecting()
        with RunningUplink(feed, settings):
            status, out = collector.wait()
    assert status == 0, collector.log
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [1, 2, 3]
