"""Defines `plate.read/1.0`: one vehicle pass as told to the outside, a promise that changes only with its version.

Unknown is None (JSON null) and never a default. Probabilities are 0..1. Coordinates are 0..1 of the frame's width and
height, the frame's size in pixels beside them. Times are RFC 3339, UTC, with milliseconds (`message.timestamps`).

Two identities: ``id`` names the *pass*, (``unit``, ``boot``, ``seq``) names the *message*. A consumer drops messages
that it has seen, then writes by ``id``: a later phase replaces an earlier one. What is known only at the moment of
sending (time of sending, replay, backlog) is not in here but in MQTT properties, so that the body never changes.

The annotations are the rules: `message.schema` turns them into a JSON Schema and into the validation of `decode`.
A new field is a minor version, everything else is a major one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Le, MaxLen
from pydantic import ConfigDict, Field, FiniteFloat, StringConstraints, with_config

from edge_alpr.message.fields import (
    Boot,
    Character,
    Count,
    Digest,
    Label,
    Name,
    PassId,
    PlateString,
    Point,
    Positive,
    Proof,
    Ratio,
    Timestamp,
)

SCHEMA: Final = "plate.read/1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """How good the unit's clock was when the event was made."""

    source: Literal["none", "rtc", "ntp", "ptp", "gnss"]
    """What the clock was last set by; none if only by the memory of the last shutdown."""
    synced: bool
    """Whether the system clock was being held to that source."""
    error_ms: Positive | None
    """Greatest error that the source admits."""
    age_s: Positive | None
    """Seconds since the clock last heard from its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTime:
    """When it happened, by the unit's clock."""

    captured: Timestamp
    """Exposure of the frame that `PlateText` is best seen in."""
    first_seen: Timestamp
    last_seen: Timestamp
    monotonic_s: Positive
    """``captured`` on a clock that never jumps and starts anew each boot; a later `clock` message corrects by it."""
    clock: ClockState


