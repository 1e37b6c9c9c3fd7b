"""Mutual TLS with a certificate that was asked for and imported: a real mosquitto takes the unit's name from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge_alpr.keys.certificate import import_certificate, make_request
from edge_alpr.link.publication import Publication
from edge_alpr.ops.clock import SystemClock
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from fakes.authority import Authority
from fixtures.mosquitto import Mosquitto, mosquitto

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mosquitto"]  # the fixture

pytestmark = pytest.mark.broker

NAME = "o/s/u"
OWN, OTHER = "alpr/v1/o/s/u/up/read/cam0", "alpr/v1/o/s/v/up/read/cam0"


class Desk:
    """A unit's papers, and a broker that believes the authority they come from."""

    def __init__(self, broker: Mosquitto, folder: Path) -> None:
        self.authority = Authority()
        self.folder = folder
        broker.use_tls(require_certificate=True)
        # One line for all units: the common name is the middle of their topics.
        broker.use_access_list("pattern write alpr/v1/%u/up/#\n")
        believed = broker.papers.ca_file
        mine = folder / "broker-ca.pem"
        mine.write_bytes(believed.read_bytes())
        with believed.open("ab") as more:
            more.write(self.authority.pem)
        broker.start()
        self.settings = MqttSettings(
            url=broker.url,
            ca_file=mine,
            cert_file=folder / "tls.pem",
            key_file=folder / "tls.key",
        )

    def get_certificate(self, *, new_key: bool = False) -> None:
        key_file, cert_file = self.folder / "tls.key", self.folder / "tls.pem"
        pem = self.authority.sign(make_request(key_file, NAME, new_key=new_key))
        now_s = SystemClock().now().utc_s
        import_certificate(pem, key_file=key_file, cert_file=cert_file, name=NAME, now_s=now_s)

    def answers(self, link: MqttLink) -> tuple[str | None, str | None]:
        """What the broker says to a message on the unit's own topic, and on another's."""
        tokens = [link.publish(Publication(topic=topic, body=b"x")) for topic in (OWN, OTHER)]
        refused: dict[int, str | None] = {}
        for _ in range(100):
            refused |= {answer.token: answer.refused for answer in link.settle(0.1)}
            if refused.keys() >= set(tokens):
                break
        return refused[tokens[0]], refused[tokens[1]]


def test_an_imported_certificate_gets_in_and_opens_the_units_own_topics_only(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    desk = Desk(mosquitto, tmp_path)
    desk.get_certificate()
    link = MqttLink(desk.settings, client_id="u")
    link.connect(Publication(topic=OWN, body=b"gone"))
    own, other = desk.answers(link)
    assert own is None
    assert "not authorised" in (other or "")
    link.close()


def test_a_new_key_and_certificate_serve_from_the_next_connection(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """No restart: the files are read at each connect."""
    desk = Desk(mosquitto, tmp_path)
    desk.get_certificate()
    link = MqttLink(desk.settings, client_id="u")
    before = (tmp_path / "tls.key").read_bytes()
    for _ in range(2):
        link.connect(Publication(topic=OWN, body=b"gone"))
        assert desk.answers(link)[0] is None
        link.close()
        desk.get_certificate(new_key=True)
    assert (tmp_path / "tls.key").read_bytes() != before
