"""Says to whom a unit seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSettings:
    """Who can open what the policy wants sealed. The unit itself can not. See docs/sealing.md."""

    recipients: Path | None = None
    """Folder or file with the keys of the agencies, and of the custodian who signs epochs (edge-alpr keys enroll)."""
    epochs: Path | None = None
    """File of the custodian's keys of the days (edge-alpr keys epochs issue). It is read again as days run out."""
