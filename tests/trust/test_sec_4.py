"""SEC-4: a unit connects to none of eight brokers that are each wrong in one thing, and to the one that is right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge_alpr.errors import PublishError
from edge_alpr.link.publication import Publication
from edge_alpr.uplink.mqtt import MqttLink, MqttSettings
from fixtures.bad_tls import DAY, NOW, Authority, TlsBroker, certify, let_in, weak_key, write

if TYPE_CHECKING:
    from fixtures.soak import Publish

# paho leaves the socket of a failed handshake to be closed by its deallocation.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")

WILL = Publication(topic="alpr/v1/o/s/u/up/status", body=b"gone", retain=True)
FAULTS = {
    "self-signed": "certificate is refused",
    "wrong name": "not made out to 'localhost'",
    "expired": "renew it",
    "TLS 1.1": "TLS",
    "weak key": "certificate is refused",
    "wrong authority": "certificate is refused",
    "asks for a client certificate": "client certificate",
    "revoked": "has taken it back",
}
"""Each fault, and what the unit says to the technician."""


@dataclass(frozen=True, slots=True)
class Case:
    """A broker and what the unit believes."""

    broker: TlsBroker
    ca_file: Path
    old: bool = False
    client: Path | None = None
    """What would have been the right client certificate."""


def make(fault: str, folder: Path) -> Case:
    """A broker that is wrong in ``fault`` and in nothing else; ``none`` is right."""
    ours, theirs = Authority("ours"), Authority("theirs")
    key = weak_key() if fault == "weak key" else ec.generate_private_key(ec.SECP256R1())
    issuer = theirs if fault == "wrong authority" else ours
    certificate = certify(
        "broker",
        key,
        issuer.name,
        issuer.key,
        host="elsewhere.example" if fault == "wrong name" else "localhost",
        end=NOW - DAY if fault == "expired" else NOW + 30 * DAY,
    )
    if fault == "self-signed":
        certificate = certify("broker", key, "broker", key)
    ca_file = folder / "ca.pem"
    believed = ours.certificate.public_bytes(Encoding.PEM)
    ca_file.write_bytes(believed + ours.crl(*([certificate] if fault == "revoked" else [])))
    broker_file = write(folder / "broker.pem", certificate, key)
    client = None
    if fault == "asks for a client certificate":
        client = write(folder / "unit.pem", certify("o/s/u", key, "ours", ours.key), key)
    broker = TlsBroker(
        broker_file, old=fault == "TLS 1.1", clients=ca_file if client is not None else None
    )
    return Case(broker, ca_file, fault == "TLS 1.1", client)


def refused(case: Case, cert_file: Path | None = None) -> str:
    """What the real client says of the broker; empty if it connects."""
    settings = MqttSettings(
        url=case.broker.url, ca_file=case.ca_file, cert_file=cert_file, protocol="5"
    )
    link = MqttLink(settings, client_id="sec-4")
    try:
        link.connect(WILL)
    except PublishError as error:
        return str(error)
    finally:
        link.close()
    return ""


def test_none_of_eight_bad_brokers_gets_a_connection(tmp_path: Path, publish: Publish) -> None:
    said: dict[str, str] = {}
    greeted = careless = 0
    for fault in FAULTS:
        folder = tmp_path / fault.replace(" ", "-")
        folder.mkdir()
        case = make(fault, folder)
        with case.broker as broker:
            said[fault] = refused(case)
            greeted += broker.greeted
            # The control: a client that checks nothing is let in, so the fault is what stops ours.
            careless += let_in(broker, case.client, old=case.old)
    connected = [fault for fault, words in said.items() if not words]
    publish(
        "SEC-4",
        "bad brokers",
        brokers=len(FAULTS),
        connections=len(connected),
        connects_heard_by_them=greeted,
        connections_of_a_careless_client=careless,
    )
    assert connected == []
    assert greeted == 0, "a CONNECT, with the unit's name in it, reached a broker that is not ours"
    assert careless == len(FAULTS)
    for fault, words in FAULTS.items():
        assert words in said[fault], (fault, said[fault])


def test_control_the_right_broker_is_connected_to(tmp_path: Path, publish: Publish) -> None:
    case = make("none", tmp_path)
    with case.broker as broker:
        assert refused(case) == ""
        assert broker.greeted == 1
    publish("SEC-4", "control: the right broker", brokers=1, connections=1)


def test_control_the_unit_that_shows_its_certificate_is_let_in(tmp_path: Path) -> None:
    case = make("asks for a client certificate", tmp_path)
    assert case.client is not None
    with case.broker as broker:
        assert refused(case, case.client) == ""
        assert broker.greeted == 1


def test_control_without_a_revocation_list_a_revoked_broker_is_believed(tmp_path: Path) -> None:
    """What an authority says by its list is known only to who was given it."""
    case = make("revoked", tmp_path)
    text = case.ca_file.read_text(encoding="utf-8")
    case.ca_file.write_text(text[: text.index("-----BEGIN X509 CRL")], encoding="utf-8")
    with case.broker:
        assert refused(case) == ""
