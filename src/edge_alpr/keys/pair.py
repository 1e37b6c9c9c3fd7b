"""Holds the Ed25519 key of a unit or a collector: generate, load, save, sign, verify."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_alpr.errors import KeyFileError
from edge_alpr.keys.encoding import from_text, to_text
from edge_alpr.keys.files import read_private, write_new

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


class PublicKey:
    """What everybody may know. Equal if the key is."""

    def __init__(self, raw: bytes) -> None:
        """``raw``: the 32 bytes of RFC 8032."""
        self._raw = raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.kid = hashlib.sha256(raw).hexdigest()[:16]
        """Names the key: 16 hex digits."""

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """The inverse of ``str(key)``.

        Raises:
            KeyFileError: not a public key in our form.
        """
        try:
            return cls(from_text(text, KEY_BYTES))
        except ValueError as error:
            raise KeyFileError(
                f"not a public key: {error}; expected ed25519:... as `edge-alpr keys show` prints it"
            ) from None

    def verify(self, data: bytes, signature: str) -> bool:
        """Whether ``signature``, as `KeyPair.sign` writes it, is this key's over ``data``."""
        try:
            self._key.verify(from_text(signature, SIGNATURE_BYTES), data)
        except (ValueError, InvalidSignature):
            return False
        return True

    def __str__(self) -> str:
        return to_text(self._raw)

    def __repr__(self) -> str:
        return f"PublicKey({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)


class KeyPair:
    """A private key with its public one. Never printed, never copied."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(private.public_key().public_bytes_raw())
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> KeyPair:
        """A new key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> KeyPair:
        """The key in a PEM file (PKCS #8, not encrypted: a unit has nobody who could type a password).

        Raises:
            KeyFileError: missing, open to others, or not such a key.
        """
        content = read_private(path)
        try:
            private = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyFileError(f"{path}: not an unencrypted private key in PEM") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise KeyFileError(f"{path}: a private key of another kind; Ed25519 is needed")
        return cls(private)

    def save(self, path: Path) -> None:
        """Write the key for its owner only (mode 0600).

        Raises:
            KeyFileError: the file is there already, or cannot be written.
        """
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_new(path, pem, 0o600)

    def sign(self, data: bytes) -> str:
        """The signature over ``data``: ``ed25519:`` and 64 bytes in base64url. The same data give the same text."""
        return to_text(self._private.sign(data))

    def derive(self, purpose: str) -> bytes:
        """32 secret bytes for another purpose: HKDF-SHA256 of the seed, which they tell nothing of."""
        hkdf = HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode())
        return hkdf.derive(self._private.private_bytes_raw())

    def __repr__(self) -> str:
        return f"KeyPair(kid={self.kid!r})"
