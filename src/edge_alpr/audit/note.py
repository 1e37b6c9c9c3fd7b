"""Writes and reads signed notes as C2SP defines them (signed-note, tlog-checkpoint, tlog-cosignature v1).

So a checkpoint of ours can be checked with tools that others wrote, and cosigned by a witness that runs them. A note is
a text, an empty line, and a line for each signature: ``— name base64(key hash, signature)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge_alpr.errors import AuditError
from edge_alpr.keys.encoding import from_text, to_text
from edge_alpr.keys.pair import KEY_BYTES, SIGNATURE_BYTES

if TYPE_CHECKING:
    from edge_alpr.keys.pair import KeyPair, PublicKey

SIGNER: Final = 1
"""Algorithm of who made the note: Ed25519 over its text."""
WITNESS: Final = 4
"""Algorithm of who cosigned it: Ed25519 over a time and the text (cosignature/v1)."""
MOST_BYTES: Final = 64 * 1024
_DASH: Final = "\u2014 "
_HASH: Final = 4
_TIME: Final = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note."""

    name: str
    key_hash: bytes
    rest: bytes
    """The signature, of a witness with the time before it."""

    def line(self) -> str:
        coded = base64.b64encode(self.key_hash + self.rest).decode("ascii")
        return f"{_DASH}{self.name} {coded}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and who signed it; nothing of it is checked until somebody asks."""

    text: str
    """Ends with a line feed."""
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def signed(self, name: str, key: KeyPair) -> Note:
        """With the signature of who made it."""
        raw = _raw_signature(key, self.text)
        return self._with(Signature(name, key_hash(name, key.public, SIGNER), raw))

    def cosigned(self, name: str, key: KeyPair, at_s: int) -> Note:
        """With the signature of a witness at ``at_s`` UTC seconds."""
        raw = at_s.to_bytes(_TIME, "big") + _raw_signature(key, _timed(at_s, self.text))
        return self._with(Signature(name, key_hash(name, key.public, WITNESS), raw))

    def is_signed_by(self, name: str, key: PublicKey) -> bool:
        """Whether who made it signed it with this key."""
        return any(
            _holds(key, self.text, signature.rest) for signature in self._by(name, key, SIGNER)
        )

    def cosigned_at(self, name: str, key: PublicKey) -> int | None:
        """UTC seconds at which a witness cosigned it with this key; None if it did not."""
        for signature in self._by(name, key, WITNESS):
            at_s = int.from_bytes(signature.rest[:_TIME], "big")
            if _holds(key, _timed(at_s, self.text), signature.rest[_TIME:]):
                return at_s
        return None

    def names(self) -> tuple[str, ...]:
        """Who is said to have signed it."""
        return tuple(signature.name for signature in self.signatures)

    def _by(self, name: str, key: PublicKey, algorithm: int) -> list[Signature]:
        wanted = name, key_hash(name, key, algorithm)
        return [each for each in self.signatures if (each.name, each.key_hash) == wanted]

    def _with(self, signature: Signature) -> Note:
        others = tuple(
            each
            for each in self.signatures
            if (each.name, each.key_hash) != (signature.name, signature.key_hash)
        )
        return replace(self, signatures=(*others, signature))


def key_hash(name: str, key: PublicKey, algorithm: int) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + _raw_key(key)).digest()[
        :_HASH
    ]


def verifier_key(name: str, key: PublicKey, algorithm: int = SIGNER) -> str:
    """The key as other tools for notes take it: ``name+hash+base64``."""
    coded = base64.b64encode(bytes([algorithm]) + _raw_key(key)).decode("ascii")
    return f"{name}+{key_hash(name, key, algorithm).hex()}+{coded}"


def read_note(text: str) -> Note:
    """A note, taken apart.

    Raises:
        AuditError: it is none.
    """
    body, empty_line, lines = text.rpartition("\n\n")
    if not empty_line or not body or len(text) > MOST_BYTES or not text.endswith("\n"):
        raise AuditError("not a signed note: a text, an empty line, and lines of signatures")
    return Note(body + "\n", tuple(_read_signature(line) for line in lines.splitlines()))


def _read_signature(line: str) -> Signature:
    name, _, coded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    signature = Signature(name, raw[:_HASH], raw[_HASH:])
    if not line.startswith(_DASH) or not name or not raw[_HASH:] or signature.line() != line + "\n":
        raise AuditError("not a signed note: a line of a signature is damaged")
    return signature


def _timed(at_s: int, text: str) -> str:
    return f"cosignature/v1\ntime {at_s}\n{text}"


def _raw_key(key: PublicKey) -> bytes:
    return from_text(str(key), KEY_BYTES)


def _raw_signature(key: KeyPair, text: str) -> bytes:
    return from_text(key.sign(text.encode()), SIGNATURE_BYTES)


def _holds(key: PublicKey, text: str, raw: bytes) -> bool:
    return key.verify(text.encode(), to_text(raw))
