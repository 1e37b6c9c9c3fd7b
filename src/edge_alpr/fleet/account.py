"""Holds what one simulated unit made, and what it knows of its fate."""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAccount:
    """Made when the unit has ended. Goes from a process to the one that started it."""

    unit: str
    """``org/site/unit``."""
    boot: str
    made_s: array[float]
    """UTC seconds at which each read was made, by its number less one."""
    confirmed_after_s: array[float]
    """Seconds from making to confirmation, of those that were confirmed."""
    unconfirmed: tuple[int, ...]
    """Numbers of the others."""
    sent: int
    """How often a read was handed to the broker."""
    shed: int
    """Reads for which the unit had no room."""
    expired: int
    connects: int
    counts: dict[str, int]
    """What the uplink counted, by name."""
    trouble: str
    """The last thing that went wrong with the link, in words; empty if nothing did."""
    died: bool
    """Whether a bug ended the unit: a unit that is only cut off goes on."""

    @property
    def made(self) -> int:
        return len(self.made_s)

    @property
    def confirmed(self) -> int:
        return len(self.confirmed_after_s)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a process is, told every second."""

    units: int
    connected: int
    """Units that have been connected at least once."""
    made: int
    confirmed: int
    links_lost: int
    trouble: str
    """Of one unit that never was connected."""
