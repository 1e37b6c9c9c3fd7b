"""An authority for tests: signs certificate requests as a broker's operator would."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2045, 1, 1, tzinfo=UTC)


class Authority:
    """One self-signed root."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = named(name)
        builder = _builder(self._name, self._name, BEGIN, END).public_key(self._key.public_key())
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.pem = builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def sign(
        self,
        request: str,
        *,
        name: str | None = None,
        begin: datetime = BEGIN,
        end: datetime = END,
        usage: ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    ) -> bytes:
        """The certificate of a request in PEM, with another name, time or usage if asked for."""
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        subject = asked.subject if name is None else named(name)
        builder = _builder(subject, self._name, begin, end).public_key(asked.public_key())
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
