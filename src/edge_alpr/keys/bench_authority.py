"""Makes the certificates of a bench: an authority that signs a few and then forgets its own key.

For trials on one's own machines, so that nobody needs a real authority to try TLS with client certificates. The
authority's private key exists in memory only: nobody can sign another one later, neither a thief nor you.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.certificate import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS: Final = 30
"""How long the certificates hold: long enough for a trial, too short to be forgotten in the field."""
_BEFORE: Final = timedelta(hours=1)
"""Clocks of a bench differ."""


class BenchAuthority:
    """One authority and what it issues, all P-256, valid from an hour before ``now_s`` (UTC seconds) for `DAYS`."""

    def __init__(self, now_s: float) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("edge-alpr bench authority")
        self._begin = datetime.fromtimestamp(now_s, UTC) - _BEFORE
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        self.pem = self._sign(builder)
        """The authority's own certificate."""

    def issue_client(self, name: str) -> tuple[bytes, bytes]:
        """Certificate and private key, in PEM, of a client whose user name at the broker is ``name``.

        Raises:
            KeyFileError: the name is too long for a certificate.
        """
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, ())

    def issue_server(self, hosts: Sequence[str]) -> tuple[bytes, bytes]:
        """The same for a broker that is reached under ``hosts``, names or addresses."""
        return self._issue(hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, hosts)

    def _issue(
        self, name: str, usage: x509.ObjectIdentifier, hosts: Sequence[str]
    ) -> tuple[bytes, bytes]:
        if not 1 <= len(name) <= MAX_NAME:
            raise KeyFileError(
                f"{name[:200]!r}: a certificate's name has 1 to {MAX_NAME} characters"
            )
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_named(name), key.public_key())
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_alternative(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self._sign(builder), pem

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._begin)
            .not_valid_after(self._begin + timedelta(days=DAYS))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _sign(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
