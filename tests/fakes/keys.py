"""Keys for tests, always the same ones. They guard nothing."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_alpr.keys.pair import KeyPair
from edge_alpr.keys.ring import KeyRing, Member


def a_key(seed: bytes = b"edge-alpr test key, not a secret") -> KeyPair:
    """The key of a 32-byte seed."""
    return KeyPair(Ed25519PrivateKey.from_private_bytes(seed))


UNIT_KEY: Final = a_key()
"""Enrolled in `RING` for unit o/s/u, whose events `fakes.events` makes."""
COLLECTOR_KEY: Final = a_key(bytes(range(32)))
"""Enrolled in `RING` for collector central."""
STRANGER_KEY: Final = a_key(bytes(32))
"""Enrolled nowhere."""
RING: Final = KeyRing([Member("o/s/u", UNIT_KEY.public), Member("central", COLLECTOR_KEY.public)])
