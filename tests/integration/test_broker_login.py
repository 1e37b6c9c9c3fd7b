"""Names, passwords and access lists of a real mosquitto: refusals are errors in words, and lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.link.publication import Publication
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from fakes.feed import MemoryFeed
from fixtures.eventually import eventually
from fixtures.listener import Listening
from fixtures.mosquitto import Mosquitto, mosquitto
from fixtures.running import RunningCollector, RunningUplink

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker

_WILL = Publication(topic="alpr/v1/o/s/u/up/status", body=b"gone", retain=True)


def _password(folder: Path, text: str) -> Path:
    path = folder / "password"
    path.write_text(text + "\n")
    return path


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_wrong_password_is_named_as_that(
    mosquitto: Mosquitto, tmp_path: Path, protocol: str
) -> None:
    mosquitto.use_password("unit", "right")
    mosquitto.start()
    for word, fine in (("right", True), ("wrong", False)):
        settings = MqttSettings(
            url=mosquitto.url,
            username="unit",
            password_file=_password(tmp_path, word),
            protocol=protocol,  # type: ignore[arg-type]
        )
        link = MqttLink(settings, client_id="login")
        if fine:
            link.connect(_WILL)
            link.close()
            continue
        with pytest.raises(PublishError) as refused:
            link.connect(_WILL)
        told = str(refused.value)
        assert "password" in told
        assert "'unit'" in told
        assert word not in told.replace("wrong user name", "")


def test_no_login_where_one_is_asked_for(mosquitto: Mosquitto) -> None:
    mosquitto.use_password("unit", "right")
    mosquitto.start()
    with pytest.raises(PublishError, match="authorised"):
        MqttLink(MqttSettings(url=mosquitto.url), client_id="login").connect(_WILL)


def test_a_message_refused_by_the_access_list_stays_and_is_told(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    """MQTT 5 says so in the PUBACK; when the list is mended the message goes."""
    mosquitto.use_access_list("topic read #\ntopic write alpr/v1/o/s/u/up/status\n")
    mosquitto.start()
    feed = MemoryFeed()
    feed.add(b"one")
    with RunningUplink(feed, MqttSettings(url=mosquitto.url)) as uplink:
        assert eventually(lambda: uplink.counts["uplink.refused"] >= 3)
        assert len(feed.rows) == 1
        assert "not authorised" in caplog.text
        mosquitto.use_access_list("topic readwrite #\n")
        mosquitto.restart()
        with Listening(mosquitto.url) as listening:
            assert eventually(lambda: feed.rows == [])
            assert eventually(lambda: listening.bodies("alpr/v1/o/s/u/up/read/cam0") == [b"one"])


def test_a_collector_with_a_wrong_password_says_so(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.use_password("collector", "right")
    mosquitto.start()
    with RunningCollector(
        mosquitto.url,
        "-",
        tmp_path,
        "--username=collector",
        f"--password-file={_password(tmp_path, 'wrong')}",
        "--idle-exit=3",
        "--count=1",
    ) as collector:
        status, out = collector.wait()
    assert status == 70
    assert out == b""
    assert "password" in collector.log
    assert "Traceback" not in collector.log


def test_two_clients_of_one_name_are_asked_about_though_mosquitto_does_not_say_so(
    mosquitto: Mosquitto,
) -> None:
    """2.0.11 hangs up on the first one without a word; a single cut is no reason to ask."""
    mosquitto.start()
    links = [MqttLink(MqttSettings(url=mosquitto.url), client_id="same") for _ in range(2)]
    told = []
    for _ in range(3):
        for link in links:
            link.connect(_WILL)
        with pytest.raises(PublishError) as lost:
            _settle(links[0])
        told.append(str(lost.value))
    links[1].close()
    assert "same name" in told[-1]
    assert "same name" not in told[0] or "taken over" in told[0], "one cut may be chance"


def _settle(link: MqttLink) -> None:
    for _ in range(100):
        link.settle(0.1)
