"""Says where a unit's audit logs lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """What the unit writes down about itself for whoever checks it. It cannot be turned off. See docs/audit.md."""

    dir: Path | None = None
    """Folder of the logs, on the card. Leave it out for the folder "audit" beside the spool."""
