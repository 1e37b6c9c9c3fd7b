"""Defines how a unit tells of itself: `unit.status/1.0`, `unit.info/1.0` and `unit.health/1.0`. None holds a plate.

These types are the contract; `uplink.health` writes the messages from what the halves know. They are neither numbered
nor signed, and say how things are now. Fields that are not named here may come in any version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, FiniteFloat, StringConstraints, TypeAdapter, with_config

from edge_alpr.message.fields import Count, Name, Positive, Timestamp
from edge_alpr.message.typed import Typed

_TYPE = with_config(ConfigDict(use_attribute_docstrings=True, defer_build=True))

State: TypeAlias = Literal["online", "degraded", "blind", "offline"]


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStatus:
    """Retained, and the unit's last will."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.status/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    state: State
    """It works; it works with something missing; it sees nothing; it is not connected."""
    reason: str | None
    """In words, for a person."""
    since: Timestamp | None
    """Null in the will, which is written before it comes true."""


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class UnitInfo:
    """Retained: what changes only by a restart or an order. What is known only by the camera half is missing while that
    says nothing."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.info/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    software: str
    schemas: tuple[str, ...]
    """What its reads may be."""
    cameras: tuple[Name, ...] | None = None
    policy: dict[str, Any] | None = None
    """Profile, version and hash of the rules in force."""
    hotlist: Any = None
    """Which lists are in force, by version and number of entries; no plate."""
    config: str | None = None
    """Hash of the configuration."""
    key: str | None = None
    """Which key signs."""
    sealed: dict[str, Any] | None = None
    """Whom reads are sealed to; null if they are not."""
    models: dict[str, Any] | None = None
    """Version and hash of each network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From light to the end of the work on a frame, in milliseconds, over the last frames."""

    p50: Positive
    p95: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """From the vehicles that were seen to the events that left, since the start."""

    seen: Count
    read: Count
    agreed: Count
    published: Count
    unread: dict[str, Count]
    """By reason."""
    missed_by_gate: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the board says of itself; null for what this one does not tell."""

    temperature_c: FiniteFloat | None
    held_back: bool | None
    """Whether the firmware slows the processor down."""
    held_back_since_start: bool | None
    undervoltage: bool | None
    undervoltage_since_start: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thermal:
    """How much is done because of heat."""

    step: Count
    """0 is all."""
    of: Count
    """The step at which the least is done."""
    most_fps: Positive | None
    """At most so many frames a second are looked at; null without a bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The file system with the spool."""

    bytes: Count
    free_bytes: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelClock:
    """What the kernel says of its clock."""

    synced: bool
    error_ms: Positive | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRate:
    """Vehicles seen and plates read in the last hour that is over, and in the same hour a week before."""

    hour: Timestamp
    """When it began."""
    seen: Count
    read: Count
    week_ago_seen: Count | None
    """Null if that hour is not known."""
    week_ago_read: Count | None


@_TYPE
@dataclass(frozen=True, slots=True, kw_only=True)
class UnitHealth:
    """Every so often. What only the camera half knows is missing while that says nothing."""

    schema: Annotated[str, StringConstraints(pattern=r"^unit\.health/1\.[0-9]{1,4}$")]
    org: Name
    site: Name
    unit: Name
    at: Timestamp
    state: State
    reason: str | None
    uplink: dict[str, Any]
    """Connects, messages in flight, depth of the spool in messages and bytes, age of the oldest in seconds."""
    uplink_counts: dict[str, Count]
    counts: dict[str, Count] | None = None
    """Counters of the camera half since its start."""
    stage_cpu_ms: dict[str, Positive] | None = None
    latency_ms: Latency | None = None
    funnel: Funnel | None = None
    board: Board | None = None
    thermal: Thermal | None = None
    disk: Disk | None = None
    clock: KernelClock | None = None
    read_rate: ReadRate | None = None
    """Null before an hour is over, and while the clock is not synchronised."""


STATUS: Final = Typed(lambda: TypeAdapter(UnitStatus), "unit.status/1.0")
INFO: Final = Typed(lambda: TypeAdapter(UnitInfo), "unit.info/1.0")
HEALTH: Final = Typed(lambda: TypeAdapter(UnitHealth), "unit.health/1.0")
