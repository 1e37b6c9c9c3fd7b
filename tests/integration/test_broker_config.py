"""The broker that `edge-alpr broker-config` writes: each unit in its corner, the collector everywhere, others out."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from edge_alpr.cli import main
from edge_alpr.errors import PublishError
from edge_alpr.link.address import Broker
from edge_alpr.link.publication import Publication
from edge_alpr.link.session import Session
from edge_alpr.link.terms import SessionOptions
from fixtures.mosquitto import Papers, find_mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.link.terms import Arrival

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]


class Heard:
    """Notes the broker's answers and what it sends."""

    def __init__(self) -> None:
        self.answers: list[bool] = []
        self.topics: list[str] = []

    def published(self, _mid: int, _reason: str, *, failed: bool) -> None:
        self.answers.append(not failed)

    def received(self, arrival: Arrival) -> None:
        self.topics.append(arrival.topic)


class Site:
    """A running broker, and clients of it by their certificate's name."""

    def __init__(self, folder: Path, port: int, papers: Papers) -> None:
        self._folder = folder
        self._port = port
        self._papers = papers

    def open(self, name: str) -> tuple[Session, Heard]:
        heard = Heard()
        cert, key = self._papers.issue("client.example", common_name=name.replace("/", "_"))
        if "/" in name:
            issued = self._papers.authority.issue_cert("client.example", common_name=name)
            cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
            issued.private_key_pem.write_to_path(str(key))
        broker = Broker.at(
            f"mqtts://localhost:{self._port}",
            ca_file=self._papers.ca_file,
            cert_file=cert,
            key_file=key,
        )
        session = Session(broker, SessionOptions(client_id=name.replace("/", "-")), heard)
        session.open()
        return session, heard

    def may_publish(self, name: str, topic: str) -> bool:
        session, heard = self.open(name)
        session.publish(Publication(topic=topic, body=b"{}"))
        deadline = time.monotonic() + 10
        while not heard.answers and time.monotonic() < deadline:
            session.turn(0.1)
        session.close()
        return heard.answers == [True]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("broker") / "made"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["--to", str(folder), "--port", str(port), "--collector", "collector-1"]
    arguments += ["--list-sender", "police"]
    assert main(["broker-config", *arguments]) == 0
    (folder / "data").mkdir()
    papers = Papers(folder)
    cert, key = papers.issue("localhost", "127.0.0.1")
    cert.rename(folder / "broker.pem")
    key.rename(folder / "broker.key")
    assert papers.ca_file.name == "ca.pem"
    config = folder / "mosquitto.conf"
    if os.geteuid() == 0:
        config.write_text(config.read_text() + "user root\n")
    program = find_mosquitto()
    assert program is not None
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([program, "-c", str(config)], stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 10
        while "running" not in log.read_text() and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield Site(folder, port, papers)
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    ("who", "topic", "allowed"),
    [
        ("city/north/unit-1", "alpr/v1/city/north/unit-1/up/read/cam0", True),
        ("city/north/unit-1", "alpr/v1/city/north/unit-2/up/read/cam0", False),
        ("city/north/unit-1", "alpr/v1/city/north/unit-1/down/receipt", False),
        ("city/north/unit-1", "anything", False),
        ("collector-1", "alpr/v1/city/north/unit-1/down/receipt", True),
        ("collector-1", "alpr/v1/city/north/unit-1/down/policy", False),
        ("collector-1", "alpr/v1/city/north/unit-1/up/read/cam0", False),
        ("police", "alpr/v1/city/north/unit-1/down/hotlist", True),
        ("police", "alpr/v1/city/north/unit-1/down/receipt", False),
        ("collector-1", "alpr/v1/city/north/unit-1/down/hotlist", False),
        ("stranger", "alpr/v1/city/north/unit-1/up/read/cam0", False),
    ],
)
def test_each_writes_where_it_may(site: Site, who: str, topic: str, *, allowed: bool) -> None:
    assert site.may_publish(who, topic) is allowed


def test_the_collector_hears_units_and_units_do_not_hear_each_other(site: Site) -> None:
    collector, at_collector = site.open("collector-1")
    collector.subscribe("alpr/v1/+/+/+/up/#")
    other, at_other = site.open("city/north/unit-2")
    for topic in ("alpr/v1/+/+/+/up/#", "alpr/v1/city/north/unit-1/up/#"):
        # A broker may refuse, or let it ask and send nothing: what counts is what it hears.
        with suppress(PublishError):
            other.subscribe(topic)
    assert site.may_publish("city/north/unit-1", "alpr/v1/city/north/unit-1/up/read/cam0")
    deadline = time.monotonic() + 10
    while not at_collector.topics and time.monotonic() < deadline:
        collector.turn(0.1)
    assert at_collector.topics == ["alpr/v1/city/north/unit-1/up/read/cam0"]
    with suppress(PublishError):
        other.turn(0.5)
    assert at_other.topics == []
    collector.close()
    other.close()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["broker-config", "--to", str(tmp_path)]) == 0
    before = (tmp_path / "acl").read_text()
    assert main(["broker-config", "--to", str(tmp_path)]) == 70
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "acl").read_text() == before
    assert (tmp_path / "acl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["a/b", "#", "x+", "", " y"])
def test_a_collector_cannot_be_named_like_a_filter(tmp_path: Path, name: str) -> None:
    assert main(["broker-config", "--to", str(tmp_path / "new"), "--collector", name]) == 70
    assert not (tmp_path / "new").exists()
