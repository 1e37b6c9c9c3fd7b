"""The nouns handed from stage to stage: Frame, Detection, Track, PlateRead, and what ops counts.

All are frozen. Arrays inside are owned by the value and must not be written to. Text in a `PlateRead` is a licence
plate: it may go to the policy stage and nowhere else, least of all to a log. What is told of a pass is in `passes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_alpr.geometry import Box, Luma, Points
from edge_alpr.plates import Plate

if TYPE_CHECKING:
    from collections.abc import Iterator

Colour: TypeAlias = NDArray[np.uint8]
"""``(H, W, 3) uint8`` in blue, green, red order."""

CharScores: TypeAlias = NDArray[np.float32]
"""``(L, 36) float32``: for each of L characters the scores over `plates.ALPHABET`, 0..1, each row summing to 1."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks. Ages and gaps use ``mono_s``; ``utc_s`` is a label that a later sync may correct."""

    mono_s: float
    """Seconds of a clock that never jumps, the same for all frames of one start of the program."""
    utc_s: float
    """Seconds since 1970-01-01 UTC, as the system clock had it."""

    def later(self, seconds: float) -> Moment:
        """The instant ``seconds`` after this one."""
        return Moment(self.mono_s + seconds, self.utc_s + seconds)


@dataclass(frozen=True, slots=True)
class Frame:
    """One owned picture from a camera, at the moment the light hit the sensor."""

    luma: Luma
    """``(H, W) uint8``. On a Raspberry Pi this is the camera's own Y plane, on other sources a conversion."""
    at: Moment
    sequence: int
    """Counts the source's frames from 0; gaps are frames that were dropped."""
    camera: str = "cam0"
    colour: Colour | None = field(default=None, repr=False)
    """The same picture in colour if the source has it for free; used for evidence only."""
    small: Luma | None = field(default=None, repr=False)
    """The same picture, smaller, if the camera's own scaler gives one; used by the motion gate only."""
    exposure_us: float | None = None
    gain: float | None = None
    lens_dioptre: float | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.luma.shape
        return width, height


@dataclass(frozen=True, slots=True)
class Detection:
    """The detector's opinion about one plate in one frame, in frame pixels."""

    box: Box
    corners: Points
    """``(4, 2) float32``: top-left, top-right, bottom-right, bottom-left of the plate."""
    score: float
    """0..1."""


TrackState: TypeAlias = Literal["tentative", "confirmed", "lost"]


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where a plate was at one instant, in frame pixels: all that is kept of a vehicle whose text is erased."""

    at_s: float
    """Of the frames' clock that never jumps."""
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Track:
    """One plate over time, as of the last frame that was looked at."""

    track_id: int
    state: TrackState
    detection: Detection
    """The newest detection, not a prediction."""
    first: Moment
    last: Moment
    detections: int
    """How many frames the plate was found in."""
    seen_now: bool
    """Whether ``detection`` is from the current frame."""
    course: tuple[Waypoint, ...] = ()
    """Where it was, first to last; thinned, so that it stays short."""
    still_s: float = 0.0
    """For how long it has not moved."""
    returns: int = 0
    """How often it was found again in its place after it had been hidden for longer than a moving plate may be."""


