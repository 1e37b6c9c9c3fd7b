"""Asks an authority for the certificate of mutual TLS, and takes it if it fits: P-256 key, request, checks, exchange.

The key of TLS is another than the key that signs messages: the half of a unit with the network needs the one and must
not have the other. P-256, since some brokers take no Ed25519 certificates. The name is the common name, as brokers
take the user name of their access lists from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.files import read_private, write_new, write_over

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import (
        PublicKeyTypes,
    )

MAX_NAME: Final = 64
"""Longest common name, RFC 5280 (ub-common-name)."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken, for people."""

    issuer: str
    serial: str
    not_after: datetime


def next_key_file(key_file: Path) -> Path:
    """Where a new key waits for its certificate while the old one is still in use."""
    return key_file.with_name(f"{key_file.name}.next")


def make_request(key_file: Path, name: str, *, new_key: bool = False) -> str:
    """A signing request in PEM (PKCS #10) with ``name`` as its common name, to be taken to an authority.

    The key in ``key_file`` is used, and made if there is none. With ``new_key`` a new one is made beside it, which
    `import_certificate` puts in its place; until then the unit goes on with the old one.

    Raises:
        KeyFileError: a file cannot be used, or the name is too long.
    """
    if not 1 <= len(name) <= MAX_NAME:
        raise KeyFileError(
            f"{name[:200]!r}: a certificate's name has 1 to {MAX_NAME} characters, this has {len(name)}"
        )
    path = next_key_file(key_file) if new_key and key_file.exists() else key_file
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_new(path, pem, 0o600)
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .sign(_load(path), SHA256())
    )
    return request.public_bytes(Encoding.PEM).decode("ascii")


def import_certificate(
    pem: bytes, *, key_file: Path, cert_file: Path, name: str, now_s: float
) -> Imported:
    """Put a certificate, and what of its chain comes with it, into ``cert_file`` if the unit can use it.

    Args:
        pem: the certificate, then those of its authorities, each signed by the next.
        key_file: the key that it must fit, or beside it the one that waits for it and then takes its place.
        cert_file: where it goes; what was there is replaced in one step.
        name: the common name it must have.
        now_s: seconds since 1970 UTC.

    Raises:
        KeyFileError: it does not fit, and nothing was changed.
    """
    chain = _read_chain(pem)
    leaf = chain[0]
    fitting = _fitting_key(leaf, key_file)
    _check(leaf, name, now_s)
    if fitting != key_file:
        write_over(key_file, read_private(fitting), 0o600)
    # A cut between the two leaves a key without its certificate; importing again mends it.
    content = b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    write_over(cert_file, content, 0o644)
    if fitting != key_file:
        fitting.unlink()
    return Imported(
        leaf.issuer.rfc4514_string(), f"{leaf.serial_number:x}", leaf.not_valid_after_utc
    )


def _read_chain(pem: bytes) -> list[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(pem)
        for below, above in pairwise(chain):
            below.verify_directly_issued_by(above)
    except InvalidSignature:
        raise KeyFileError("a certificate of the chain is not signed by the next one") from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"not certificates in PEM, each signed by the next: {error}") from None
    return chain


def _fitting_key(leaf: x509.Certificate, key_file: Path) -> Path:
    """The file of the key that the certificate was made for."""
    waiting = next_key_file(key_file)
    for path in (key_file, waiting):
        if path.exists() and _raw(_load(path).public_key()) == _raw(leaf.public_key()):
            return path
    looked = f"{key_file} and {waiting}" if waiting.exists() else str(key_file)
    raise KeyFileError(f"the certificate belongs to another key than that in {looked}")


def _check(leaf: x509.Certificate, name: str, now_s: float) -> None:
    names = [str(one.value) for one in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [name]:
        raise KeyFileError(f"the certificate is made out to {names}, not to {name!r}")
    now = datetime.fromtimestamp(now_s, UTC)
    if now > leaf.not_valid_after_utc:
        raise KeyFileError(
            f"the certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        )
    if now < leaf.not_valid_before_utc:
        begins = f"{leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        raise KeyFileError(
            f"the certificate begins on {begins}; is the clock right? It says {now:%Y-%m-%d %H:%M}"
        )
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & {*usage}:
        raise KeyFileError("the certificate is not for client authentication (extended key usage)")


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path}: not an unencrypted private key in PEM") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyFileError(
            f"{path}: not a key for TLS as `edge-alpr keys request` makes it (P-256)"
        )
    return key


def _raw(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
