"""Says where a unit's keys lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Whose signature the unit writes, and whose it believes. See docs/keys.md."""

    unit_key: Path | None = None
    """File of the unit's private key (edge-alpr keys init), mode 0600. Without it messages are sent unsigned."""
    collector_keys: Path | None = None
    """Folder or file of the public keys of the collectors whose receipts the unit believes (edge-alpr keys enroll)."""
