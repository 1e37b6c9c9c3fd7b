"""Holders for tests: two agencies, a custodian and her days; the keys are always the same ones and guard nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge_alpr.keys.ring import KeyRing, Member
from edge_alpr.keys.sealing import SealKey
from edge_alpr.message.timestamps import to_text
from edge_alpr.seal.envelope import Agency, Epoch
from edge_alpr.seal.epochs import DAY_S, Epochs, day_of
from fakes.keys import a_key

if TYPE_CHECKING:
    from edge_alpr.message.sealed import Content, SealedClass


def a_seal_key(name: str) -> SealKey:
    """The key that belongs to a name."""
    seed = hashlib.sha256(f"edge-alpr test {name}".encode()).digest()
    return SealKey(X25519PrivateKey.from_private_bytes(seed))


POLICE_KEY: Final = a_seal_key("agency/city-police")
SHERIFF_KEY: Final = a_seal_key("agency/sheriff")
COURT_KEY: Final = a_key(b"edge-alpr test key of the court.")
"""Signs the custodian's bundles."""
POLICE: Final = Agency("agency/city-police", POLICE_KEY.public)
SHERIFF: Final = Agency("agency/sheriff", SHERIFF_KEY.public)
COURT: Final = "custodian/court"
HOLDERS: Final = KeyRing([Member(POLICE.name, POLICE.key), Member(COURT, COURT_KEY.public)])
BEGIN_S: Final = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


def epoch_key(day: str) -> SealKey:
    """The custodian's private key of a day."""
    return a_seal_key(f"{COURT} {day}")


def an_epoch(utc_s: float = BEGIN_S, retain_days: float = 21.0) -> Epoch:
    day = day_of(utc_s)
    start_s = utc_s - utc_s % DAY_S
    return Epoch(day, epoch_key(day).public, start_s + retain_days * DAY_S)


def some_epochs(days: int = 35, *, begin_s: float = BEGIN_S, retain_days: float = 21.0) -> Epochs:
    return Epochs(COURT, (an_epoch(begin_s + n * DAY_S, retain_days) for n in range(days)))


def a_header(
    class_: SealedClass = "window", content: Content = "event", seq: int = 1, **changes: Any
) -> dict[str, Any]:
    """The header of a sealed message of unit o/s/u, in the order of its fields."""
    window = class_ == "window"
    return {
        "schema": "plate.sealed/1.0",
        "org": "o",
        "site": "s",
        "unit": "u",
        "camera": "cam0",
        "class": class_,
        "content": content,
        "boot": "00c0ffee",
        "seq": seq,
        "epoch": day_of(BEGIN_S) if window else None,
        "custodian": COURT if window else None,
        "recipients": [{"name": POLICE.name, "key": POLICE.key.kid}],
        "policy_sha256": f"sha256:{'5' * 64}",
        "delete_after": to_text(BEGIN_S + 21 * DAY_S),
        "suite": "hpke-x25519-hkdf-sha256-aes128gcm",
        "test": False,
        **changes,
    }
