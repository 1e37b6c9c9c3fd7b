"""Three RabbitMQ nodes with the configuration we write: rights of each, a fleet, a dead node, and the known limits."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.fleet.papers import COLLECTOR, prepare
from edge_alpr.link.address import Broker
from edge_alpr.link.publication import Publication
from edge_alpr.link.session import Session
from edge_alpr.link.terms import SessionOptions
from edge_alpr.message.topics import UP_FILTER, UnitAddress
from fixtures.rabbitmq import RabbitCluster, rabbitmq_home
from fixtures.running import RunningCollector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.fleet.papers import Papers
    from edge_alpr.link.terms import Arrival
    from fixtures.rabbitmq import RabbitNode

__all__ = ["rabbitmq_home"]  # the fixture

pytestmark = [pytest.mark.rabbitmq, pytest.mark.timeout(900)]

ADDRESSES = [UnitAddress("bench", "fleet", f"unit-{n:04d}") for n in (1, 2, 3, 4)]
ONE, TWO = ADDRESSES[:2]
RECEIPT = "receipt"


class Heard:
    def __init__(self) -> None:
        self.answers: list[bool] = []
        self.topics: list[str] = []

    def published(self, _mid: int, _reason: str, *, failed: bool) -> None:
        self.answers.append(not failed)

    def received(self, arrival: Arrival) -> None:
        self.topics.append(arrival.topic)


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return prepare(tmp_path / "papers", ADDRESSES, ["localhost"], time.time())


@pytest.fixture
def cluster(rabbitmq_home: Path, papers: Papers) -> Iterator[RabbitCluster]:
    made = RabbitCluster(rabbitmq_home, papers)
    try:
        made.start()
        yield made
    finally:
        made.end()


def _open(node: RabbitNode, papers: Papers, name: str) -> tuple[Session, Heard]:
    cert, key = papers.certificate(name)
    broker = Broker.at(node.url, ca_file=papers.ca_file, cert_file=cert, key_file=key)
    heard = Heard()
    session = Session(broker, SessionOptions(client_id=name.replace("/", "-")), heard)
    session.open()
    return session, heard


def _may_publish(node: RabbitNode, papers: Papers, who: str, topic: str) -> bool:
    session, heard = _open(node, papers, who)
    try:
        session.publish(Publication(topic=topic, body=b"{}"))
        while not heard.answers:
            session.turn(0.2)
    except PublishError:  # RabbitMQ ends the connection
        return False
    session.close()
    return heard.answers == [True]


def _may_subscribe(node: RabbitNode, papers: Papers, who: str, topic_filter: str) -> bool:
    session, _ = _open(node, papers, who)
    try:
        session.subscribe(topic_filter)
    except PublishError:
        return False
    session.close()
    return True


def _retained(node: RabbitNode, papers: Papers, topic_filter: str) -> list[str]:
    session, heard = _open(node, papers, COLLECTOR)
    session.subscribe(topic_filter)
    deadline = time.monotonic() + 3
    while not heard.topics and time.monotonic() < deadline:
        session.turn(0.2)
    session.close()
    return heard.topics


def test_rights_a_fleet_over_a_dead_node_and_the_limits(
    cluster: RabbitCluster, papers: Papers, tmp_path: Path
) -> None:
    """One test, as three nodes take a minute to start."""
    first, second, third = cluster.nodes
    running = json.loads(first.ask("cluster_status", "--formatter=json"))["running_nodes"]
    assert sorted(running) == ["one@localhost", "three@localhost", "two@localhost"]

    # Each writes and reads where it may.
    assert _may_publish(first, papers, str(ONE), ONE.up("read", "cam0"))
    assert not _may_publish(first, papers, str(ONE), TWO.up("read", "cam0"))
    assert not _may_publish(first, papers, str(ONE), ONE.down(RECEIPT))
    assert _may_publish(first, papers, COLLECTOR, ONE.down(RECEIPT))
    assert not _may_publish(first, papers, COLLECTOR, ONE.down("policy"))
    assert not _may_publish(first, papers, COLLECTOR, ONE.up("read", "cam0"))
    assert _may_subscribe(second, papers, str(ONE), ONE.down(RECEIPT))
    assert not _may_subscribe(second, papers, str(ONE), TWO.down(RECEIPT))
    assert not _may_subscribe(second, papers, str(ONE), UP_FILTER)
    assert _may_subscribe(second, papers, COLLECTOR, UP_FILTER)

    # What docs/fleet.md says that it does not do. Should one of these fail one day, say so there.
    assert not _may_subscribe(second, papers, COLLECTOR, f"$share/centre/{UP_FILTER}")
    session, heard = _open(first, papers, str(ONE))
    session.publish(Publication(topic=ONE.up("status"), body=b"{}", retain=True))
    while not heard.answers:
        session.turn(0.2)
    session.close()
    assert _retained(first, papers, ONE.up("status")) == [ONE.up("status")]
    assert _retained(first, papers, UP_FILTER) == []
    assert _retained(second, papers, ONE.up("status")) == []

    # A fleet on one node, its collector on another, a third one dies: nothing is lost.
    cert, key = papers.certificate(COLLECTOR)
    store = f"sqlite:{tmp_path / 'plates.db'}"
    options = [f"--ca={papers.ca_file}", f"--cert={cert}", f"--key={key}", "--name=collector"]
    options += [f"--receipt-key={papers.collector_key}", f"--units={papers.units}"]
    with RunningCollector(second.url, store, tmp_path, *options, "--client-id=collector") as centre:
        centre.wait_until_collecting()
        command = [sys.executable, "-m", "edge_alpr", "simulate", f"--broker={first.url}", "--json"]
        command += [f"--papers={papers.folder}", "--units=4", "--rate=2", "--duration=15"]
        run = subprocess.Popen(
            [*command, f"--store={store}", "--drain=120"], stdout=subprocess.PIPE, text=True
        )
        time.sleep(12)
        third.kill()
        out, _ = run.communicate(timeout=400)
    told = json.loads(out)
    assert run.returncode == 0, told
    assert (told["unconfirmed"], told["store"]["lost"], told["store"]["doubled"]) == (0, 0, 0)

    # A unit whose user is deleted is out.
    first.ask("delete_user", str(ONE))
    with suppress(PublishError):
        assert not _may_publish(first, papers, str(ONE), ONE.up("read", "cam0"))
    assert _may_publish(first, papers, str(TWO), TWO.up("read", "cam0"))
