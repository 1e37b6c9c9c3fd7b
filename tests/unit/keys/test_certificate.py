"""Certificates of mutual TLS: asked for, checked before they are taken, exchanged without a gap."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.certificate import (
    Imported,
    import_certificate,
    make_request,
    next_key_file,
)
from edge_alpr.keys.files import write_new
from fakes.authority import Authority, named
from fakes.keys import UNIT_KEY

if TYPE_CHECKING:
    from pathlib import Path

NAME = "o/s/u"
NOW_S = datetime(2026, 11, 24, tzinfo=UTC).timestamp()


class Desk:
    """A unit's files of TLS in a folder, and an authority to go to."""

    def __init__(self, folder: Path) -> None:
        self.key_file = folder / "tls.key"
        self.cert_file = folder / "tls.pem"
        self.authority = Authority()

    def take(self, pem: bytes, name: str = NAME) -> Imported:
        files = {"key_file": self.key_file, "cert_file": self.cert_file}
        return import_certificate(pem, **files, name=name, now_s=NOW_S)

    def load(self) -> None:
        """As the link does; fails if key and certificate do not belong together."""
        ssl.create_default_context().load_cert_chain(self.cert_file, self.key_file)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_request_names_the_unit_and_makes_a_key_for_its_owner_only(desk: Desk) -> None:
    request = x509.load_pem_x509_csr(make_request(desk.key_file, NAME).encode())
    assert request.subject == named(NAME)
    assert request.is_signature_valid
    assert desk.key_file.stat().st_mode & 0o777 == 0o600


def test_asking_again_uses_the_same_key(desk: Desk) -> None:
    make_request(desk.key_file, NAME)
    before = desk.key_file.read_bytes()
    make_request(desk.key_file, NAME)
    assert desk.key_file.read_bytes() == before


def test_a_certificate_that_fits_is_taken_with_its_chain(desk: Desk) -> None:
    pem = desk.authority.sign(make_request(desk.key_file, NAME))
    taken = desk.take(pem + desk.authority.pem)
    desk.load()
    assert desk.cert_file.read_bytes() == pem + desk.authority.pem
    assert taken.issuer == "CN=test authority"
    assert taken.not_after.year == 2045


def test_a_new_key_waits_and_the_old_one_serves_until_its_certificate_comes(desk: Desk) -> None:
    desk.take(desk.authority.sign(make_request(desk.key_file, NAME)))
    old = desk.key_file.read_bytes()
    request = make_request(desk.key_file, NAME, new_key=True)
    assert desk.key_file.read_bytes() == old
    desk.load()
    desk.take(desk.authority.sign(request))
    desk.load()
    assert desk.key_file.read_bytes() != old
    assert desk.key_file.stat().st_mode & 0o777 == 0o600
    assert not next_key_file(desk.key_file).exists()


def test_renewal_for_the_old_key_is_still_taken_while_a_new_one_waits(desk: Desk) -> None:
    first = make_request(desk.key_file, NAME)
    make_request(desk.key_file, NAME, new_key=True)
    desk.take(desk.authority.sign(first))
    desk.load()
    assert next_key_file(desk.key_file).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "o/s/v"}, "made out to .*o/s/v.*, not to 'o/s/u'"),
        ({"name": "o/s/u2"}, "made out to .*, not to 'o/s/u'"),
        ({"end": datetime(2026, 11, 23, tzinfo=UTC)}, "ended on 2026-11-23"),
        ({"begin": datetime(2026, 11, 25, tzinfo=UTC)}, "begins on 2026-11-25.*clock"),
        ({"usage": ExtendedKeyUsageOID.SERVER_AUTH}, "not for client authentication"),
    ],
)
def test_a_certificate_that_does_not_fit_changes_nothing(
    desk: Desk, change: dict[str, object], words: str
) -> None:
    request = make_request(desk.key_file, NAME)
    desk.take(desk.authority.sign(request))
    before = desk.cert_file.read_bytes(), desk.key_file.read_bytes()
    with pytest.raises(KeyFileError, match=words):
        desk.take(desk.authority.sign(request, **change))  # type: ignore[arg-type]
    assert (desk.cert_file.read_bytes(), desk.key_file.read_bytes()) == before


def test_a_certificate_without_a_usage_is_for_any(desk: Desk) -> None:
    desk.take(desk.authority.sign(make_request(desk.key_file, NAME), usage=None))
    desk.load()


def test_a_certificate_of_another_key_is_refused(desk: Desk, tmp_path: Path) -> None:
    make_request(desk.key_file, NAME)
    other = make_request(tmp_path / "other.key", NAME)
    with pytest.raises(KeyFileError, match="belongs to another key"):
        desk.take(desk.authority.sign(other))
    assert not desk.cert_file.exists()


def test_a_chain_in_the_wrong_order_is_refused(desk: Desk) -> None:
    pem = desk.authority.sign(make_request(desk.key_file, NAME))
    with pytest.raises(KeyFileError, match="signed by the next"):
        desk.take(desk.authority.pem + pem)


def test_a_chain_with_a_strange_authority_is_refused(desk: Desk) -> None:
    """Of the same name, so that only the signature tells."""
    pem = desk.authority.sign(make_request(desk.key_file, NAME))
    with pytest.raises(KeyFileError, match="not signed by the next"):
        desk.take(pem + Authority().pem)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused(desk: Desk, content: bytes) -> None:
    make_request(desk.key_file, NAME)
    with pytest.raises(KeyFileError, match="not certificates in PEM"):
        desk.take(content)


def test_a_key_that_others_can_read_is_not_asked_for(desk: Desk) -> None:
    make_request(desk.key_file, NAME)
    desk.key_file.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        make_request(desk.key_file, NAME)


def test_the_key_that_signs_messages_is_none_for_tls(desk: Desk) -> None:
    UNIT_KEY.save(desk.key_file)
    with pytest.raises(KeyFileError, match="not a key for TLS"):
        make_request(desk.key_file, NAME)


def test_a_damaged_key_is_refused_by_name(desk: Desk) -> None:
    write_new(desk.key_file, b"hello", 0o600)
    with pytest.raises(KeyFileError, match=r"tls\.key: not an unencrypted private key"):
        make_request(desk.key_file, NAME)


def test_a_name_that_no_certificate_can_hold_is_refused(desk: Desk) -> None:
    with pytest.raises(KeyFileError, match="has 65"):
        make_request(desk.key_file, "u" * 65)
    assert not desk.key_file.exists()
