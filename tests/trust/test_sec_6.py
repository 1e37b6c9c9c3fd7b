"""SEC-6: at a broker set up by `edge-alpr broker-config`, no unit reads or writes what is another's: 0 of 20 tries."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from edge_alpr.errors import PublishError
from edge_alpr.fleet.papers import COLLECTOR, Papers, prepare
from edge_alpr.link.address import Broker
from edge_alpr.link.publication import Publication
from edge_alpr.link.session import Session
from edge_alpr.link.terms import SessionOptions
from edge_alpr.message.topics import ROOT, UnitAddress
from fixtures.eventually import eventually
from fixtures.made_broker import MadeBroker
from fixtures.mosquitto import find_mosquitto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_alpr.link.terms import Arrival
    from fixtures.soak import Publish

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
]

MINE, OTHER, NEAR = (UnitAddress("city", "north", f"unit-{n}") for n in (1, 2, 11))
"""``unit-11`` begins as ``unit-1`` does: a broker that compared beginnings would mistake one for the other."""
THEIRS = f"{ROOT}/{OTHER}"

WRITES = (
    f"{THEIRS}/up/read/cam0",
    f"{THEIRS}/up/alert/cam0",
    f"{THEIRS}/up/status",
    f"{THEIRS}/up/health",
    f"{THEIRS}/down/receipt",
    f"{THEIRS}/down/hotlist",
    f"{THEIRS}/down/policy",
    f"{THEIRS}/down/cmd",
    f"{ROOT}/{MINE}/down/receipt",
    f"{ROOT}/{NEAR}/up/read/cam0",
)
"""What unit-1 tries to say. Its own ``down`` is not its own to write."""
READS = (
    "#",
    f"{ROOT}/#",
    f"{ROOT}/+/+/+/up/#",
    f"{ROOT}/city/+/+/up/read/+",
    f"{THEIRS}/#",
    f"{THEIRS}/up/read/cam0",
    f"{THEIRS}/down/#",
    f"{ROOT}/city/north/+/down/receipt",
    f"$share/g/{ROOT}/+/+/+/up/#",
    f"{ROOT}/{NEAR}/up/#",
)
"""What unit-1 tries to hear. A filter that also covers its own topics may be granted: what counts is what it hears."""


class Heard:
    """Notes the broker's answers and what it sends."""

    def __init__(self) -> None:
        self.answers: list[bool] = []
        self.topics: list[str] = []

    def published(self, _mid: int, _reason: str, *, failed: bool) -> None:
        self.answers.append(not failed)

    def received(self, arrival: Arrival) -> None:
        self.topics.append(arrival.topic)


class Client:
    """Somebody at the broker while inside ``with``, by the name in its certificate."""

    def __init__(self, broker: MadeBroker, papers: Papers, name: str, suffix: str = "") -> None:
        cert, key = papers.certificate(name)
        at = Broker.at(broker.url, ca_file=papers.ca_file, cert_file=cert, key_file=key)
        self.heard = Heard()
        # MQTT 5 tells a refused publication; nothing here may hang on the broker's silence.
        self.session = Session(
            at, SessionOptions(client_id=name.replace("/", "-") + suffix, protocol="5"), self.heard
        )
        self.session.open()

    def may_say(self, topic: str) -> bool:
        self.heard.answers.clear()
        self.session.publish(Publication(topic=topic, body=b"{}"))
        assert eventually(lambda: self._turn() or bool(self.heard.answers))
        return self.heard.answers == [True]

    def hears(self, until: str) -> list[str]:
        """The topics of what comes, up to and without ``until``."""
        assert eventually(lambda: self._turn() or until in self.heard.topics)
        return [topic for topic in self.heard.topics if topic != until]

    def _turn(self) -> bool:
        self.session.turn(0.05)
        return False


class Site:
    """A broker with a collector and two units that speak, and unit-1, which listens where it should not."""

    def __init__(self, broker: MadeBroker, papers: Papers) -> None:
        self.broker, self.papers = broker, papers
        broker.start()
        self.centre = Client(broker, papers, COLLECTOR)
        self.others = [Client(broker, papers, str(other)) for other in (OTHER, NEAR)]
        self.mine = Client(broker, papers, str(MINE))

    def close(self) -> None:
        for client in (self.centre, self.mine, *self.others):
            client.session.close()
        self.broker.end()

    def overhears(self, topics: str) -> bool:
        """Whether unit-1 hears anything of unit-2 or unit-11 when it asks for ``topics``."""
        spy = Client(self.broker, self.papers, str(MINE), "-spy")
        end = f"{ROOT}/{MINE}/down/receipt"
        with suppress(PublishError):  # refused outright, which is as good
            spy.session.subscribe(topics)
        spy.session.subscribe(end)
        for victim, speaker in zip((OTHER, NEAR), self.others, strict=True):
            assert speaker.may_say(f"{ROOT}/{victim}/up/read/cam0")
        # Its own receipt is sent last, so that whatever comes before it has come.
        for victim in (OTHER, NEAR, MINE):
            assert self.centre.may_say(f"{ROOT}/{victim}/down/receipt")
        heard = [topic for topic in spy.hears(end) if not topic.startswith(f"{ROOT}/{MINE}/")]
        spy.session.close()
        return heard != []


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers") / "made"
    return prepare(folder, [MINE, OTHER, NEAR], ["localhost"], time.time())


@pytest.fixture(scope="module")
def site(papers: Papers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(MadeBroker(tmp_path_factory.mktemp("site") / "broker", papers, COLLECTOR), papers)
    yield made
    made.close()


def test_no_unit_writes_or_reads_what_is_anothers(site: Site, publish: Publish) -> None:
    written = [topic for topic in WRITES if site.mine.may_say(topic)]
    read = [topics for topics in READS if site.overhears(topics)]
    publish(
        "SEC-6",
        "another unit's topics",
        publish_tries=len(WRITES),
        published=len(written),
        subscribe_tries=len(READS),
        overheard=len(read),
    )
    assert len(WRITES) + len(READS) == 20
    assert written == []
    assert read == []


def test_control_each_says_and_hears_what_is_its_own(site: Site, publish: Publish) -> None:
    own = f"{ROOT}/{MINE}"
    site.mine.session.subscribe(f"{own}/down/#")
    site.centre.session.subscribe(f"{ROOT}/+/+/+/up/#")
    assert site.mine.may_say(f"{own}/up/read/cam0")
    assert site.centre.hears(f"{own}/up/read/cam0") == []
    assert site.centre.may_say(f"{own}/down/receipt")
    assert site.mine.hears(f"{own}/down/receipt") == []
    publish("SEC-6", "control: its own topics", published=1, heard_by_collector=1, receipts=1)


def test_control_a_broker_without_the_access_list_lets_all_of_it_through(
    papers: Papers, tmp_path: Path, publish: Publish
) -> None:
    broker = MadeBroker(tmp_path / "open", papers, COLLECTOR)
    config = broker.folder / "mosquitto.conf"
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("acl_file")) + "\n")
    site = Site(broker, papers)
    written = [topic for topic in WRITES if site.mine.may_say(topic)]
    read = [topics for topics in READS if site.overhears(topics)]
    site.close()
    publish("SEC-6", "control: no access list", published=len(written), overheard=len(read))
    assert len(written) == len(WRITES)
    assert len(read) == len(READS)
