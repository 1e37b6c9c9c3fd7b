"""This file asks the board how warm it is, whether it is held back or short of power, and how full its card is.

The bits are those of ``vcgencmd get_throttled`` (Raspberry Pi documentation, "OS > vcgencmd"), which the kernel's
firmware driver shows as a file: 0 is undervoltage now, 1 to 3 are held back now, 16 to 19 the same since the start.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

UNDERVOLTAGE: Final = 1 << 0
HELD_BACK: Final = 1 << 1 | 1 << 2 | 1 << 3
"""Frequency capped, throttled, soft temperature limit."""
SINCE_START: Final = 16
"""So many bits to the left: it was so at some time since the start."""
_BITS: Final = "sys/devices/platform/soc/soc:firmware/get_throttled"
_ZONES: Final = "sys/class/thermal"


@dataclass(frozen=True, slots=True)
class BoardState:
    """What was found; None for what this board does not tell."""

    temperature_c: float | None
    """Of its hottest zone."""
    bits: int | None

    @property
    def held_back(self) -> bool:
        """Whether the processor is slowed down just now."""
        return bool((self.bits or 0) & HELD_BACK)

    def described(self) -> dict[str, Any]:
        """For the health report."""
        bits = self.bits
        return {
            "temperature_c": self.temperature_c,
            "held_back": None if bits is None else self.held_back,
            "held_back_since_start": None
            if bits is None
            else bool(bits >> SINCE_START & HELD_BACK),
            "undervoltage": None if bits is None else bool(bits & UNDERVOLTAGE),
            "undervoltage_since_start": None
            if bits is None
            else bool(bits >> SINCE_START & UNDERVOLTAGE),
        }


def board_state(root: Path = Path("/")) -> BoardState:
    """Look now. ``root`` is where the board's ``sys`` is."""
    zones = (_number(path, 10) for path in sorted((root / _ZONES).glob("thermal_zone*/temp")))
    degrees = [zone / 1000 for zone in zones if zone is not None]
    return BoardState(max(degrees, default=None), _number(root / _BITS, 16))


def disk_state(path: Path) -> dict[str, int] | None:
    """Bytes of the file system that holds ``path`` or the nearest folder above it; None if it cannot be asked."""
    there = next((each for each in (path, *path.parents) if each.exists()), Path("/"))
    try:
        facts = os.statvfs(there)
    except OSError:
        return None
    return {
        "bytes": facts.f_frsize * facts.f_blocks,
        "free_bytes": facts.f_frsize * facts.f_bavail,
    }


def _number(path: Path, base: int) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").strip(), base)
    except (OSError, ValueError):
        return None
