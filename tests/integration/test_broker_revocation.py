"""How a unit is taken out at mosquitto, as docs/fleet.md says: a line of the access list, in force after a SIGHUP."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.fleet.papers import COLLECTOR, Papers, prepare
from edge_alpr.link.address import Broker
from edge_alpr.link.publication import Publication
from edge_alpr.link.session import Session
from edge_alpr.link.terms import SessionOptions
from edge_alpr.message.topics import UnitAddress
from fixtures.eventually import eventually
from fixtures.made_broker import MadeBroker
from fixtures.mosquitto import find_mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.link.terms import Arrival

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]

STOLEN, HONEST = (UnitAddress("bench", "fleet", f"unit-{n}") for n in (1, 2))


class Answers:
    def __init__(self) -> None:
        self.taken: list[bool] = []

    def published(self, _mid: int, _reason: str, *, failed: bool) -> None:
        self.taken.append(not failed)

    def received(self, _arrival: Arrival) -> None: ...


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MadeBroker]:
    papers = prepare(tmp_path / "papers", [STOLEN, HONEST], ["localhost"], time.time())
    made = MadeBroker(tmp_path / "broker", papers, COLLECTOR)
    made.start()
    yield made
    made.end(signal.SIGKILL)


def _may_publish(broker: MadeBroker, address: UnitAddress) -> bool:
    papers = Papers(broker.folder.parent / "papers")
    cert, key = papers.certificate(str(address))
    answers = Answers()
    at = Broker.at(broker.url, ca_file=papers.ca_file, cert_file=cert, key_file=key)
    session = Session(at, SessionOptions(client_id=str(address).replace("/", "-")), answers)
    try:
        session.open()
        session.publish(Publication(topic=address.up("read", "cam0"), body=b"{}"))
        while not answers.taken:
            session.turn(0.2)
    except PublishError:
        return False
    session.close()
    return answers.taken == [True]


def test_a_line_of_the_access_list_takes_a_unit_out_and_nobody_else(broker: MadeBroker) -> None:
    assert _may_publish(broker, STOLEN)
    assert _may_publish(broker, HONEST)
    with (broker.folder / "acl").open("a", encoding="utf-8") as acl:
        acl.write(f"\nuser {STOLEN}\ntopic deny #\n")
    broker.tell(signal.SIGHUP)
    assert eventually(lambda: not _may_publish(broker, STOLEN))
    assert _may_publish(broker, HONEST)
