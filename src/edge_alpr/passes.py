"""The nouns of a vehicle's pass: what the looks at it say together, how it moved, and what is told of it.

All are frozen. Text in a `Look`, `Vote` or `Sighting` is a licence plate: it may go to the policy stage and nowhere
else, least of all to a log. A `Stay` and an `Unread` hold none, so that they may outlive it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_alpr.plates import ALPHABET, Plate
from edge_alpr.types import CharScores, Detection, Moment, PlateRead

Phase: TypeAlias = Literal["provisional", "final"]
"""An early belief that may still change, and the last word on what the plate says."""

Presence: TypeAlias = Literal["passed", "arrived", "departed"]
"""It drove through; it came to stand in view; it stood in view and is gone."""

Direction: TypeAlias = Literal["approaching", "receding", "left", "right"]
"""Nearer, farther, or across the picture, as the camera sees it."""

UnreadReason: TypeAlias = Literal[
    "too_small", "blocked", "glare", "blurred", "not_a_plate", "disagreement"
]
"""Why a vehicle that was seen was not read; `vision.unread` says how each is told."""


@dataclass(frozen=True, slots=True)
class Travel:
    """How a vehicle moved, from the places of its plate alone."""

    direction: Direction | None = None
    """None if it did not move far enough to tell."""
    direction_confidence: float | None = None
    """0..1: how likely the direction is right, given how much the places tremble."""
    bearing_deg: float | None = None
    """Compass bearing it moved to, 0..360; None unless the camera's own is configured."""
    speed_mps: float | None = None
    """None unless the road was measured."""
    stationary: bool | None = None
    """Whether it stood still at the end."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a crop was like before anybody read it."""

    blur_px: float | None
    """Width of its sharpest edges in pixels of the frame; None if it has no edge."""
    glare: float
    """0..1: share of it that is burnt out."""
    contrast: float
    """0..1: between its dark and its bright parts."""
    bright: float | None = None
    """0..1: level of its bright parts."""


@dataclass(frozen=True, slots=True)
class Look:
    """One read together with the circumstances under which it was made."""

    read: PlateRead
    detection: Detection
    at: Moment
    sequence: int
    sharpness: float
    """Variance of the crop's Laplacian over its own variance: comparable between crops, higher is sharper."""
    exposure_us: float | None = None
    gain: float | None = None
    lens_dioptre: float | None = None
    quality: Quality | None = None
    promise: float | None = None
    """What its crop was chosen by, before it was read; None if it was not chosen."""


@dataclass(frozen=True, slots=True)
class SyntaxMatch:
    """Whether a text is written as its region writes plates."""

    country: str
    """ISO 3166-1 alpha-2: the syntaxes are those of whole countries."""
    match: bool
    """False also for a special or a chosen text: it says nothing about whether the text was read right."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What the looks of one pass say together."""

    text: str
    """Held, like the alternatives, as a `plates.Plate`, which shows itself masked."""
    scores: CharScores = field(repr=False)
    confidence: float
    """0..1: how likely the whole text is right."""
    alternatives: tuple[tuple[str, float], ...]
    """Other whole texts with their confidence, best first."""
    ambiguous: bool
    """Whether another text is too close to be ruled out."""
    reads: int
    """How many looks gave a text at all."""
    agree: int
    """How many of them gave exactly ``text``."""
    syntax: SyntaxMatch | None = None
    """None if no region is likely, or none whose way of writing is known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", Plate(self.text))
        others = tuple((Plate(text), confidence) for text, confidence in self.alternatives)
        object.__setattr__(self, "alternatives", others)

    def confidence_of(self, text: str) -> float:
        """0..1: how likely the plate says ``text`` instead."""
        return min(max(self.confidence * likeness(text, self.text, self.scores), 0.0), 1.0)

    def is_plate(self, min_characters: int, min_confidence: float) -> bool:
        """Whether it is long and likely enough; the one rule for passes and for single pictures (`PassSettings`)."""
        return len(self.text) >= min_characters and self.confidence >= min_confidence


def likeness(text: str, read: str, scores: CharScores) -> float:
    """How likely the pixels say ``text``, as a share of how likely they say ``read``: 1 for equal texts, 0 where the
    lengths differ, else the product over the characters that do. ``scores`` are those of ``read``."""
    if len(text) != len(read):
        return 0.0
    share = 1.0
    for wanted, said, row in zip(text, read, scores, strict=True):
        if wanted != said:
            least = max(float(row[ALPHABET.index(said)]), 1e-6)
            share *= min(1.0, float(row[ALPHABET.index(wanted)]) / least)
    return share


@dataclass(frozen=True, slots=True)
class Sighting:
    """Vision's belief about one vehicle pass: what delivery decides on."""

    track_id: int
    vote: Vote
    best: Look
    """The look that the evidence is cut from: the best one that agrees with the vote."""
    first: Moment
    last: Moment
    frames: int
    """In how many frames the plate was found."""
    frame_wh: tuple[int, int]
    camera: str
    evidence: NDArray[np.uint8] | None = field(default=None, repr=False)
    """The plate of ``best`` with 15 % around it, colour or grey; never more of the scene."""
    phase: Phase = "final"
    presence: Presence = "passed"
    """What is known of a ``final``; a ``provisional`` does not know yet."""
    travel: Travel = Travel()
    lane: str | None = None
    again: bool = False
    """A vehicle that stands, was hidden for a while, and was read anew: mostly nothing new."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A vehicle that was decided before came to stand, or one that stood is gone. It holds no text."""

    track_id: int
    presence: Literal["arrived", "departed"]
    first: Moment
    last: Moment
    frames: int
    travel: Travel
    camera: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A vehicle whose plate was found and gave no text that is believed. It holds no text."""

    track_id: int
    reason: UnreadReason
    detection: Detection
    """The one that promised most."""
    at: Moment
    """When that was."""
    first: Moment
    last: Moment
    frames: int
    reads: int
    """How many times it was tried."""
    frame_wh: tuple[int, int]
    camera: str
    quality: Quality | None = None
    travel: Travel = Travel()
    lane: str | None = None


Finding: TypeAlias = Sighting | Stay | Unread
"""What vision tells delivery."""
