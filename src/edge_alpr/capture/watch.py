"""This file notices that a live camera shows nothing: covered, frozen, flat, of a wrong size, or silent.

Twice a second a picture is reduced to some 40 x 22 means, which hold no noise, and what is left after smoothing is its
*detail*. A scene keeps its detail by night, less of it, and loses it slowly at dusk or in fog; a covered lens loses it
at once, down to a fifth or less. A sensor's noise never gives the same picture twice: one that does is frozen.
Rendered roads have a detail of 18 by day and 11 by night, a covered lens of 0.7 at most.

What can not be told: a lens that is covered while the road is pitch dark. State kept: a few numbers, no picture.
"""

from __future__ import annotations

import logging
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import cv2
import numpy as np
from annotated_types import Ge, Le

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge_alpr.geometry import Luma
    from edge_alpr.types import Counter, Frame, FrameSource

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5
MEANS: Final = 40
"""Means across the picture, of 32 x 32 pixels each at 720p: grain of 4.5 levels leaves 0.14."""
SMOOTH: Final = 3.0
"""Standard deviation, in means, of what counts as no detail: light that leaks past a hand is smoother."""
FOLLOW_S: Final = 60.0
"""Time in which the usual detail takes over about two thirds of a change: dusk takes minutes, a hand a second."""
CLEAR: Final = 2.5
"""A scene that usually has less is too dark or too flat to tell a covered lens from it."""
LOSS: Final = 5.0
"""A lens is covered when less than a fifth of the usual detail is left."""
FLAT: Final = 1.0
DIM: Final = 40.0
"""A flat picture that is brighter than this is not the night."""

Kind: TypeAlias = Literal["covered", "frozen", "flat", "wrong_size", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """Noticing that the camera sees nothing. The unit then says blind or degraded, and why."""

    enabled: bool = True
    """Turn it off for a camera that looks at nothing on purpose, as on a bench."""
    covered_s: Annotated[float, Ge(0.5), Le(3600)] = 3.0
    """For so long the picture must have lost its detail at once."""
    frozen_s: Annotated[float, Ge(1), Le(3600)] = 8.0
    """For so long it must have been the same, to the last bit."""
    silent_s: Annotated[float, Ge(0.5), Le(3600)] = 5.0
    """For so long no picture must have come."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the pictures are of no use, or of less."""

    kind: Kind
    state: Literal["blind", "degraded"]
    reason: str


COVERED: Final = Trouble(
    "covered",
    "blind",
    "covered: the picture lost its detail at once; lens covered, or no light left",
)
FROZEN: Final = Trouble(
    "frozen", "blind", "frozen: the camera gives the same picture over and over"
)
FLAT_VIEW: Final = Trouble(
    "flat", "degraded", "flat: bright and without detail; fog, dirt, or far out of focus"
)
SILENT: Final = Trouble("silent", "blind", "silent: no pictures come from the camera")


class Watch:
    """What one camera's pictures have been like. `see` is the capture thread's, `trouble` may be asked by another."""

    def __init__(
        self,
        settings: WatchSettings,
        count: Counter,
        wanted_wh: tuple[int | None, int | None] = (None, None),
    ) -> None:
        """``wanted_wh``: width and height that were asked for, None for any."""
        self._settings = settings
        self._count = count
        self._wanted_wh = wanted_wh
        self._found: Trouble | None = None
        self._last_s: float | None = None
        self._looked_s = float("-inf")
        self._usual: float | None = None
        self._since_s: dict[Kind, float] = {}
        self._sum: int | None = None

    def see(self, frame: Frame) -> None:
        """Take a picture; they come in order of time."""
        now_s = self._last_s = frame.at.mono_s
        elapsed_s = now_s - self._looked_s
        if elapsed_s < LOOK_S or not self._settings.enabled:
            return
        self._looked_s = now_s
        seen = frame.luma if frame.small is None else frame.small
        found = self._judge(frame, seen, now_s, min(elapsed_s, FOLLOW_S))
        if found is not None and (self._found is None or found.kind != self._found.kind):
            self._count(f"capture.{found.kind}")
            log.warning("%s: %s", frame.camera, found.reason)
        elif found is None and self._found is not None:
            log.warning("%s: the picture is useful again", frame.camera)
        self._found = found

    def trouble(self, now_s: float) -> Trouble | None:
        """What is wrong at ``now_s``, on the frames' clock that never jumps."""
        if not self._settings.enabled:
            return None
        if self._last_s is None:  # asked before the first picture: it may take as long as any other
            self._last_s = now_s
        if now_s - self._last_s > self._settings.silent_s:
            return SILENT
        return self._found

    def _judge(self, frame: Frame, seen: Luma, now_s: float, elapsed_s: float) -> Trouble | None:
        settings, detail = self._settings, detail_of(seen)
        before, self._sum = self._sum, zlib.crc32(seen.tobytes())
        lost = self._has_lost(detail, elapsed_s)
        flat = detail < FLAT and float(seen.mean()) > DIM
        if self._lasts("frozen", self._sum == before, now_s) >= settings.frozen_s:
            return FROZEN
        if self._lasts("covered", lost, now_s) >= settings.covered_s:
            return COVERED
        if self._lasts("flat", flat, now_s) >= settings.covered_s:
            return FLAT_VIEW
        return self._wrong_size(frame)

    def _has_lost(self, detail: float, elapsed_s: float) -> bool:
        """Whether much less is left than usual. While that is so, the usual stays what it was."""
        if self._usual is None:
            self._usual = detail
        lost = self._usual >= CLEAR and detail < self._usual / LOSS
        if not lost:
            self._usual += (1 - math.exp(-elapsed_s / FOLLOW_S)) * (detail - self._usual)
        return lost

    def _lasts(self, kind: Kind, is_so: bool, now_s: float) -> float:
        """For how many seconds it has been so."""
        if not is_so:
            self._since_s.pop(kind, None)
            return float("-inf")
        return now_s - self._since_s.setdefault(kind, now_s)

    def _wrong_size(self, frame: Frame) -> Trouble | None:
        pairs = zip(frame.size_wh, self._wanted_wh, strict=True)
        if all(wanted is None or is_wh == wanted for is_wh, wanted in pairs):
            return None
        given, asked = ("x".join(map(_any, size)) for size in (frame.size_wh, self._wanted_wh))
        return Trouble("wrong_size", "degraded", f"pictures of {given}, asked for {asked}")


class WatchedSource:
    """A `FrameSource` whose pictures are watched on their way. Look before masks are burnt: they look like detail."""

    def __init__(self, source: FrameSource, watch: Watch) -> None:
        self._source = source
        self._watch = watch
        self.live = source.live

    def frames(self) -> Iterator[Frame]:
        """The frames of the source, as they are. Raises what the source raises."""
        for frame in self._source.frames():
            self._watch.see(frame)
            yield frame

    def close(self) -> None:
        self._source.close()


def detail_of(picture: Luma) -> float:
    """What a picture shows beside noise and a smooth course of light, in grey levels (0 to about 60)."""
    height, width = picture.shape
    size = MEANS, max(2, round(MEANS * height / width))
    means = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return float((means - cv2.GaussianBlur(means, (0, 0), SMOOTH)).std())


def _any(value: int | None) -> str:
    return "any" if value is None else str(value)
