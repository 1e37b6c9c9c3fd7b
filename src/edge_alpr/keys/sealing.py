"""Holds the X25519 key that things are sealed to, so that only the holder of its private half can open them.

Sealing is HPKE (RFC 9180), base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, one message a sealing:
32 bytes of encapsulated key, then the ciphertext with its 16-byte tag. What must not be changed beside the secret goes
into ``info``: the implementation takes no other bound data. Base mode says nothing about who sealed; a signature does.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.encoding import from_text, to_text
from edge_alpr.keys.files import read_private, write_new

if TYPE_CHECKING:
    from pathlib import Path

    from edge_alpr.keys.pair import KeyPair

SUITE_NAME: Final = "hpke-x25519-hkdf-sha256-aes128gcm"
"""How messages name what they are sealed by."""
SEAL_PREFIX: Final = "x25519:"
KEY_BYTES: Final = 32
OVERHEAD: Final = 48
"""Bytes that sealing adds."""
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_PROBE: Final = X25519PrivateKey.generate()
_OF_UNIT: Final = "edge-alpr unit sealing key 1"


class SealPublic:
    """What everybody may know, and may seal to. Equal if the key is."""

    def __init__(self, raw: bytes) -> None:
        """``raw``: the 32 bytes of RFC 7748.

        Raises:
            ValueError: not a key that anything can be sealed to.
        """
        self._raw = raw
        self._key = X25519PublicKey.from_public_bytes(raw)
        # A point of small order has the same secret with every key; the exchange refuses it.
        _PROBE.exchange(self._key)
        self.kid = hashlib.sha256(raw).hexdigest()[:16]
        """Names the key: 16 hex digits."""

    @classmethod
    def parse(cls, text: str) -> SealPublic:
        """The inverse of ``str(key)``.

        Raises:
            KeyFileError: not a public key in our form, or one that nothing can be sealed to.
        """
        try:
            return cls(from_text(text, KEY_BYTES, SEAL_PREFIX))
        except ValueError as error:
            raise KeyFileError(
                f"not a key to seal to: {error}; expected x25519:... as `edge-alpr keys show` prints it"
            ) from None

    def seal(self, plaintext: bytes, *, info: bytes) -> bytes:
        """`OVERHEAD` bytes more than ``plaintext``; opens only with the same ``info``."""
        return _SUITE.encrypt(plaintext, self._key, info)

    def __str__(self) -> str:
        return to_text(self._raw, SEAL_PREFIX)

    def __repr__(self) -> str:
        return f"SealPublic({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealPublic) and self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)


class SealKey:
    """A private key that opens what is sealed to its public one. Never printed, never copied."""

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.public = SealPublic(private.public_key().public_bytes_raw())
        self.kid = self.public.kid

    @classmethod
    def generate(cls) -> SealKey:
        """A new key from the system's random source."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def of_unit(cls, key: KeyPair) -> SealKey:
        """The key that a unit is sent sealed things with, such as hotlists: it follows from the key that it signs with.

        So a unit has one key file. The 32 bytes are HKDF-SHA256 (RFC 5869) of the Ed25519 seed without salt, its info
        ``edge-alpr unit sealing key 1``: neither key tells anything of the other, and who has the file has both.
        """
        return cls(X25519PrivateKey.from_private_bytes(key.derive(_OF_UNIT)))

    @classmethod
    def load(cls, path: Path) -> SealKey:
        """The key in a PEM file (PKCS #8, not encrypted).

        Raises:
            KeyFileError: missing, open to others, or not such a key.
        """
        content = read_private(path)
        try:
            private = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyFileError(f"{path}: not an unencrypted private key in PEM") from None
        if not isinstance(private, X25519PrivateKey):
            raise KeyFileError(f"{path}: a private key of another kind; X25519 is needed")
        return cls(private)

    def save(self, path: Path) -> None:
        """Write the key for its owner only (mode 0600).

        Raises:
            KeyFileError: the file is there already, or cannot be written.
        """
        pem = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_new(path, pem, 0o600)

    def open(self, sealed: bytes, *, info: bytes) -> bytes:
        """What was sealed to this key together with this ``info``.

        Raises:
            MessageError: it was sealed to another key, with another ``info``, or was changed since. Which of the
                three, nobody can tell.
        """
        try:
            return _SUITE.decrypt(sealed, self._private, info)
        except (InvalidTag, ValueError):
            raise MessageError(
                f"sealed: does not open with key {self.kid}: sealed to another, or changed since"
            ) from None

    def shared_secret(self, other: SealPublic, *, info: bytes) -> bytes:
        """32 bytes that only the holders of this key and of ``other`` can compute (X25519, then HKDF-SHA256)."""
        exchanged = self._private.exchange(other._key)  # noqa: SLF001 - the two halves of one thing
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(exchanged)

    def __repr__(self) -> str:
        return f"SealKey(kid={self.kid!r})"