@dataclass(frozen=True, slots=True)
class PlateRead:
    """The reader's opinion about one crop. An empty text means that it saw no plate there."""

    text: str
    """Held as a `plates.Plate`, which shows itself masked."""
    scores: CharScores = field(repr=False)
    """One row a character of ``text``."""
    score: float
    """0..1: the product of the best character scores."""
    not_a_plate: float = 0.0
    """0..1: how much the reader took the crop for something else than a plate; 0 from one that cannot tell."""
    regions: tuple[tuple[str, float], ...] = ()
    """Where the plate may be from, as ISO 3166 codes with scores, best first: ``("US-IL", 0.9)``, ``("DE", 0.8)``."""
    confidence: float | None = None
    """0..1: how likely the text is right, calibrated; None from a reader that is not."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", Plate(self.text))


@dataclass(frozen=True, slots=True)
class PlateLight:
    """How a plate was lit in one frame, and how that frame was taken: what exposure is chosen by. It holds no text."""

    bright: float
    """0..1: level of its bright parts."""
    contrast: float
    """0..1: between its dark and its bright parts."""
    glare: float
    """0..1: share of it that is burnt out."""
    exposure_us: float
    gain: float


@dataclass(frozen=True, slots=True)
class FrameReport:
    """What happened to one frame, for ops: counts and milliseconds, no plate."""

    sequence: int
    gate_open: bool
    detections: int
    reads: int
    sightings: int
    ms: dict[str, float]
    """CPU milliseconds by stage name; empty when no timer was given."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Plates, crops and passes that vision let go of, by reason: ignored, too_small, not_wanted, over_budget, brief."""
    lights: tuple[PlateLight, ...] = ()
    """Of the plates that were read; empty unless the camera says how it took the frame."""
    passes: dict[str, int] = field(default_factory=dict)
    """Passes that ended here: seen; of these read, agreed, or unread_ and the reason. And ``gate_missed``."""


class FrameSource(Protocol):
    """Where frames come from. Opened by its constructor's caller through ``frames``, closed by ``close``.

    ``frames`` may be called again after it ended or failed: a source reopens what it can. It raises
    `errors.SourceError` when the camera is lost; for recorded material it simply ends. It is only ever used by one
    thread at a time; ``close`` may come from another.
    """

    live: bool
    """Whether the world goes on while nobody looks: a live source's late frames are dropped, a recording's never."""

    def frames(self) -> Iterator[Frame]: ...

    def close(self) -> None: ...


class StopSignal(Protocol):
    """What a loop asks whether it should end; `threading.Event` fits."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


class Clock(Protocol):
    """Time for delivery, uplink and ops. Vision has none: its frames bring theirs."""

    def now(self) -> Moment: ...


class Counter(Protocol):
    """Counts what happened or was dropped, by name, for health: ``count('capture.dropped_late')``."""

    def __call__(self, name: str, amount: int = 1) -> None: ...


class Record(Protocol):
    """Writes down for good what was done, for whoever checks later: ``record('list_refused', reason='stale')``.

    The facts are JSON values, and no plate is among them.
    """

    def __call__(self, kind: str, /, **facts: object) -> None: ...


def unrecorded(_kind: str, /, **_facts: object) -> None:
    """A `Record` for where there is no audit log: a replay, an evaluation, a test."""


MessageKind: TypeAlias = Literal[
    "read", "alert", "unread", "image", "gap", "clock", "summary", "audit"
]
"""The kinds of message that go through the spool; each is a folder below ``up/``."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way into the spool. ``body`` is made once the sequence number is known."""

    kind: MessageKind
    camera: str
    """Empty for a message about the unit as a whole."""
    expires_s: float | None
    """UTC seconds after which it must not be delivered, or None."""
    hit: bool = False
    """Hits are sent first and shed last; so are the unit's own notices of a gap or a clock."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A message as it lies in the spool."""

    boot: str
    seq: int
    kind: MessageKind
    camera: str
    body: bytes = field(repr=False)
    expires_s: float | None
    hit: bool
    stored_s: float
    """UTC seconds of the commit."""


LossCause: TypeAlias = Literal["room", "memory", "expired", "rotten", "damaged", "removed"]
"""Why messages will never be delivered: no room on the card or in memory, the end of their time, bytes that changed, a
damaged file that was set aside, a file that somebody took away."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Messages that were numbered and will never be delivered: what of the range has not arrived never will."""

    boot: str | None
    """None if it is unknown which."""
    first: int
    last: int
    """Both 0 if the numbers are unknown."""
    cause: LossCause

    @property
    def messages(self) -> int | None:
        """How many are lost; None if that is unknown, because some of the range were delivered before."""
        return None if self.cause in {"damaged", "removed"} else self.last - self.first + 1
