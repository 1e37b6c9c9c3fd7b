"""Makes the tags by which the custodian finds the reads of one plate without learning any plate.

A tag is HMAC-SHA256 of the plate's text under a key that only the unit and one agency can compute: the X25519 secret of
the unit's sealing key and the agency's, by HKDF for that unit and UTC day. Nothing is handed out for it. The tag lies
within the outer layer, so a broker or a thief never sees one; and the custodian, who sees them, has no key to try
plates with. The agency asks by naming tags, and gets the inner envelopes that carry them.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_alpr.keys.sealing import SealKey, SealPublic


def index_key(own: SealKey, other: SealPublic, unit: str, day: str) -> bytes:
    """The key of one unit (``org/site/unit``) and UTC day (``2026-11-24``).

    ``own`` and ``other`` are the unit's and the agency's, in whichever order: both get the same.
    """
    return own.shared_secret(other, info=f"edge-alpr index 1 {unit} {day}".encode())


def tag_of(plate: str, key: bytes) -> str:
    """64 hex digits for a text of letters and digits, exactly as it was read."""
    return hmac.digest(key, plate.encode("ascii"), "sha256").hex()
