"""What is locked opens with the right passphrase or key, and with nothing else; a changed bit is noticed."""

from __future__ import annotations

import pytest

from edge_alpr.errors import KeyFileError, MessageError
from edge_alpr.keys.locked import lock, unlock, wants_passphrase
from edge_alpr.keys.sealing import SealKey

PHRASE = "a made-up passphrase"
CONTENT = b"keys and reads" * 100


def test_by_passphrase() -> None:
    locked = lock(CONTENT, PHRASE)
    assert wants_passphrase(locked)
    assert CONTENT[:14] not in locked
    assert unlock(locked, PHRASE) == CONTENT
    assert lock(CONTENT, PHRASE) != locked
    with pytest.raises(MessageError):
        unlock(locked, f"{PHRASE}.")
    with pytest.raises(MessageError, match="other way"):
        unlock(locked, SealKey.generate())
    with pytest.raises(KeyFileError):
        lock(CONTENT, "short")


def test_by_key() -> None:
    key = SealKey.generate()
    locked = lock(CONTENT, key.public)
    assert not wants_passphrase(locked)
    assert unlock(locked, key) == CONTENT
    with pytest.raises(MessageError):
        unlock(locked, SealKey.generate())


def test_every_changed_part_and_every_cut_is_noticed() -> None:
    key = SealKey.generate()
    locked = lock(b"x", key.public)
    for place in range(len(locked)):
        changed = bytearray(locked)
        changed[place] ^= 1
        with pytest.raises(MessageError):
            unlock(bytes(changed), key)
        with pytest.raises(MessageError):
            unlock(locked[:place], key)
