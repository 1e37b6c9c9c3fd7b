"""Locks bytes for a journey: with a passphrase, or to somebody's sealing key, so that who finds them has nothing.

The contents are AES-256-GCM with a fresh key of 32 bytes. With a passphrase that key is scrypt's (RFC 7914, n 2^16,
r 8, p 1: 64 MiB and about a second on a small board); otherwise it is drawn and sealed (`keys.sealing`). The first line
says which of both, and is bound to the ciphertext. All of it is held in memory.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.sealing import OVERHEAD, SealKey, SealPublic

LEAST_PASSPHRASE: Final = 12
_BY_PASSPHRASE: Final = b"edge-alpr locked 1 scrypt\n"
_BY_KEY: Final = b"edge-alpr locked 1 sealed\n"
_SALT: Final = 16
_NONCE: Final = 12
_KEY: Final = 32
_TAG: Final = 16


def lock(content: bytes, to: str | SealPublic) -> bytes:
    """``content`` for who knows the passphrase, or holds the private key.

    Raises:
        KeyFileError: the passphrase is too short.
    """
    if isinstance(to, str):
        head, salt = _BY_PASSPHRASE, os.urandom(_SALT)
        key, how = _stretched(to, salt), salt
    else:
        head, key = _BY_KEY, os.urandom(_KEY)
        how = to.seal(key, info=head)
    nonce = os.urandom(_NONCE)
    return head + how + nonce + AESGCM(key).encrypt(nonce, content, head + how)


def wants_passphrase(locked: bytes) -> bool:
    """Whether it is locked with one.

    Raises:
        MessageError: it is nothing that was locked by us.
    """
    if locked.startswith(_BY_PASSPHRASE):
        return True
    if locked.startswith(_BY_KEY):
        return False
    raise MessageError("not a file that edge-alpr has locked")


def unlock(locked: bytes, by: str | SealKey) -> bytes:
    """What was locked.

    Raises:
        MessageError: it is of another kind, does not open with that, or was changed.
        KeyFileError: the passphrase is too short to be the one.
    """
    if wants_passphrase(locked) != isinstance(by, str):
        raise MessageError("locked in the other way: with a passphrase, or to a key")
    head = _BY_PASSPHRASE if isinstance(by, str) else _BY_KEY
    end = len(head) + (_SALT if isinstance(by, str) else _KEY + OVERHEAD)
    if len(locked) < end + _NONCE + _TAG:
        raise MessageError("cut short")
    how, nonce = locked[len(head) : end], locked[end : end + _NONCE]
    key = _stretched(by, how) if isinstance(by, str) else by.open(how, info=head)
    try:
        return AESGCM(key).decrypt(nonce, locked[end + _NONCE :], head + how)
    except InvalidTag:
        raise MessageError("does not open: another passphrase, or changed since") from None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    if len(passphrase) < LEAST_PASSPHRASE:
        raise KeyFileError(f"a passphrase has at least {LEAST_PASSPHRASE} characters")
    return Scrypt(salt, _KEY, n=1 << 16, r=8, p=1).derive(passphrase.encode())