@dataclass(frozen=True, slots=True, kw_only=True)
class CharGuess:
    """One thing that a character may be."""

    c: Character
    p: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class CharEvidence:
    """One character as the pixels gave it, before any syntax was considered."""

    c: Character
    p: Ratio
    alt: Annotated[tuple[CharGuess, ...], MaxLen(5)]
    """Other readings worth naming, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another whole text."""

    text: PlateString = field(repr=False)
    confidence: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where the plate is from."""

    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    """ISO 3166-1 alpha-2."""
    subdivision: Annotated[str, StringConstraints(pattern="^[A-Z]{2}-[0-9A-Z]{1,3}$")] | None
    """ISO 3166-2."""
    confidence: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """Whether the text fits a known pattern."""

    pack: Label
    match: bool


# What may come into the words of an error or a log does not show a plate (docs/adr/0009).
@dataclass(frozen=True, slots=True, kw_only=True)
class PlateText:
    """What the plate says."""

    text: PlateString = field(repr=False)
    """Letters and digits only."""
    shown: Annotated[str, StringConstraints(min_length=1, max_length=24)] | None = field(repr=False)
    """As printed on the plate, with its spaces and dashes."""
    confidence: Ratio
    """How likely ``text`` is right as a whole."""
    chars: Annotated[tuple[CharEvidence, ...], MaxLen(12)] = field(repr=False)
    alternatives: Annotated[tuple[Alternative, ...], MaxLen(10)]
    ambiguous: bool
    """Whether an alternative is too close to be ruled out. An ambiguous read is never an alert."""
    region: Region | None
    syntax: Syntax | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEvidence:
    """What the text rests on."""

    frames: Count
    """In how many frames the plate was found."""
    read: Count
    """How many of them were read."""
    agree: Count
    """How many of those gave exactly the text."""
    detection_score: Ratio
    sharpness: Positive | None
    """Of the best crop: variance of its Laplacian over its own variance."""
    plate_px: Positive
    """Width of the plate in the best frame."""
    stroke_px: Positive | None
    blur_px: Positive | None
    glare: Ratio | None
    ir: bool | None
    """Whether infrared light was used."""
    exposure_us: Positive | None
    gain: Positive | None
    lens_dioptre: Positive | None
    """Where a lens with a motor was set to: 0.1 is 10 m away."""
    box: tuple[Ratio, Ratio, Ratio, Ratio]
    """x1, y1, x2, y2."""
    quad: tuple[Point, Point, Point, Point]
    """Corners of the plate: top-left, top-right, bottom-right, bottom-left."""
    frame: tuple[Count, Count]
    """Width and height of the frame in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """What carries the plate."""

    type: Label | None
    type_confidence: Ratio | None
    colour: Label | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How the vehicle moved."""

    direction: Literal["approaching", "receding", "left", "right"] | None
    """As the camera sees it."""
    direction_confidence: Ratio | None
    bearing_deg: Annotated[FiniteFloat, Ge(0), Le(360)] | None
    """Compass bearing it moved to; null unless the camera's own is configured."""
    speed_mps: Positive | None
    """Null unless the road was measured."""
    stationary: bool | None
    """Whether it stood still when this was told."""
    dwell_s: Positive
    """From first to last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An entry of a hotlist that the text matches."""

    list: Label
    list_version: Label
    entry: Label
    """Names the entry without saying its plate."""
    class_: Annotated[Literal["exact", "confusable", "edit"], Field(alias="class")]
    """Equal; equal but for characters that look alike; or one edit away."""
    reason: Annotated[str, StringConstraints(max_length=200)] | None
    confidence: Ratio
    needs_human: bool
    """A person must compare picture and plate before anything is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """A picture sent on a topic of its own."""

    kind: Label
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    bytes: Count
    topic: Annotated[str, StringConstraints(max_length=300)]
    """Below the unit's ``up/``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStamp:
    """The rule that let this event leave the unit."""

    profile: Label
    purpose: Label | None
    delete_after: Timestamp | None
    """Everybody who holds the event deletes it then."""
    sha256: Digest | None
    """Of the policy as its authority signed it, or of the built-in rules. The site may have made them tighter."""
    confirm_by: Timestamp | None
    """A hit that no named person has confirmed by then is deleted like any other plate; null without such an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What made the read."""

    software: Label
    detector: Digest | None
    reader: Digest | None
    config: Digest | None


@with_config(ConfigDict(use_attribute_docstrings=True))
@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEvent:
    """One vehicle pass."""

    schema: Annotated[str, StringConstraints(pattern=r"^plate\.read/1\.[0-9]{1,4}$")]
    """`SCHEMA`, or a later minor version of it."""
    id: PassId
    """UUIDv7 that names the pass."""
    phase: Literal["provisional", "final", "correction"]
    corrects: PassId | None
    """The pass that a correction replaces."""
    org: Name
    site: Name
    unit: Name
    camera: Name
    lane: Label | None
    presence: Literal["passed", "arrived", "departed"] | None
    """It drove through; it came to stand in view; it stood and is gone. One that stands gives two finals of one id,
    arrived and then departed. Null while it is only provisional."""
    boot: Boot
    """Drawn at each start of the unit."""
    seq: Annotated[int, Ge(1), Le(2**53 - 1)]
    """Counts the messages of a boot from 1; a gap is a message that was lost or is still on its way."""
    time: EventTime
    plate: PlateText
    read: ReadEvidence
    vehicle: Vehicle | None
    motion: Motion | None
    hits: Annotated[tuple[Hit, ...], MaxLen(50)]
    images: Annotated[tuple[ImageRef, ...], MaxLen(4)]
    policy: PolicyStamp
    engine: Engine
    test: bool
    """Not evidence: a bench, a demo or a simulation."""
    proof: Proof | None
    """The unit's signature over everything else; null from a unit that has no key."""
