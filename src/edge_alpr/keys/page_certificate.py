"""Makes a certificate of its own for one sitting at a page in the local network, and tells its fingerprint.

Nobody vouches for it: the technician compares the fingerprint that the terminal shows with the browser's.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from edge_alpr.keys.files import write_new


@dataclass(frozen=True, slots=True)
class PageCertificate:
    """Where it lies, and what identifies it."""

    cert_file: Path
    key_file: Path
    fingerprint: str
    """SHA-256 in hexadecimal, in pairs."""


def make_page_certificate(
    folder: Path, address: str, now_s: float, minutes: float
) -> PageCertificate:
    """A certificate for an IP address, valid for ``minutes`` (and an hour before, as clocks differ).

    Raises:
        KeyFileError: the folder cannot be written.
        ValueError: ``address`` is no IP address.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edge-alpr aim")])
    now = datetime.fromtimestamp(now_s, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(minutes=minutes + 60))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .sign(key, SHA256())
    )
    made = PageCertificate(
        folder / "page.pem",
        folder / "page.key",
        certificate.fingerprint(SHA256()).hex(":").upper(),
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_new(made.key_file, pem, 0o600)
    write_new(made.cert_file, certificate.public_bytes(Encoding.PEM), 0o644)
    return made
