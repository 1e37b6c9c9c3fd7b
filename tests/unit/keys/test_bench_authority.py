"""Certificates for a bench: a real TLS stack lets the right ones in, and only to the right end."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.bench_authority import DAYS, BenchAuthority

if TYPE_CHECKING:
    from pathlib import Path

NOW_S = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


class _End:
    """One end of a handshake in memory."""

    def __init__(self, context: ssl.SSLContext, *, server: bool, host: str | None = None) -> None:
        self.inbox, self.outbox = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.inbox, self.outbox, server_side=server, server_hostname=host
        )


def _handshake(
    folder: Path, ca: bytes, broker: tuple[bytes, bytes], unit: tuple[bytes, bytes]
) -> str:
    """The common name that the broker sees. The certificates' time is not looked at: the clock is the machine's."""
    (folder / "ca.pem").write_bytes(ca)
    contexts = []
    for name, pair, purpose in (
        ("broker", broker, ssl.Purpose.CLIENT_AUTH),
        ("unit", unit, ssl.Purpose.SERVER_AUTH),
    ):
        (folder / f"{name}.pem").write_bytes(b"".join(pair))
        context = ssl.create_default_context(purpose, cafile=folder / "ca.pem")
        context.load_cert_chain(folder / f"{name}.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        contexts.append(context)
    server = _End(contexts[0], server=True)
    client = _End(contexts[1], server=False, host="broker.example")
    for _ in range(4):
        for here, there in ((client, server), (server, client)):
            with suppress(ssl.SSLWantReadError):
                here.tls.do_handshake()
            there.inbox.write(here.outbox.read())
    peer = server.tls.getpeercert()
    assert peer is not None
    subject = dict(pair[0] for pair in peer["subject"])  # type: ignore[misc]
    return str(subject["commonName"])


def test_broker_and_unit_believe_each_other(tmp_path: Path) -> None:
    authority = BenchAuthority(datetime.now(UTC).timestamp())  # noqa: TID251 - OpenSSL asks the real clock
    broker = authority.issue_server(["broker.example", "192.0.2.1"])
    unit = authority.issue_client("bench/fleet/unit-0001")
    assert _handshake(tmp_path, authority.pem, broker, unit) == "bench/fleet/unit-0001"


def test_another_authority_s_unit_is_not_let_in(tmp_path: Path) -> None:
    now_s = datetime.now(UTC).timestamp()  # noqa: TID251 - OpenSSL asks the real clock
    ours, other = BenchAuthority(now_s), BenchAuthority(now_s)
    broker = ours.issue_server(["broker.example"])
    with pytest.raises(ssl.SSLError):
        _handshake(tmp_path, ours.pem, broker, other.issue_client("bench/fleet/unit-0001"))


def test_a_unit_cannot_play_the_broker(tmp_path: Path) -> None:
    authority = BenchAuthority(datetime.now(UTC).timestamp())  # noqa: TID251 - OpenSSL asks the real clock
    unit = authority.issue_client("broker.example")
    with pytest.raises(ssl.SSLError):
        _handshake(tmp_path, authority.pem, unit, unit)


def test_they_end_after_a_month() -> None:
    certificate, _ = BenchAuthority(NOW_S).issue_client("x/y/z")
    ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
    assert 0 < DAYS - (ends.timestamp() - NOW_S) / 86400 < 1


@pytest.mark.parametrize("name", ["", "n" * 65])
def test_a_name_that_no_certificate_can_hold_is_refused(name: str) -> None:
    with pytest.raises(KeyFileError, match="1 to 64"):
        BenchAuthority(NOW_S).issue_client(name)
